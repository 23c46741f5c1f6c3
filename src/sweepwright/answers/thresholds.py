"""When the bounds of a study's goals were set, and whether results had been seen by then."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sweepwright.nouns.goal import Goal
from sweepwright.record.events import Event, GoalsChanged, RunEnded, StudyDeclared


class Set(NamedTuple):
    """When a bound was set, in words, whether results had been seen by then, and whether the ledger knows of it."""

    when: str
    seen: bool
    is_recorded: bool = True


def when_set(events: Iterable[Event], asked: Sequence[Goal] = ()) -> dict[str, Set]:
    """By goal: the time of the event that set it as it is now, and whether any run had ended before.

    Of the goals that are `asked` for now, those that no event holds were written into the study file since.
    """
    found: dict[str, Set] = {}
    seen = False
    current: set[str] = set()
    for event in events:
        if isinstance(event, RunEnded):
            seen = True
        if isinstance(event, StudyDeclared | GoalsChanged):
            goals = [Goal.of(text) for text in event.goals]
            found |= {goal.name: Set(event.at[:19], seen) for goal in goals if goal.bare not in current}
            current = {goal.bare for goal in goals}
    since = {goal.name: Set("since the last session", seen, is_recorded=False) for goal in asked if goal.bare not in current}
    return found | since
