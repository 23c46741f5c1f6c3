"""The sections that phenotype adds to the report: their numbers are those of the runs, their tables the field's."""

import shutil

import numpy as np
import pytest
from scipy.stats import t as student

import sweepwright as sw
from sweepwright.answers.places import Place
from sweepwright.answers.results import ResultsOfStudy
from sweepwright.answers.verdict import verdict
from sweepwright.figures.ordering import by_values
from sweepwright.measures import classification as c
from sweepwright.problems.phenotype.figures import SECTIONS
from sweepwright.problems.phenotype.predicted import of_choice

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(cells):
    return sw.open_study(cells)


@pytest.fixture(scope="module")
def figures(study):
    return {figure.name: figure for section in SECTIONS for figure in section.build(ResultsOfStudy(study))}


def test_every_section_of_the_problem_is_there(figures):
    assert set(figures) == {
        "confusion", "per_class", "precision_recall", "coefficients", "coefficient_stability", "search_surface", "sparsity",
        "grouping", "reliability", "most_wrong", "left_out",
    }  # fmt: skip
    for figure in figures.values():
        assert figure.table is not None and len(figure.caption) > 60


def test_tables_have_the_columns_of_the_field(figures):
    assert list(figures["confusion"].table) == ["True_Label", "Predicted_Label", "Count"]
    assert list(figures["per_class"].table)[:5] == ["Phenotypic_Class", "F1_Score", "data_split", "shuffled", "feature_type"]
    curve = figures["precision_recall"].table
    assert list(curve)[:4] == ["Phenotypic_Class", "PR_Threshold", "Precision", "Recall"]


def test_scores_by_class_are_those_of_the_predictions(study, figures):
    found, table = of_choice(ResultsOfStudy(study)), figures["per_class"].table
    assert found is not None
    own = table[table["model"] == "whole procedure"]
    weights = np.bincount(found.truth) / len(found.truth)
    assert float(np.dot(own["F1_Score"], weights)) == pytest.approx(c.f1_weighted(found.truth, found.predicted))
    assert set(table["model"]) == {"whole procedure", "shuffled columns", "majority class"}
    assert own["F1_Score"].mean() > table[table["model"] == "shuffled columns"]["F1_Score"].mean()
    assert figures["confusion"].table["Count"].sum() == 360


def test_average_precision_is_the_area_of_the_curve(study, figures):
    found, curve = of_choice(ResultsOfStudy(study)), figures["precision_recall"].table
    assert found is not None
    for k, (_, part) in enumerate(curve.groupby("Phenotypic_Class", sort=False)):
        area = float(np.sum(np.diff(part["Recall"], prepend=0) * part["Precision"]))
        assert area == pytest.approx(c.average_precision((found.truth == k).astype(int), found.probability[:, k]))


def test_splitting_cells_freely_looks_better_than_it_is(figures):
    table = figures["grouping"].table
    assert (table["free"] - table["grouped"]).mean() > 0.05
    assert table["cost"].tolist() == pytest.approx((table["free"] - table["grouped"]).tolist())
    assert table["cost"].is_monotonic_decreasing and "falls from" in figures["grouping"].caption


def test_reliability_and_doubtful_cells(study, figures):
    found, bins, wrong = of_choice(ResultsOfStudy(study)), figures["reliability"].table, figures["most_wrong"].table
    assert found is not None
    error = float(np.average(np.abs(bins["Confidence"] - bins["Share_Right"]), weights=bins["Cells"]))
    assert f"{error:.3f}" in figures["reliability"].caption and bins["Cells"].sum() == 360
    assert wrong["Probability"].is_monotonic_decreasing and (wrong["True_Label"] != wrong["Predicted_Label"]).all()
    rows = wrong["Row"].to_numpy() - 1  # the table has no column that names a cell
    assert (study.samples["Metadata_Plate"][rows] == wrong["Metadata_Plate"]).all() and (
        wrong["True_Label"] != wrong["Predicted_Label"]
    ).all()


