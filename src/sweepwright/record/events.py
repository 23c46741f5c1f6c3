"""What a ledger can tell: one frozen class for each kind of event. Its fields are those of its line.

Events are facts: they say what happened, in the past tense, and are never changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from sweepwright.nouns.decision import Decision
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.finding import Finding
from sweepwright.nouns.phase import Phase
from sweepwright.nouns.plain import Facts, Plain
from sweepwright.nouns.run import Provenance
from sweepwright.nouns.undefined import Measured
from sweepwright.nouns.verdict import Verdict
from sweepwright.record.plans import BASELINE_TRIAL, Extension, Place, Values
from sweepwright.space import Configuration, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a study; `at` is when (ISO 8601, UTC), given when it is written."""

    TITLE: ClassVar[str]
    at: str = ""


# --- the study and its sessions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyDeclared(Event):
    """A study began: on which data, under which conditions, with which goals."""

    TITLE = "study declared"
    problem: str
    seed: int
    data_hash: str
    facts: Facts
    conditions: tuple[str, ...]
    folds: int = 1
    goals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    measures: Mapping[str, int] = field(default_factory=dict[str, int])  # their versions


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegun(Event):
    """A process began to work on the study; `planned` are all runs as it plans them."""

    TITLE = "session begun"
    host: str = ""
    pid: int = 0
    slots: int = 1
    planned: int = 0
    notices: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalsChanged(Event):
    """A session has other goals than those before."""

    TITLE = "goal changed"
    goals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyExtended(Event):
    """More was asked of a study that had come to its end: a new round began."""

    TITLE = "study extended"
    extension: Extension


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAdopted(Event):
    """Runs that others made follow: from which table, of which kind, and what was assumed of it."""

    TITLE = "table adopted"
    table: str
    hash: str
    rows: int
    notes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsReopened(Event):
    """A damaged ledger was mended: each step looks again what of its plan is there."""

    TITLE = "steps reopened"
    lines: tuple[int, ...] = ()
    backup: str = ""


# --- checks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Event):
    """A check of the problem was asked, and found something."""

    TITLE = "checked"
    name: str
    question: str = ""
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAccepted(Event):
    """A person goes on although this check failed."""

    TITLE = "accepted"
    name: str


# --- steps ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBegun(Event):
    """A step began; `sampler` is what proposes in it, where it proposes, and whether it does so by results (`adaptive`)."""

    TITLE = "step begun"
    phase: Phase
    sampler: str = ""
    adaptive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded(Event):
    """Nothing of a step is left to do."""

    TITLE = "step ended"
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached(Event):
    """A search ended for want of time: so many hours the study had."""

    TITLE = "limit reached"
    phase: Phase
    why: str
    hours: float


# --- runs -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAsked(Event):
    """A configuration was proposed, and runs were asked for; runs that were there before are taken over `again`."""

    TITLE = "proposal asked"
    phase: Phase
    number: int
    trial: int = BASELINE_TRIAL
    identity: str = ""
    configuration: Configuration = field(default_factory=dict[str, Value])
    baseline: str | None = None
    parent: int | None = None
    again: tuple[int, ...] = ()
    runs: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsStarted(Event):
    """Runs were sent to a slot."""

    TITLE = "runs started"
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLost(Event):
    """A worker died, or did not answer, before these runs had ended."""

    TITLE = "attempt lost"
    runs: tuple[int, ...]
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """A run has ended and what it keeps is stored: from here on it is believed. `facts` are the problem's own."""

    TITLE = "run ended"
    run: int
    ending: Ending
    cause: str = ""
    measured: Mapping[str, Measured] = field(default_factory=dict[str, Measured])
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    verdict: Verdict | None = None  # None: nothing but the ending says anything
    health: str = ""  # the verdict's sentence
    facts: Facts = field(default_factory=Plain)
    seconds: float = 0.0
    spent: Mapping[str, float] = field(default_factory=dict[str, float])
    device: str = ""
    host: str = ""
    stored: bool = False  # whether it left files


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAdopted(RunEnded):
    """A run that others made: it brings its own seed, or has none."""

    TITLE = "run adopted"
    provenance: Provenance


POOLED, PROCEDURE, CORRECTED = "pooled", "procedure", "corrected"  # what several runs are measured together for

# --- what is computed of runs -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsMeasured(Event):
    """Old runs were measured by new measures; `versions` are those of the measures."""

    TITLE = "runs measured"
    values: tuple[Values, ...]
    versions: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPooled(Event):
    """Several runs were measured together: all folds of a draw, a procedure's refits, the search."""

    TITLE = "runs pooled"
    of: str
    phase: Phase
    condition: str
    draw: int
    trial: int | None = None
    baseline: str | None = None
    values: Mapping[str, Measured] = field(default_factory=dict[str, Measured])
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceMade(Event):
    """A trial was chosen for a purpose."""

    TITLE = "choice made"
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKept(Event):
    """The model of this run is the one that `predict` applies."""

    TITLE = "model kept"
    run: int


# --- marks of a person ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """A person wrote on a trial, starred it, or hid it in the report; None leaves a mark as it was."""

    TITLE = "note"
    trial: int
    text: str = ""
    star: bool | None = None
    hide: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialInvalidated(Event):
    """A person said that a trial is not to be used."""

    TITLE = "trial invalidated"
    trial: int
    why: str = ""


KINDS: tuple[type[Event], ...] = (
    StudyDeclared, SessionBegun, GoalsChanged, StudyExtended, TableAdopted, StepsReopened, Checked, CheckAccepted, StepBegun,
    StepEnded, LimitReached, ProposalAsked, RunsStarted, AttemptLost, RunEnded, RunAdopted, RunsMeasured, RunsPooled, ChoiceMade,
    ModelKept, Noted, TrialInvalidated,
)  # fmt: skip
