"""Figures, and the sections that a problem adds to the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sweepwright.nouns.results import Results


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A chart (Altair) or None, a caption that says what it shows and how it was computed, and the numbers behind it.

    `turning` is the same as a Plotly figure that turns; `chart` is then its still picture.
    """

    name: str
    caption: str
    chart: Any = None
    table: Any = None  # a pandas DataFrame
    turning: Any = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report that a problem adds: its title, and a function from the Results of a study to figures.

    One that nobody needs to decide is `folded`: it is there, and opens by a click.
    """

    title: str
    build: Callable[[Results], Sequence[Figure]]
    folded: bool = False
