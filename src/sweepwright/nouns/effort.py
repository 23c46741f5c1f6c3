"""An effort: a named amount of work and resolution."""

from dataclasses import dataclass, field

from sweepwright.nouns.plain import Plain, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """A named amount of work and resolution; runs of different efforts are never averaged."""

    name: str
    settings: Settings = field(default_factory=Plain)
