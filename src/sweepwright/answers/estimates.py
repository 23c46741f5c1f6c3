"""What is known of a trial's value, each number with where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sweepwright.answers.procedure import Ahead, procedure_score
from sweepwright.choosing import confirmed_mean, levels
from sweepwright.choosing.frame import comparable, completed, in_steps, valued
from sweepwright.choosing.noise.components import copies_of
from sweepwright.nouns.decision import Decision
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.phase import SEARCH, Part, Phase, Step
from sweepwright.nouns.run import Run
from sweepwright.nouns.statement import LEVEL, counted, digits_for
from sweepwright.record.events import CORRECTED
from sweepwright.study.frames import that_decide
from sweepwright.study.study import Study

if TYPE_CHECKING:
    from sweepwright.choosing.estimator.levels import Levels

CLEAN = (
    Step.AUDIT,
    Step.FINALISTS,
    Step.CONFIRM,
)  # what says something of noise: runs of the search look good as they were picked
OPTIMISTIC = ("selection score", "best run")  # what a choice was made by is no estimate of it
CODES = {
    "nested estimate": "procedure",
    "selection score": "selection",
    "bias-corrected": "bias_corrected",
    "best run": "best_run",
    "as measured": "measured",
    "confirmed earlier": "confirmed_earlier",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with where it comes from: kind, interval (None where there is none), how many runs are behind it, and which."""

    kind: str
    measure: str
    value: float
    low: float | None
    high: float | None
    runs: int
    meaning: str
    numbers: tuple[int, ...] = ()  # of the runs
    ahead: Ahead | None = None  # of a procedure that was confirmed on groups: what the next ones will give

    @property
    def optimistic(self) -> bool:
        return self.kind in OPTIMISTIC

    @property
    def code(self) -> str:
        """The kind as the JSON says it."""
        return CODES.get(self.kind, self.kind)

    def __str__(self) -> str:
        if self.low is None or self.high is None or self.low == self.high:
            return spoken(self.value)
        value, low, high = told_apart(self.value, self.low, self.high)
        return f"{value} [{low}, {high}]"


def spoken(value: float | None) -> str:
    """A value with the digits that a reader can use.

    >>> spoken(0.97712), spoken(3.14159), spoken(123456.7), spoken(0.000123456)
    ('0.977', '3.142', '123,457', '0.000123')
    """
    if value is None:
        return "unknown"
    value += 0.0  # no -0
    if value == 0 or 0.01 <= abs(value) < 100:
        return f"{value:.3f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}" if abs(value) >= 100 else f"{value:.3g}"


def told_apart(value: float, low: float, high: float) -> tuple[str, str, str]:
    """A value and the ends of its interval as they are spoken, with more digits where the ends would read alike.

    >>> told_apart(0.7, 0.65, 0.75), told_apart(1000.0015, 1000.001, 1000.002)
    (('0.700', '0.650', '0.750'), ('1000.0015', '1000.001', '1000.002'))
    """
    numbers = (value, low, high)
    if spoken(low) != spoken(high):
        return spoken(value), spoken(low), spoken(high)
    first, second, third = (f"{number:.{digits_for(low, high)}g}" for number in numbers)
    return first, second, third


def estimates(study: Study, trial: int, choice: Decision | None) -> tuple[Estimate, ...]:
    """All that the study's own steps say of a trial, goal by goal; of the procedure where that was confirmed."""
    if choice is None:
        return ()
    return tuple(e for goal in study.goals for e in _estimates(study, goal, trial, choice))


