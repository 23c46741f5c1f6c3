"""An effort: a named amount of work and resolution."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """A named amount of work and resolution; runs of different efforts are never averaged."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
