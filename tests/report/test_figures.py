"""Figures: each for a notebook and a paper, from every kind of study, with names that a paper would not survive."""

import inspect
import json

import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

import sweepwright as sw
from sweepwright.answers.analysis import Analysis
from sweepwright.answers.trials import rounded, trials_of
from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.figures.labels import labelled
from sweepwright.report.charts.driving import isolation_table
from sweepwright.report.charts.robustness import compared_runs, conditions_table
from sweepwright.report.charts.training import curves_table
from sweepwright.report.panels import thinned

pytestmark = pytest.mark.slow

CHARTS = ["associations", "conditions", "coverage", "curves", "driver_matrix", "estimate_intervals", "health_counts", "history",
          "isolation", "noise", "pair_surface", "partial_dependence", "rank_intervals", "replicates", "timeline", "tradeoff",
          "tradeoff_3d_still", "tuning_curve"]  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return sw.report.example_study()


@pytest.mark.parametrize("name", CHARTS)
def test_each_figure_becomes_svg_png_and_pdf_without_a_browser(name, study, tmp_path):
    chart = getattr(sw.report, name)(study)
    assert "example" not in json.dumps(chart.to_dict())[:20]
    for suffix, head in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF")):
        assert sw.report.save_figure(chart, tmp_path / f"{name}{suffix}").read_bytes().startswith(head)


@pytest.mark.parametrize("name", [*CHARTS, "strata", "tradeoff_3d", "save_figure", "write_report", "example_study"])
def test_each_public_function_says_what_it_does(name):
    text = inspect.getdoc(getattr(sw.report, name)) or ""
    assert text.splitlines()[0].endswith(".")
    assert name == "write_report" or ">>>" in text


def test_the_room_offers_what_is_documented():
    assert set(CHARTS) <= set(dir(sw.report))
    with pytest.raises(AttributeError, match="no attribute 'tradeof'"):
        sw.report.tradeof  # noqa: B018


def test_bad_input_is_one_sentence(study, tmp_path):
    with pytest.raises(InputError, match=r"no column 'aligned_rms' among the trials; did you mean 'aligned_rmse'\?"):
        sw.report.tradeoff(study, x="aligned_rms")
    with pytest.raises(InputError, match=r"no measure 'f2'\."):
        sw.report.history(study, "f2")
    with pytest.raises(InputError, match=r"written as \.svg, \.png, .pdf, .html, but got 'a.jpg'"):
        sw.report.save_figure(sw.report.history(study), tmp_path / "a.jpg")
    with pytest.raises(InputError, match=r"figure that turns is written as \.html"):
        sw.report.save_figure(sw.report.tradeoff_3d(study), tmp_path / "a.png")
    with pytest.raises(InputError, match="epoch, update, seconds, but got 'hours'"):
        sw.report.curves(study, [0], x="hours")
    with pytest.raises(InputError, match="no surface of width and margin"):
        sw.report.pair_surface(study, "f1", "width", "margin")


def test_curves_run_against_seconds_where_they_were_recorded(study):
    by_epoch, by_seconds = curves_table(study, [0]), curves_table(study, [0], "seconds")
    assert set(by_epoch["name"]) == {"train_loss", "val_loss"} and by_epoch["x"].max() == 19
    assert by_seconds["x"].min() == 1 and len(by_seconds) == len(by_epoch)
    assert (by_epoch["low"] <= by_epoch["median"]).all() and by_epoch["runs"].max() > 1
    assert curves_table(study, [0], "update").empty


def test_the_table_of_trials_has_the_means_of_the_study(study):
    table, trials = study.table(), trials_of(Analysis(study))
    for name in ("f1", "aligned_rmse", "parameters"):
        mine = trials.frame[trials.column(name).id]
        assert mine.tolist() == pytest.approx(table[name].reindex(mine.index).tolist())
    margin = trials.column("margin")
    losses = trials.frame[trials.column("loss").id]
    assert (np.isnan(trials.numbers(margin)) == (losses == "contrastive").to_numpy()).all()
    assert trials.column("learning_rate").log and trials.column("parameters").log and not margin.log
    assert trials.frame.index[0] == study.chosen


def test_above_a_thousand_trials_static_figures_are_binned(study):
    trials = trials_of(Analysis(study))
    again = np.tile(np.arange(len(trials.frame)), 40)
    many = type(trials)(trials.columns, trials.frame.iloc[again].set_axis(range(len(again))))
    chart = sw.report.tradeoff(study, trials=many).to_dict()
    assert chart["mark"]["type"] == "rect"
    rows = next(iter(chart["datasets"].values()))
    assert sum(row["trials"] for row in rows) == len(again) and len(rows) < 200


def test_thinned_curves_keep_their_ends_and_extremes():
    rng = np.random.default_rng(0)
    for count in (1, 63, 64, 65, 100, 1000, 4099):
        values = rng.standard_normal(count)
        if count > 70:
            values[40:44] = np.nan
        places, kept = thinned(values)
        assert len(places) <= 64 and places == sorted(set(places)) and (places[0], places[-1]) == (0, count - 1)
        assert np.nanmax(kept) == np.nanmax(values) and np.nanmin(kept) == np.nanmin(values)


@given(st.lists(st.floats(width=64), max_size=20))
def test_rounded_numbers_have_six_digits_and_stay_as_they_are(values):
    once = rounded(np.array(values, dtype=float))
    for value, short in zip(values, once, strict=True):
        if not np.isfinite(value):
            assert short is None
        else:
            assert short == pytest.approx(value, rel=1e-5)
            assert float(short) == float(f"{float(short):.6g}")
    again = rounded(np.array([np.nan if short is None else short for short in once], dtype=float))
    assert again == once


def test_long_names_stay_apart_and_are_never_cut_inside_a_character(tmp_path):
    names = ["🦠" * 80 + "a", "🦠" * 80 + "b", "short"]
    spec = {"datasets": {"d": [{"who": name, "meaning": "m" * 90} for name in names]}, "x": {"sort": names, "title": "t" * 99}}
    found = labelled(spec)
    shown = [row["who"] for row in found["datasets"]["d"]]
    assert found["x"]["sort"] == shown and len(set(shown)) == 3 and max(map(len, shown)) <= 56
    assert found["datasets"]["d"][0]["meaning"] == "m" * 90 and len(found["x"]["title"]) == 72


def test_light_and_dark_have_the_same_shape():
    assert theme.config().keys() == theme.config(dark=True).keys() and theme.config() != theme.config(dark=True)


def test_candidates_are_compared_on_the_draws_that_all_of_them_met(cells):
    study = sw.open_study(cells)
    table, runs = conditions_table(study), compared_runs(Analysis(study))
    assert runs["effort"].nunique() == 1 and (table.groupby("condition").size() > 1).any()
    for condition, rows in table.groupby("condition"):
        own = {trial: runs[(runs["trial"] == trial) & (runs["condition"] == condition)] for trial in rows["trial"]}
        common = set.intersection(*(set(part["draw"]) for part in own.values()))
        for row in rows.to_dict("records"):
            part = own[row["trial"]]
            part = part[part["draw"].isin(common)]
            assert row["mean"] == pytest.approx(part[f"measure.{study.goals[0].name}"].mean()) and row["runs"] == len(part)


def test_isolation_names_the_values_that_were_tried_on_a_grid(tmp_path):
    study = sw.run(f"{tiny.__file__}:FOLDED", folder=tmp_path / "grid", executor="inline")
    table = isolation_table(study)
    shown = table.loc[table["parameter"] == "x", "value"].astype(float)
    assert set(shown) <= {0.0, 0.25, 0.5, 0.75, 1.0} and len(shown)