def test_the_surface_has_a_row_for_every_configuration_and_marks_the_chosen_one(study, figures):
    table = figures["search_surface"].table
    assert not table.duplicated(["C", "l1_ratio"]).any() and (table["mark"] == "chosen").sum() == 1
    assert "standard error" not in figures["search_surface"].caption  # the choice has one rule, and it is not drawn here


def test_what_is_alike_stands_side_by_side():
    import pandas as pd

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 5))
    grid = pd.DataFrame([a, b, a + 0.01, b + 0.01], index=["a", "b", "a2", "b2"])
    order = by_values(grid)
    assert abs(order.index("a") - order.index("a2")) == 1 == abs(order.index("b") - order.index("b2"))


def test_what_the_next_plates_will_give_is_said_from_the_refits_that_it_names(study):
    answer = study.verdict()
    [said] = [one for one in answer.said if one.code == "expect.groups"]
    outcomes = [study.outcome(run) for run in said.runs]
    sample = np.concatenate([outcome.sample for outcome in outcomes])
    called = np.concatenate([outcome.arrays["predicted"] for outcome in outcomes])
    truth, plate = study.samples["label"][sample], study.samples["group"][sample]
    whole = c.f1_weighted(truth, called)
    pseudo = [12 * whole - 11 * c.f1_weighted(truth[plate != p], called[plate != p]) for p in np.unique(plate)]
    reach = student.ppf(0.95, 11) * np.std(pseudo, ddof=1)
    assert said.numbers["value"] == pytest.approx(whole)
    assert said.numbers["low"] == pytest.approx(whole - reach / 12**0.5)
    assert said.numbers["next_2.high"] == pytest.approx(min(1.0, whole + reach * (1 / 12 + 1 / 2) ** 0.5))
    assert said.text.startswith("Averaged over many plates like these 12, f1_weighted is ") and "a single plate: " in said.text


def test_what_to_do_next_names_the_command_and_where_the_interval_comes_from(study):
    apply, groups = study.verdict().at(Place.NEXT)
    nested = next(e for e in study.verdict().estimates if e.kind == "nested estimate")
    assert "`sweepwright predict STUDY DATA --out FILE`" in apply.text and "name their plates" in apply.text
    assert apply.runs == (study.state.kept,) and groups.runs == nested.numbers
    assert str(nested).split(" ", 1)[1] in groups.text and "comes from how these 12 plates differ" in groups.text


def test_whether_probabilities_are_right_is_said_and_by_how_much(study, figures):
    found = of_choice(ResultsOfStudy(study))
    called, right = found.probability.max(axis=1), found.predicted == found.truth
    plates = study.samples["group"][found.sample]
    apart, names = called - right, np.unique(plates)
    pseudo = [12 * apart.mean() - 11 * apart[plates != plate].mean() for plate in names]
    reach = student.ppf(0.95, 11) * np.std(pseudo, ddof=1) / 12**0.5
    value, low, high = apart.mean(), apart.mean() - reach, apart.mean() + reach
    said = f"off by {value:+.3f} [{low:+.3f}, {high:+.3f}]" if low <= 0 <= high else f"{abs(value):.3f} ["
    assert said in figures["reliability"].caption


def test_a_study_that_was_interrupted_after_its_choice_says_so_and_how_to_go_on(cells, tmp_path):
    folder = shutil.copytree(cells, tmp_path / "study")
    ledger = folder / "ledger.jsonl"
    lines = ledger.read_text().splitlines(keepends=True)
    outer = next(i for i, line in enumerate(lines) if '"run ended"' in line and '"confirm/outer"' in "".join(lines[:i]))
    ledger.write_text("".join(lines[: outer + 1]))
    found = verdict(sw.open_study(folder))
    said = {one.code: one.text for one in found.said}
    assert said["not_finished"].startswith("The study is not finished: it stands in the step confirm")
    assert said["next.finish"].startswith("To finish the study: `sweepwright run STUDY`") and "next.groups" not in said
    nested = found.estimate("nested estimate")
    assert nested is None or "of 5 outer folds" in nested.meaning
