"""The phenotype study on a random forest instead of the linear model: same data, splits, controls and report.

sweepwright run examples/random_forest.py:PROBLEM --folds 5
"""

from typing import Any

from sklearn.ensemble import RandomForestClassifier

from sweepwright import Choice, Int, Space
from sweepwright.problems.phenotype.validate import classifier_problem


def forest(seed: int, **configuration: Any) -> RandomForestClassifier:
    return RandomForestClassifier(n_estimators=100, random_state=seed, n_jobs=1, **configuration)


PROBLEM = classifier_problem(
    "random-forest",
    forest,
    Space(max_features=Choice("sqrt", "log2"), min_samples_leaf=Int(1, 9, step=4)),
    protocol={
        "confirm": {"how": "nested", "controls": False},
        "finalists": {"trials": 3, "draws": 1},
        "keep": {"model": False},
    },
)
