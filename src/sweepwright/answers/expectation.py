"""What to expect of the chosen one on new data, and why that differs from what it was chosen with."""

from collections.abc import Sequence

from sweepwright.answers.estimates import Estimate, spoken, told_apart
from sweepwright.answers.procedure import Ahead
from sweepwright.choosing.estimator.expected import Expected, Part, expected
from sweepwright.choosing.frame import comparable, measure_column
from sweepwright.nouns.statement import Statement, counted
from sweepwright.study.frames import that_confirm, that_decide
from sweepwright.study.study import Study


def expectation(study: Study, chosen: int, found: Sequence[Estimate]) -> tuple[Statement, ...]:
    """What the next groups will give where the procedure was confirmed on groups, or what further runs of the chosen will give."""
    own = {estimate.kind: estimate for estimate in found if estimate.measure == study.goals[0].name}
    nested, confirmed, selected = own.get("nested estimate"), own.get("confirmed"), own.get("selection score")
    said = (
        [_of_groups(nested, nested.ahead) if nested.ahead is not None else _of_procedure(nested)] if nested is not None else []
    )
    return (*said, *(_of_runs(study, chosen, confirmed, selected) if confirmed is not None and selected is not None else ()))


def _of_groups(nested: Estimate, ahead: Ahead) -> Statement:
    """The mean over many groups, and what the next few and a single one may give."""
    numbers: dict[str, float] = {"value": nested.value, "groups": ahead.score.groups}
    if nested.low is None or nested.high is None:
        text = f"{nested.measure} was {spoken(nested.value)} on 1 {ahead.unit}: how {ahead.unit}s differ is unknown."
        return Statement("expect.groups", text, numbers, nested.numbers)
    numbers |= {"low": nested.low, "high": nested.high}
    following = []
    for count in ahead.counts:
        low, high = ahead.score.following(count)
        who = f"a single {ahead.unit}" if count == 1 else f"your next {ahead.named(count)} together"
        _, least, most = told_apart(nested.value, low, high)
        following.append(f"{who}: {least} to {most}")
        numbers |= {f"next_{count}.low": low, f"next_{count}.high": high}
    few = f" Few {ahead.unit}s, so that little is known of how they differ." if ahead.score.are_few else ""
    text = (
        f"Averaged over many {ahead.unit}s like these {ahead.score.groups}, {nested.measure} is {nested}; "
        f"{'; '.join(following)} (90 %).{few}"
    )
    return Statement("expect.groups", text, numbers, nested.numbers)


def _of_procedure(nested: Estimate) -> Statement:
    """The score of the whole procedure where samples are of no groups."""
    ends = {} if nested.low is None or nested.high is None else {"low": nested.low, "high": nested.high}
    text = f"On new data like these expect {nested.measure} {nested}: what the whole procedure gave on {counted(nested.runs, 'part', 'parts')} of the data that it never saw."
    return Statement("expect.procedure", text, {"value": nested.value} | ends, nested.numbers)


def _of_runs(study: Study, chosen: int, confirmed: Estimate, selected: Estimate) -> tuple[Statement, ...]:
    """The newest round's confirmed mean of the first goal beside its selection score; nothing where it has no interval."""
    if confirmed.low is None or confirmed.high is None:
        return ()
    goal = study.goals[0]
    parts = _parts(study, chosen)
    text = f"Expect {goal.name} {confirmed} on average over new runs: {counted(confirmed.runs, 'run', 'runs')} that no choice had seen."
    numbers: dict[str, float] = {"value": confirmed.value, "low": confirmed.low, "high": confirmed.high}
    if parts is not None:
        text += f" It was chosen with {spoken(parts.selected)} over {counted(selected.runs, 'run', 'runs')}; {_why(parts)}."
        numbers |= {"selected": parts.selected, "luck": parts.luck.value, "chance": parts.chance}
        numbers |= {"easier": parts.easier.value} if parts.easier is not None else {}
    return (Statement("expect", text, numbers, (*confirmed.numbers, *selected.numbers)),)


def _parts(study: Study, chosen: int) -> Expected | None:
    """Luck, draws and chance of the confirmed mean; None where the confirming runs are of another effort than the choice's."""
    goal, runs = study.goals[0], study.runs()
    deciding = that_decide(runs, study.reference.name, study.searching, study.deciding)
    fresh = that_confirm(runs, study.reference.name, study.state.round)
    if deciding.empty or measure_column(goal.name) not in runs:
        return None
    fresh = comparable(fresh, study.reference.name, str(deciding["effort"].iloc[0]))
    folds = study.folds(study.reference)
    return expected(deciding, fresh, chosen, goal.name, goal.sign, folds, study.file.seed)


def _why(parts: Expected) -> str:
    """Why the confirmed mean is not the selection score."""
    said = []
    if parts.easier is not None:
        way = "easier" if parts.easier.value >= 0 else "harder"
        said.append(f"the data of the new ones are {way} for all trials by {_span(parts.easier)}")
    # Levels are modelled as normal: among many equals the luck is larger, never smaller (decision 0021).
    said.append(f"luck in being picked was {_span(parts.luck, signed=True)} (more where many trials are equally good)")
    if abs(parts.chance) > parts.noise:
        said.append(f"{spoken(abs(parts.chance))} {'in' if parts.chance > 0 else 'against'} their favour is chance")
    return ", and ".join(said) if len(said) < 3 else f"{said[0]}, {said[1]}, and {said[2]}"


def _span(part: Part, signed: bool = False) -> str:
    """A part with its interval; without its sign where a word says it."""
    turn = 1 if signed or part.value >= 0 else -1
    low, high = sorted((turn * part.low, turn * part.high))
    value, low, high = told_apart(turn * part.value, low, high)
    return f"{value} [{low}, {high}]"
