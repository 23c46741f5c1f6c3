"""Real sweeps that others ran, adopted as a person would: one goal and at most four options each."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from typer.testing import CliRunner

from sweepwright.answers.analysis import Analysis
from sweepwright.cli import app
from sweepwright.study.study import Study

SHARED = Path(__file__).parents[4] / "shared"
SWEEPS = SHARED / "data" / "sweeps"
needs_shared = pytest.mark.skipif(not SWEEPS.is_dir(), reason="the sweeps of others are not on this machine")


@dataclass(frozen=True)
class Sweep:
    """A table, and the options with which it is adopted."""

    path: str
    goal: str
    options: tuple[str, ...] = ()


WILDSHAPES = Sweep(
    "wildshapes/runs.csv",
    "F1 Score higher",
    (
        "--param",
        "Batch Size,Learning Rate,Optimizer,Scheduler,Accumulation Steps,Weight Decay",
        "--measure",
        "Accuracy,Precision,Recall",
    ),
)
WILDSHAPES_STORAGE = Sweep("wildshapes/optuna.db", "value higher")
AAREML = Sweep("aareml-optuna/optuna_study.db", "value lower")
EEG_MLFLOW = Sweep("eeg-gat/mlruns", "objective lower", ("--condition", "outer_fold"))
EEG_STORAGE = Sweep("eeg-gat/optuna.db", "value lower")
EEG_TABLE = Sweep("eeg-gat/optuna_all_trials.csv", "value lower", ("--condition", "outer_fold", "--param", "pipeline"))
SEMF = Sweep(
    "semf-wandb/runs.csv",
    "test_CRPS_SEMF_Original lower",
    (
        "--condition", "dataset",
        "--param", "model_class,R,nodes_per_feature,nn_n_epochs,z_norm_sd,stopping_patience,R_inference",
        "--measure", "*_SEMF_Original,*_rel_*,elapsed_time,num_iterations",
    ),
)  # fmt: skip
MOLBERT = Sweep(
    "molbert-mlm/sweep_results_aligned.csv",
    "eval_loss lower",
    (
        "--param",
        "size,strategy,mlm_prob,learning_rate",
        "--measure",
        "eval_masked_accuracy,best_logged_eval_loss,eval_perplexity",
    ),
)
ALGOPERF = Sweep(
    "algoperf/runs.csv.gz",
    "best_validation_metric higher",
    (
        "--param", "submission",
        "--condition", "workload",
        "--measure", "final_*,time_to_target_s,reached_target,n_evals",
        "--paired-by", "study",
    ),
)  # fmt: skip


@cache
def adopted(sweep: Sweep) -> Study:
    """The study of a sweep, adopted by the command once per session."""
    folder = Path(mkdtemp()) / "study"
    words = ["adopt", str(SWEEPS / sweep.path), "--goal", sweep.goal, *sweep.options, "--folder", str(folder)]
    assert len(sweep.options) // 2 <= 4
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output + str(result.exception)
    return Study.open(folder)


@cache
def analysed(sweep: Sweep) -> Analysis:
    return Analysis(adopted(sweep))


def odd(sweep: Sweep, code: str) -> list[str]:
    """The sentences of one kind of anomaly."""
    return [anomaly.text for anomaly in analysed(sweep).anomalies if anomaly.code == code]
