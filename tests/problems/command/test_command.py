"""A script in any language as a problem: filled without a shell, read back from the files that it writes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import run

import sweepwright as sw
from sweepwright.errors import InputError
from sweepwright.problems.command.reading import Curves, Unreadable, read_outcome
from sweepwright.problems.command.template import filled, words

ROOT = Path(__file__).parents[3]
SEARCH = {"audit": {"trials": 0}, "exploit": {"trials": 0}, "finalists": {"trials": 0}, "confirm": {"how": "off"}}


def study_of(folder: Path, script: str, **changes) -> sw.Study:
    """A study of a shell script, six runs of it."""
    (folder / "script.sh").write_text(script)
    asked = {
        "problem": "command",
        "command": ["sh", str(folder / "script.sh"), "{lr}", "{seed}", "{out}"],
        "measures": ["error lower", "steps"],
        "space": {"lr": {"float": {"low": 0.1, "high": 1.0}}},
        "protocol": {**SEARCH, "explore": {"trials": 6}},
        "executor": {"kind": "inline"},
        **changes,
    }
    file = folder / "study-file.yaml"
    file.write_text(json.dumps(asked))
    return sw.run(str(file), folder=folder / "study")


GOOD = 'printf \'{"error": %s, "steps": 4, "profile": [1, 2, 3]}\' "$1" > "$3/outcome.json"'


def test_numbers_and_arrays_come_back(tmp_path):
    study = study_of(tmp_path, GOOD)
    runs = study.runs()
    assert (runs["measure.error"] == runs["param.lr"]).all() and runs["measure.steps"].eq(4).all()
    assert study.outcome(0).arrays["profile"].tolist() == [1, 2, 3]
    assert [str(goal) for goal in study.goals] == ["error lower"]


def test_curves_are_seen_while_it_runs_and_stop_it(tmp_path):
    script = 'echo epoch,loss > "$3/curves.csv"; for e in 0 1 2; do echo "$e,nan" >> "$3/curves.csv"; sleep 0.3; done; sleep 30'
    study = study_of(tmp_path, script, protocol={**SEARCH, "explore": {"trials": 1}})
    runs = study.runs()
    assert runs["ending"].tolist() == ["DIVERGED"] and "loss became nan" in runs["cause"].iloc[0]
    assert runs["seconds"].iloc[0] < 10


def test_a_command_that_fails_says_why(tmp_path):
    study = study_of(tmp_path, 'echo working; echo "no such fold" >&2; exit 3')
    runs = study.runs()
    assert (runs["ending"] == "RAISED").all()
    assert runs["cause"].iloc[0].splitlines()[0] == "CommandFailed: sh ended with exit code 3: no such fold"
    assert "working" in (study.run_folder(0) / "traceback.txt").read_text()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("true", "it wrote no outcome: outcome.json is missing"),
        ('echo "{" > "$3/outcome.json"', "cannot be read"),
        ('echo "[1]" > "$3/outcome.json"', "holds a list"),
        ('echo \'{"error": "low"}\' > "$3/outcome.json"', "'low', which is no number"),
        ('echo \'{"error": [1, "a"]}\' > "$3/outcome.json"', "does not hold numbers only"),
    ],
)
def test_an_outcome_that_cannot_be_read_is_explained(tmp_path, script, sentence):
    study = study_of(tmp_path, script, protocol={**SEARCH, "explore": {"trials": 1}})
    assert study.runs()["ending"].tolist() == ["RAISED"] and sentence in study.runs()["cause"].iloc[0]


def test_nothing_that_a_value_holds_meets_a_shell(tmp_path):
    nasty = "x; touch owned $(touch owned) `touch owned` 'quoted'"
    script = 'printf \'{"error": %s}\' "${#4}" > "$3/outcome.json"'
    command = ["sh", str(tmp_path / "script.sh"), "{lr}", "{seed}", "{out}", "{name}"]
    space = {"lr": 0.5, "name": {"choice": {"values": [nasty, "b"]}}}
    study = study_of(tmp_path, script, command=command, space=space, measures="error lower")
    assert set(study.runs()["measure.error"]) == {float(len(nasty)), 1.0}
    assert not list(tmp_path.rglob("owned")) and not Path("owned").exists()


@given(st.text(min_size=1).filter(lambda text: "\x00" not in text))
def test_any_text_arrives_as_one_word(value):
    assert filled(words("fit --title {title}"), {"title": value}) == ["fit", "--title", value]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"command": None}, "needs a command"),
        ({"command": "sh 'unclosed {out}"}, "cannot be split"),
        ({"command": "sh script.sh {lr}"}, "has no {out}"),
        ({"command": "sh x {lrr} {out}"}, "asks for 'lrr', which is not in the space; did you mean 'lr'"),
        ({"command": "no-such-program {lr} {out}"}, "'no-such-program' cannot be started"),
        ({"measures": None}, "needs the names of what the command measures"),
        ({"measures": ["error down"]}, "got 'error down'"),
        ({"measures": ["error"]}, "which way is better"),
        ({"inputs": ["missing.csv"]}, "is no file"),
        ({"space": {}}, "The space has no parameter"),
        ({"goals": ["speed higher"]}, "'speed' is no measure"),
        ({"comand": "x"}, "did you mean"),
    ],
)
def test_bad_input_gets_one_sentence(tmp_path, changes, sentence):
    with pytest.raises(InputError) as caught:
        study_of(tmp_path, GOOD, **changes)
    assert sentence in str(caught.value)


def test_a_changed_script_is_another_study(tmp_path):
    study_of(tmp_path, GOOD)
    (tmp_path / "script.sh").write_text(GOOD + "\n# changed")
    with pytest.raises(InputError, match=r"data of .* changed"):
        sw.run(tmp_path / "study", trials="+2")


def test_outcomes_as_csv_and_curves_that_are_half_written(tmp_path):
    path = tmp_path / "outcome.csv"
    path.write_text("name,value\nerror,0.5\nsteps,3\n")
    assert read_outcome(path)[0] == {"error": 0.5, "steps": 3.0}
    path.write_text("error,0.5,7\n")
    with pytest.raises(Unreadable, match="line 1 has 3 fields"):
        read_outcome(path)
    curves = Curves(tmp_path / "curves.csv")
    assert curves.new_rows() == []
    (tmp_path / "curves.csv").write_text("epoch,loss\n0,1.5\n1,0.")
    assert curves.new_rows() == [{"loss": 1.5}]
    (tmp_path / "curves.csv").write_text("epoch,loss\n0,1.5\n1,0.75\n")
    assert curves.new_rows() == [{"loss": 0.75}] and curves.new_rows() == []


@pytest.mark.slow
def test_the_example_runs_from_its_study_file(tmp_path):
    result = run("run", ROOT / "examples/command/study.yaml", "--folder", tmp_path / "study", "--slots", "2", cwd=ROOT)
    assert result.returncode == 0, result.stderr
    assert "Chosen: trial" in result.stdout
