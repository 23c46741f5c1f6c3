"""What a choice may lose: how much better the best of those that could be chosen is, over the draws of their levels."""

from dataclasses import dataclass

import numpy as np

from sweepwright.choosing.rule import Ordered, Rule
from sweepwright.nouns.statement import LEVEL

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Loss:
    """What the chosen one lacks to the best of those that were allowed, by the first goal and in its unit; >= 0, lower is better.

    `upper` is not passed in 90 % of the draws; `within` = P(loss <= `worth`), at least 0.9 exactly where `upper` <= `worth`.
    NaN where the noise is unknown or nobody else was allowed.
    """

    expected: float
    upper: float
    within: float
    worth: float
    others: int


UNKNOWN = Loss(NAN, NAN, NAN, NAN, 0)


def loss_of(rule: Rule, ordered: Ordered, chosen: int) -> Loss:
    """The loss of the chosen one against all that were allowed."""
    inside = np.isin(rule.trials[rule.drawn], [*ordered.allowed, chosen])
    own = np.flatnonzero(rule.trials[rule.drawn] == chosen)
    worth, others = float(rule.worth[0]), int(inside.sum()) - 1
    if not rule.found.is_known or len(own) == 0 or others < 1:
        return Loss(NAN, NAN, NAN, worth if rule.found.is_known else NAN, max(others, 0))
    values = rule.draws[:, :, 0]
    loss = values[:, inside].max(axis=1) - values[:, own[0]]
    upper = float(np.quantile(loss, LEVEL, method="inverted_cdf"))
    return Loss(float(loss.mean()), upper, float((loss <= worth).mean()), worth, others)
