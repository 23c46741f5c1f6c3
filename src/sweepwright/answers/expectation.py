"""What to expect of the chosen one on new data, and why that differs from what it was chosen with."""

from collections.abc import Sequence

from sweepwright.answers.estimates import Estimate, spoken
from sweepwright.choosing.estimator.expected import Expected, Part, expected
from sweepwright.choosing.frame import comparable, measure_column
from sweepwright.nouns.phase import Part as Role
from sweepwright.nouns.phase import Phase, Step
from sweepwright.nouns.statement import Statement
from sweepwright.study.frames import that_decide
from sweepwright.study.study import Study


def expectation(study: Study, chosen: int, found: Sequence[Estimate]) -> tuple[Statement, ...]:
    """The newest round's confirmed mean of the first goal beside its selection score; nothing where either is missing."""
    goal = study.goals[0]
    own = {estimate.kind: estimate for estimate in found if estimate.measure == goal.name}
    confirmed, selected = own.get("confirmed"), own.get("selection score")
    if confirmed is None or confirmed.low is None or confirmed.high is None or selected is None:
        return ()
    parts = _parts(study, chosen)
    interval = f"{spoken(confirmed.value)} [{spoken(confirmed.low)}, {spoken(confirmed.high)}]"
    text = f"Expect {goal.name} {interval} on average over new runs: {_runs(confirmed.runs)} that no choice had seen."
    numbers: dict[str, float] = {"value": confirmed.value, "low": confirmed.low, "high": confirmed.high}
    if parts is not None:
        text += f" It was chosen with {spoken(parts.selected)} over {_runs(selected.runs)}; {_why(parts)}."
        numbers |= {"selected": parts.selected, "luck": parts.luck.value, "chance": parts.chance}
        numbers |= {"easier": parts.easier.value} if parts.easier is not None else {}
    return (Statement("expect", text, numbers, (*confirmed.numbers, *selected.numbers)),)


def _parts(study: Study, chosen: int) -> Expected | None:
    """Luck, draws and chance of the confirmed mean; None where the confirming runs are of another effort than the choice's."""
    goal, runs = study.goals[0], study.runs()
    deciding = that_decide(runs, study.reference.name, study.searching, study.deciding)
    newest = Phase(Step.CONFIRM, Role.FRESH, round=study.state.round)
    fresh = runs[(runs["phase"] == str(newest)) & (runs["condition"] == study.reference.name)]
    if deciding.empty or measure_column(goal.name) not in runs:
        return None
    fresh = comparable(fresh, study.reference.name, str(deciding["effort"].iloc[0]))
    folds = study.folds(study.reference)
    return expected(deciding, fresh, chosen, goal.name, goal.sign, folds, study.file.seed)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _why(parts: Expected) -> str:
    """Why the confirmed mean is not the selection score."""
    said = []
    if parts.easier is not None:
        way = "easier" if parts.easier.value >= 0 else "harder"
        said.append(f"the data of the new ones are {way} for all trials by {_span(parts.easier)}")
    said.append(f"luck in being picked was {_span(parts.luck, signed=True)}")
    if abs(parts.chance) > parts.noise:
        said.append(f"{spoken(abs(parts.chance))} {'in' if parts.chance > 0 else 'against'} their favour is chance")
    return ", and ".join(said) if len(said) < 3 else f"{said[0]}, {said[1]}, and {said[2]}"


def _span(part: Part, signed: bool = False) -> str:
    """A part with its interval; without its sign where a word says it."""
    turn = 1 if signed or part.value >= 0 else -1
    low, high = sorted((turn * part.low, turn * part.high))
    return f"{spoken(turn * part.value)} [{spoken(low)}, {spoken(high)}]"
