"""The verdict of a study: what was chosen, the estimates side by side, the reasons, and what to be careful about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from sweepwright.choosing import error_factor, pooled_noise
from sweepwright.measures.classification import bootstrap_interval
from sweepwright.problem import Goal, Of
from sweepwright.runs import ConditionKind, Ending, Run
from sweepwright.space import Float, Int
from sweepwright.study.frames import evidence
from sweepwright.study.study import Study

LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with where it comes from: kind, interval (None where there is none) and how many runs are behind it."""

    kind: str
    measure: str
    value: float
    low: float | None
    high: float | None
    runs: int
    meaning: str

    def __str__(self) -> str:
        interval = "" if self.low is None or self.high is None else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{interval}"


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Everything that is said about a study's choice."""

    study: Study
    chosen: int | None
    estimates: tuple[Estimate, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    procedure: tuple[str, ...]

    def estimate(self, kind: str) -> Estimate | None:
        return next((e for e in self.estimates if e.kind == kind), None)

    def lines(self, full: bool = False) -> list[str]:
        """The choice in a few lines; with `full`, every reason and warning."""
        if self.chosen is None:
            return ["Nothing was chosen.", *self.sentences]
        goal = self.study.goals[0]
        lines = [f"Chosen: trial {self.chosen} ({settings_text(self.study, self.chosen)})"]
        parts = [f"{e.kind} {e}" for e in self.estimates if e.measure == goal.name]
        lines.append(f"{goal.name}: " + "; ".join(parts))
        lines.append("Why: " + " ".join(self.sentences))
        if full:
            lines += [f"  {e.kind}: {e.meaning}" for e in self.estimates if e.measure == goal.name]
            lines += [f"  {line}" for line in self.procedure]
        lines += [f"Note: {warning}" for warning in (self.warnings if full else self.warnings[:3])]
        return lines

    def as_data(self) -> dict[str, Any]:
        """The same as plain data (schema ``choose/1``)."""
        study, choice = self.study, self.study.choice() or {}
        estimates = [
            {
                "measure": e.measure,
                "kind": e.kind,
                "value": e.value,
                "low": e.low,
                "high": e.high,
                "level": LEVEL,
                "runs": e.runs,
            }
            for e in self.estimates
        ]

        def trial(number: int | None, own: list[dict[str, Any]]) -> dict[str, Any] | None:
            return (
                None
                if number is None
                else {"trial": number, "configuration": dict(study.state.trials[number].configuration), "estimates": own}
            )

        return {
            "schema": "choose/1",
            "study": {
                "name": study.folder.name,
                "problem": study.problem.name,
                "data_hash": study.state.declared.get("data_hash"),
                "runs": len(study.state.ended),
                "trials": len(study.state.trials),
                "finished": study.finished,
            },
            "rule": {
                "order": [str(goal) for goal in study.goals],
                "constraints": [str(g) for g in study.goals if g.bound is not None],
            },
            "chosen": trial(self.chosen, estimates),
            "runner_up": trial(choice.get("runner_up"), []),
            "indistinguishable": choice.get("indistinguishable", []),
            "front": [row["trial"] for row in choice.get("rows", []) if row.get("pareto")],
            "sentences": list(self.sentences),
            "procedure": list(self.procedure),
            "warnings": list(self.warnings),
        }


def settings_text(study: Study, trial: int) -> str:
    """A configuration in one line."""
    return ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in study.state.trials[trial].configuration.items()
    )


def verdict(study: Study) -> Verdict:
    """The verdict of a study, as far as it has come."""
    choice = study.choice()
    if choice is None:
        return Verdict(study, None, (), ("The study has not come to a choice yet.",), (), ())
    chosen = choice["chosen"]
    sentences = tuple(choice["sentences"])
    if chosen is None:
        return Verdict(study, None, (), (*sentences, *_why_no_value(study)), tuple(_failures(study)), ())
    estimates = [e for goal in study.goals for e in _estimates(study, goal, chosen, choice)]
    return Verdict(study, chosen, tuple(estimates), sentences, tuple(_warnings(study, chosen)), tuple(_procedure(study)))