def believed(found: "Levels", goals: Sequence[Goal], trial: int, decided: pd.DataFrame) -> tuple[Estimate, ...]:
    """The level of a trial on an average draw, with its interval; `decided` are the runs that the levels rest on."""
    places = np.flatnonzero(found.trials == trial)
    if len(places) == 0:
        return ()
    what = {"repeats": "the noise is that of repeated runs", "folds": "the noise is that of folds of one split"}
    kind, meaning = "as measured", f"the mean of its runs: {found.why_unknown}, so how far it can be trusted is unknown"
    if found.is_known:
        kind = "shrunken"
        meaning = f"what the trial gives {found.where}, judged together with all others ({what[found.source]})"
    own = decided[~copies_of(decided) & (decided["trial"] == trial)]
    values = []
    for i, goal in enumerate(goals):
        low, high = (value if np.isfinite(value) else None for value in found.interval(trial, i))
        numbers = tuple(int(run) for run in valued(own, goal.name)["run"])
        value = float((found.mean if found.is_known else found.measured)[places[0], i])
        values.append(Estimate(kind, goal.name, value, low, high, len(numbers), meaning, numbers))
    return tuple(values)


def best_run(decided: pd.DataFrame, goal: Goal, trial: int) -> Estimate | None:
    """The best single run of a trial among those that the choice looked at: mostly luck."""
    rows = valued(decided[decided["trial"] == trial], goal.name)
    if rows.empty:
        return None
    place = int(np.argmax(goal.sign * rows["value"].to_numpy(float)))
    value, number = float(rows["value"].to_numpy(float)[place]), int(rows["run"].to_numpy()[place])
    return Estimate(
        "best run", goal.name, value, None, None, 1, "the best of its single runs: optimistic, no estimate", (number,)
    )


def _estimates(study: Study, goal: Goal, chosen: int, choice: Decision) -> list[Estimate]:
    found = []
    row = choice.row(chosen)
    if (value := row.get(f"measured.{goal.name}", row.get(f"mean.{goal.name}"))) is not None:
        selected = _selecting(study, goal, chosen, choice)
        found.append(
            Estimate(
                "selection score",
                goal.name,
                float(value),
                None,
                None,
                len(selected),
                "the mean of the runs that the choice was made by: optimistic, no estimate",
                numbers_of(selected),
            )
        )
    corrected = next((e.values for e in study.state.pooled if e.of == CORRECTED and goal.name in e.values), {})
    value = corrected.get(goal.name)
    if value is not None:
        low, high = corrected[f"{goal.name}.low"], corrected[f"{goal.name}.high"]
        meaning = "the search's best, bootstrap bias-corrected (doi:10.1007/s10994-018-5714-4)"
        explored = study.state.runs_of(Phase(Step.EXPLORE))
        ended = [study.state.ended[plan.number] for plan in explored if plan.number in study.state.ended and plan.draw == 0]
        whole = [run for run in ended if run.condition == study.reference.name and run.ending.succeeded and run.trial >= 0]
        found.append(Estimate("bias-corrected", goal.name, value, low, high, len(whole), meaning, numbers_of(whole)))
    last = study.state.now(Step.CONFIRM, Part.OUTER)
    numbers = [number for proposal in study.state.asked(last) for number in proposal.runs if number in study.state.ended]
    outer = [study.state.ended[number] for number in numbers if study.state.ended[number].ending.succeeded]
    if outer:
        found += _procedure_estimate(study, goal, outer)
    confirming = study.select(trial=chosen, condition=study.reference.name, within=Phase(Step.CONFIRM, Part.FRESH))
    rounds = sorted({run.phase.round for run in confirming}, reverse=True)
    spread = _spread(study, goal) if rounds else None
    for number in rounds:
        fresh = _once([run for run in confirming if run.ending.succeeded and run.phase.round == number], study)
        found += _mean_estimate(study, goal, fresh, number == rounds[0], spread)
    return found


def _once(runs: list[Run], study: Study) -> list[Run]:
    """Runs of one trial without those that repeat another one of them to the last digit."""
    frame = study.runs()
    own = frame[frame["run"].isin([run.number for run in runs])]
    copied = set(own["run"][copies_of(own)]) if len(own) else set()
    return [run for run in runs if run.number not in copied]


