"""What a watch sees of a run: curves, values that are no numbers, and a median to stay ahead of."""

import numpy as np

from sweepwright.nouns.ending import Ending
from sweepwright.nouns.trained import Trained
from sweepwright.record.progress import shown
from sweepwright.running.slots.watching import EpochMedians, Watching

CURVES = [np.array([5.0, 4.0, 3.0]), np.array([5.0, 3.0, 1.0]), np.array([6.0, 5.0]), np.array([5.0, np.nan, 2.0])]


def test_the_median_is_of_those_that_came_so_far_and_have_a_number():
    compared = EpochMedians.of("loss", -1, CURVES, after=1, fewest=3)
    assert compared.medians == (None, 4.0, 2.0)  # epoch 1: 4, 3, 5; epoch 2: 3, 1, 2
    assert not compared.is_behind(0, 99.0) and compared.is_behind(1, 4.1) and not compared.is_behind(1, 4.0)
    assert not compared.is_behind(7, 99.0)  # nobody came so far
    assert EpochMedians.of("accuracy", 1, CURVES, after=1, fewest=3).is_behind(1, 3.9)


def test_a_run_that_falls_behind_is_asked_to_stop_and_says_why(tmp_path, job):
    watch = Watching(tmp_path, job, EpochMedians.of("loss", -1, CURVES, after=1, fewest=3))
    watch.report(loss=9.0, other=1.0)
    assert not watch.should_stop()
    watch.report(loss=4.5)
    assert watch.should_stop()
    judged = watch.judged(Trained())
    assert judged.ending is Ending.STOPPED and "worse than the median 4 of 4 earlier runs" in judged.cause
    assert judged.curves is not None and judged.curves["loss"].tolist() == [9.0, 4.5]


def test_a_loss_that_ends_as_no_number_is_divergence_even_if_nobody_asked(tmp_path, job):
    curves = {"train_loss": np.array([1.0, np.inf]), "accuracy": np.array([np.nan])}
    assert Watching(tmp_path, job).judged(Trained(curves=curves)).ending is Ending.DIVERGED
    assert Watching(tmp_path, job).judged(Trained(curves={"accuracy": np.array([np.nan])})).ending is Ending.COMPLETED
    failed = Trained(ending=Ending.RAISED, cause="mine", curves=curves)
    assert Watching(tmp_path, job).judged(failed) is failed


def test_what_is_shown_is_gone_when_the_run_has_ended(tmp_path, job, monkeypatch):
    monkeypatch.setattr("sweepwright.running.slots.watching.SHOWN_SECONDS", 0.0)
    watch = Watching(tmp_path, job)
    watch.report(loss=float("inf"))
    watch.progress(0.5, "half")
    assert shown(tmp_path) == {3: {"share": 0.5, "note": "half", "curves": {"loss": [None]}}}
    watch.close()
    assert shown(tmp_path) == {}
