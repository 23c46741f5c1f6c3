"""Tidy frames of a study: `runs`, `pooled`. Inactive parameters are NA, a chosen None is "none"."""

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import pandas as pd

from sweepwright.choosing import Aim
from sweepwright.choosing.estimator.level_table import level_table
from sweepwright.choosing.frame import (
    CURVES,
    POOLED,
    RUNS,
    comparable,
    in_steps,
    measure_column,
    measures_in,
    parameter_column,
    parameters_in,
)
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.phase import SEARCH, Part, Phase, Step
from sweepwright.nouns.run import Run
from sweepwright.nouns.verdict import Verdict
from sweepwright.record.state import State

ADAPTIVE_IN_SCHEMA_1 = ("gp", "nsga2", "tpe")  # the samplers that went by results when ledgers did not say so


def runs_frame(state: State, explored_by: str = "") -> pd.DataFrame:
    """One row per finished run; the columns are those of the `runs` frame (baselines are not runs of a trial).

    `explored_by` is the sampler that the study file names, for ledgers of schema 1, which do not record it.
    """
    fills = _filling(state, explored_by)
    rows = [_row(run, fills(run.phase)) for run in state.runs if run.trial >= 0]
    if not rows:
        return pd.DataFrame(columns=list(RUNS))
    return pd.DataFrame(rows)


def _filling(state: State, explored_by: str) -> Callable[[Phase], bool]:
    """Whether the configurations of a phase were proposed without looking at results.

    What the audit repeats was explored too; where nothing was explored and a search by results ran, it is no sample of the space.
    """

    def is_filling(phase: Phase) -> bool:
        if phase.step not in (Step.AUDIT, Step.EXPLORE):
            return phase.step is Step.ADOPTED
        begun = state.samplers.get(Phase(Step.EXPLORE, round=phase.round))
        adaptive = begun.adaptive if begun is not None else explored_by in ADAPTIVE_IN_SCHEMA_1
        explored = phase.step is Step.EXPLORE or state.asked_in(Step.EXPLORE) or not state.asked_in(Step.EXPLOIT)
        return not adaptive and bool(explored)

    return cache(is_filling)


def baselines_frame(state: State) -> pd.DataFrame:
    """One row per baseline run."""
    rows = [_row(run, False) | {"baseline": run.configuration["baseline"]} for run in state.runs if run.trial < 0]
    return pd.DataFrame(rows)


def _row(run: Run, filling: bool) -> dict[str, object]:
    row: dict[str, object] = {
        "run": run.number,
        "trial": run.trial,
        "step": run.step.value,
        "phase": str(run.phase),
        "stage": run.phase.searched_stage,
        "replicate": run.replicate,
        "draw": run.draw,
        "seed": run.seed,
        "condition": run.condition,
        "effort": run.effort,
        "ending": run.ending.name,
        "verdict": run.verdict.name,
        "cause": run.cause or ("" if run.verdict is Verdict.HEALTHY else run.health),
        "used": run.used,
        "filling": filling,
        "seconds": run.seconds,
    }
    row |= {parameter_column(name): "none" if value is None else value for name, value in run.configuration.items()}
    row |= {measure_column(name): value for name, value in run.measured.items()}
    return row


def curves_frame(state: State, read: Callable[[int], dict[str, np.ndarray]], adopted: pd.DataFrame | None) -> pd.DataFrame:
    """The `curves` frame: columns run, trial, condition, replicate, epoch, update, name, value; update is NA where unknown."""
    parts = []
    if adopted is None:
        for number in sorted(state.ended):
            for name, values in read(number).items():
                parts.append(pd.DataFrame({"run": number, "epoch": np.arange(len(values)), "name": name, "value": values}))
    else:
        parts.append(adopted)
    about = [(run.number, run.trial, run.condition, run.replicate) for run in state.runs]
    runs = pd.DataFrame(about, columns=["run", "trial", "condition", "replicate"])
    curves = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["run", "epoch", "name", "value"])
    curves["update"] = pd.array([pd.NA] * len(curves), dtype="Int64")
    return runs.merge(curves, on="run")[list(CURVES)]


def searched(runs: pd.DataFrame, condition: str, effort: str) -> pd.DataFrame:
    """The runs of the search and of finalists of all rounds, in a condition, at one effort."""
    return in_steps(comparable(runs, condition, effort), *SEARCH, Step.FINALISTS)


def that_confirm(runs: pd.DataFrame, condition: str, round: int) -> pd.DataFrame:
    """The fresh runs that confirm in a round, of all trials in it."""
    newest = str(Phase(Step.CONFIRM, Part.FRESH, round=round))
    return runs[(runs["phase"] == newest) & (runs["condition"] == condition)]


def that_decide(runs: pd.DataFrame, condition: str, searching: str, final: str) -> pd.DataFrame:
    """The runs that a choice may look at: search and finalists of all rounds in a condition, at one effort.

    That of the finalists, where any ran. Runs that confirm, spoil, repeat the procedure or are kept are never among them.
    """
    finalists = in_steps(comparable(runs, condition, final), Step.FINALISTS)
    return searched(runs, condition, searching if finalists.empty else final)


def pooled_frame(state: State) -> pd.DataFrame:
    """One row per measure that several runs gave together: all folds of a draw, or the refits of all outer conditions."""
    rows = [
        {
            "measure": name,
            "trial": event.trial,
            "condition": event.condition,
            "draw": event.draw,
            "step": str(event.phase),
            "of": event.of,
            "baseline": event.baseline,
            "value": value,
        }
        for event in state.pooled
        for name, value in event.values.items()
    ]
    return pd.DataFrame(rows, columns=list(POOLED))


def aims(goals: Iterable[Goal]) -> list[Aim]:
    """The goals in the terms of a frame."""
    return [Aim(goal.name, goal.sign, goal.bound, goal.worth) for goal in goals]


def trials_table(runs: pd.DataFrame, first: Goal, chosen: int | None, folds: int = 1) -> pd.DataFrame:
    """One row per trial of some runs: how many, its configuration, its level by every measure; the chosen one first, then the best."""
    names, measured = parameters_in(runs), measures_in(runs, parts=False)
    parameters = [parameter_column(n) for n in names]
    grouped = runs.groupby("trial")
    table = grouped[parameters].first().join(level_table(runs, measured, folds).rename(columns=measure_column))
    table.insert(0, "runs", grouped.size())
    shown = {
        measure_column(name): name for name in measured if name not in names
    }  # one with a parameter's name keeps its prefix
    table = table.rename(columns=shown | {parameter_column(name): name for name in names})
    if first.name in table:
        table = table.sort_values(first.name, ascending=first.sign < 0, kind="stable")
    if chosen not in table.index:
        return table
    return table.reindex([chosen, *[trial for trial in table.index if trial != chosen]])
