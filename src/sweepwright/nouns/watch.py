"""A watch: what `train` may tell while it works, and ask."""

from typing import Protocol


class Watch(Protocol):
    """What `train` may tell while it works, and ask."""

    def progress(self, share: float, note: str = "") -> None:
        """Report the share of the work that is done, in [0, 1]."""
        ...

    def report(self, **values: float) -> None:
        """Report one epoch's values of some curves (``loss=0.3``); the next call is the next epoch."""
        ...

    def should_stop(self) -> bool:
        """Whether the study wants this run to end now: a reported value is no number, or its curve is hopeless."""
        ...


class Silent:
    """A watch that nobody reads."""

    def progress(self, share: float, note: str = "") -> None:
        return None

    def report(self, **values: float) -> None:
        return None

    def should_stop(self) -> bool:
        return False
