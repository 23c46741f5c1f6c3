"""Tables that cannot be used: one clear sentence each, exit code 2, nothing half-written."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from sweepwright.cli import main
from sweepwright.problems.phenotype.simulate import simulate


def good() -> pd.DataFrame:
    return simulate(cells=120, features=6, classes=3, groups=24).assign(Cell_UUID=[f"cell {i}" for i in range(120)])


def with_value(column: str, row: int, value) -> pd.DataFrame:
    table = good()
    table[column] = table[column].astype(object)
    table.loc[row, column] = value
    return table


def duplicated_header(path) -> None:
    lines = good().to_csv(index=False).splitlines()
    lines[0] = lines[0].replace("DP__block_0_1", "DP__block_0_0")
    path.write_text("\n".join(lines))


def two_families() -> pd.DataFrame:
    return good().assign(Nuclei_Area=np.arange(120.0))


def thin_class() -> pd.DataFrame:
    table = good()
    table.loc[:2, "label"] = "rare"
    table.loc[3:, "label"] = np.where(np.arange(117) % 2, "a", "b")
    return table


def one_cell_twice() -> pd.DataFrame:
    table = good()
    table.loc[table.index[-1], "Cell_UUID"] = "cell 0"
    table.loc[[0, table.index[-1]], "Metadata_Plate"] = ["plate x", "plate y"]
    return table


DROP = "label"
TABLES = {
    "no label column": (lambda: good().drop(columns=DROP), [], r"No label column was found.*--label"),
    "label misspelt": (good, ["--label", "labl"], r"no label column 'labl'; did you mean 'label'"),
    "two label columns": (lambda: good().assign(target="x"), [], r"Several columns could be the label: label, target"),
    "one class only": (lambda: good().assign(label="same"), [], r"one class only \('same'\)"),
    "label missing in rows": (lambda: with_value("label", 4, None), [], r"1 rows have no label.*row 5.*--drop-unlabelled"),
    "label is an identifier": (
        lambda: good().drop(columns=DROP),
        ["--label", "Cell_UUID"],
        r"120 classes for 120 cells. Is it an identifier",
    ),
    "rare class": (thin_class, [], r"The class 'rare' has 3 members, but 10 folds.*--min-class 10.*--folds 3"),
    "NaN in a feature": (
        lambda: with_value("DP__block_0_2", 7, np.nan),
        [],
        r"'DP__block_0_2' has 1 missing values.*row 8.*--impute median",
    ),
    "infinity in a feature": (
        lambda: with_value("DP__block_0_2", 7, np.inf),
        [],
        r"'DP__block_0_2' has 1 infinite values.*row 8",
    ),
    "text in a feature": (
        lambda: with_value("DP__block_0_3", 2, "n/d"),
        [],
        r"'DP__block_0_3' holds text in 1 rows.*row 3, 'n/d'",
    ),
    "group misspelt": (good, ["--group", "Metadata_Plat"], r"no group column 'Metadata_Plat'; did you mean 'Metadata_Plate'"),
    "too few groups": (
        lambda: good().assign(Metadata_Plate="p"),
        ["--group", "Metadata_Plate"],
        r"has 1 groups, but 10 folds need",
    ),
    "a cell in two groups": (
        one_cell_twice,
        ["--group", "Metadata_Plate"],
        r"The cell 'cell 0' \(Cell_UUID\) stands in 2 groups.*plate x, plate y",
    ),
    "two families of features": (two_families, [], r"Two families of features.*--features CP__,DP__"),
    "features match nothing": (good, ["--features", "CP__"], r"--features 'CP__' matches no column"),
    "all constant": (lambda: good().assign(**{c: 1.0 for c in good() if c.startswith("DP__")}), [], r"No feature varies"),
    "no numbers": (lambda: good()[["label", "Cell_UUID"]], [], r"no numeric column"),
    "rows but no cells": (lambda: good().head(0), [], r"has 0 rows"),
    "feature set empty": (good, ["--feature-set", "CP,DP"], r"The feature set 'CP' is empty"),
    "folds is no number": (good, ["--folds", "many"], r"--folds is a whole number, but got 'many'"),
    "one fold": (good, ["--folds", "1"], r"--folds is at least 2"),
    "unknown class weight": (good, ["--class-weight", "heavy"], r"--class-weight is one of none, balanced, both"),
    "unknown impute": (good, ["--impute", "mean"], r"--impute knows 'median'"),
    "weights below zero": (
        lambda: good().assign(w=-1.0),
        ["--weight", "w"],
        r"weight column 'w' must hold numbers of 0 or more",
    ),
    "no train rows": (lambda: good().assign(part="test"), ["--split", "part"], r"marks no row 'train'"),
}


def attempt(capsys, monkeypatch, *arguments: str) -> str:
    """Run the command as a user does; it must end with code 2 and one sentence."""
    monkeypatch.setattr(sys, "argv", ["sweepwright", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("sweepwright: ") and "Traceback" not in said and len(said.strip().splitlines()) == 1
    return said


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_bad_table_gets_one_sentence(tmp_path, capsys, monkeypatch, name, kind):
    make, options, sentence = TABLES[name]
    path, table = tmp_path / f"cells.{kind}", make()
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        try:
            table.to_parquet(path)
        except Exception:
            pytest.skip("Parquet cannot hold a column of mixed types")
    said = attempt(capsys, monkeypatch, "run", "phenotype", "--data", str(path), "--folder", str(tmp_path / "study"), *options)
    assert pd.Series([said]).str.contains(sentence).item(), said
    assert not (tmp_path / "study").exists()


def unreadable(tmp_path) -> dict[str, tuple[str, str]]:
    (tmp_path / "empty.csv").write_text("")
    duplicated_header(tmp_path / "twice.csv")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    (tmp_path / "cells.xlsx").write_bytes(b"PK")
    good().to_csv(tmp_path / "cells.csv", index=False)
    return {
        "empty.csv": (r"is empty", ""),
        "twice.csv": (r"'DP__block_0_0' occurs twice", ""),
        "torn.parquet": (r"cannot be read", ""),
        "cells.xlsx": (r"is no table that can be read", ""),
        "cels.csv": (r"There is no file .*did you mean cells.csv", ""),
    }


@pytest.mark.parametrize("name", ["empty.csv", "twice.csv", "torn.parquet", "cells.xlsx", "cels.csv"])
def test_a_file_that_is_no_table_gets_one_sentence(tmp_path, capsys, monkeypatch, name):
    sentence, _ = unreadable(tmp_path)[name]
    said = attempt(capsys, monkeypatch, "run", "phenotype", "--data", str(tmp_path / name), "--folder", str(tmp_path / "study"))
    assert pd.Series([said]).str.contains(sentence).item(), said
    assert not (tmp_path / "study").exists()


STUDY_FILES = {
    "unknown key": ("problem: phenotype\nprotocl: {}\n", r"unknown key 'protocl'; did you mean 'protocol'"),
    "unknown key inside": (
        "problem: phenotype\nprotocol: {explore: {samplr: grid}}\n",
        r"'protocol.explore.samplr'; did you mean 'sampler'",
    ),
    "unknown sampler": (
        "problem: phenotype\nprotocol: {explore: {sampler: magic}}\n",
        r"no sampler 'magic'; it is one of gp, grid",
    ),
    "unknown data option": ("problem: phenotype\ndata: {lable: x}\n", r"no data option 'lable'; did you mean 'label'"),
    "not YAML": ("problem: [phenotype\n", r"is not valid YAML \(line 2\)"),
    "not a mapping": ("- phenotype\n", r"should hold keys such as 'problem: phenotype'"),
    "no problem": ("seed: 3\n", r"lacks the key 'problem'"),
    "unknown problem": ("problem: phenotpe\n", r"no problem called 'phenotpe'; did you mean 'phenotype'"),
    "unknown preset": ("problem: phenotype\npreset: quik\n", r"no preset 'quik'; did you mean 'quick'"),
    "bad goal": ("problem: phenotype\ngoals: [f1 bigger]\n", r"'f1 bigger' is not a goal"),
    "unknown goal": ("problem: phenotype\ngoals: [f1_wieghted higher]\n", r"goal 'f1_wieghted' is no measure"),
    "bad space": (
        "problem: phenotype\nspace: {C: {float: {low: 1, hihg: 2}}}\n",
        r"space.C.float has no key 'hihg'; did you mean 'high'",
    ),
    "log of zero": ("problem: phenotype\nspace: {C: {float: {low: 0, high: 2, log: true}}}\n", r"needs low > 0"),
    "no grid": ("problem: phenotype\nspace: {C: {float: {low: 1, high: 2}}}\n", r"Give it grid=5 for a grid search"),
    "unknown condition": ("problem: phenotype\nconditions: [al]\n", r"no condition 'al'"),
    "unknown effort": ("problem: phenotype\nprotocol: {explore: {effort: huge}}\n", r"no effort 'huge'"),
    "incumbent outside": (
        "problem: phenotype\nincumbent: {C: 1.0, l1_ratio: 2.0}\n",
        r"l1_ratio needs a number from 0.0 to 1.0",
    ),
    "negative seed": ("problem: phenotype\nseed: -1\n", r"seed is -1"),
}


@pytest.mark.parametrize("name", STUDY_FILES)
def test_a_bad_study_file_gets_one_sentence(tmp_path, capsys, monkeypatch, name):
    text, sentence = STUDY_FILES[name]
    (tmp_path / "study.yaml").write_text(text)
    (tmp_path / "given.yaml").write_text(text)
    said = attempt(capsys, monkeypatch, "run", str(tmp_path / "given.yaml"), "--folder", str(tmp_path / "out"))
    assert pd.Series([said]).str.contains(sentence).item(), said
    assert not (tmp_path / "out").exists()


COMMANDS = {
    "unknown option": (["run", "phenotype", "--lable", "x"], r"no option --lable; did you mean --label"),
    "unknown option near a known one of run": (["run", "phenotype", "--sed", "3"], r"did you mean --seed"),
    "option without its value": (["run", "phenotype", "--label"], r"--label needs a value"),
    "stray word": (["run", "phenotype", "cells.csv"], r"'cells.csv' was not expected here"),
    "unknown problem": (["run", "phenotpye"], r"no problem called 'phenotpye'; did you mean 'phenotype'"),
    "no such file of a problem": (["run", "nowhere.py:PROBLEM"], r"There is no file .*nowhere.py"),
    "no such study": (["choose", "nowhere"], r"nowhere holds no study"),
    "seed is no number": (["run", "phenotype", "--seed", "x"], r"Invalid value for '--seed'"),
    "unknown verb": (["rum"], r"No such command 'rum'"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_bad_command_gets_one_sentence(tmp_path, capsys, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    arguments, sentence = COMMANDS[name]
    said = attempt(capsys, monkeypatch, *arguments)
    assert pd.Series([said]).str.contains(sentence).item(), said
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    said = attempt(capsys, monkeypatch, "run", "phenotype", "--folder", str(tmp_path / "file" / "study"))
    assert "cannot be written" in said and "--folder" in said


def test_a_problem_file_that_raises(tmp_path, capsys, monkeypatch):
    (tmp_path / "mine.py").write_text("import sweepwright as sw\n\nSPACE = sw.Space(rate=sw.Float(0, 1, log=True))\n")
    said = attempt(capsys, monkeypatch, "run", f"{tmp_path / 'mine.py'}:PROBLEM")
    assert "(line 3)" in said and "needs low > 0" in said


def test_the_command_leaves_with_code_2():
    command = [sys.executable, "-c", "from sweepwright.cli import main; main()", "run", "phenotpye"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2 and "did you mean 'phenotype'" in result.stderr and "Traceback" not in result.stderr
