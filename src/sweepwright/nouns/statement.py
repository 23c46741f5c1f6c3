"""A sentence, what kind of sentence it is, and what is behind it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sweepwright.nouns.plain import Plain

LEVEL = 0.9  # of every interval that is said


@dataclass(frozen=True, slots=True)
class Statement:
    """Whatever is said of a study: its code says what kind of sentence it is, and nothing selects one by its words.

    `numbers` are those that the sentence rests on, `runs` the numbers of the runs behind it where they are few enough to name.

    >>> print(Statement("noise.unknown", "Nothing was repeated, so the noise is unknown."))
    Nothing was repeated, so the noise is unknown.
    """

    code: str
    text: str
    numbers: Mapping[str, float | int | str | None] = field(default_factory=dict[str, float | int | str | None])
    runs: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.text

    def as_data(self) -> Plain:
        """As plain data."""
        return {"code": self.code, "text": self.text, "numbers": dict(self.numbers), "runs": list(self.runs)}


def digits_for(low: float, high: float, least: int = 4) -> int:
    """The significant digits in which the ends of an interval differ, so many at least, 12 at most.

    >>> digits_for(0.7, 0.8), digits_for(1000.0, 1000.5)
    (4, 5)
    """
    width, size = abs(high - low), max(abs(low), abs(high))
    if not (0 < width < math.inf and size < math.inf):
        return least
    return min(12, max(least, math.ceil(math.log10(1.5 * size / width)) + 1))


def percent(share: float) -> str:
    """A probability in percent, never rounded to certainty.

    >>> percent(0.934), percent(0.9965), percent(0.001)
    ('93 %', 'more than 99 %', 'less than 1 %')
    """
    if share > 0.99:
        return "more than 99 %"
    return "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def listed(things: Sequence[object], most: int = 8) -> str:
    """Things in a row, so many of them named.

    >>> listed([3, 4, 5]), listed(range(10), most=2)
    ('3, 4, 5', '0, 1 and 8 more')
    """
    return ", ".join(map(str, things[:most])) + (f" and {len(things) - most} more" if len(things) > most else "")


def counted(count: int, one: str, many: str) -> str:
    """So many of something, in the form of its number.

    >>> counted(1, "run repeats", "runs repeat"), counted(3, "run", "runs")
    ('1 run repeats', '3 runs')
    """
    return f"{count} {one if count == 1 else many}"
