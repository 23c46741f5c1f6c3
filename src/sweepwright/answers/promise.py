"""What a study promised of groups that it had not seen, beside what new labelled data give."""

from sweepwright.answers.estimates import estimates, spoken, told_apart
from sweepwright.answers.remarks import own_promises
from sweepwright.nouns.plain import Facts
from sweepwright.nouns.statement import LEVEL, Statement
from sweepwright.study.study import Study

SCORES, GROUPS = "scores_of_cells_not_in_training", "groups_not_in_training"


def promises_kept(study: Study, summary: Facts) -> list[Statement]:
    """What new labelled data say of the study's promises: of its first goal, then what the problem itself says of them."""
    first = promise_kept(study, summary)
    return [*([first] if first is not None else []), *own_promises(study, summary)]


def promise_kept(study: Study, summary: Facts) -> Statement | None:
    """Whether new groups score what the procedure's score on groups it never saw lets one expect (90 %), by the first goal.

    `summary` is what the problem's `predict` gave: its scores and the number of groups among rows that were not in training. None
    where there are no scores of such rows, or nothing was promised: groups are needed for that, and a nested confirmation.
    """
    goal, chosen, scores = study.goals[0], study.chosen, summary.get(SCORES)
    here = (scores or {}).get(goal.name)
    if here is None or chosen is None:
        return None
    nested = next((e for e in estimates(study, chosen, study.choice()) if e.measure == goal.name and e.ahead is not None), None)
    if nested is None or nested.ahead is None or nested.ahead.score.groups < 2:
        return None
    ahead, groups = nested.ahead, summary.get(GROUPS)
    if not groups:
        text = f"The table does not say which {ahead.unit} each row is of, so that {goal.name} {spoken(here)} cannot be held against what was promised."
        return Statement("promise.unknown", text, {"value": here})
    low, high = ahead.score.following(groups)
    who = f"a new {ahead.unit}" if groups == 1 else f"{groups} new {ahead.unit}s together"
    _, least, most = told_apart(nested.value, low, high)
    numbers = {"value": here, "low": low, "high": high, "groups": groups}
    if ahead.score.limits == (low, high):
        text = f"Nothing could be promised for {who}: {goal.name} may be anything from {least} to {most}, as {ahead.named(ahead.score.groups)} say. Here: {spoken(here)}."
        return Statement("promise.empty", text, numbers, nested.numbers)
    text = f"Promised for {who}: {goal.name} {least} to {most} ({100 * LEVEL:.0f} %). Here: {spoken(here)}, {_kept(here, low, high, goal.sign)}"
    return Statement("promise", f"{text}.{_what_it_means(here, low, high, groups, ahead.unit)}", numbers, nested.numbers)


def _what_it_means(here: float, low: float, high: float, groups: int, unit: str) -> str:
    """What follows where the interval does not hold; it leaves out one in ten that do not differ."""
    if low <= here <= high:
        return ""
    they = f"this {unit} differs" if groups == 1 else f"these {unit}s differ"
    return f" Perhaps {they} from the training {unit}s; of those that do not, one in ten lies outside as well."


def _kept(here: float, low: float, high: float, sign: int) -> str:
    """Better, worse, or as promised."""
    if low <= here <= high:
        return "as promised"
    return "better than promised" if (here > high) == (sign > 0) else "worse than promised"
