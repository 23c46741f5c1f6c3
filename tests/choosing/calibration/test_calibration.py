"""The short version of `calibrate.py`: what is said of the pick is not far above what is true."""

import calibrate
import of_cells
import of_plates
import pytest


@pytest.mark.slow
def test_what_is_said_of_the_pick_is_about_as_often_true():
    table = calibrate.simulate(of_cells.study, [(*cell, seed) for cell in of_cells.SHORT for seed in range(20)], workers=0)
    assert (table["true"] - table["said"]).mean() >= -0.15
    assert table["upper"].mean() >= 0.85 and table["ranks"].mean() >= 0.8 and table["confirmed"].mean() >= 0.8


def test_intervals_of_the_next_groups_hold_what_they_promise():
    found = calibrate.simulate(of_plates.study, range(200), workers=0).mean()
    assert found["next 17 plates"] >= 0.83 and found["mean over many plates"] >= 0.78  # .85 and .82 less two standard errors
