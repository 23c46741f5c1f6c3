"""Everything that a report says, computed once: page, Markdown and slides are written from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.answer import FullAnswer
from sweepwright.answers.cautions import standing
from sweepwright.answers.estimates import Estimate, believed
from sweepwright.answers.naming import in_spans
from sweepwright.answers.places import Place, in_places, place_of
from sweepwright.answers.trials import Trials, trials_of
from sweepwright.answers.verdict import Answer
from sweepwright.errors import InputError
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.statement import Statement, counted
from sweepwright.record.events import RunEnded
from sweepwright.report.chapter import Chapter
from sweepwright.report.charts import choice as choice_charts
from sweepwright.report.charts.robustness import candidates
from sweepwright.report.core_sections import core_chapters
from sweepwright.report.problem_sections import problem_chapters
from sweepwright.report.sections.tradeoffs import named
from sweepwright.report.words import WORDS, plain
from sweepwright.study.study import Study

MOST_NUMBERS = 12  # run numbers in a sentence
MOST_CANDIDATES = 10
FAILED = "failed, as the table says"  # all that is known of an adopted run that did


@dataclass(slots=True, eq=False)
class Contents:
    """A report before it has a form. `standing` says what is missing of the study; `roles` name the trials that matter."""

    study: Study
    analysis: Analysis
    verdict: Answer
    trials: Trials | None
    standing: str
    roles: dict[int, str]
    estimates: list[Estimate]
    verdict_figures: list[Figure]
    candidates: pd.DataFrame
    chapters: list[Chapter]
    provenance: list[tuple[str, str]]
    sentences: pd.DataFrame

    @property
    def hidden(self) -> list[int]:
        return sorted(self.study.state.hidden)

    @property
    def starred(self) -> list[int]:
        return sorted(self.study.state.starred)

    @property
    def goals(self) -> list[str]:
        return [str(goal) for goal in self.study.goals]

    @property
    def words(self) -> dict[str, str]:
        """What the program's words and the problem's own mean, in the order of the alphabet."""
        known = {**WORDS, **self.study.problem.words}
        return {word: plain(known[word]) for word in sorted(known, key=str.casefold)}

    @property
    def parts(self) -> dict[Place, tuple[Statement, ...]]:
        """The sentences of the verdict by place, in the order of reading."""
        return in_places(self.verdict.said)

    @property
    def figures(self) -> list[Figure]:
        return [*self.verdict_figures, *(figure for chapter in self.chapters for figure in chapter.figures)]

    def trials_table(self) -> pd.DataFrame:
        """All trials that are not hidden, with the names that people read."""
        if self.trials is None:
            return pd.DataFrame()
        table = named(self.trials)
        return table[~table["trial"].isin(self.hidden)].reset_index(drop=True)


def contents_of(study: Study) -> Contents:
    """Compute all of a report; of a study that runs or failed, as much as there is."""
    explained = FullAnswer.of(study)
    analysis, verdict = explained.analysis, explained.verdict
    trials = _trials(analysis)
    roles = {} if trials is None else _answer(lambda: candidates(analysis), {})
    chapters = [*problem_chapters(study), *core_chapters(analysis, trials)]  # the field's own words first
    return Contents(
        study,
        analysis,
        verdict,
        trials,
        standing(study),
        roles,
        _estimates(explained),
        _verdict_figures(explained),
        _answer(lambda: candidates_table(analysis, roles), pd.DataFrame()),
        [chapter for chapter in chapters if not chapter.empty],
        provenance(analysis),
        _answer(lambda: sentences_table(explained), pd.DataFrame()),
    )


def sentences_table(explained: FullAnswer) -> pd.DataFrame:
    """Everything that is said, with the runs behind it: place, code, sentence, runs (spans of their numbers)."""
    rows = [(str(place_of(one)), one.code, one.text, in_spans(one.runs)) for one in explained.statements]
    return pd.DataFrame(rows, columns=["place", "code", "sentence", "runs"])


def _answer(question: Any, otherwise: Any) -> Any:
    """An answer, or what stands for it where the study has none yet."""
    try:
        return question()
    except InputError:
        return otherwise


def _trials(analysis: Analysis) -> Trials | None:
    found = _answer(lambda: trials_of(analysis), None)
    return found if found is not None and len(found.frame) else None


def _estimates(explained: FullAnswer) -> list[Estimate]:
    """The numbers of the verdict: all of the first goal, then what was confirmed of the others."""
    found, first = explained.verdict.estimates, explained.study.goals[0].name
    ranks = (
        "confirmed",
        "nested estimate",
        "confirmed earlier",
        "bias-corrected",
        "shrunken",
        "as measured",
        "selection score",
        "best run",
    )

    def rank(e: Estimate) -> int:
        return ranks.index(e.kind) if e.kind in ranks else len(ranks)

    own = sorted((e for e in found if e.measure == first), key=rank)
    best = {e.kind for e in own[:1]}
    return [*own, *(e for e in found if e.measure != first and e.kind in best)]


def behind(study: Study, estimate: Estimate) -> str:
    """Where a number comes from: its runs with their seeds, the data, the command."""
    shown = estimate.numbers[:MOST_NUMBERS]
    seeds = [study.state.ended[number].seed for number in shown if number in study.state.ended]
    known = ", ".join(str(seed) for seed in seeds if seed is not None) or "not recorded"
    more = f" and {len(estimate.numbers) - len(shown)} more" if len(estimate.numbers) > len(shown) else ""
    runs = (
        f"run{'s' * (len(shown) > 1)} {', '.join(map(str, shown))}{more} (seed{'s' * (len(shown) > 1)} {known}{', ...' if more else ''})"
        if shown
        else "all out-of-fold predictions of the search"
    )
    return f"{runs}; data {data_hash(study)[:16]}; {command_of(study)}; tables/runs.csv"


def command_of(study: Study) -> str:
    """The command that made a study."""
    return study.file.made.get("command") or "made by a call from Python"


def data_hash(study: Study) -> str:
    return study.data_hash or "unknown"


def _verdict_figures(explained: FullAnswer) -> list[Figure]:
    goal, verdict = explained.study.goals[0].name, explained.verdict
    if verdict.chosen is None or len([e for e in verdict.estimates if e.measure == goal]) < 2:
        return []
    caption = (
        f"What is known of the choice by {goal}, with 90 % intervals. Circles are estimates on data, splits or seeds on which nothing was "
        "selected, or less what the selection adds (bias-corrected); diamonds are optimistic."
    )
    chart, table = choice_charts.estimate_intervals(explained), choice_charts.estimates_table(explained)
    return [Figure(name="estimates", caption=caption, chart=chart, table=table)]


# --- tables -------------------------------------------------------------------------------------------------------------


def candidates_table(analysis: Analysis, roles: Mapping[int, str]) -> pd.DataFrame:
    """Those that could be chosen, in the order of the rule: role, levels with 90 % intervals, rank, P(within), and configuration.

    Of a sweep in which every trial ran once these are all of them: the first ones, and those that have a role.
    """
    weighing, study = analysis.weighing, analysis.study
    known = weighing.levels.trials
    allowed = [int(str(t)) for t in weighing.table["within"].dropna().index] if weighing.levels.is_known else [*weighing.order]
    ordered = [t for t in weighing.order if t in known and (t in allowed or t in roles)]
    shown = [*ordered[:MOST_CANDIDATES], *(t for t in ordered[MOST_CANDIDATES:] if t in roles)]
    rows = []
    for trial in shown:
        levels = {e.measure: str(e) for e in believed(weighing.levels, study.goals, trial, analysis.deciding)}
        ranked = (
            f"{analysis.ranks['low'].to_dict()[trial]} to {analysis.ranks['high'].to_dict()[trial]}"
            if trial in analysis.ranks.index
            else None
        )
        row: dict[str, object] = {"trial": trial, "role": roles.get(trial, ""), **levels, "rank": ranked}
        row["P(within)"] = dict(weighing.table["within"]).get(trial)
        own = weighing.levels.cells[known == trial]
        rows.append(
            row | {"splits" if analysis.folds > 1 else "runs": int(own[0])} | dict(study.state.trials[trial].configuration)
        )
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def provenance(analysis: Analysis) -> list[tuple[str, str]]:
    """Where everything comes from: command, data, seeds, hardware, what was spent, what was stopped and why, versions."""
    study = analysis.study
    made = study.file.made
    ended = study.state.runs
    rows: list[tuple[str, Any]] = [
        ("study", study.folder.resolve()),
        ("problem", study.file.problem),
        ("command", command_of(study)),
        ("data hash", study.data_hash or None),
        ("root seed", f"{study.file.seed} (the seeds of all runs: tables/runs.csv)"),
        ("runs", f"{len(study.state.ended)} in {counted(len(study.state.trials), 'trial', 'trials')}"),
    ]
    seconds = sum(run.seconds for run in ended)
    spent: dict[str, float] = {}
    for run in ended:
        for name, value in run.spent.items():
            spent[name] = spent.get(name, 0.0) + float(value)
    trained = "not recorded" if study.adopted and seconds == 0 else f"{seconds:,.1f} s of training"
    rows.append(
        ("spent", "; ".join([trained, *(f"{value:,.4g} {name}" for name, value in spent.items() if name != "seconds")]))
    )
    rows.append(("ended", _endings(study)))
    rows += [("stopped", f"{step}: {limit.why}") for step, limit in study.state.limits.items()]
    rows += [("not to be used", f"trial {trial}: {why}") for trial, why in study.state.invalid.items()]
    rows.append(("hardware", _hardware(analysis)))
    rows += [("Python", made.get("python")), ("commit of the working folder", made.get("commit") or "none")]
    rows += list(made.get("versions", {}).items())
    return [(str(name), str(value)) for name, value in rows if value is not None]


def _endings(study: Study) -> str:
    counts: dict[str, int] = {}
    for run in study.state.runs:
        how = FAILED if study.adopted and run.ending is Ending.RAISED else str(run.ending)
        counts[how] = counts.get(how, 0) + 1
    return "; ".join(f"{count} {ending}" for ending, count in counts.items()) or "none yet"


def _hardware(analysis: Analysis) -> str:
    """Which hosts and devices ran how many runs, from the ledger."""
    counts: dict[str, int] = {}
    for event in analysis.events:
        if isinstance(event, RunEnded) and event.host:
            place = f"{event.host} ({event.device or 'cpu'})"
            counts[place] = counts.get(place, 0) + 1
    return "; ".join(f"{place}: {counted(count, 'run', 'runs')}" for place, count in counts.items()) or "not recorded"
