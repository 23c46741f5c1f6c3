"""Simulated tables of cells with known truth: informative features, correlated blocks, plate effects, planted copies."""

import numpy as np
import pandas as pd


def simulate(
    cells: int = 600,
    features: int = 60,
    classes: int = 3,
    *,
    informative: int = 4,
    block: int = 5,
    groups: int = 20,
    group_effect: float = 0.0,
    copies: int = 0,
    strength: float = 1.0,
    seed: int = 0,
) -> pd.DataFrame:
    """A table with a label, a plate and `features` columns named ``DP__block_<b>_<i>``.

    Each class raises `informative` features of its own by `strength` (in units of the noise). Features of one block
    correlate. With a `group_effect` above zero every plate holds mostly one class and shifts all its features, so that a
    split by cell looks better than it is. The last `copies` rows repeat the first ones.

    >>> simulate(cells=30, features=6, classes=2, copies=2).shape
    (30, 8)
    """
    rng = np.random.default_rng(seed)
    plate = rng.integers(groups, size=cells)
    usual = rng.integers(classes, size=groups)  # the class that a plate mostly holds
    mixed = rng.random(cells) < (0.25 if group_effect else 1.0)
    label = np.where(mixed, rng.integers(classes, size=cells), usual[plate])
    shared = rng.standard_normal((cells, -(-features // block)))
    x = 0.8 * np.repeat(shared, block, axis=1)[:, :features] + 0.6 * rng.standard_normal((cells, features))
    for k in range(classes):
        raised = rng.choice(features, size=min(informative, features), replace=False)
        x[np.ix_(label == k, raised)] += strength
    x += group_effect * rng.standard_normal((groups, features))[plate]
    if copies:
        x[-copies:], label[-copies:], plate[-copies:] = x[:copies], label[:copies], plate[:copies]
    names = [f"DP__block_{i // block}_{i % block}" for i in range(features)]
    table = pd.DataFrame(x.astype(np.float32), columns=names)
    table.insert(0, "label", np.array([f"class {k}" for k in range(classes)])[label])
    table.insert(1, "Metadata_Plate", [f"plate {p}" for p in plate])
    return table
