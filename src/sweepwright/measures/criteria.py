"""Success criteria such as ``val > 0.30 by 10``: met, not met or not applicable, with the number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.errors import InputError
from sweepwright.measures.curves import Curves
from sweepwright.space.bounds import bounds

_BY = re.compile(r"(.*\S)\s+by\s+([-+.\deE]+)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One success criterion, such as ``val > 0.30 by 10``, and how a run met it."""

    text: str
    met: bool | None  # None: not applicable
    number: float | None
    note: str = ""

    def __str__(self) -> str:
        word = {True: "met", False: "not met", None: "not applicable"}[self.met]
        return f"{self.text}: {word}{f' ({self.note})' if self.note else ''}"


def criteria(curves: Curves, texts: Sequence[str]) -> list[Criterion]:
    """Each criterion (``<curve> > 0.3``, ``<curve> < 0.1 by 10``) as met, not met or not applicable, with its number.

    Without ``by`` the last value counts; with it, the best value up to that position.

    >>> [str(c) for c in criteria({"val": (np.arange(3), np.array([0.1, 0.4, 0.2]))}, ["val > 0.3 by 2", "val > 0.3", "f1 > 1"])]
    ['val > 0.3 by 2: met (0.4 at 1)', 'val > 0.3: not met (0.2 at 2)', 'f1 > 1: not applicable (no f1 curve)']
    """
    return [_criterion(curves, text) for text in texts]


def _criterion(curves: Curves, text: str) -> Criterion:
    rest, by = _deadline(text)
    try:
        [found] = bounds(rest)
    except ValueError:  # no bound, or several
        raise InputError(
            f"A criterion is written '<curve> > 0.3' or '<curve> > 0.3 by 10', and its bound is a number, but got {text!r}."
        ) from None
    name, bound, sign = found.name, found.number, 1 if found.sign.startswith(">") else -1
    if name not in curves:
        return Criterion(text, None, None, f"no {name} curve")
    at, values = curves[name]
    if by is not None:
        inside = np.flatnonzero(at <= by)
        if len(inside) == 0:
            return Criterion(text, None, None, f"no value up to {by:g}")
        place = int(inside[np.argmax(sign * values[inside])])
    else:
        place = len(values) - 1
    value = float(values[place])
    met = sign * value >= sign * bound if found.sign.endswith("=") else sign * value > sign * bound
    return Criterion(text, bool(met), value, f"{value:.3g} at {at[place]:g}")


def _deadline(text: str) -> tuple[str, float | None]:
    """A criterion without the position until which it has to be met, and that position."""
    match = _BY.fullmatch(text)
    return (match[1], float(match[2])) if match else (text, None)
