"""The short version of `claims.py`: intervals cover, and clean studies get no false sentence."""

import os

import claims
import pytest


@pytest.mark.slow
def test_intervals_cover_and_clean_studies_are_left_alone():
    table = claims.simulate(int(os.environ.get("SWEEPWRIGHT_STUDIES", "8")))
    print(table.round(3).to_string())
    long = "SWEEPWRIGHT_STUDIES" in os.environ
    if long:
        assert claims.outside(table) == []
    assert (table.loc["confirmed"] >= 0.6).all() and table.loc["ranks of all"].mean() >= 0.85  # 8 studies of a kind: together
    assert (table.loc["within worth, true"] - table.loc["within worth, said"]).mean() >= -0.15
    assert (table.loc["false sentence"] <= 0.3).all() and (table.loc["false driver"] <= 0.3).all()
    assert table.loc["zero shares"].dropna().ge(0.85).all()
