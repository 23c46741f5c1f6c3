"""Finalists: the best few again on fresh draws, fewer and fewer of them; then the choice, from what all of them shared."""

from collections.abc import Sequence

import pandas as pd

from sweepwright.choosing import Picked
from sweepwright.nouns.decision import WHOLE_STUDY
from sweepwright.nouns.phase import SEARCH, Phase, Step
from sweepwright.running.plan import Plan
from sweepwright.running.pooling import correct_selection
from sweepwright.running.runner import Ask, Runner
from sweepwright.running.selection import Left, Selection


def finalists(runner: Runner, plan: Plan) -> None:
    """Run the rounds and record the choice of the study."""
    study = runner.study
    selection = Selection(study, runner.journal)
    effort = study.effort(study.file.protocol.finalists.effort or study.file.protocol.explore.effort).name
    survivors, left = _rounds(runner, selection, plan, effort) if plan.finalists else ([], [])
    if selection.is_open(WHOLE_STUDY):
        fresh = selection.runs(effort, Step.FINALISTS)
        searched = study.effort(study.file.protocol.explore.effort).name
        runs = _shared(selection, survivors, effort) if survivors else selection.runs(searched, *SEARCH)
        step = Step.FINALISTS if survivors and not fresh.empty else Step.EXPLORE
        selection.record(WHOLE_STUDY, Phase(step), runs, left=left, rounds=len(plan.finalists))
    correct_selection(study, runner.journal)


def _rounds(runner: Runner, selection: Selection, plan: Plan, effort: str) -> tuple[list[int], list[Left]]:
    """Runs the rounds; who is left, best first, and (trial, round) of those that left, the last to leave first."""
    study, state = runner.study, runner.state
    searching = study.effort(study.file.protocol.explore.effort).name
    searched = selection.runs(searching, *SEARCH)
    ranked = [] if searched.empty else _ranked(selection, selection.choose(searched), searching)
    if not ranked:
        return [], []
    start = runner.first_fresh_draw(Step.FINALISTS)
    left: list[Left] = []
    phases: list[Phase] = []
    for i, (count, fresh) in enumerate(plan.finalists):
        stay, leave = ranked[:count], ranked[count:]
        left = [(trial, i) for trial in leave] + left if i else []
        places = runner.places(Step.FINALISTS, range(start, start + fresh))
        phase = state.now(Step.FINALISTS, stage=i + 1 if len(plan.finalists) > 1 else None)
        runner.fixed(phase, [Ask(state.trials[t].configuration, places, effort) for t in stay])
        start += fresh
        failed = {run.trial for p in state.runs_of(phase) if not (run := state.ended[p.number]).ending.succeeded}
        phases.append(phase)
        ranked = sorted(selection.best_first(stay, effort, phases), key=failed.__contains__)  # who failed goes behind
    return ranked, left


def _ranked(selection: Selection, first: Picked, effort: str) -> list[int]:
    """The rule's own pick and the best by the first goal, then all others by their shrunken means.

    With one goal these agree; with several, a sparse model that is as good gets a hearing.
    """
    if first.chosen is None:
        return []
    allowed = [trial for trial in first.order if trial not in selection.state.invalid]
    leaders = [first.chosen, first.best] if len(selection.study.goals) > 1 else []
    ranked = dict.fromkeys([*leaders, *selection.best_first(allowed, effort)])
    return [trial for trial in ranked if trial is not None]


def _shared(selection: Selection, survivors: Sequence[int], effort: str) -> pd.DataFrame:
    """What the choice is made from: the fresh draws of who is left, and their search where its effort is the same.

    The search's runs made the finalists look good, but all of them alike; leaving them out would waste evidence.
    """
    runs = selection.runs(effort, *SEARCH, Step.FINALISTS, Step.CONFIRM)
    fresh = runs["step"].eq(Step.FINALISTS)
    folds = selection.study.folds(selection.study.reference)
    return runs[runs["trial"].isin(survivors) & (fresh | (folds == 1))]
