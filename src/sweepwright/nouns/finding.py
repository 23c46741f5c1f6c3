"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found: its status, what was measured against which threshold, and what to do."""

    status: Status
    measured: str = ""
    threshold: str = ""
    advice: str = ""

    def __str__(self) -> str:
        return " ".join(
            part for part in (f"{self.status}:", self.measured, self.threshold and f"({self.threshold})", self.advice) if part
        )
