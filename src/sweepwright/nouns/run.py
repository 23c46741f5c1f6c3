"""A run: one finished training, the record that stays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sweepwright.nouns.ending import Ending
from sweepwright.nouns.phase import Phase, Step
from sweepwright.nouns.plain import Facts, Plain
from sweepwright.nouns.undefined import Measured
from sweepwright.nouns.verdict import Verdict
from sweepwright.space import Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where an adopted run comes from: its row, what tells it apart, and what the table says of it."""

    row: int
    key: str = ""
    label: str = ""
    pair: str | None = None
    started: str = ""
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished training. Never changed; a rerun is a new run. A measure without a value is None, its reason beside it."""

    number: int
    trial: int
    phase: Phase
    configuration: Configuration
    condition: str
    replicate: int
    draw: int
    seed: int | None
    effort: str
    ending: Ending
    measured: Mapping[str, Measured]
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    facts: Facts = field(default_factory=Plain)  # the problem's own
    verdict: Verdict = Verdict.NOT_JUDGED
    health: str = ""  # what curves and facts show, where that is not healthy
    cause: str = ""
    seconds: float = 0.0
    spent: Mapping[str, float] = field(default_factory=dict[str, float])
    used: bool = True
    provenance: Provenance | None = None  # of a run that others made

    @property
    def step(self) -> Step:
        """The step of the protocol that asked for it."""
        return self.phase.step

    def __repr__(self) -> str:
        return f"Run({self.number}, trial {self.trial}, {self.condition}, replicate {self.replicate}: {self.ending})"
