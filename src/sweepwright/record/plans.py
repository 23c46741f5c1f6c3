"""What was asked for: runs, proposals, extensions, later measurements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sweepwright.nouns.phase import Phase
from sweepwright.nouns.undefined import Measured

BASELINE_TRIAL = -1


class Place(NamedTuple):
    """A run that is asked for: its number, and where and with how much work it trains."""

    run: int
    condition: str
    replicate: int
    folds: int
    effort: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that was asked for: it keeps its number through every interruption."""

    number: int
    trial: int
    phase: Phase
    condition: str
    replicate: int
    draw: int
    folds: int
    effort: str
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Proposal `number` of a phase, and the trial that it is; `parent` is the trial whose other values it took over."""

    phase: Phase
    number: int
    trial: int
    runs: tuple[int, ...]
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """More of a study that had come to its end: further configurations and draws of the search, and a new choice.

    `draws` is from which to which number of draws each trial of the search is brought.
    """

    explore: int = 0
    exploit: int = 0
    draws: tuple[int, int] | None = None
    why: str = ""


class Values(NamedTuple):
    """What a run was measured at later: values by measure, and why some have none."""

    run: int
    measured: Mapping[str, Measured]
    reasons: Mapping[str, str]
