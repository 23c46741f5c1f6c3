"""A decision: which trial was chosen, by what, and from whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from sweepwright.nouns.phase import Phase
from sweepwright.nouns.statement import Statement

Row = Mapping[str, float | int | bool | None]  # of a trial: what the rule compared, by name
NO_ROW: Row = {}
WHOLE_STUDY = "study"  # the purpose of the choice that a study is made for


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the rule picked from which runs; never changed: a later round decides anew.

    `purpose` is the whole study, or the held condition on which a procedure's configuration was searched. `phase` says which
    runs were looked at, `order` all trials that stood to choose, best first; `rows` hold the means that the rule compared
    (``mean.<goal>``), one row per trial. `chosen` is None where no trial had a value.
    """

    purpose: str
    phase: Phase
    goals: tuple[str, ...]
    chosen: int | None
    runner_up: int | None = None
    best: int | None = None
    order: tuple[int, ...] = ()
    indistinguishable: tuple[int, ...] = ()
    sentences: tuple[Statement, ...] = ()
    rows: tuple[Row, ...] = ()
    round: int = 0
    with_worth: bool = True  # whether `goals` say what is worth what: those of schema 1 do not

    def row(self, trial: int | None) -> Row:
        """The row of a trial; empty where it has none."""
        return next((row for row in self.rows if row["trial"] == trial), NO_ROW)
