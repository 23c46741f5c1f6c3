"""Where a run was asked for: a step of the protocol, which part or stage of it, and in which round of the study.

The text that stands on disk (``exploit/2/+1``) is written and read here alone.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, total_ordering
from math import inf


class Step(StrEnum):
    """A step of the protocol, in its order. `ADOPTED` stands for a sweep that others ran, `STUDY` for the end of a round."""

    ADOPTED = "adopted"
    BEFORE = "before"
    AUDIT = "audit"
    EXPLORE = "explore"
    EXPLOIT = "exploit"
    FINALISTS = "finalists"
    CONFIRM = "confirm"
    KEEP = "keep"
    STUDY = "study"


class Part(StrEnum):
    """A part of a step, in the order of the protocol.

    More draws of what earlier rounds searched come before all else of a round; a joint search after the stages; the inner
    and outer half of a repeated procedure or fresh draws, then the controls.
    """

    REPLICATES = "replicates"
    JOINT = "joint"
    INNER = "inner"
    OUTER = "outer"
    FRESH = "fresh"
    CONTROLS = "controls"


PROPOSING = (Step.EXPLORE, Step.EXPLOIT)  # they propose configurations
SEARCH = (Step.AUDIT, *PROPOSING)  # what the first choice looks at
SEARCH_OR_ADOPTED = (*SEARCH, Step.ADOPTED)
TRAINING = (*SEARCH, Step.FINALISTS, Step.CONFIRM)  # the steps of a condition that does not say otherwise
NAMEABLE = (*TRAINING, Step.KEEP)  # the steps that a condition or a study file may name

_STEPS, _PARTS = list(Step), list(Part)
_TEXT = re.compile(r"(?P<step>[a-z]+)(?:/(?:(?P<stage>\d+)|(?P<part>[a-z]+)))?(?:/\+(?P<round>[1-9]\d*))?")


@total_ordering
@dataclass(frozen=True, slots=True)
class Phase:
    """Where a run was asked for. Order is the order of the protocol, not of letters.

    `stage` counts the stages of a step from 1 (those of the space where it exploits, those of the halving among finalists);
    None where the step has but one. `round` is 0 for a study as it was first asked, one more for each extension.

    >>> str(Phase(Step.EXPLOIT, stage=2, round=1)), Phase.of("confirm/fresh").part
    ('exploit/2/+1', <Part.FRESH: 'fresh'>)
    >>> Phase.of("exploit/2") < Phase.of("exploit/10") < Phase.of("explore/+1")
    True
    """

    step: Step
    part: Part | None = None
    stage: int | None = None
    round: int = 0

    def __post_init__(self) -> None:
        if self.part is not None and self.stage is not None:
            raise ValueError(
                f"A phase has a part or a stage, but got part={self.part!r} and stage={self.stage}. Leave one out."
            )

    @classmethod
    @cache
    def of(cls, text: str) -> "Phase":
        """The phase that a text names; a ValueError where it names none."""
        match = _TEXT.fullmatch(text)
        if match is None or match["step"] not in _STEPS or (match["part"] is not None and match["part"] not in _PARTS):
            raise ValueError(f"there is no phase {text!r}; phases are written like explore, exploit/2 or confirm/fresh/+1")
        part = Part(match["part"]) if match["part"] else None
        stage = int(match["stage"]) if match["stage"] else None
        return cls(Step(match["step"]), part, stage, int(match["round"] or 0))

    def __str__(self) -> str:
        inner = self.part if self.part is not None else self.stage
        return self.step + (f"/{inner}" if inner is not None else "") + (f"/+{self.round}" if self.round else "")

    def __lt__(self, other: "Phase") -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[float, ...]:
        """Its place in the order of the protocol: stages before the parts that follow them."""
        again = self.part is not Part.REPLICATES
        stage = self.stage or (inf if self.part else 0)
        return self.round, again, _STEPS.index(self.step), stage, _PARTS.index(self.part) if self.part else 0

    @property
    def searched_stage(self) -> int:
        """The stage of the space that was searched: 0 where all of it was free after the stages."""
        if self.part is Part.JOINT:
            return 0
        return self.stage or 1 if self.step is Step.EXPLOIT else 1

    def in_round(self, number: int) -> "Phase":
        """The same part of the protocol in another round."""
        return Phase(self.step, self.part, self.stage, number)

    def precedes(self, other: "Phase") -> bool:
        """Whether its step had ended when that of the other began: it belongs to an earlier round or an earlier step."""
        return (self.round, _STEPS.index(self.step)) < (other.round, _STEPS.index(other.step))

    def within(self, other: "Phase") -> bool:
        """Whether it is the other, or a part or stage of it, in any round."""
        whole = other.part is None and other.stage is None
        return self.step is other.step and (whole or (self.part, self.stage) == (other.part, other.stage))

    def continues(self, other: "Phase") -> bool:
        """Whether it is the same search as the other, in a later round."""
        return self.in_round(0) == other.in_round(0) and self.round > other.round
