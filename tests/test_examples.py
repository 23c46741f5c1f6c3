"""The examples and the README run as they stand."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


def sweepwright(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from sweepwright.cli import main; main()", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_problem_of_ones_own_is_one_short_file(tmp_path):
    example = ROOT / "examples/own_problem.py"
    assert len(example.read_text().splitlines()) < 60
    result = sweepwright(tmp_path, "run", f"{example}:PROBLEM", "--slots", "2")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Chosen: trial ") and "confirmed 0.9" in result.stdout
    page = (tmp_path / "studies/digits/report/index.html").read_text()
    assert "Candidates" in page and "accuracy" in page


@pytest.mark.slow
def test_the_same_study_runs_on_a_random_forest(tmp_path):
    words = ("run", f"{ROOT / 'examples/random_forest.py'}:PROBLEM", "--folds", "3", "--trials", "2")
    result = sweepwright(tmp_path, *words)
    assert result.returncode == 0, result.stderr
    assert "nested estimate" in result.stdout
    assert "Confusion" in (tmp_path / "studies/random-forest/report/index.html").read_text()


def test_all_five_steps_on_a_smooth_landscape(tmp_path):
    words = ("run", f"{ROOT / 'examples/landscape.py'}:PROBLEM", "--preset", "demo", "--inline")
    result = sweepwright(tmp_path, *words)
    assert result.returncode == 0, result.stderr
    assert "confirmed" in result.stdout and "were stopped early" in sweepwright(tmp_path, "choose", "studies/landscape").stdout
    said = sweepwright(tmp_path, "status", "studies/landscape").stdout
    steps = ("audit", "explore", "exploit/1", "exploit/2", "exploit/joint", "finalists/4", "confirm/fresh")
    assert "160 runs" in said and all(f"  {step} " in said for step in steps)


def test_every_command_of_the_readme_is_understood(tmp_path):
    """Each `sweepwright` line in the README parses: verbs and options exist (data files do not, which is said)."""
    blocks = re.findall(r"```(?:console|sh|bash)\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)
    lines = [line.removeprefix("$ ").split("#")[0].strip() for block in blocks for line in block.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("sweepwright ")]
    assert commands
    for words in commands:
        result = sweepwright(tmp_path, words[0], "--help")
        assert result.returncode == 0, words
        for word in words[1:]:
            if word.startswith("--") and words[0] not in ("run", "profile"):
                assert word.split("=")[0] in result.stdout, (words, word)


def commands_of(page: str) -> list[tuple[list[str], list[str]]]:
    """The `sweepwright` commands of a page's console blocks, each with the lines that it is shown to print."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for command, output in re.findall(r"^\$ sweepwright (.*?)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            found.append((shlex.split(command), output.splitlines()))
    return found


def python_of(page: str) -> str:
    return "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))


def test_the_worked_example_of_choosing(tmp_path):
    subprocess.run([sys.executable, ROOT / "examples/others_sweep.py"], cwd=tmp_path, check=True)
    page = (ROOT / "docs/choosing.md").read_text()
    for words, output in commands_of(page):
        result = sweepwright(tmp_path, *words)
        assert result.returncode == 0, result.stderr
        for line in output:
            assert line in result.stdout, line
    check = "assert (verdict.chosen, str(study.level(104))) == (104, '0.889 [0.860, 0.918]'), study.level(104)"
    done = subprocess.run([sys.executable, "-c", f"{python_of(page)}\n{check}"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_page_about_a_problem_of_ones_own(tmp_path):
    """Its commands print what it shows, up to the numbers of another processor; its Python is that of the example, or runs."""
    page = (ROOT / "docs/your-own-problem.md").read_text()
    (tmp_path / "examples").mkdir()
    example = (ROOT / "examples/embryo_age.py").read_text()
    (tmp_path / "examples/embryo_age.py").write_text(example)

    def words_only(text: str) -> str:
        return re.sub(r"-?\d[\d,]*(\.\d+)?", "#", text)

    for words, output in commands_of(page):
        result = sweepwright(tmp_path, *words)
        assert result.returncode == 0, result.stderr
        for line in output:
            assert words_only(line) in words_only(result.stdout), line
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    runs = next(block for block in blocks if block.startswith("import sweepwright"))
    done = subprocess.run([sys.executable, "-c", runs], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for part in ('"age": age, "group": embryo}', 'bound=1.0, worth=0.02), Goal("leaves", "lower")', 'facts={"leaves": leaves}'):
        assert part in page and part in example


def test_the_python_of_the_page_about_the_report(tmp_path):
    page = (ROOT / "docs/report.md").read_text()
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tradeoff.pdf").read_bytes().startswith(b"%PDF")
    functions = re.findall(
        r"`(\w+)`",
        "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `") and "." not in line.split("|")[1]),
    )
    import sweepwright.report

    assert len(functions) >= 18 and set(functions) <= set(dir(sweepwright.report))
