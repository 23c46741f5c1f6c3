"""The verdict of a study: everything that somebody who has to decide needs, in the order in which it is read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.answers.alternatives import beside, costs
from sweepwright.answers.analysis import Analysis
from sweepwright.answers.cautions import cautions, notes
from sweepwright.answers.controls import baselines, controls
from sweepwright.answers.estimates import Estimate, believed, best_run, estimates, spoken
from sweepwright.answers.expectation import expectation
from sweepwright.answers.next_steps import next_steps
from sweepwright.answers.places import FOLDED, Place, in_places
from sweepwright.answers.remarks import remarks
from sweepwright.choosing.encoding import Axis, Kind, label, shown
from sweepwright.choosing.frame import completed
from sweepwright.nouns.decision import WHOLE_STUDY, Decision
from sweepwright.nouns.phase import Part, Step
from sweepwright.nouns.statement import Statement, counted, listed
from sweepwright.space import Configuration
from sweepwright.study.study import Study

TOP = 5
APART = 0.25  # of a parameter's range: choices further apart than that disagree
ANEW = ("choice.loss", "choice.once")  # what the weighing of all runs says better than the choice that was recorded


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Everything that is said about a study's choice: the trial, what is known of it, and sentences, each at its place."""

    study: Study
    chosen: int | None
    estimates: tuple[Estimate, ...]
    said: tuple[Statement, ...]

    def estimate(self, kind: str) -> Estimate | None:
        return next((e for e in self.estimates if e.kind == kind), None)

    def at(self, place: Place) -> tuple[Statement, ...]:
        """The sentences of one place."""
        return in_places(self.said).get(place, ())

    def lines(self) -> list[str]:
        """The verdict as a terminal shows it; checks that passed and how it was decided are counted, `choose` lists them."""
        parts = in_places(self.said)
        open_ones = {place: own for place, own in parts.items() if place not in FOLDED}
        checks = len(parts.get(Place.PASSED, ()))
        passed = [f"{counted(checks, 'check', 'checks')} passed."] if checks else []
        return [*self.headline(), *lines_of(open_ones), *passed]

    def headline(self) -> list[str]:
        """What was chosen, and its numbers by the first goal."""
        if self.chosen is None:
            return ["Nothing was chosen."]
        goal = self.study.goals[0]
        numbers = [f"{e.kind} {e}{' (optimistic)' if e.optimistic else ''}" for e in self.estimates if e.measure == goal.name]
        return [
            f"Chosen: trial {self.chosen} ({settings_text(self.study, self.chosen)})",
            *([f"{goal.name}: {'; '.join(numbers)}"] if numbers else []),
        ]


def lines_of(parts: dict[Place, tuple[Statement, ...]]) -> list[str]:
    """Sentences under the headings of their places."""
    lines = []
    for place, own in parts.items():
        lines += [f"{place}:", *(f"  - {said}" for said in own)]
    return lines


def settings_text(study: Study, trial: int) -> str:
    """A trial's configuration in one line."""
    return shown(study.state.trials[trial].configuration)


def verdict(study: Study, analysis: Analysis | None = None) -> Answer:
    """The verdict of a study, as far as it has come; of an adopted sweep, what the rule picks from it."""
    if study.adopted:
        return _of_adopted(study, analysis or Analysis(study))
    choice = study.choice()
    if choice is None:
        open_yet = Statement("choice.open", "The study has not come to a choice yet.")
        return Answer(study, None, (), (open_yet, *cautions(study, None)))
    if choice.chosen is None:
        return Answer(study, None, (), (*choice.sentences, *_why_no_value(study), *cautions(study, None)))
    return _of_choice(study, choice, choice.chosen, analysis or Analysis(study))


def _of_choice(study: Study, choice: Decision, chosen: int, analysis: Analysis) -> Answer:
    """Everything that is said of a choice that the study's own steps made."""
    found = estimates(study, chosen, choice)
    warned = cautions(study, chosen)
    has_changed = any(said.code == "made_before" for said in warned)
    still = analysis.weighing.chosen == chosen and not has_changed
    said = [
        *_kept(study),
        *expectation(study, chosen, found),
        *controls(study, chosen),
        *baselines(study, chosen),
        *(beside(analysis, chosen, choice.runner_up) if still else ()),
        *(costs(analysis, chosen) if still else ()),
        *(_anew(choice.sentences, analysis.weighing.sentences) if still else choice.sentences),
        *warned,
        *remarks(study),
        *next_steps(study, found),
        *_procedure(study),
        *notes(study),
    ]
    return Answer(study, chosen, found, tuple(said))


def _anew(recorded: Iterable[Statement], now: Iterable[Statement]) -> list[Statement]:
    """The sentences that were recorded with the choice; what all runs say by now of how firm it is stands in their place."""
    newer = [said for said in now if said.code in ANEW]
    codes = {said.code for said in newer}
    return [*(said for said in recorded if said.code not in codes), *newer]


def _kept(study: Study) -> list[Statement]:
    """The model that is kept: which run, and what it has of the goals that are facts of it."""
    number = study.state.kept
    if number is None:
        return []
    run = study.state.ended[number]
    facts = [goal.name for goal in study.goals if goal.name in run.measured]
    numbers = {name: value for name in facts if (value := run.measured[name]) is not None}
    has = (
        f": {', '.join(f'{name} {value:,.0f}' if value == int(value) else f'{name} {spoken(value)}' for name, value in numbers.items())}"
        if numbers
        else ""
    )
    text = f"The model that is kept was fitted to all data with this configuration (run {number}, effort {run.effort}){has}."
    return [Statement("kept", text, {"run": number} | numbers, (number,))]


