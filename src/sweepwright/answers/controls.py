"""What the chosen one is held against without being a rival: baselines, and controls with their meaning in the problem's words."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import pandas as pd

from sweepwright.answers.estimates import spoken
from sweepwright.nouns.condition import Condition, ConditionKind
from sweepwright.nouns.run import Run
from sweepwright.nouns.statement import Statement, counted
from sweepwright.study.study import Study

ENOUGH = 10  # repeats of a control from which a p value is given
PASSES = 0.1  # p value up to which a control has failed as it should


def baselines(study: Study, chosen: int) -> list[Statement]:
    """What is reached without the model, beside the chosen one on the same folds of the search."""
    goal, found = study.goals[0], dict[str, list[Run]]()
    for run in study.state.runs:
        if run.trial < 0 and run.condition == study.reference.name and run.measured.get(goal.name) is not None:
            found.setdefault(str(run.configuration["baseline"]), []).append(run)
    own = [run for run in study.select(trial=chosen, condition=study.reference.name) if run.effort == study.searching]
    said = []
    for label, runs in found.items():
        mean, places = _mean(runs, goal.name), {run.replicate for run in runs}
        beside = [run for run in own if run.replicate in places and run.measured.get(goal.name) is not None]
        text = f"The baseline {label!r} reaches {goal.name} {spoken(mean)} ({counted(len(runs), 'run', 'runs')})"
        numbers, lost = {"mean": mean}, False
        if beside:
            there = _mean(beside, goal.name)
            text += f"; on the same data the chosen one reaches {spoken(there)}"
            numbers["chosen"], lost = there, goal.sign * (there - mean) <= 0
        text += ": it is no better than doing without a model." if lost else "."
        said.append(Statement("careful.baseline" if lost else "beside.baseline", text, numbers, _numbers(runs, beside)))
    return said


def controls(study: Study, chosen: int) -> list[Statement]:
    """What the spoiled conditions give beside the chosen trial at the same effort, one sentence for those of one meaning."""
    pooled, together = study.pooled(), f"pooled_{study.goals[0].name}"
    is_pooled = any(measure.name == together for measure in study.problem.all_measures())
    own = pooled[(pooled["measure"] == together) & (pooled["trial"] == chosen)] if is_pooled else None
    conditions = [condition for condition in study.resolved.conditions if condition.kind is ConditionKind.CONTROL]
    alike = groupby(conditions, key=lambda condition: condition.meaning or condition.name)
    return [said for _, several in alike if (said := _control(study, chosen, list(several), own)) is not None]


def _control(study: Study, chosen: int, conditions: Sequence[Condition], rows: pd.DataFrame | None) -> Statement | None:
    """One control, or several of one meaning (such as each group left out in turn)."""
    goal, first = study.goals[0], conditions[0]
    spoiled = {one.name: study.select(trial=chosen, condition=one.name) for one in conditions}
    values = {name: _by_draw(rows, runs, goal.name) for name, runs in spoiled.items()}
    values = {name: there for name, there in values.items() if len(there)}
    runs = [run for name in values for run in spoiled[name]]
    clean = [r for r in study.select(trial=chosen, condition=study.reference.name) if runs and r.effort == runs[0].effort]
    draws = {run.draw for run in runs}
    clean = [run for run in clean if run.draw in draws] or clean  # on the same splits
    own = _by_draw(rows, clean, goal.name)
    if not values or len(own) == 0 or not np.isfinite(own.mean()):
        return None
    means = {name: float(there.mean()) for name, there in values.items()}
    ordered = sorted(means, key=lambda name: means[name])
    numbers: dict[str, float] = {"control": float(np.mean(list(means.values()))), "chosen": float(own.mean())}
    text = spoken(numbers["control"])
    if len(means) > 1:
        low, high = ordered[0], ordered[-1]
        text = f"{spoken(means[low])} ({low}) to {spoken(means[high])} ({high})"
        numbers |= {"low": means[low], "high": means[high]}
    said = first.said(goal=goal.name, control=text, chosen=spoken(numbers["chosen"]), unit=study.resolved.unit)
    if first.is_finding:
        return Statement("expect.control", said, numbers, _numbers(runs, clean))
    every = np.concatenate(list(values.values()))
    better = int((goal.sign * every >= goal.sign * numbers["chosen"]).sum())
    passed = better == 0
    if len(every) >= ENOUGH:
        p = (1 + better) / (1 + len(every))
        said = f"{said.removesuffix('.')} (p {'=' if better else '<='} {p:.3f} over {len(every)} repeats)."
        numbers["p"], passed = p, p <= PASSES
    if not passed:
        said += " It was spoiled on purpose and should do worse: find out why it does not before you believe the score."
    return Statement("passed.control" if passed else "careful.control", said, numbers, _numbers(runs, clean))


def _by_draw(pooled: pd.DataFrame | None, runs: Sequence[Run], measure: str) -> np.ndarray:
    """What each draw of these runs gave: all folds together where the problem pools the measure, else the mean over its folds."""
    if pooled is None:
        values: dict[tuple[str, int], list[float]] = {}
        for run in runs:
            if (value := run.measured.get(measure)) is not None:
                values.setdefault((str(run.phase), run.draw), []).append(value)
        return np.array([np.mean(own) for own in values.values()])
    places = {(run.condition, run.draw, str(run.phase)) for run in runs}
    own = [place in places for place in zip(pooled["condition"], pooled["draw"], pooled["step"], strict=True)]
    return pooled["value"][own].to_numpy(float)


def _mean(runs: Sequence[Run], measure: str) -> float:
    """The mean over the runs that have a value."""
    values = [value for run in runs if (value := run.measured.get(measure)) is not None]
    return float(np.mean(values))


def _numbers(*groups: Sequence[Run]) -> tuple[int, ...]:
    return tuple(run.number for runs in groups for run in runs)