def _why_no_value(study: Study) -> list[str]:
    name = study.goals[0].name
    reasons = {run.reasons[name] for run in study.state.ended.values() if run.trial >= 0 and name in run.reasons}
    return [f"{name} has no value: {reason}." for reason in sorted(reasons)[:2]]


def _estimates(study: Study, goal: Goal, chosen: int, choice: Mapping[str, Any]) -> list[Estimate]:
    found = []
    row = next((row for row in choice["rows"] if row["trial"] == chosen), None)
    if row is not None and row.get(f"mean.{goal.name}") is not None:
        runs = len(study.select(trial=chosen, condition=study.reference.name, step=choice["step"]))
        value = float(row[f"mean.{goal.name}"])
        found.append(
            Estimate(
                "selection score",
                goal.name,
                value,
                None,
                None,
                runs,
                "the mean that the choice was made by: optimistic, no estimate",
            )
        )
    corrected = next((e for e in study.state.pooled if e["of"] == "corrected" and goal.name in e["values"]), None)
    if corrected:
        values = corrected["values"]
        low, high = values[f"{goal.name}.low"], values[f"{goal.name}.high"]
        meaning = "the search's best, bootstrap bias-corrected (doi:10.1007/s10994-018-5714-4)"
        found.append(Estimate("bias-corrected", goal.name, values[goal.name], low, high, 0, meaning))
    last = study.state.in_round("confirm/outer")
    numbers = [number for proposal in study.state.asked(last) for number in proposal.runs if number in study.state.ended]
    outer = [study.state.ended[number] for number in numbers if study.state.ended[number].ending.succeeded]
    if outer:
        found += _pooled_estimate(study, goal, outer)
    fresh = [r for r in study.select(trial=chosen, condition=study.reference.name, phase="confirm/fresh") if r.ending.succeeded]
    if fresh:
        found += _mean_estimate(study, goal, fresh)
    return found


def _pooled_estimate(study: Study, goal: Goal, runs: Sequence[Run]) -> list[Estimate]:
    """The refits of all outer folds together: every sample predicted by a procedure that never saw its fold."""
    measure = next((m for m in study.problem.all_measures() if m.name == goal.name and m.looks_at is Of.OUTCOME), None)
    outcome = study.pooled_outcome(list(runs))
    columns = None if measure is None else study.columns(measure, outcome)
    if measure is None or columns is None:
        values = [v for v in (run.measured.get(goal.name) for run in runs) if v is not None]
        meaning = f"the mean over {len(values)} outer folds of the whole procedure"
        return (
            [Estimate("nested estimate", goal.name, float(np.mean(values)), None, None, len(values), meaning)] if values else []
        )
    samples = study.samples
    units = samples["group"][outcome.sample] if "group" in samples else np.arange(len(outcome.sample))
    low, high = bootstrap_interval(measure.function, units, *columns, seed=study.file.seed, level=LEVEL)
    by = "groups" if "group" in samples else "samples"
    meaning = f"the whole procedure, selection included, on {len(runs)} outer folds (one draw of them) that it never saw; interval by bootstrap over {by}"
    return [Estimate("nested estimate", goal.name, float(measure.function(*columns)), low, high, len(runs), meaning)]


def _mean_estimate(study: Study, goal: Goal, runs: Sequence[Run]) -> list[Estimate]:
    values = np.array([v for v in (run.measured.get(goal.name) for run in runs) if v is not None])
    if len(values) == 0:
        return []
    low = high = None
    meaning = "fresh draws on which nothing was selected"
    sd, freedom = float(np.std(values, ddof=1)) if len(values) > 1 else np.nan, len(values) - 1
    if study.folds(study.reference) == 1:
        known = evidence(study.state, study.reference.name, goal.name, _clean, runs[0].effort)
        noise = pooled_noise(known)
        if noise.freedom > freedom:
            sd, freedom = noise.sd, noise.freedom
            meaning += f"; interval by Student's t with the noise of all replicates ({freedom} degrees of freedom)"
    if freedom > 0:
        error = sd * np.sqrt(error_factor(len(values), study.folds(study.reference)))
        reach = float(student.ppf(0.5 + LEVEL / 2, freedom) * error)
        low, high = float(values.mean()) - reach, float(values.mean()) + reach
    return [Estimate("confirmed", goal.name, float(values.mean()), low, high, len(values), meaning)]


