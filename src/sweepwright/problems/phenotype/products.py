"""Coefficients over the folds of the chosen model: mean with sign, spread, and how often each is there."""

from collections.abc import Mapping, Sequence

import numpy as np

from sweepwright.nouns.data import Data
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.product import Product
from sweepwright.problems.phenotype.data import Content


def coefficient_stability(data: Data, outcomes: Sequence[Outcome]) -> Mapping[str, np.ndarray]:
    """Coefficients on the scaled features over folds, each array (vectors, features) but `correlation` (pairs of folds).

    `mean` keeps the sign; `spread` is the standard deviation over folds; `nonzero` the share of folds in which the
    coefficient is not zero; `agreement` the share of those folds that have the majority's sign.
    """
    content: Content = data.content
    whole = [o for o in outcomes if len(o.arrays["present"]) == len(content.classes)]
    stack = np.stack([outcome.arrays["coefficients"].astype(np.float64) for outcome in whole])
    positive, negative = (stack > 0).mean(axis=0), (stack < 0).mean(axis=0)
    nonzero = positive + negative
    flat = stack.reshape(len(stack), -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.atleast_2d(np.corrcoef(flat))[np.triu_indices(len(flat), 1)]
        agreement = np.where(nonzero > 0, np.maximum(positive, negative) / nonzero, np.nan)
    names = [content.names[i] for i in content.sets[whole[0].facts["feature_set"]]]
    return {
        "mean": stack.mean(axis=0),
        "mean_absolute": np.abs(stack).mean(axis=0),
        "spread": stack.std(axis=0),
        "nonzero": nonzero,
        "agreement": agreement,
        "correlation": correlation,
        "features": np.array(names),
        "classes": np.array(content.classes if stack.shape[1] > 1 else content.classes[1:]),
    }


COEFFICIENTS = Product(name="coefficients", make=coefficient_stability, of="draw")
