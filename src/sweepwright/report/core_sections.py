"""The sections that every study has: one file in `sections/` per keeper, found by the file's name."""

from collections.abc import Callable
from dataclasses import dataclass

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.trials import Trials
from sweepwright.report.chapter import Chapter
from sweepwright.study.keepers import keeper, names_in

SECTIONS = "sweepwright.report.sections"


@dataclass(frozen=True, slots=True)
class CoreSection:
    """A section of the core: its place on the page, and what makes it of an analysis and the one table of trials.

    Places below 0 come before the problem's own sections: what somebody needs to decide.
    """

    place: int
    build: Callable[[Analysis, Trials | None], Chapter]


def core_chapters(analysis: Analysis, trials: Trials | None) -> list[Chapter]:
    """The sections in the order of the page."""
    sections = [keeper(SECTIONS, name, CoreSection, "section") for name in names_in(SECTIONS)]
    return [section.build(analysis, trials) for section in sorted(sections, key=lambda section: section.place)]
