"""A study as somebody who works in Python holds it: run or opened, it answers, and a notebook shows its verdict."""

from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Self

import pandas as pd

from sweepwright.answers.answer import FullAnswer
from sweepwright.answers.estimates import Estimate
from sweepwright.answers.level import level_of
from sweepwright.answers.places import FOLDED, in_places
from sweepwright.answers.verdict import Answer
from sweepwright.choosing.frame import measures_in
from sweepwright.errors import InputError
from sweepwright.nouns.plain import Settings
from sweepwright.nouns.problem import Problem
from sweepwright.running.dispatch import Observer
from sweepwright.running.options import told_apart, with_options
from sweepwright.running.start import start
from sweepwright.study.study import Study
from sweepwright.study.study_file import merged

SHOWN = 10  # trials in a notebook


class OpenStudy(Study):
    """A study that stands on disk, and what can be said of it; its frames are `runs()`, `table()`, `pooled()` and `curves_frame()`."""

    @classmethod
    def of(cls, study: Study) -> Self:
        """The same study, answering."""
        return cls(study.folder, study.file, study.problem)

    def reread(self) -> None:
        super().reread()
        self.__dict__.pop("_answer", None)

    @cached_property
    def _answer(self) -> FullAnswer:
        return FullAnswer.of(self)

    def verdict(self) -> Answer:
        """What was chosen and everything that one needs to decide: `said` are sentences with their numbers and runs, in the order of reading.

        >>> import sweepwright as sw
        >>> verdict = sw.report.example_study().verdict()
        >>> verdict.chosen == sw.report.example_study().chosen, verdict.lines()[0].startswith("Chosen: trial")
        (True, True)
        """
        return self._answer.verdict

    def table(self) -> pd.DataFrame:
        """One row per trial with its level by every measure; of an adopted sweep what is stated to be inactive counts, as in every answer."""
        found = super().table()
        if not self.adopted or found.empty:
            return found
        analysis, goal = self._answer.analysis, self.goals[0]
        for name in measures_in(analysis.every):
            if name in found:
                found[name] = analysis.level(name).reindex(found.index)
        ordered = found.sort_values(goal.name, ascending=goal.sign < 0, kind="stable", na_position="last").index.tolist()
        chosen = self.verdict().chosen
        return found.loc[sorted(ordered, key=lambda trial: trial != chosen)]

    def level(self, trial: int, measure: str | None = None) -> Estimate:
        """What a trial gives on average over new runs by a measure (the first goal), in its unit, with a 90 % interval and the runs behind it.

        All runs that a choice may look at speak together, so that trials that met other splits can be compared; plain means cannot.
        Without an interval (`low` and `high` are None) where nothing was repeated, and for a measure that is no goal. Raises InputError
        for a trial or a measure that the study does not have.

        >>> import sweepwright as sw
        >>> study = sw.report.example_study()
        >>> level = study.level(study.chosen)
        >>> level.measure, level.low < level.value < level.high
        ('f1', True)
        """
        return level_of(self._answer.analysis, trial, measure)

    def _repr_html_(self) -> str:
        """The verdict and the first trials, for a notebook; a study that cannot be read yet is shown in one line."""
        try:
            return _as_html(self)
        except InputError as error:
            return f"<p>{escape(repr(self))}: {escape(str(error))}</p>"


def _as_html(study: OpenStudy) -> str:
    verdict = study.verdict()
    first, *others = map(escape, verdict.headline())
    lines = [f"<p><b>{first}</b></p>", *(f"<p>{line}</p>" for line in others)]
    for place, said in in_places(verdict.said).items():
        sentences = f"<ul>{''.join(f'<li>{escape(str(one))}</li>' for one in said)}</ul>"
        head, body = escape(str(place)), "details" if place in FOLDED else "div"
        lines.append(f"<{body}>{f'<summary>{head}</summary>' if place in FOLDED else f'<b>{head}</b>'}{sentences}</{body}>")
    table = study.table()
    rows = table.head(SHOWN).reset_index().to_html(index=False, float_format="{:.4g}".format, escape=True, border=0)
    more = f"<p>{len(table) - SHOWN} more: <code>study.table()</code>.</p>" if len(table) > SHOWN else ""
    figures = "<p>Figures: <code>sw.report.tradeoff(study)</code> and the others that <code>dir(sw.report)</code> lists.</p>"
    return "\n".join([*lines, rows, more, figures])


def open_study(folder: str | Path, problem: Problem | None = None) -> OpenStudy:
    """The study in a folder, for reading: its runs, table, outcomes, levels and verdict."""
    return OpenStudy.open(Path(folder), problem)


@with_options
def run(
    problem: str | Problem,
    *,
    settings: Settings | None = None,
    observer: Observer | None = None,
    command: str | None = None,
    **options: Any,
) -> OpenStudy:
    """Run a study to its end, or go on with one, and return it.

    `problem` is a name, an address (``file.py:NAME``), a study file, a study folder, or a Problem (which runs in this
    process). `settings` are keys of a study file. The options are those of the command (`RunOptions`: folder, trials, seed, ...);
    ``trials="+50"`` extends a finished study by 50. Any other keyword is an option of the problem's data. Raises InputError
    (StudyFileError, DataError, ...) for input that cannot be used, before anything is written.

    >>> import tempfile
    >>> settings = {"space": {"C": {"choice": {"values": [0.1, 1.0]}}, "l1_ratio": 0.5}, "protocol": {"confirm": {"how": "off"}}}
    >>> study = run("phenotype", folder=tempfile.mkdtemp() + "/cells", settings=settings, executor="inline", preset="quick")
    >>> study.table()[["C", "l1_ratio", "nonzero"]].shape, study.chosen in (0, 1)
    ((2, 3), True)
    """
    asked, data = told_apart(options)
    return OpenStudy.of(start(problem, asked, merged(settings or {}, {"data": data} if data else {}), command, observer))
