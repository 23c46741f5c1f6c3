"""An order of rows that puts those that are alike side by side."""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage


def by_likeness(likeness: np.ndarray) -> list[int]:
    """An order of things by how alike every two of them are (average linkage of 1 - likeness); shape (things, things).

    >>> by_likeness(np.array([[1, 0, 0.9], [0, 1, 0], [0.9, 0, 1]]))
    [1, 0, 2]
    """
    if len(likeness) < 3:
        return list(range(len(likeness)))
    distance = 1 - likeness[np.triu_indices(len(likeness), 1)]
    return [int(k) for k in leaves_list(linkage(distance, "average"))]


def by_values(grid: pd.DataFrame) -> list[str]:
    """The rows of a table of numbers in an order that puts those with like values side by side (average linkage)."""
    names = [str(name) for name in grid.index]
    if len(names) < 3:
        return names
    return [names[k] for k in leaves_list(linkage(grid.to_numpy(float), "average", optimal_ordering=True))]
