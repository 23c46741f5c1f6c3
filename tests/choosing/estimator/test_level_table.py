"""Levels for tables: trials that met different draws side by side."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from sweepwright.choosing.effects.evidence import evidence_of
from sweepwright.choosing.encoding import inferred_axes
from sweepwright.choosing.estimator.level_table import level_table
from sweepwright.choosing.estimator.levels import levels


def with_a_hard_draw(seed: int = 0, hard: float = 1.0) -> pd.DataFrame:
    """Thirty trials on draw 0, which is hard; the best five again on easier ones."""
    rng = np.random.default_rng(seed)
    level = np.linspace(0, 1, 30)
    rows = [(t, 0, "explore", level[t] - hard) for t in range(30)] + [
        (t, d, "finalists", level[t]) for t in range(25, 30) for d in (1, 2, 3)
    ]
    runs = pd.DataFrame(rows, columns=["trial", "draw", "step", "measure.f1"])
    runs["measure.f1"] += 0.05 * rng.standard_normal(len(runs))
    runs = runs.assign(
        run=runs.index, replicate=runs["draw"], condition="all", ending="COMPLETED", verdict="HEALTHY", used=True
    )
    return runs.assign(**{"param.x": runs["trial"] / 30})


def test_a_hard_draw_makes_no_cliff_where_there_is_none():
    runs = with_a_hard_draw()
    found = level_table(runs, ["f1"])["f1"]
    plain = runs.groupby("trial")["measure.f1"].mean()
    assert plain[25] - plain[24] > 0.6 and abs(found[25] - found[24] - 1 / 29) < 0.15
    known = evidence_of(runs, "f1", inferred_axes(runs))  # what drivers, places and trade-offs see
    assert abs(known.values[25] - known.values[24] - 1 / 29) < 0.2 and known.counts.tolist() == [1.0] * 30


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 100), st.floats(0.1, 10), st.floats(-5, 5))
def test_a_table_has_the_levels_of_the_choice_in_any_order_and_unit(seed, unit, shift):
    runs = with_a_hard_draw(seed)
    found, own = level_table(runs, ["f1"])["f1"], levels(runs, ["f1"])
    np.testing.assert_allclose(found.to_numpy(), own.mean[:, 0])
    moved = runs.sample(frac=1, random_state=seed).assign(**{"measure.f1": unit * runs["measure.f1"] + shift})
    np.testing.assert_allclose(level_table(moved, ["f1"])["f1"], unit * found + shift, rtol=1e-6, atol=1e-6 * unit)


def test_what_is_not_repeated_or_a_fact_stands_as_measured():
    runs = with_a_hard_draw().assign(**{"measure.size": lambda t: t["trial"] * 2.0})
    once = runs[runs["draw"] == 0]
    assert level_table(once, ["f1"])["f1"].tolist() == once["measure.f1"].tolist()
    assert level_table(runs, ["size"])["size"].tolist() == [2.0 * t for t in range(30)]
    runs.loc[runs["trial"] == 3, "measure.f1"] = np.nan
    assert np.isnan(level_table(runs, ["f1"])["f1"][3]) and len(level_table(runs, ["f1"])) == 30
