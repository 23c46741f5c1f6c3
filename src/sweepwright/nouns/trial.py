"""A trial: a configuration with all its runs."""

from dataclasses import dataclass

from sweepwright.nouns.run import Run
from sweepwright.space import Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A configuration with all its runs; the runs of one identity are its replicates."""

    number: int
    identity: str
    configuration: Configuration
    runs: tuple[Run, ...] = ()

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in self.configuration.items())
        return f"Trial({self.number}: {settings}; {len(self.runs)} runs)"