def _clean(phase: str) -> bool:
    """Whether the runs of a phase say something about noise: those of the search look good because they were picked."""
    return phase.split("/")[0] in ("audit", "finalists", "confirm")


def _procedure(study: Study) -> list[str]:
    """The choices that the procedure made inside each held condition."""
    lines = []
    for choice in study.state.choices:
        if choice["purpose"] != "study" and choice["chosen"] is not None:
            lines.append(f"{choice['purpose']}: the procedure chose {settings_text(study, choice['chosen'])}")
    return lines


def _warnings(study: Study, chosen: int) -> list[str]:
    found = [
        *_edges(study, chosen),
        *_unfinished(study, chosen),
        *_baselines(study),
        *_controls(study, chosen),
        *_failures(study),
    ]
    if study.folds(study.reference) > 1 and study.file.protocol.finalists.trials == 0:
        found.append("The choice rests on one draw of the folds; another draw may choose another trial.")
    if study.file.protocol.confirm.how == "off":
        found.append("Nothing was confirmed: the selection score is optimistic.")
    return found + list(study.state.declared.get("notes", ()))


def _edges(study: Study, chosen: int) -> list[str]:
    """Parameters whose chosen value lies at the end of what was searched."""
    found = []
    configuration = study.state.trials[chosen].configuration
    for slot in study.space.slots:
        value, parameter = configuration.get(slot.name), slot.parameter
        if not isinstance(parameter, Float | Int) or isinstance(value, str | bool | None):
            continue
        low, high = parameter.limits(configuration, slot.index)
        if value in (low, high) and low < high:
            end = "lower" if value == low else "upper"
            found.append(
                f"The chosen {slot.name} = {value:g} lies at the {end} edge of the search: a better value may lie outside."
            )
    return found


def _unfinished(study: Study, chosen: int) -> list[str]:
    runs = study.runs()
    searched = runs[runs["step"].isin(["explore", "exploit"])]
    unfinished = searched[searched["verdict"] == "UNFINISHED"]
    if unfinished.empty:
        return []
    own = runs[(runs["trial"] == chosen) & (runs["condition"] == study.reference.name)]["verdict"].eq("UNFINISHED").sum()
    mine = f"; {own} of them are the chosen trial's" if own else "; none is the chosen trial's"
    return [f"{len(unfinished)} of {len(searched)} searching runs are UNFINISHED (the solver stopped at its cap){mine}."]


def _baselines(study: Study) -> list[str]:
    """What is reached without the model, on the folds of the search."""
    name = study.goals[0].name
    values: dict[str, list[float]] = {}
    for run in study.state.ended.values():
        value = run.measured.get(name)
        if run.trial < 0 and run.condition == study.reference.name and value is not None:
            values.setdefault(str(run.configuration["baseline"]), []).append(value)
    return [f"Baseline {label!r}: {name} {np.mean(found):.3f} (mean of {len(found)} runs)." for label, found in values.items()]


def _controls(study: Study, chosen: int) -> list[str]:
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
            found.append(text + ".")
    return found


def _failures(study: Study) -> list[str]:
    stopped = sum(run.ending is Ending.STOPPED for run in study.state.ended.values())
    failed = [run for run in study.state.ended.values() if not run.ending.succeeded and run.ending is not Ending.STOPPED]
    early = [f"{stopped} runs of the search were stopped early: they fell behind the median of others."] if stopped else []
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
        f"{len(failed)} of {len(study.state.ended)} runs did not complete; the first is run {first.number} ({first.cause or first.ending}).{more}",
    ]
