"""A question asked before compute is spent."""

from collections.abc import Callable
from dataclasses import dataclass

from sweepwright.nouns.data import Data
from sweepwright.nouns.finding import Finding


@dataclass(frozen=True, slots=True)
class Check:
    """A question asked before compute is spent; a failed one stops the study unless it is accepted by name."""

    name: str
    question: str
    ask: Callable[[Data], Finding]
