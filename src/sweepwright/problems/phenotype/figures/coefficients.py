"""Which features carry which class, with sign, and whether they are the same in every fold."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.figures import theme
from sweepwright.figures.ordering import by_values
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.results import Results

MANY_FEATURES, MOST_POINTS = 30, 1000


def coefficients(results: Results) -> Sequence[Figure]:
    """The largest coefficients with sign and spread over folds, and how stable each is."""
    product = results.product("coefficients")
    features, classes = product["features"], product["classes"]
    rows = pd.DataFrame(
        {
            "Class": np.repeat(classes, len(features)),
            "Feature": np.tile(features, len(classes)),
            **{name.capitalize(): product[name].ravel() for name in ("mean", "spread", "nonzero", "agreement")},
        }
    )
    strength = np.abs(product["mean"]).max(axis=0)
    top = [str(features[i]) for i in np.argsort(-strength)[:MANY_FEATURES]]
    correlation = product["correlation"]
    finite = correlation[np.isfinite(correlation)]
    ever, always = int((rows["Nonzero"] > 0).sum()), int((rows["Nonzero"] == 1).sum())
    between = f" Coefficients of two folds correlate {np.median(finite):.2f} in the median." if len(finite) else ""
    return [
        Figure(
            name="coefficients",
            caption=f"The {len(top)} features with the largest mean coefficient over the folds of the chosen trial, features scaled in the fold, sign kept; rows and columns that are alike stand side by side. Softmax coefficients are fixed only by the penalty: compare within a class.",
            chart=_heat(rows[rows["Feature"].isin(top)]),
            table=rows,
        ),
        Figure(
            name="coefficient_stability",
            caption=f"{ever} coefficients are nonzero in some fold, {always} in every one.{between} What is not on the right is not the same in every fold.{f' The {MOST_POINTS} largest are drawn.' if ever > MOST_POINTS else ''}",
            chart=_stability(rows[rows["Nonzero"] > 0]),
            table=rows[rows["Nonzero"] > 0],
        ),
    ]


def _heat(shown: pd.DataFrame) -> alt.Chart:
    """Mean coefficients by class and feature, with what is alike side by side."""
    grid = shown.pivot_table(index="Feature", columns="Class", values="Mean", sort=False)
    largest = float(shown["Mean"].abs().max()) or 1.0
    numbers = (alt.Tooltip(f"{name}:Q", format=".3~g") for name in ("Mean", "Spread", "Nonzero", "Agreement"))
    scale = alt.Scale(scheme="blueorange", domain=[-largest, largest])
    return (
        alt.Chart(shown)
        .mark_rect()
        .encode(
            x=alt.X("Class:N", sort=by_values(grid.T), title=None),
            y=alt.Y("Feature:N", sort=by_values(grid), title=None),
            color=alt.Color("Mean:Q", scale=scale, title="mean coefficient"),
            tooltip=["Feature:N", "Class:N", *numbers],
        )
        .properties(width=max(60, 32 * len(grid.columns)), height=16 * len(grid))
    )


def _stability(nonzero: pd.DataFrame) -> alt.Chart:
    """The largest coefficients against the share of folds in which they are not zero."""
    drawn = nonzero.loc[nonzero["Mean"].abs().nlargest(MOST_POINTS).index]
    return (
        alt.Chart(drawn)
        .mark_point(filled=True, opacity=0.5, color=theme.MAIN)
        .encode(
            x=alt.X("Nonzero:Q", scale=alt.Scale(domain=[0, 1.02]), title="share of folds in which it is not zero"),
            y=alt.Y("Mean:Q", title="mean coefficient (scaled features)"),
            size=alt.Size("Agreement:Q", title="sign agreement", scale=alt.Scale(domain=[0.5, 1], range=[10, 60])),
            tooltip=["Feature:N", "Class:N", alt.Tooltip("Mean:Q", format=".3~g"), alt.Tooltip("Spread:Q", format=".3~g")],
        )
        .properties(width=520, height=300)
    )
