"""What a study answers, as its user gets it: `choose`, `drivers`, `compare` and the report's text and tables.

    python tests/recorded/answers.py STUDY FOLDER FIRST SECOND

writes the answers of a study that stands into a folder. The studies here were recorded so with the commit before the rooms moved.
"""

import gzip
import shutil
import sys
from pathlib import Path

from typer.testing import CliRunner

from sweepwright.cli import app

ROOT = Path(__file__).parents[2]


def unpacked(recorded: Path, place: Path) -> Path:
    """A recorded study, ready to be read: a folder below `place`, with what it names of this repository in place."""
    folder = place / "studies" / recorded.name
    shutil.copytree(recorded, folder, ignore=shutil.ignore_patterns("answers", "*.gz"))
    (folder / "ledger.jsonl").write_bytes(gzip.decompress((recorded / "ledger.jsonl.gz").read_bytes()))
    file = folder / "study.yaml"
    file.write_text(file.read_text().replace("{root}", str(ROOT)))
    return folder


def answers(study: Path, first: int, second: int) -> dict[str, str]:
    """The answers by file name; where the study stands is written as ``{study}``."""

    def said(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    found = {f"{verb}.json": said(verb, study, "--json") for verb in ("choose", "drivers")}
    found["compare.json"] = said("compare", study, first, second, "--json")
    said("report", study)
    found["report.md"] = (study / "report/report.md").read_text()
    found |= {f"tables/{path.name}": path.read_text() for path in sorted((study / "report/tables").glob("*.csv"))}
    return {name: text.replace(str(study.resolve()), "{study}").replace(str(ROOT), "{root}") for name, text in found.items()}


if __name__ == "__main__":
    study, out, first, second = sys.argv[1:]
    for name, text in answers(Path(study), int(first), int(second)).items():
        (Path(out) / name).parent.mkdir(parents=True, exist_ok=True)
        (Path(out) / name).write_text(text)
