"""The verdict of a study: what was chosen, the estimates side by side, the reasons, and what to be careful about."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sweepwright.answers.cautions import cautions
from sweepwright.answers.estimates import Estimate, believed, best_run, estimates
from sweepwright.answers.expectation import expectation
from sweepwright.choosing.encoding import shown
from sweepwright.choosing.frame import completed
from sweepwright.nouns.decision import WHOLE_STUDY
from sweepwright.nouns.phase import Part, Step
from sweepwright.nouns.statement import Statement, listed
from sweepwright.study.study import Study

if TYPE_CHECKING:
    from sweepwright.answers.analysis import Analysis

TOP = 5


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Everything that is said about a study's choice."""

    study: Study
    chosen: int | None
    estimates: tuple[Estimate, ...]
    sentences: tuple[Statement, ...]
    warnings: tuple[Statement, ...]
    procedure: tuple[Statement, ...] = ()
    expect: tuple[Statement, ...] = ()

    def estimate(self, kind: str) -> Estimate | None:
        return next((e for e in self.estimates if e.kind == kind), None)

    def lines(self, full: bool = False) -> list[str]:
        """The choice in a few lines; with `full`, every reason and warning."""
        if self.chosen is None:
            return ["Nothing was chosen.", *map(str, self.sentences), *(f"Note: {warning}" for warning in self.warnings)]
        goal = self.study.goals[0]
        lines = [f"Chosen: trial {self.chosen} ({settings_text(self.study, self.chosen)})"]
        parts = [f"{e.kind} {e}" for e in self.estimates if e.measure == goal.name]
        lines.append(f"{goal.name}: " + "; ".join(parts))
        lines += map(str, self.expect)
        lines.append("Why: " + " ".join(map(str, self.sentences)))
        if full:
            lines += [f"  {e.kind}: {e.meaning}" for e in self.estimates if e.measure == goal.name]
            lines += [f"  {line}" for line in self.procedure]
        lines += [f"Note: {warning}" for warning in (self.warnings if full else self.warnings[:3])]
        return lines


def settings_text(study: Study, trial: int) -> str:
    """A trial's configuration in one line."""
    return shown(study.state.trials[trial].configuration)


def verdict(study: Study, analysis: "Analysis | None" = None) -> Answer:
    """The verdict of a study, as far as it has come; of an adopted sweep, what the rule picks from it."""
    if study.adopted:
        from sweepwright.answers.analysis import Analysis  # with scikit-learn: a run's last lines need none of it

        return _of_adopted(study, analysis or Analysis(study))
    choice = study.choice()
    if choice is None:
        return Answer(
            study, None, (), (Statement("choice.open", "The study has not come to a choice yet."),), cautions(study, None)
        )
    chosen = choice.chosen
    if chosen is None:
        return Answer(study, None, (), (*choice.sentences, *_why_no_value(study)), cautions(study, None))
    found = estimates(study, chosen, choice)
    about = expectation(study, chosen, found)
    return Answer(study, chosen, found, choice.sentences, cautions(study, chosen), tuple(_procedure(study)), about)


def _of_adopted(study: Study, analysis: "Analysis") -> Answer:
    """The choice from a sweep that others ran: no number was confirmed, and results had been seen."""
    weighing = analysis.weighing
    if weighing.chosen is None:
        return Answer(study, None, (), weighing.sentences, tuple(analysis.anomalies))
    decided = analysis.deciding
    own = [best for goal in study.goals if (best := best_run(decided, goal, weighing.chosen)) is not None]
    found = (*believed(weighing, study.goals, weighing.chosen, decided), *own)
    warnings = [*analysis.anomalies, *analysis.recognised.statements]
    about = (*_replicates_found(analysis, weighing.chosen), *_never_ran(analysis, weighing.chosen), *_by_condition(analysis))
    sentences = (*weighing.sentences, *about)
    text = "The sweep was adopted: its results had been seen when the goals were set, and no number is confirmed."
    return Answer(study, weighing.chosen, found, sentences, (Statement(Step.ADOPTED.value, text), *warnings))


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
    """The choices that the procedure made inside each held condition."""
    lines = []
    for choice in study.state.decisions:
        if choice.purpose != WHOLE_STUDY and choice.chosen is not None:
            text = f"{choice.purpose}: the procedure chose {settings_text(study, choice.chosen)}"
            inner = study.condition(choice.purpose).chosen_on
            runs = [run.number for run in study.state.runs if run.phase.part is Part.INNER and run.condition == inner]
            lines.append(Statement("procedure", text, {"trial": choice.chosen}, tuple(runs)))
    return lines
