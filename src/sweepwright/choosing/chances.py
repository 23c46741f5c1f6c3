"""How often one trial beats another, by paired gains, and how many pairs would tell."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct, norm

from sweepwright.nouns.statement import LEVEL

FEWEST_PAIRS = 10  # that resolve anything


def better_next(gains: np.ndarray) -> tuple[float, float, float]:
    """P(A > B) for one further pair, with an interval from the noncentral t distribution."""
    count = len(gains)
    if count < 2 or (sd := float(np.std(gains, ddof=1))) == 0.0:  # nothing, or nothing but chance, is known of a further pair
        return float("nan"), 0.0, 1.0
    ratio = float(gains.mean()) / sd
    observed = ratio * np.sqrt(count)

    def effect(level: float) -> float:
        span = 10 + 2 * abs(observed)
        return brentq(lambda shift: nct.cdf(observed, count - 1, shift) - level, -span, span) / np.sqrt(count)

    try:
        low, high = effect((1 + LEVEL) / 2), effect((1 - LEVEL) / 2)
    except ValueError:  # beyond what the distribution function resolves
        low = high = ratio
    return float(norm.cdf(ratio)), float(norm.cdf(low)), float(norm.cdf(high))


def wilson(won: float, count: int) -> tuple[float, float, float]:
    z = float(norm.ppf((1 + LEVEL) / 2))
    share = won / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return share, float(max(0.0, middle - reach)), float(min(1.0, middle + reach))


def pairs_needed(gain: float, spread: float) -> int | None:
    """Pairs after which such a gain would be resolved, `spread` being the sd of a pair's; None where it is 0 or nothing is known."""
    if not np.isfinite(spread) or gain == 0:
        return None
    return max(FEWEST_PAIRS, int(np.ceil((2 * norm.ppf((1 + LEVEL) / 2) * spread / abs(gain)) ** 2)))
