"""Measures of several runs: all folds of one draw together, the refits of a procedure, and the bias of the selection."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sweepwright.choosing import bias_corrected
from sweepwright.nouns.data import Data
from sweepwright.nouns.measure import Of, lookups
from sweepwright.nouns.phase import Part, Phase, Step
from sweepwright.nouns.run import Run
from sweepwright.record.events import CORRECTED, POOLED, PROCEDURE, RunsPooled
from sweepwright.record.plans import Planned
from sweepwright.record.seeds import measure_seed
from sweepwright.record.state import State
from sweepwright.running.dispatch import Journal
from sweepwright.running.slots.worker import measured
from sweepwright.study.outcomes import columns_of, pooled_outcome
from sweepwright.study.study import Study


def pool(study: Study, data: Data, journal: Journal, phase: Phase) -> None:
    """Measures of all folds of one draw together, once per group; of all refits of a procedure together."""
    state = journal.state
    if phase.part is Part.INNER:  # a stage of the procedure, not a result
        return
    if not any(measure.looks_at is Of.POOLED for measure in study.problem.all_measures()):
        return
    done = {(e.phase, e.trial, e.condition, e.draw, e.baseline) for e in state.pooled}
    for (trial, condition, draw, baseline), plans in _groups(state, phase):
        runs = [state.ended[plan.number] for plan in plans if plan.number in state.ended]
        complete = len(runs) == len(plans) > 0 and all(run.ending.succeeded for run in runs)
        if complete and (phase, trial, condition, draw, baseline) not in done:
            values, reasons = _pooled_values(study, data, runs)
            if values:
                of = PROCEDURE if trial is None else POOLED
                about = RunsPooled(of=of, phase=phase, condition=condition, draw=draw, trial=trial, baseline=baseline)
                journal.tell(replace(about, values=values, reasons=reasons))


def _groups(state: State, phase: Phase) -> Iterator[tuple[tuple, list[Planned]]]:
    plans = state.runs_of(phase)
    if phase.part is Part.OUTER:
        yield (None, "outer", 0, None), plans
        return
    found: dict[tuple, list[Planned]] = {}
    for plan in plans:
        if plan.folds > 1:
            found.setdefault((plan.trial, plan.condition, plan.draw, plan.baseline), []).append(plan)
    yield from found.items()


def _pooled_values(study: Study, data: Data, runs: list[Run]) -> tuple[dict[str, float | None], dict[str, str]]:
    looking = [m for m in study.problem.all_measures() if m.looks_at is Of.POOLED]
    if not looking or not (study.run_folder(runs[0].number) / "outcome.npz").exists():
        return {}, {}
    outcome = pooled_outcome(study, runs)
    return measured([(measure, lookups(outcome, data)) for measure in looking], study.file.seed)


def correct_selection(study: Study, journal: Journal) -> None:
    """The bootstrap bias-corrected score of the search, from the predictions of draw 0 (folds only)."""
    state = journal.state
    goal = study.goals[0]
    if study.folds(study.reference) < 2:
        return
    measure = next((m for m in study.problem.all_measures() if m.name == goal.name and m.looks_at is Of.OUTCOME), None)
    done = any(event.of == CORRECTED for event in state.pooled)
    if measure is None or done:
        return
    by_trial: dict[int, list[Run]] = {}
    for run in sorted(state.runs, key=lambda run: (run.trial, run.replicate)):
        if (
            run.phase == Phase(Step.EXPLORE)
            and run.used
            and run.draw == 0
            and run.condition == study.reference.name
            and run.ending.succeeded
        ):
            by_trial.setdefault(run.trial, []).append(run)
    whole = [runs for runs in by_trial.values() if len(runs) == study.folds(study.reference)]
    if len(whole) < 2:
        return
    pooled = [pooled_outcome(study, runs) for runs in whole]
    tables = [found for outcome in pooled if (found := columns_of(study, measure, outcome)) is not None]
    if len(tables) < len(pooled):
        return
    units = study.samples.get("group", np.arange(len(study.samples["sample_id"])))[pooled[0].sample]

    def score(rows: np.ndarray) -> np.ndarray:
        return np.array([measure.number(*(column[rows] for column in table)) for table in tables])

    units = np.unique(units, return_inverse=True)[1]
    result = bias_corrected(score, units, measure_seed(state.root, "corrected"), goal.sign)
    if result.resamples:
        journal.tell(
            RunsPooled(
                of=CORRECTED,
                phase=Phase(Step.EXPLORE),
                condition=study.reference.name,
                draw=0,
                values={goal.name: result.value, f"{goal.name}.low": result.low, f"{goal.name}.high": result.high},
            )
        )
