"""Malformed and strange sweeps: one clear sentence and exit code 2, or an assumption that is said. Nothing is half-written."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from typer.testing import CliRunner

import sweepwright as sw
from sweepwright.answers.analysis import Analysis
from sweepwright.cli import app
from sweepwright.errors import InputError

pytestmark = pytest.mark.slow

HEADER = "lr,depth,seed,f1\n"
ROWS = "".join(f"{10 ** -(1 + i % 3)},{2 + i % 4},{i},{0.5 + 0.01 * i}\n" for i in range(12))
PARAMETERS = ("--param", "lr,depth")
GOAL = ("--goal", "f1 higher")


def adopt(path: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of adopting a file (goal and parameters as above unless words name others)."""
    goal = () if "--goal" in words else GOAL
    parameters = () if "--param" in words else PARAMETERS
    result = CliRunner().invoke(app, ["adopt", str(path), *goal, *parameters, "--folder", str(path.parent / "study"), *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        assert isinstance(result.exception, InputError), repr(result.exception)
        return 2, str(result.exception)
    return result.exit_code, result.output


def text(content: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "sweep.csv"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def data(content: bytes, name: str = "sweep.csv") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


def newer_schema(folder: Path) -> Path:
    path = storage(folder)
    with sqlite3.connect(path) as connection:
        connection.execute("update version_info set schema_version = 99, library_version = '9.0.0'")
    connection.close()
    return path


def storage(folder: Path, running: bool = False, directions: tuple[str, ...] = ("maximize",), empty: bool = False) -> Path:
    path = folder / "sweep.db"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for k, direction in enumerate(directions):
        study = optuna.create_study(storage=f"sqlite:///{path}", study_name=f"s{k}", direction=direction)
        for i in range(0 if empty else 6):
            trial = study.ask()
            x = trial.suggest_float("lr", 1e-3, 1e-1, log=True) + trial.suggest_int("depth", 1, 9)
            if not (running and i >= 4):
                study.tell(trial, x)
        study._storage.remove_session()
        study._storage._backend.engine.dispose()  # type: ignore[attr-defined]
    return path


def other_database(folder: Path) -> Path:
    path = folder / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table birds (name text)")
    connection.close()
    return path


def wide(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {f"config.p{i}": rng.random(30) for i in range(195)} | {f"summary.m{i}": rng.random(30) for i in range(5)}
    )
    table.to_csv(folder / "wide.csv", index=False)
    return folder / "wide.csv"


def empty_folder(folder: Path) -> Path:
    (folder / "nothing").mkdir()
    return folder / "nothing"


REFUSED: dict[str, tuple[Callable[[Path], Path], tuple[str, ...], str]] = {
    "no file": (lambda folder: folder / "gone.csv", (), "There is no"),
    "empty file": (text(""), (), "is empty"),
    "blank lines only": (text("\n\n\n"), (), "is empty"),
    "header without rows": (text(HEADER), (), "has a header and no row"),
    "one column": (text("f1\n0.5\n0.6\n"), (), "has one column only"),
    "no header": (text("0.1,3,0,0.5\n0.2,4,1,0.6\n"), (), "holds numbers, no names"),
    "two header rows": (text(HEADER + "lr,depth,seed,f1\n" + ROWS), (), "looks like another header"),
    "a row of units": (text(HEADER + "1/s,layers,-,percent\n" + ROWS), (), "looks like another header"),
    "duplicate columns": (text("lr,lr,depth,f1\n0.1,0.1,2,0.5\n"), (), "the column 'lr' 2 times"),
    "ragged rows": (text(HEADER + "0.1,3,0\n" + ROWS), (), "Line 2 of"),
    "two tables appended": (text(HEADER + ROWS + "0.1,3,0,0.5,9,9\n"), (), "two tables may have been appended"),
    "mixed types in a measure": (text(HEADER + ROWS + "0.1,3,5,good\n"), (), "holds 'good' in row 14"),
    "no goal": (text(HEADER + ROWS), ("--goal", "f11 higher"), "did you mean 'f1'?"),
    "goal without direction": (text(HEADER + ROWS), ("--goal", "f1"), "is not a goal"),
    "unknown parameter": (text(HEADER + ROWS), ("--param", "lr,dept"), "did you mean 'depth'?"),
    "a pattern that fits nothing": (text(HEADER + ROWS), ("--param", "opt*"), "has no column 'opt*'"),
    "a column that fits two roles": (text(HEADER + ROWS), ("--measure", "lr"), "fits two roles"),
    "a parameter as the goal": (text(HEADER + ROWS), ("--goal", "lr higher"), "fits two roles"),
    "a prefix against an option": (
        text("config.lr,config.b,f1\n0.1,1,0.5\n0.2,2,0.6\n"), ("--param", "config.*", "--seed", "config.lr"), "fits two roles"),
    "a format against an option": (storage, ("--goal", "value higher", "--param", "lr", "--measure", "depth"), "fits two roles"),
    "no parameter varies": (text("lr,depth,f1\n0.1,2,0.5\n0.1,2,0.6\n"), (), "never change"),
    "no parameter at all": (text("seed,f1\n1,0.5\n2,0.6\n"), ("--param", "f*"), "fits two roles"),
    "a configuration that is empty": (text("lr,depth,f1\n0.1,2,0.5\n0.2,3,0.6\n,,0.7\n"), (), "no value for any hyperparameter"),
    "a state that says nothing": (text("lr,depth,state,f1\n0.1,2,purple,0.5\n0.2,3,done,0.6\n"), (), "'purple'"),
    "a seed that is no number": (text("lr,depth,seed,f1\n0.1,2,abc,0.5\n0.2,3,abd,0.6\n"), (), "no whole number"),
    "a binary file": (data(b"\x00\x01\x02\x03" * 100), (), "is a binary file"),
    "a broken Parquet file": (data(b"PAR1 but not really", "sweep.parquet"), (), "cannot be read as Parquet"),
    "a broken gzip file": (data(b"\x1f\x8b nonsense", "sweep.csv.gz"), (), "cannot be read"),
    "an unknown kind of file": (data(b"hello", "sweep.docx"), (), "is of no known kind"),
    "a folder without runs": (empty_folder, (), "is a folder without MLflow runs"),
    "an Optuna storage of a newer schema": (newer_schema, ("--goal", "value higher"), "newer than the"),
    "another database": (other_database, (), "no Optuna storage"),
    "a storage without trials": (lambda f: storage(f, empty=True), ("--goal", "value higher"), "has no trial"),
    "studies of different directions": (
        lambda f: storage(f, directions=("maximize", "minimize")), ("--goal", "value higher"), "different directions"),
    "a goal against the storage": (storage, ("--goal", "value lower", "--param", "lr"), "is to be higher"),
    "a study that is not there": (storage, ("--goal", "value higher", "--study", "s9"), "It has s0"),
    "no curves there": (text(HEADER + ROWS), ("--curves", "gone.csv"), "There are no curves"),
    "a scale that is no measure": (text(HEADER + ROWS), ("--scale", "f1=size"), "which is no measure"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_understood_is_refused_in_one_sentence(case, tmp_path):
    make, words, said = REFUSED[case]
    path = make(tmp_path)
    code, output = adopt(path, *words)
    assert code == 2 and said in output, output
    assert "Traceback" not in output and len(output.strip().splitlines()) == 1
    assert not (tmp_path / "study").exists()


ASSUMED: dict[str, tuple[Callable[[Path], Path], tuple[str, ...], str]] = {
    "semicolons and decimal commas": (text("lr;depth;f1\n0,1;2;0,5\n0,01;3;0,6\n"), (), "decimal commas"),
    "tabs": (text("lr\tdepth\tf1\n0.1\t2\t0.5\n0.2\t3\t0.6\n"), (), "tabs"),
    "not UTF-8": (data("lr,depth,f1,größe\n0.1,2,0.5,1\n0.2,3,0.6,2\n".encode("cp1252")), (), "Windows-1252"),
    "UTF-16": (data("lr,depth,f1\n0.1,2,0.5\n0.2,3,0.6\n".encode("utf-16")), (), "UTF-16"),
    "a byte order mark": (data(b"\xef\xbb\xbf" + (HEADER + ROWS).encode()), (), "12 runs of 12 configurations"),
    "compressed": (data(gzip.compress((HEADER + ROWS).encode()), "sweep.csv.gz"), (), "12 runs of 12 configurations"),
    "one run": (text("lr,depth,f1,note\n0.1,2,0.5,a\n0.2,3,,b\n"), (), "2 runs of 2 configurations"),
    "NaN and inf in a measure": (text(HEADER + ROWS + "0.1,3,5,nan\n0.1,4,6,inf\n"), (), "14 runs"),
    "an all-constant measure": (text("lr,depth,f1\n0.1,2,0.5\n0.2,3,0.5\n0.3,3,0.5\n"), (), "3 runs of 3 configurations"),
    "200 columns": (wide, ("--goal", "m0 higher", "--param", "config.*"), "and 175 more"),
    "blank lines between rows": (text(HEADER + ROWS.replace("\n", "\n\n")), (), "12 runs"),
    "a running study": (lambda f: storage(f, running=True), ("--goal", "value higher", "--param", "lr"), "2 trials are running"),
    "running rows of a table": (
        text("lr,depth,state,f1\n0.1,2,finished,0.5\n0.2,3,running,\n0.3,4,crashed,\n"), (), "1 rows are runs that have not ended"),
    "copies of rows": (text(HEADER + ROWS + ROWS), (), "24 runs of 12 configurations"),
    "mixed words and numbers in a parameter": (text("lr,depth,f1\n0.1,2,0.5\nauto,3,0.6\n0.2,2,0.4\n"), (), "3 runs of 3 configurations"),
    "several studies in a storage": (
        lambda f: storage(f, directions=("maximize", "maximize")), ("--goal", "value higher", "--param", "lr"), "2 studies were taken together"),
}  # fmt: skip


@pytest.mark.parametrize("case", ASSUMED)
def test_what_is_only_strange_is_adopted_and_said(case, tmp_path):
    make, words, said = ASSUMED[case]
    code, output = adopt(make(tmp_path), *words)
    assert code == 0 and said in output, output
    for verb in (["choose"], ["choose", "--json"], ["drivers", "--json"], ["status"]):
        result = CliRunner().invoke(app, [verb[0], str(tmp_path / "study"), *verb[1:]])
        assert result.exit_code == 0, (verb, result.output, result.exception)
        if "--json" in verb:
            json.loads(result.output, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_a_single_run_is_said_to_be_too_little(tmp_path):
    (tmp_path / "sweep.csv").write_text("lr,depth,f1\n0.1,2,0.5\n")
    code, output = adopt(tmp_path / "sweep.csv")
    assert code == 2 and "never change" in output


def test_a_grown_table_adds_its_new_rows_and_a_changed_row_is_named(tmp_path):
    path = tmp_path / "sweep.csv"
    path.write_text(HEADER + ROWS)
    assert adopt(path)[0] == 0
    before = (tmp_path / "study/ledger.jsonl").read_bytes()
    assert "Nothing was changed" in adopt(path)[1] and (tmp_path / "study/ledger.jsonl").read_bytes() == before
    path.write_text(HEADER + ROWS + "0.5,9,99,0.9\n")
    assert "1 new runs, 13 in all" in adopt(path)[1]
    path.write_text(HEADER + ROWS.replace("0.52", "0.99") + "0.5,9,99,0.9\n")
    code, output = adopt(path)
    assert code == 2 and "Row 4" in output and "no longer as it was" in output
    code, output = adopt(path, "--goal", "seed lower", "--param", "lr,depth", "--measure", "f1")
    assert code == 2 and "was adopted with the goals f1" in output


def test_rows_that_an_earlier_version_adopted_leave_the_evaluation_unknown_after_new_ones_too(tmp_path):
    rows = [f"{0.1 * (1 + i)},{1 + i % 3},{i},{0.5 + 0.01 * i},{64 * (1 + i % 3)}\n" for i in range(13)]
    path = tmp_path / "sweep.csv"
    path.write_text(HEADER.strip() + ",eval_batch\n" + "".join(rows[:12]))
    assert adopt(path)[0] == 0

    def codes() -> set[str]:
        return {anomaly.code for anomaly in Analysis(sw.open_study(tmp_path / "study")).anomalies}

    assert "meaning_depends_on_parameter" in codes() and "evaluation_unknown" not in codes()
    (tmp_path / "study/others.parquet").unlink()  # as an earlier version left it
    assert "evaluation_unknown" in codes()
    path.write_text(HEADER.strip() + ",eval_batch\n" + "".join(rows))
    assert "1 new runs" in adopt(path)[1] and "evaluation_unknown" in codes()


def test_without_a_pairing_column_nothing_is_paired(tmp_path):
    rows = "".join(f"{lr},{depth},{seed},{lr + 0.1 * seed}\n" for lr, depth in ((0.1, 2), (0.2, 3)) for seed in range(4))
    path = text(HEADER + rows)(tmp_path)
    assert adopt(path)[0] == 0
    assert "(no splits or seeds in common)" in CliRunner().invoke(app, ["compare", str(tmp_path / "study"), "0", "1"]).output
    words = ["adopt", str(path), *GOAL, *PARAMETERS, "--paired-by", "seed", "--folder", str(tmp_path / "paired")]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert "(4 splits or seeds in common)" in CliRunner().invoke(app, ["compare", str(tmp_path / "paired"), "0", "1"]).output


def test_dry_run_writes_nothing(tmp_path):
    path = text(HEADER + ROWS)(tmp_path)
    code, output = adopt(path, "--dry-run")
    assert code == 0 and "Hyperparameters: lr, depth." in output and "Nothing was written." in output
    assert not (tmp_path / "study").exists()


def test_roles_by_prefix_and_by_name(tmp_path):
    table = "config.lr,config.opt,summary.f1,summary.loss,seed,State,Runtime\n" + "".join(
        f"{0.1 * (1 + i)},{'adam' if i % 2 else 'sgd'},{0.5 + 0.1 * i},{1 - 0.1 * i},{i},{'finished' if i else 'crashed'},{i + 1}\n"
        for i in range(4)
    )
    path = text(table)(tmp_path)
    code, output = adopt(path, "--goal", "f1 higher", "--param", "config.*", "--json")
    found = json.loads(output)
    assert code == 0 and found["parameters"] == ["lr", "opt"] and found["measures"] == ["f1", "loss"]
    assert found["columns"] == {"seed": "seed", "State": "how the run ended", "Runtime": "seconds"}


def test_curves_beside_a_table_feed_health(tmp_path):
    epochs = np.arange(20)
    table = pd.DataFrame({"run_id": ["a", "b"], "lr": [0.1, 0.2], "depth": [1, 2], "f1": [0.9, 0.1]})
    table.to_csv(tmp_path / "sweep.csv", index=False)
    good, bad = 1 - np.exp(-epochs / 4), np.where(epochs < 10, 1 - epochs / 20, np.nan)
    curves = [
        pd.DataFrame({"run_id": run, "epoch": epochs, "train_loss": 1 - v if run == "a" else v, "val_f1": 0.9 * good})
        for run, v in (("a", good), ("b", bad))
    ]
    pd.concat(curves).to_csv(tmp_path / "curves.csv", index=False)
    code, output = adopt(tmp_path / "sweep.csv")
    assert code == 0 and "curves of 2 of 2 runs come from curves.csv" in output
    result = CliRunner().invoke(app, ["choose", str(tmp_path / "study")])
    assert "1 DIVERGED" in result.output
    (tmp_path / "each").mkdir()
    for name, part in zip("ab", curves, strict=True):
        part.drop(columns="run_id").to_csv(tmp_path / f"each/{name}.csv", index=False)
    result = CliRunner().invoke(
        app,
        [
            "adopt",
            str(tmp_path / "sweep.csv"),
            *GOAL,
            *PARAMETERS,
            "--curves",
            str(tmp_path / "each"),
            "--folder",
            str(tmp_path / "other"),
        ],
    )
    assert result.exit_code == 0 and "curves of 2 of 2 runs come from each" in result.output
