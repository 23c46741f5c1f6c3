"""What to be careful about with a choice, each with a code that programs can read."""

import numpy as np

from sweepwright.choosing.effects.edges import edges
from sweepwright.choosing.frame import comparable, in_steps, measure_column
from sweepwright.nouns.condition import ConditionKind
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.phase import PROPOSING, SEARCH, Step
from sweepwright.nouns.statement import Statement
from sweepwright.study.study import Study


def cautions(study: Study, chosen: int | None) -> tuple[Statement, ...]:
    """Everything to be careful about with a choice; without one, only what failed."""
    return tuple(_failures(study) if chosen is None else _warnings(study, chosen))


def _warnings(study: Study, chosen: int) -> list[Statement]:
    found = [
        *_edges(study),
        *_unfinished(study, chosen),
        *_baselines(study),
        *_controls(study, chosen),
        *_failures(study),
    ]
    if study.folds(study.reference) > 1 and study.file.protocol.finalists.trials == 0:
        text = "The choice rests on one draw of the folds; another draw may choose another trial."
        found.append(Statement("one_draw", text))
    if study.file.protocol.confirm.how == "off":
        found.append(Statement("not_confirmed", "Nothing was confirmed: the selection score is optimistic."))
    return found + [Statement("data", str(note)) for note in (study.state.declared.notes if study.state.declared else ())]


def _edges(study: Study) -> list[Statement]:
    """Parameters that are best at an end of what was searched beyond which there are values."""
    runs = in_steps(comparable(study.runs(), study.reference.name, study.searching), *SEARCH, Step.FINALISTS)
    goal = study.goals[0]
    if measure_column(goal.name) not in runs:
        return []
    return [edge.statement for edge in edges(runs, goal.name, goal.sign, study.axes)]


def _unfinished(study: Study, chosen: int) -> list[Statement]:
    runs = study.runs()
    searched = runs[runs["step"].isin(PROPOSING)]
    unfinished = searched[searched["verdict"] == "UNFINISHED"]
    if unfinished.empty:
        return []
    own = runs[(runs["trial"] == chosen) & (runs["condition"] == study.reference.name)]["verdict"].eq("UNFINISHED").sum()
    mine = f"; {own} of them are the chosen trial's" if own else "; none is the chosen trial's"
    text = f"{len(unfinished)} of {len(searched)} searching runs are UNFINISHED (the solver stopped at its cap){mine}."
    return [Statement("unfinished", text)]


def _baselines(study: Study) -> list[Statement]:
    """What is reached without the model, on the folds of the search."""
    name = study.goals[0].name
    values: dict[str, list[float]] = {}
    for run in study.state.runs:
        value = run.measured.get(name)
        if run.trial < 0 and run.condition == study.reference.name and value is not None:
            values.setdefault(str(run.configuration["baseline"]), []).append(value)
    return [
        Statement("baseline", f"Baseline {label!r}: {name} {np.mean(found):.3f} (mean of {len(found)} runs).")
        for label, found in values.items()
    ]


def _controls(study: Study, chosen: int) -> list[Statement]:
    """What the spoiled conditions reach beside the chosen trial, and a p value where there are 10 draws or more."""
    goal, pooled = study.goals[0], study.pooled()
    if pooled.empty:
        return []
    name = f"pooled_{goal.name}"
    rows = pooled[(pooled["measure"] == name) & (pooled["trial"] == chosen)]
    own = rows[rows["condition"] == study.reference.name]["value"].mean()
    found = []
    for condition in study.resolved.conditions:
        values = rows[rows["condition"] == condition.name]["value"]
        if condition.kind is ConditionKind.CONTROL and len(values) and np.isfinite(own):
            text = f"Control {condition.name!r}: {goal.name} {values.mean():.3f} against {own:.3f}"
            if len(values) >= 10:
                p = (1 + (goal.sign * values >= goal.sign * own).sum()) / (1 + len(values))
                text += f" (p {'=' if p > 1 / (1 + len(values)) else '<='} {p:.3f} over {len(values)} draws)"
            found.append(Statement("control", text + "."))
    return found


def _failures(study: Study) -> list[Statement]:
    stopped = sum(run.ending is Ending.STOPPED for run in study.state.runs)
    failed = [run for run in study.state.runs if not run.ending.succeeded and run.ending is not Ending.STOPPED]
    text = f"{stopped} runs of the search were stopped early: they fell behind the median of others."
    early = [Statement("stopped_runs", text)] if stopped else []
    if not failed:
        return early
    first = failed[0]
    more = (
        f" Its traceback: {study.run_folder(first.number) / 'traceback.txt'}"
        if (study.run_folder(first.number) / "traceback.txt").exists()
        else ""
    )
    return [
        *early,
        Statement(
            "failed_runs",
            f"{len(failed)} of {len(study.state.ended)} runs did not complete; the first is run {first.number} "
            f"({first.cause or first.ending}).{more}",
        ),
    ]
