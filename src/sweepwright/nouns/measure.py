"""A measure: a pure function, bound to the names of what it reads."""

import inspect
import reprlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, SupportsFloat

import numpy as np

from sweepwright.errors import InputError
from sweepwright.nouns.data import Data
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.plain import is_mapping
from sweepwright.nouns.undefined import Undefined


class WrongMeasure(InputError):
    """A measure that cannot be computed as it is declared."""


class MissingName(WrongMeasure):
    """A measure reads a name that nobody gave; a fact may be missing in some runs."""

    def __init__(self, text: str, name: str, of_fact: bool):
        super().__init__(text, name, of_fact)
        self.name, self.of_fact = name, of_fact

    def __str__(self) -> str:
        return str(self.args[0])


class Of(StrEnum):
    """What a measure looks at."""

    OUTCOME = "one outcome"
    PAIR = "two runs of one trial"
    POOLED = "all folds of one draw"
    CURVES = "the curves of a run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A pure function bound to the names of what it reads; build it with `of`, `pooled`, `pair` or `curves`.

    The function returns a float, a mapping name -> float (one measure per name), or `Undefined("why")`. If it has a
    parameter called `seed`, the study passes one that is the same for all trials. Anything else that it returns, and a name that
    it reads in vain, is a WrongMeasure: it ends a study at its first run, and is the reason of a missing value later.
    """

    name: str
    function: Callable[..., Any]
    reads: tuple[str, ...]
    looks_at: Of = Of.OUTCOME
    version: int = 1
    scale: str | None = None  # the measure that is this one's unit: drivers are looked at without it, too
    limits: tuple[float, float] | None = None  # the least and the most that it can be: intervals end there

    @classmethod
    def of(
        cls,
        function: Callable[..., Any],
        *reads: str,
        name: str | None = None,
        scale: str | None = None,
        limits: tuple[float, float] | None = None,
    ) -> "Measure":
        """A measure of one outcome: `reads` are looked up in the outcome, then in samples.

        `scale` names the measure that this one's unit goes with, such as the spread of an embedding; `limits` are the least and
        the most that it can be.

        >>> Measure.of(np.mean, "error").name
        'mean'
        """
        return cls(name=name or function.__name__, function=function, reads=reads, scale=scale, limits=limits)

    @classmethod
    def pooled(cls, function: Callable[..., Any], *reads: str, name: str | None = None) -> "Measure":
        """A measure of all folds of one draw together, or of the refits of all outer conditions."""
        return cls(name=name or function.__name__, function=function, reads=reads, looks_at=Of.POOLED)

    @classmethod
    def pair(cls, function: Callable[..., Any], *reads: str, name: str | None = None) -> "Measure":
        """A measure of two runs of one trial: the function gets each name twice, first of the one, then of the other."""
        return cls(name=name or function.__name__, function=function, reads=reads, looks_at=Of.PAIR)

    @classmethod
    def curves(cls, function: Callable[..., Any], *reads: str, name: str | None = None) -> "Measure":
        """A measure of a run's curves."""
        return cls(name=name or function.__name__, function=function, reads=reads, looks_at=Of.CURVES)

    @classmethod
    def fact(cls, name: str) -> "Measure":
        """A number that `train` wrote among the outcome's facts."""
        return cls(name=name, function=_itself, reads=(name,))

    def __post_init__(self) -> None:
        if not self.reads:
            raise ValueError(
                f"The measure {self.name!r} reads nothing. Name what its function gets, e.g. Measure.of(f, 'truth', 'prediction')."
            )

    @property
    def is_fact(self) -> bool:
        """Whether it is a number that a run knows of itself."""
        return self.function is _itself

    @property
    def seeded(self) -> bool:
        return _takes_seed(self.function)

    def __call__(self, *sources: Mapping[str, object], seed: int | None = None) -> dict[str, float | Undefined]:
        """The values by name, `sources` being searched in order for each name that is read."""
        arguments: list[object] = []
        for name in self.reads:
            for source in sources:
                if name in source:
                    arguments.append(source[name])
                    break
            else:
                known = sorted({key for source in sources for key in source})
                text = f"The measure {self.name!r} reads {name!r}, but there are only {', '.join(known)}. Put it into the outcome that train returns."
                raise MissingName(text, name, of_fact=self.function is _itself)
        value = self.function(*arguments, seed=seed) if self.seeded else self.function(*arguments)
        values = value if is_mapping(value) else {None: value}
        return {self.name if key is None else f"{self.name}[{key}]": self._number(v) for key, v in values.items()}

    def number(self, *columns: np.ndarray, seed: int = 0) -> float:
        """The value of columns in the order of `reads`; NaN where it is undefined, no number, or the function raises.

        For values of many resamples, in which a class may be missing; a run's own value has its reason (see `__call__`).

        >>> Measure.of(lambda x: 1 / len(x), "x").number(np.array([]))
        nan
        """
        try:
            number = float(self.function(*columns, seed=seed) if self.seeded else self.function(*columns))
        except Exception:  # a measure is the user's code too
            return float("nan")
        return number if np.isfinite(number) else float("nan")

    def _number(self, value: Any) -> float | Undefined:
        if isinstance(value, Undefined):
            return value
        if isinstance(value, str) or np.ndim(value) > 0 or not isinstance(value, SupportsFloat):
            raise WrongMeasure(
                f"The measure {self.name!r} returned {reprlib.repr(value)} ({type(value).__name__}). A measure returns a number, "
                "Undefined('why'), or a mapping from names to these."
            )
        number = float(value)
        return number if np.isfinite(number) else Undefined(f"the value is {number}")


@lru_cache(maxsize=256)
def _takes_seed(function: Callable[..., Any]) -> bool:
    try:
        return "seed" in inspect.signature(function).parameters
    except ValueError:  # some built-in functions have no signature
        return False


def _itself(value: Any) -> Any:
    return value


def lookups(outcome: Outcome, data: Data) -> tuple[Mapping[str, object], ...]:
    """Where a measure of one outcome finds its names: the outcome's arrays and facts, then its rows of the samples."""
    return outcome.arrays, outcome.facts, _Rows(data.samples, outcome.sample)


class _Rows(Mapping[str, np.ndarray]):
    """Columns of samples at some rows, taken only when asked for."""

    def __init__(self, columns: Mapping[str, np.ndarray], rows: np.ndarray):
        self._columns, self._rows = columns, rows

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[name][self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