def _selecting(study: Study, goal: Goal, chosen: int, choice: Decision) -> list[Run]:
    """The runs of a trial that a choice was made by; a choice of an earlier version looked at those of its own phase."""
    own = study.select(trial=chosen, condition=study.reference.name)
    if f"measured.{goal.name}" not in choice.row(chosen):
        own = study.select(trial=chosen, condition=study.reference.name, within=choice.phase)
        return [run for run in own if run.ending.succeeded]
    effort = study.deciding if choice.phase.step is Step.FINALISTS else study.searching
    decided = that_decide(study.runs(), study.reference.name, study.searching, study.deciding)
    copied = set(decided["run"][copies_of(decided)])
    inside = [run for run in own if run.step in (*SEARCH, Step.FINALISTS) and run.phase.round <= choice.round]
    return [r for r in inside if r.effort == effort and r.measured.get(goal.name) is not None and r.number not in copied]


def _procedure_estimate(study: Study, goal: Goal, runs: Sequence[Run]) -> list[Estimate]:
    """The refits of all outer folds together: every sample predicted by a procedure that never saw its fold.

    Of a fact nothing is estimated: each refit is another model, and the one that is kept has its own.
    """
    if any(measure.name == goal.name and measure.is_fact for measure in study.problem.all_measures()):
        return []
    numbers, found = numbers_of(runs), procedure_score(study, goal, runs)
    held = sum(condition.chosen_on is not None for condition in study.resolved.conditions)
    folds = counted(len(runs), "outer fold", "outer folds") if len(runs) >= held else f"{len(runs)} of {held} outer folds"
    if found is None:
        values = [v for v in (run.measured.get(goal.name) for run in runs) if v is not None]
        meaning = f"the mean over {folds} of the whole procedure"
        return (
            [Estimate("nested estimate", goal.name, float(np.mean(values)), None, None, len(values), meaning, numbers)]
            if values
            else []
        )
    meaning = f"the whole procedure, selection included, on {folds} (one split) that it never saw; {found.how}"
    low, high = (bound if np.isfinite(bound) else None for bound in found.between)
    return [Estimate("nested estimate", goal.name, found.value, low, high, len(runs), meaning, numbers, ahead=found.ahead)]


def _mean_estimate(study: Study, goal: Goal, runs: Sequence[Run], is_newest: bool, spread: "Levels | None") -> list[Estimate]:
    """The mean of one round's fresh draws: rounds are never pooled, as the choice had seen what was there before."""
    values = np.array([v for v in (run.measured.get(goal.name) for run in runs) if v is not None])
    if len(values) == 0:
        return []
    low, high, how = _interval(study, goal, values, runs, spread)
    meaning = "fresh runs on which nothing was selected" + how
    if not is_newest:
        meaning = "fresh runs of an earlier round: the choice has been made again since, so they are not pooled with the newest"
    bounds = (low, high) if np.isfinite(low) else (None, None)
    kind = "confirmed" if is_newest else "confirmed earlier"
    return [Estimate(kind, goal.name, float(values.mean()), *bounds, len(values), meaning, numbers_of(runs))]


def _spread(study: Study, goal: Goal) -> "Levels | None":
    """What runs and draws of the choice vary by; None where that is unknown, or folds of a draw are correlated."""
    if study.folds(study.reference) > 1:
        return None
    decided = that_decide(study.runs(), study.reference.name, study.searching, study.deciding)
    found = levels(decided, [goal.name], seed=study.file.seed)
    return found if found.is_known and found.varies is not None else None


def _interval(
    study: Study, goal: Goal, values: np.ndarray, runs: Sequence[Run], spread: "Levels | None"
) -> tuple[float, float, str]:
    """The interval of a confirmed mean, and how it was made."""
    folds = study.folds(study.reference)
    if spread is not None:
        low, high = spread.fresh_mean(values, 0, LEVEL, study.file.seed)
        return low, high, "; interval by what runs and splits of the choice varied by"
    clean = completed(in_steps(comparable(study.runs(), study.reference.name, runs[0].effort), *CLEAN))
    clean = clean[clean["phase"] != str(runs[0].phase)]
    _, low, high = confirmed_mean(values, clean, goal.name, folds, LEVEL)
    return low, high, ""


def numbers_of(runs: Sequence[Run]) -> tuple[int, ...]:
    return tuple(run.number for run in runs)
