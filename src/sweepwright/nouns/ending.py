"""How the process of a run ended."""

from enum import StrEnum


class Ending(StrEnum):
    """How the process of a run ended. The value is the sentence that people read."""

    COMPLETED = "completed"
    STOPPED = "stopped early: not promising"
    DIVERGED = "diverged: the loss is not finite"
    RAISED = "failed: the training raised an error"
    OUT_OF_MEMORY = "failed: out of memory"
    LOST = "lost: the worker died three times"

    @property
    def succeeded(self) -> bool:
        return self is Ending.COMPLETED
