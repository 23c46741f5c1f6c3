"""Facts about real sweeps that a correct analysis must reproduce; the numbers are those of the sweeps' descriptions."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sweeps import (
    AAREML,
    ALGOPERF,
    EEG_MLFLOW,
    EEG_STORAGE,
    EEG_TABLE,
    MOLBERT,
    SEMF,
    SWEEPS,
    WILDSHAPES,
    WILDSHAPES_STORAGE,
    adopted,
    analysed,
    needs_shared,
    odd,
)
from typer.testing import CliRunner

from sweepwright.choosing import noise_floor
from sweepwright.cli import app
from sweepwright.exchange.adopt.tables import read_table
from sweepwright.measures.health import health
from sweepwright.nouns.verdict import Verdict

pytestmark = [needs_shared, pytest.mark.slow]


def means(runs: pd.DataFrame, measure: str) -> pd.Series:
    return runs.groupby("trial")[f"measure.{measure}"].mean()


def rank_correlation(a, b) -> float:
    return float(spearmanr(a, b).statistic)


# --- wildshapes -------------------------------------------------------------------------------------------------------


def test_wildshapes_1_the_storage_holds_the_folds_and_their_maximum():
    table, storage = adopted(WILDSHAPES).runs(), adopted(WILDSHAPES_STORAGE)
    assert len(table) == 500 and table["trial"].nunique() == 100
    assert table.groupby("trial").size().eq(5).all()
    curves, stored = storage.curves_frame(), storage.runs()
    assert len(curves) == 500
    folds = table.sort_values(["trial", "replicate"])["measure.F1 Score"].to_numpy()
    np.testing.assert_allclose(curves.sort_values(["trial", "epoch"])["value"], folds)
    np.testing.assert_allclose(stored["measure.value"], table.groupby("trial")["measure.F1 Score"].max())
    [said] = odd(WILDSHAPES_STORAGE, "best_of")
    assert "maximum of 5 values" in said and "by their mean the best is trial 69, not trial 64" in said


def test_wildshapes_2_the_best_by_mean_is_another_than_by_maximum():
    runs, stored = adopted(WILDSHAPES).runs(), adopted(WILDSHAPES_STORAGE).runs().set_index("trial")["measure.value"]
    own = means(runs, "F1 Score")
    assert stored.idxmax() == 64 and stored.max() == pytest.approx(0.69099, abs=1e-5)
    assert own.idxmax() == 69 and own.max() == pytest.approx(0.68424, abs=1e-5)
    assert own[64] == pytest.approx(0.68113, abs=1e-5) and own.rank(ascending=False)[64] == 27
    assert rank_correlation(stored, own) == pytest.approx(0.93, abs=0.005)
    assert analysed(WILDSHAPES).weighing.chosen == 69


def test_wildshapes_3_noise_and_who_is_alike():
    runs = adopted(WILDSHAPES).runs()
    floor = noise_floor(runs, "F1 Score")
    assert floor.noise is not None and floor.noise.sd == pytest.approx(0.00282, abs=1e-5)
    unpaired = noise_floor(runs.assign(replicate=runs["run"]), "F1 Score").noise
    assert unpaired is not None and unpaired.sd == pytest.approx(0.00389, abs=1e-5)
    own = means(runs, "F1 Score")
    assert own.std() == pytest.approx(0.0464, abs=1e-4)
    error = unpaired.sd * np.sqrt(2 / 5)
    assert 2 * error == pytest.approx(0.0049, abs=5e-5) and (own >= own.max() - 2 * error).sum() == 41


def test_wildshapes_4_the_learning_rate_drives():
    found = analysed(WILDSHAPES).drivers_of_goals
    rows = found.effects.set_index("parameter")
    assert found.first("F1 Score") == "Learning Rate" and rows["resolved"].sum() == 1
    assert rows.loc["Learning Rate", "direction"] == "rises" or " to " in rows.loc["Learning Rate", "direction"]
    runs = adopted(WILDSHAPES).runs()
    one = runs.drop_duplicates("trial").set_index("trial")
    own, rate = means(runs, "F1 Score"), one["param.Learning Rate"]
    assert rank_correlation(rate, own) == pytest.approx(0.44, abs=0.005)
    assert own[rate < 1e-5].mean() == pytest.approx(0.509, abs=5e-4) and (rate < 1e-5).sum() == 7
    best = (rate >= 1e-3) & (rate < 10**-2.5)
    assert best.sum() == 36 and own[best].mean() == pytest.approx(0.679, abs=5e-4)
    assert own[rate >= 10**-2.5].mean() == pytest.approx(0.668, abs=5e-4)
    for name, value in (("Weight Decay", 0.11), ("Batch Size", -0.02), ("Accumulation Steps", -0.07)):
        assert rank_correlation(one[f"param.{name}"], own) == pytest.approx(value, abs=0.006)
    relative = rate / (one["param.Batch Size"] * one["param.Accumulation Steps"])
    assert rank_correlation(relative, own) == pytest.approx(0.55, abs=0.005)


def test_wildshapes_5_two_names_for_one_measure_and_no_trade_off():
    assert odd(WILDSHAPES, "same_measure") == ["Accuracy and Recall are equal in all 500 runs: two names for one measure."]
    assert any("F1 Score and Accuracy" in text and "0.999" in text for text in odd(WILDSHAPES, "same_order"))


def test_wildshapes_6_the_final_run_overfits_by_loss_not_by_f1():
    table = read_table(SWEEPS / "wildshapes/final_run_curve.csv").rows
    at = table["epoch"].to_numpy(dtype=float)
    names = {"train_loss": "loss", "val_loss": "val_loss", "val_f1": "val", "train_f1": "train"}
    found = health({spoken: (at, table[name].to_numpy(dtype=float)) for name, spoken in names.items()})
    assert found.verdict is Verdict.OVERFIT
    assert "by loss (lowest 1.043 at 2), not by score (best 0.6844 at 62)" in found.sentence
    assert table["val_loss"].iloc[-1] == pytest.approx(1.615, abs=5e-4) and table["train_loss"].iloc[-1] == pytest.approx(
        0.088, abs=5e-4
    )


# --- aareml -----------------------------------------------------------------------------------------------------------


def test_aareml_1_nothing_was_repeated():
    study = adopted(AAREML)
    runs = study.runs()
    assert len(runs) == 653 and runs["trial"].nunique() == 653
    assert runs["ending"].value_counts().to_dict() == {"STOPPED": 476, "COMPLETED": 177}
    assert runs["param.teacher_forcing_start"].isna().sum() == 50
    assert analysed(AAREML).floors[0].noise is None and "unknown" in analysed(AAREML).floors[0].statement.text
    assert len(study.curves_frame()) == 6341


def test_aareml_2_the_best_three():
    runs = adopted(AAREML).runs().set_index("trial")
    best = runs["measure.value"].nsmallest(3)
    assert list(best.index) == [53, 2, 64]
    np.testing.assert_allclose(best, [0.12234, 0.12372, 0.12451], atol=5e-6)
    assert runs.loc[53, "param.hidden"] == 256 and runs.loc[53, "param.lr"] == pytest.approx(0.001005, abs=5e-7)
    assert runs.loc[53, "param.dropout"] == pytest.approx(0.08, abs=5e-5)


def test_aareml_3_and_4_the_level_drifts_between_sittings():
    study = adopted(AAREML)
    runs = study.runs().set_index("trial")["measure.value"]
    part = {"first": runs[:50], "second": runs[50:125], "middle": runs[125:578], "last": runs[578:]}
    assert [int(p.notna().sum()) for p in part.values()] == [42, 57, 3, 75]
    assert [round(float(p.min()), 4) for p in part.values() if p is not part["middle"]] == [0.1237, 0.1223, 0.1389]
    assert set(part["middle"].dropna().index) == {425, 426, 427}
    assert runs[:125].median() == pytest.approx(0.1302, abs=5e-5) and part["last"].median() == pytest.approx(0.1435, abs=5e-5)
    curves = study.curves_frame()
    assert curves[curves["trial"].between(125, 577)].groupby("trial")["value"].last().min() == pytest.approx(0.1428, abs=5e-5)
    first = curves[curves["epoch"] == 0].set_index("trial")["value"]
    levels = [
        first[first.index < 125].median(),
        first[first.index.to_series().between(125, 577)].median(),
        first[first.index >= 578].median(),
    ]
    np.testing.assert_allclose(levels, [0.1767, 0.1913, 0.1912], atol=5e-5)
    [said] = odd(AAREML, "drift")
    assert "runs of different sittings cannot be compared" in said
    assert "teacher_forcing_start was added to the search at run 50" in odd(AAREML, "added_parameter")[0]


def test_aareml_5_effects_vanish_or_reverse():
    runs = adopted(AAREML).runs().set_index("trial")
    done = runs[runs["ending"] == "COMPLETED"]
    early, late = done[done.index < 125], done[done.index >= 578]
    found = [rank_correlation(part["param.lr"], part["measure.value"]) for part in (early, late, done)]
    np.testing.assert_allclose(found, [0.27, 0.10, -0.03], atol=0.005)
    medians = {(name, size): part[part["param.batch_size"] == size]["measure.value"].median()
               for name, part in (("early", early), ("late", late)) for size in (64, 128)}  # fmt: skip
    np.testing.assert_allclose(list(medians.values()), [0.1313, 0.1300, 0.1812, 0.1432], atol=5e-5)


def test_aareml_6_pruned_runs_are_counted_and_are_no_bad_values():
    study = adopted(AAREML)
    runs, curves = study.runs().set_index("trial"), study.curves_frame()
    assert runs[runs["ending"] == "STOPPED"]["measure.value"].isna().all()
    last = curves.sort_values("epoch").groupby("trial").last()
    pruned = runs.index[runs["ending"] == "STOPPED"]
    assert (last.loc[pruned, "epoch"] == 5).sum() == 466 and len(pruned) / len(runs) == pytest.approx(0.73, abs=0.005)
    median = runs["measure.value"].median()
    assert (curves[curves["trial"].isin(pruned)].groupby("trial")["value"].min() < median).sum() == 2
    whole = curves[~curves["trial"].isin(pruned)].sort_values("epoch").groupby("trial")["value"]
    best_epoch = whole.apply(lambda values: int(np.argmin(values.to_numpy())))
    assert best_epoch.median() == 11 and last.drop(pruned)["epoch"].median() == 18
    assert (whole.last() / whole.min() - 1).median() == pytest.approx(0.06, abs=0.005)
    assert "476 of 653 runs were pruned or stopped" in odd(AAREML, "stopped_runs")[0]


# --- eeg-gat ----------------------------------------------------------------------------------------------------------


def test_eeg_1_three_formats_hold_the_same_objectives():
    folder, storage, table = (adopted(sweep).runs() for sweep in (EEG_MLFLOW, EEG_STORAGE, EEG_TABLE))
    assert len(folder) == len(storage) == 100 and folder["condition"].nunique() == 5
    graph = table[table["param.pipeline"] == "graph"]
    np.testing.assert_allclose(sorted(storage["measure.value"]), sorted(folder["measure.objective"]))
    np.testing.assert_allclose(graph["measure.value"], storage["measure.value"])
    assert any("5 parent runs" in note for note in _notes(EEG_MLFLOW))


def _notes(sweep) -> list[str]:
    result = CliRunner().invoke(
        app, ["adopt", str(SWEEPS / sweep.path), "--goal", sweep.goal, *sweep.options, "--dry-run", "--json"]
    )
    return json.loads(result.stdout)["assumed"]


def test_eeg_2_shared_configurations():
    times = adopted(EEG_STORAGE).runs().groupby("trial")["condition"].nunique().value_counts()
    assert times.to_dict() == {1: 33, 5: 11, 3: 2, 4: 1, 2: 1}


def test_eeg_3_folds_differ_within_a_configuration():
    runs = adopted(EEG_MLFLOW).runs()
    counts = runs.groupby("trial")["condition"].nunique()
    shared = runs[runs["trial"].isin(counts.index[counts >= 4])].groupby("trial")["measure.objective"]
    assert shared.ngroups == 12
    assert np.sqrt(shared.var().mean()) == pytest.approx(0.067, abs=5e-4)
    assert shared.mean().std() == pytest.approx(0.123, abs=5e-4)


def test_eeg_4_best_per_fold():
    runs = adopted(EEG_STORAGE).runs()
    best = runs.groupby("condition")["measure.value"].min().sort_index()
    np.testing.assert_allclose(best, [-0.9615, -0.9608, -0.9164, -0.8338, -0.8907], atol=5e-5)
    assert runs["measure.value"].mean() == pytest.approx(-0.731, abs=5e-4)
    assert runs["measure.value"].std() == pytest.approx(0.163, abs=5e-4)


def test_eeg_5_the_band_drives():
    runs, found = adopted(EEG_MLFLOW).runs(), analysed(EEG_MLFLOW).drivers_of_goals
    assert found.first("objective") == "band"
    assert not found.effects.set_index("parameter").loc["dropout", "resolved"]
    by = runs.groupby("param.band")["measure.objective"].agg(["mean", "size"])
    expected = {
        "delta": (-0.869, 44),
        "beta": (-0.743, 11),
        "theta": (-0.717, 15),
        "alpha": (-0.562, 15),
        "gamma": (-0.501, 15),
    }
    for band, (mean, size) in expected.items():
        assert by.loc[band, "mean"] == pytest.approx(mean, abs=5e-4) and by.loc[band, "size"] == size
    found_rank = spearmanr(runs["param.dropout"], runs["measure.objective"])
    assert found_rank.statistic == pytest.approx(0.04, abs=0.005) and found_rank.pvalue == pytest.approx(0.70, abs=0.005)


def test_eeg_6_the_classical_models_are_better():
    runs = adopted(EEG_TABLE).runs()
    by = runs.groupby("param.model")["measure.value"].agg(["size", "mean", "min"])
    np.testing.assert_allclose(by.loc["logreg"], [40, -0.888, -0.9686], atol=5e-4)
    np.testing.assert_allclose(by.loc["svc"], [35, -0.861, -0.9586], atol=5e-4)
    assert runs[runs["param.pipeline"] == "graph"]["measure.value"].mean() > by["mean"].max()
    axes = adopted(EEG_TABLE).axes
    pipeline = axes.names.index("pipeline")
    assert all(axis.parent == pipeline for axis in axes.axes if axis.name != "pipeline")


# --- semf -------------------------------------------------------------------------------------------------------------

SCORE = "measure.test_CRPS_SEMF_Original"


def test_semf_1_balanced_cells_that_fix_the_hyperparameters():
    runs = adopted(SEMF).runs()
    cells = runs.groupby(["condition", "param.model_class"])
    assert len(runs) == 165 and cells.ngroups == 33 and cells.size().eq(5).all() and runs["trial"].nunique() == 31
    said = odd(SEMF, "confounded")
    assert any("R, nodes_per_feature" in text and "fixed within each condition and model_class" in text for text in said)


def test_semf_2_the_best_model_class():
    runs = adopted(SEMF).runs()
    cell = runs.groupby(["condition", "param.model_class"])[SCORE].mean().unstack()
    best = cell.idxmin(axis=1)
    assert best.value_counts().to_dict() == {"MultiMLPs": 8, "MultiXGBs": 3}
    assert set(best.index[best == "MultiXGBs"]) == {"QSAR_fish_toxicity", "california_housing", "cpu_activity"}
    ranks = runs.groupby(["condition", "seed"])[SCORE].rank().groupby(runs["param.model_class"]).mean()
    np.testing.assert_allclose(ranks[["MultiMLPs", "MultiXGBs", "MultiETs"]], [1.36, 1.94, 2.70], atol=0.005)


def test_semf_3_noise_of_the_seeds():
    runs = adopted(SEMF).runs()
    cells = runs.groupby(["condition", "param.model_class"])[SCORE]
    variation = 100 * cells.std() / cells.mean()
    assert variation.median() == pytest.approx(5.5, abs=0.05)
    by = variation.groupby("param.model_class").median()
    np.testing.assert_allclose(by[["MultiETs", "MultiMLPs", "MultiXGBs"]], [5.4, 5.5, 5.5], atol=0.05)
    assert analysed(SEMF).floors[0].noise is not None


def test_semf_4_validation_and_test_agree():
    runs = adopted(SEMF).runs()
    found = [rank_correlation(g["measure.valid_CRPS_SEMF_Original"], g[SCORE]) for _, g in runs.groupby("condition")]
    assert np.median(found) == pytest.approx(0.89, abs=0.005) and min(found) == pytest.approx(0.64, abs=0.005)


def test_semf_5_trade_off_and_cost():
    runs = adopted(SEMF).runs()
    cover, width = runs["measure.test_PICP_SEMF_Original"], runs["measure.test_NMPIW_SEMF_Original"]
    found = spearmanr(cover, width)
    assert found.statistic == pytest.approx(0.31, abs=0.005) and found.pvalue < 1e-4
    np.testing.assert_allclose([cover.min(), cover.max(), cover.median()], [0.896, 0.993, 0.952], atol=5e-4)
    cost = runs.groupby("param.model_class")["measure.elapsed_time"].median()
    np.testing.assert_allclose(cost[["MultiXGBs", "MultiETs", "MultiMLPs"]], [60, 172, 695], atol=0.5)


def test_semf_6_the_best_gains_least():
    runs = adopted(SEMF).runs()
    gain = runs["measure.test_top1_rel_crps_SEMF"]
    by = gain.groupby(runs["param.model_class"]).median()
    np.testing.assert_allclose(by[["MultiXGBs", "MultiETs", "MultiMLPs"]], [20.2, 6.8, 2.2], atol=0.05)
    assert (gain < 0).sum() == 37


# --- molbert ----------------------------------------------------------------------------------------------------------


def test_molbert_1_every_cell_once():
    runs = adopted(MOLBERT).runs()
    assert len(runs) == 36 == runs["trial"].nunique() and runs["param.size"].value_counts().to_dict() == {
        "small": 27,
        "base": 9,
    }
    assert analysed(MOLBERT).floors[0].noise is None
    broken = CliRunner().invoke(app, ["adopt", str(SWEEPS / "molbert-mlm/sweep_results.csv"), "--goal", "eval_loss lower"])
    assert "Line 20" in str(broken.exception) and "28 fields, the header 13" in str(broken.exception)


def test_molbert_2_the_driver_is_the_difficulty_of_the_evaluation():
    small = adopted(MOLBERT).runs().query("`param.size` == 'small'")
    best = small.loc[small["measure.eval_loss"].idxmin()]
    assert best["measure.eval_loss"] == pytest.approx(0.3152, abs=5e-5)
    assert (best["param.strategy"], best["param.mlm_prob"], best["param.learning_rate"]) == ("span", 0.20, 2e-4)
    loss = small["measure.eval_loss"]
    naive = {
        name: float(loss.groupby(small[f"param.{name}"]).transform("mean").var() / loss.var())
        for name in ("strategy", "learning_rate", "mlm_prob")
    }
    np.testing.assert_allclose([100 * v for v in naive.values()], [91, 3.7, 1.5], atol=0.5)
    said = odd(MOLBERT, "meaning_depends_on_parameter")
    assert len(said) == 2 and "strategy" in said[0] and "mlm_prob" in said[1]


def test_molbert_3_best_rate_within_a_fixed_evaluation():
    small = adopted(MOLBERT).runs().query("`param.size` == 'small'")
    best = small.loc[small.groupby(["param.strategy", "param.mlm_prob"])["measure.eval_loss"].idxmin()]
    by = best.groupby("param.strategy")["param.learning_rate"].unique()
    assert {name: list(rates) for name, rates in by.items()} == {"hetero_span": [4e-4], "span": [2e-4], "standard": [4e-4]}


def test_molbert_4_the_largest_rate_ruins_the_base_model():
    base = adopted(MOLBERT).runs().query("`param.size` == 'base'")
    worst = base.loc[base.groupby("param.mlm_prob")["measure.eval_loss"].idxmax()]
    assert (worst["param.learning_rate"] == 8e-4).all() and worst["measure.eval_loss"].between(0.845, 0.875).all()
    others = base[base["param.learning_rate"] < 8e-4]["measure.eval_loss"]
    assert others.between(0.315, 0.445).all()


def test_molbert_5_no_trade_off():
    runs = adopted(MOLBERT).runs()
    assert rank_correlation(runs["measure.eval_loss"], runs["measure.eval_masked_accuracy"]) == pytest.approx(-0.98, abs=0.005)
    small = runs.query("`param.size` == 'small'").pivot_table(
        index=["param.strategy", "param.learning_rate"], columns="param.mlm_prob", values="measure.eval_loss"
    )
    change = (small[0.25] - small[0.15]).groupby("param.strategy").mean()
    assert change["span"] <= 0.001 and change["standard"] > 0 and change["hetero_span"] > 0


# --- algoperf ---------------------------------------------------------------------------------------------------------

VALUE = "measure.best_validation_metric"


def test_algoperf_1_runs_cells_repeats():
    runs = adopted(ALGOPERF).runs()
    assert len(runs) == 2502 and runs["trial"].nunique() == 35
    assert runs.drop_duplicates("trial")["param.submission"].value_counts().eq(5).all()
    cells = runs.groupby(["trial", "condition"]).size()
    assert len(cells) == 507 and cells.value_counts().to_dict() == {5: 490, 3: 16, 4: 1}


def test_algoperf_2_runs_without_evaluation_and_with_infinite_loss():
    study = adopted(ALGOPERF)
    runs = study.runs()
    none = runs[runs["measure.n_evals"] == 0]
    assert none["param.submission"].value_counts().to_dict() == {"caspr_adaptive": 75, "baseline": 6, "lawa_queue": 5}
    by = none["condition"].value_counts()
    assert by["criteo1tb"] == 26 and by["criteo1tb_embed_init"] == 26 and by["wmt_glu_tanh"] == 25 and by.iloc[3:].sum() == 9
    wrong = runs[
        (runs["measure.n_evals"] > 0) & (runs["measure.final_train_loss"].isna() | runs["measure.final_validation_loss"].isna())
    ]
    assert wrong["param.submission"].value_counts().to_dict() == {"generalized_adam": 39, "shampoo_submission": 1}
    bad = wrong[wrong["param.submission"] == "generalized_adam"]
    assert bad["trial"].nunique() == 1 and bad["param.learning_rate"].iloc[0] == pytest.approx(1.95, abs=0.005)
    assert bad["condition"].value_counts().to_dict() == {
        **dict.fromkeys(bad["condition"].unique(), 5),
        "librispeech_conformer_layernorm": 4,
    }
    assert (runs["verdict"] == "DIVERGED").sum() == 30


def test_algoperf_3_the_choice_depends_on_the_workload():
    runs = adopted(ALGOPERF).runs()
    cell = runs[runs["condition"] == "imagenet_resnet"].groupby("trial")[VALUE].agg(["mean", "std", "size"])
    best = cell["mean"].idxmax()
    assert runs.loc[runs["trial"] == best, "param.learning_rate"].iloc[0] == pytest.approx(1.95, abs=0.005)
    np.testing.assert_allclose(cell.loc[best], [0.7761, 0.0007, 5], atol=5e-5)
    assert analysed(ALGOPERF).best_by_condition()["imagenet_resnet"] == best
    said = CliRunner().invoke(app, ["choose", str(adopted(ALGOPERF).folder)]).output
    several = runs.dropna(subset=[VALUE]).groupby("condition")["trial"].nunique().gt(1).sum()
    assert f"the best trial is not the same in every condition: of {several} conditions" in said
    assert "Choose condition by condition" in said and "is inactive" not in said and "jumps" not in said


def test_algoperf_4_failures_without_a_nan():
    runs = adopted(ALGOPERF).runs()
    failed = runs[
        (runs["param.submission"] == "caspr_adaptive")
        & runs["condition"].isin(["imagenet_resnet", "imagenet_resnet_large_bn_init"])
    ]
    assert len(failed) == 50 and failed[VALUE].max() < 0.01
    at, low = np.arange(12.0), np.full(12, float(failed[VALUE].max()))
    assert health({"val": (at, low)}, {"trivial": 0.001}).verdict is Verdict.NEVER_LEARNED


def test_algoperf_5_best_run_is_not_the_best_configuration():
    runs = adopted(ALGOPERF).runs()
    label = {run.number: run.provenance.label for run in adopted(ALGOPERF).state.ended.values()}
    ogbg, fast = (runs[runs["condition"] == name] for name in ("ogbg", "fastmri"))
    assert label[int(ogbg.loc[ogbg[VALUE].idxmax(), "run"])] == "v05-baseline-s0-ogbg-t5"
    cell = ogbg.groupby("trial")[VALUE].agg(["mean", "std", "size"])
    np.testing.assert_allclose(cell.loc[cell["mean"].idxmax()], [0.2972, 0.0041, 5], atol=5e-5)
    assert cell["std"].median() == pytest.approx(0.0025, abs=5e-5) and cell["mean"].std() == pytest.approx(0.0213, abs=5e-5)
    floor = noise_floor(ogbg.assign(replicate=ogbg["run"]), "best_validation_metric").noise
    assert floor is not None and floor.sd == pytest.approx(0.0064, abs=5e-5)
    assert label[int(fast.loc[fast[VALUE].idxmax(), "run"])] == "v05-baseline-s2-fastmri-t3"
    other = fast.groupby("trial")[VALUE].agg(["mean", "std"])
    best = other["mean"].idxmax()
    assert label[int(fast[fast["trial"] == best]["run"].iloc[0])].endswith("t4") and other["mean"].max() == pytest.approx(
        0.72710, abs=5e-6
    )
    assert other["std"].median() == pytest.approx(0.00019, abs=5e-6) and other["mean"].std() == pytest.approx(0.00187, abs=5e-6)


def test_algoperf_6_who_reached_the_target():
    runs = adopted(ALGOPERF).runs()
    reached = runs[runs["measure.reached_target"] == 1]["param.submission"].value_counts().to_dict()
    assert reached == {"baseline": 222, "cyclic_lr": 194, "schedule_free_adamw": 175, "shampoo_submission": 175, "lawa_queue": 151,
                       "caspr_adaptive": 147, "generalized_adam": 133}  # fmt: skip
    table = runs.groupby(["trial", "condition"])[VALUE].mean().unstack()
    for first, second, value in (
        ("fastmri", "fastmri_tanh", 0.61),
        ("ogbg", "ogbg_model_size", 0.71),
        ("fastmri", "ogbg", -0.06),
    ):
        pair = table[[first, second]].dropna()
        assert rank_correlation(pair[first], pair[second]) == pytest.approx(value, abs=0.005)
    assert any("5 configurations" in text for text in odd(ALGOPERF, "too_few_configurations"))


# --- formats, for reading only ----------------------------------------------------------------------------------------


def understood(path: str, *goal: str, **asked):
    from sweepwright.exchange.adopt.roles import Wishes
    from sweepwright.exchange.adopt.understanding import understand

    return understand(SWEEPS / "format-samples" / path, Wishes(goals=goal, **asked))


def test_a_wandb_export_is_read():
    found = understood(
        "wandb_export.csv",
        "Metrics/motion/error_anchor_pos lower",
        parameters=("train_cfg.*", "env_cfg.*"),
    )
    assert found.source.rows.shape == (16, 500) and len(found.rows) == 16
    assert sorted(row.ended.ending.name for row in found.rows) == ["COMPLETED"] * 12 + ["STOPPED"] * 4
    assert "env_cfg.scene.num_envs" in found.columns.parameters and "train_cfg.max_iterations" in found.columns.parameters
    assert {"Name", "Created"}.isdisjoint(
        found.columns.parameters
    ) and "env_cfg.commands.motion.motion_file" in found.columns.parameters


def test_an_optuna_journal_is_read():
    found = understood("optuna-journal.log", "value higher")
    by = {name: [row for row in found.rows if row.condition == name] for name in ("study", "maze-rayrllib-0-500")}
    assert [len(rows) for rows in by.values()] == [7, 5]
    assert sorted(str(row.ended.measured["value"]) for row in by["study"]) == ["30.0"] * 4 + ["None"] * 3
    assert {row.ended.ending.name for row in by["study"]} == {"COMPLETED", "STOPPED"}
    assert all(row.ended.measured["value"] == 0 for row in by["maze-rayrllib-0-500"])
    entropy = [row for row in found.rows if "FakeRayRLlib.entropy_coeff_log" in row.configuration]
    assert len(entropy) == 2 and {row.configuration["FakeRayRLlib.algo_class"] for row in entropy} == {"PPO"}
    assert sum("FakeRayRLlib.train_batch_size_log2" in row.configuration for row in found.rows) == 3


def test_an_mlflow_folder_with_histories_and_failed_runs_is_read():
    found = understood("mlflow-rl-traffic", "rollout/ep_rew_mean higher")
    assert sorted(row.ended.ending.name for row in found.rows) == ["COMPLETED", "RAISED", "RAISED"]
    done = next(row for row in found.rows if row.ended.ending.succeeded)
    assert (
        sum(value is not None for value in done.ended.measured.values()) == 16
        and "rollout/exploration rate" in done.ended.measured
    )
    assert found.source.curves is not None and "rollout/exploration rate" in set(found.source.curves["name"])