def _of_adopted(study: Study, analysis: Analysis) -> Answer:
    """The choice from a sweep that others ran: no number was confirmed, and results had been seen."""
    weighing = analysis.weighing
    if weighing.chosen is None:
        return Answer(study, None, (), (*weighing.sentences, *analysis.anomalies))
    decided = analysis.deciding
    own = [best for goal in study.goals if (best := best_run(decided, goal, weighing.chosen)) is not None]
    found = (*believed(weighing.levels, study.goals, weighing.chosen, decided), *own)
    text = "The sweep was adopted: its results had been seen when the goals were set, and no number is confirmed."
    said = [
        Statement(Step.ADOPTED.value, text),
        *beside(analysis, weighing.chosen, weighing.runner_up),
        *costs(analysis, weighing.chosen),
        *weighing.sentences,
        *_replicates_found(analysis, weighing.chosen),
        *_never_ran(analysis, weighing.chosen),
        *_by_condition(analysis),
        *analysis.anomalies,
        *analysis.recognised.statements,
    ]
    return Answer(study, weighing.chosen, found, tuple(said))


def _replicates_found(analysis: "Analysis", chosen: int) -> list[Statement]:
    """Which trials turned out to be one configuration, and how many of the best ones are."""
    found = analysis.recognised.also(chosen)
    top = analysis.top_raw(TOP)
    groups = [tuple(t for t in top if t in analysis.recognised.same_configuration(trial)) for trial in top]
    largest = max(groups, key=len, default=())
    if len(largest) > 1:
        text = f"{len(largest)} of the {len(top)} best trials by their raw values ({listed(largest)}) are one configuration{analysis.recognised.as_stated}."
        found.append(Statement("replicates.best", text, {"replicates": len(largest), "best": len(top)}))
    return found


def _never_ran(analysis: "Analysis", chosen: int) -> list[Statement]:
    """The conditions in which the chosen one has no run: what it gives there is taken from the others."""
    known = completed(analysis.runs)
    lacking = sorted(set(known["condition"]) - set(known.loc[known["trial"] == chosen, "condition"]))
    if not lacking:
        return []
    text = f"Trial {chosen} has no run in {listed(lacking)}: what it gives there is taken from what that condition does to the others."
    return [Statement("choice.never_ran", text, {"trial": chosen, "conditions": len(lacking)})]


def _by_condition(analysis: "Analysis") -> list[Statement]:
    """Whether the choice depends on the condition."""
    best = analysis.best_by_condition()
    times = sorted(Counter(best.values()).items(), key=lambda item: (-item[1], item[0]))
    if len(times) < 2:
        return []
    shown = ", ".join(f"trial {trial} in {count}" for trial, count in times[:4])
    met = completed(analysis.runs).groupby("trial")["condition"].nunique()
    some = "" if met.min() == met.max() else "; not every trial ran in all of them"
    text = (
        f"By plain means the best trial is not the same in every condition: of {len(best)} conditions, {shown}{' ...' if len(times) > 4 else ''} "
        f"is the best{some}. Whether that is more than chance was not tested."
    )
    return [Statement("choice.by_condition", text, {"conditions": len(best), "different": len(times)})]


def _why_no_value(study: Study) -> list[Statement]:
    name = study.goals[0].name
    found: dict[str, list[int]] = {}
    for run in study.state.runs:
        if run.trial >= 0 and name in run.reasons:
            found.setdefault(run.reasons[name], []).append(run.number)
    return [
        Statement("goal.no_value", f"{name} has no value: {reason}.", {"runs": len(runs)}, tuple(runs))
        for reason, runs in sorted(found.items())[:2]
    ]


def _procedure(study: Study) -> list[Statement]:
    """The choices that the procedure made inside each held condition, and what they disagree about."""
    lines, picks, behind = [], list[Configuration](), list[int]()
    for choice in study.state.decisions:
        if choice.purpose != WHOLE_STUDY and choice.chosen is not None:
            text = f"{choice.purpose}: the procedure chose {settings_text(study, choice.chosen)}."
            inner = study.condition(choice.purpose).chosen_on
            runs = [run.number for run in study.state.runs if run.phase.part is Part.INNER and run.condition == inner]
            lines.append(Statement("procedure", text, {"trial": choice.chosen}, tuple(runs)))
            picks.append(study.state.trials[choice.chosen].configuration)
            behind += runs
    tried = pd.DataFrame([trial.configuration for trial in study.state.trials.values()])
    open_ones = [axis.name for axis in study.axes.axes if len(picks) > 1 and _disagree(axis, picks, tried)]
    if open_ones:
        each = " and ".join(f"{name} {', '.join(label(pick.get(name, 'none')) for pick in picks)}" for name in open_ones)
        text = (
            f"Repeated {len(picks)} times, each time with another part of the data left out, the procedure chose {each}: these data do not "
            f"determine {'it' if len(open_ones) == 1 else 'them'}."
        )
        lines.append(Statement("careful.undetermined", text, {"repeats": len(picks)}, tuple(behind)))
    return lines


def _disagree(axis: Axis, picks: Sequence[Configuration], tried: pd.DataFrame) -> bool:
    """Whether choices of a parameter lie far apart: another category, or more than a quarter of its range with values tried between."""
    chosen = pd.Series([pick.get(axis.name) for pick in picks])
    if axis.kind is Kind.CATEGORICAL or chosen.isna().any():
        return chosen.map(label).nunique() > 1
    units, every = axis.units(chosen), np.unique(axis.units(tried[axis.name].dropna()))
    between = (every > units.min()) & (every < units.max())
    return bool(np.ptp(units) > APART and between.any())
