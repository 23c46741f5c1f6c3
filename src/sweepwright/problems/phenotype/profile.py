"""A look at a table before anything is trained: classes, groups, empty and redundant columns."""

import numpy as np

from sweepwright.nouns.data import Data
from sweepwright.nouns.plain import Facts, Plain
from sweepwright.problems.phenotype.data import Content
from sweepwright.problems.phenotype.options import unit_of
from sweepwright.problems.phenotype.train import Scaler


def profile(data: Data) -> Facts:
    """Class counts, classes by group, redundancy of the features, and the warnings that follow."""
    content: Content = data.content
    counts = np.bincount(content.labels)
    result: Plain = {
        "cells": len(content.labels),
        "features": len(content.names),
        "classes": {name: int(n) for name, n in sorted(zip(content.classes, counts, strict=True), key=lambda item: -item[1])},
        "group": data.facts["group"],
        "groups": data.facts["groups"],
    }
    warnings = [*data.warnings, *data.notes]
    if "group" in data.samples:
        groups = data.samples["group"]
        lives_in = {name: len(np.unique(groups[content.labels == k])) for k, name in enumerate(content.classes)}
        result["groups_per_class"] = lives_in
        alone = [name for name, n in lives_in.items() if n == 1]
        warnings += (
            [f"Cannot be validated, as all their cells are on one {unit_of(data.facts)}: {', '.join(alone)}."] if alone else []
        )
    missing = np.isnan(content.values).mean(axis=0)
    if missing.any():
        worst = int(np.argmax(missing))
        result["missing_values"] = {
            "features": int((missing > 0).sum()),
            "worst": content.names[worst],
            "share": float(missing[worst]),
        }
    result |= _redundancy(content)
    if counts.max() > 20 * counts.min():
        warnings.append(
            f"Classes are unequal: {content.classes[counts.argmax()]} is {counts.max() / counts.min():.0f} times {content.classes[counts.argmin()]}."
        )
    if result["effective_dimensions"] < 0.05 * len(content.names):
        warnings.append(
            f"The features are highly redundant: {result['effective_dimensions']:.0f} effective dimensions of {len(content.names)}."
        )
    result["warnings"] = warnings
    return result


def _redundancy(content: Content) -> Plain:
    """The spectrum of the correlation matrix: how many features there are in effect, and how many are all but copies."""
    x = Scaler.of(content.values)(content.values)
    spectrum = np.linalg.svd(x, compute_uv=False) ** 2 / len(x)
    spectrum = spectrum / spectrum.sum()
    correlation = np.abs(x.T @ x) / len(x)
    copies = int((np.triu(correlation, 1) > 0.999).any(axis=0).sum())
    return {
        "effective_dimensions": float(np.exp(-(spectrum[spectrum > 0] * np.log(spectrum[spectrum > 0])).sum())),
        "components_for_90_percent": int(np.searchsorted(np.cumsum(spectrum), 0.9) + 1),
        "features_copied_by_another": copies,
    }
