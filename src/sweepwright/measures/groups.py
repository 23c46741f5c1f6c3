"""A pooled score of groups (plates, patients, embryos): what it is on average over many, and what the next few may give."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from sweepwright.nouns.statement import LEVEL

FEWEST_GROUPS = 8  # fewer say little of how groups differ


@dataclass(frozen=True, slots=True, eq=False)
class GroupScore:
    """A score of all groups together, in the score's unit, with what each group makes of it: jackknife pseudo-values.

    `limits` are the least and the most that the score can be: intervals end there. Tukey (1958), Annals of Mathematical
    Statistics 29:614; the interval for the next groups adds what these themselves vary by. `telling` is how many of the groups say
    anything of the score, where not all do (None): those with a member of a class. A score at a limit in all of them does not lie
    there for sure: with n of them alike, up to 1 - (1 - level)^(1/n) of groups may be otherwise.
    """

    value: float
    pseudo: np.ndarray
    limits: tuple[float, float] = (-np.inf, np.inf)
    telling: int | None = None

    @property
    def groups(self) -> int:
        return len(self.pseudo)

    @property
    def are_few(self) -> bool:
        """Whether there are too few groups to know how groups differ."""
        return self.groups < FEWEST_GROUPS

    def average(self, level: float = LEVEL) -> tuple[float, float]:
        """The interval of the score's mean over many groups like these; NaN with a single group."""
        return self._interval(0.0, level)

    def following(self, groups: int | float, level: float = LEVEL) -> tuple[float, float]:
        """Where the score of the next so many groups together will lie; NaN with a single group so far."""
        return self._interval(1 / groups, level)

    def _interval(self, own: float, level: float) -> tuple[float, float]:
        """The interval of the mean and of what new groups themselves vary by (`own`: 1 / their number)."""
        telling = self.groups if self.telling is None else self.telling
        if min(self.groups, telling) < 2:
            return float("nan"), float("nan")
        spread = float(np.std(self.pseudo, ddof=1))
        reach = float(student.ppf((1 + level) / 2, telling - 1)) * spread * (1 / self.groups + own) ** 0.5
        if spread == 0 and self.telling is not None and self.value in self.limits:
            reach = (self.limits[1] - self.limits[0]) * (1 - (1 - level) ** (1 / telling))
        low, high = np.clip([self.value - reach, self.value + reach], *self.limits)
        return float(low), float(high)


def group_score(
    function: Callable[..., float],
    groups: np.ndarray,
    *columns: np.ndarray,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> GroupScore:
    """A score `function(*columns)` of all rows, and the pseudo-value of every group: G T - (G - 1) T without the group.

    `groups` and each of `columns` have one entry per row, such as the pooled out-of-fold predictions; nothing is refitted. A group
    without which the score is not defined gives no pseudo-value.

    >>> found = group_score(lambda x: float(np.mean(x)), np.array(["a", "a", "b", "b", "c", "c"]), np.array([1.0, 1, 2, 2, 3, 3]))
    >>> found.value, found.pseudo.tolist()
    (2.0, [1.0, 2.0, 3.0])
    >>> [round(x, 2) for x in found.following(2)]
    [-0.67, 4.67]
    """
    member = np.unique(groups, return_inverse=True)[1]
    value, count = float(function(*columns)), int(member.max()) + 1
    pseudo = np.full(count, value)
    if count > 1:
        without = np.array([float(function(*(column[member != g] for column in columns))) for g in range(count)])
        pseudo = count * value - (count - 1) * without[np.isfinite(without)] if np.isfinite(value) else without[:0]
    return GroupScore(value, pseudo, limits)
