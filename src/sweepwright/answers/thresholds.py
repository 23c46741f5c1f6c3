"""When the bounds of a study's goals were set, and whether results had been seen by then."""

from collections.abc import Iterable, Sequence

from sweepwright.nouns.goal import Goal
from sweepwright.record.events import Event, GoalsChanged, RunEnded, StudyDeclared

SINCE = "since the last session"


def when_set(events: Iterable[Event], asked: Sequence[Goal] = ()) -> dict[str, tuple[str, bool]]:
    """By goal: the time of the event that set it as it is now, and whether any run had ended before.

    Of the goals that are `asked` for now, those that no event holds were written into the study file since.
    """
    found: dict[str, tuple[str, bool]] = {}
    seen = False
    current: set[str] = set()
    for event in events:
        if isinstance(event, RunEnded):
            seen = True
        if isinstance(event, StudyDeclared | GoalsChanged):
            goals = [Goal.of(text) for text in event.goals]
            found |= {goal.name: (event.at[:19], seen) for goal in goals if goal.bare not in current}
            current = {goal.bare for goal in goals}
    since = {goal.name: (SINCE, seen) for goal in asked if goal.bare not in current}
    return found | since
