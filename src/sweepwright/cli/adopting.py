"""The verb `adopt`: say what was understood, write it down, say what to do next."""

import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import typer

from sweepwright.cli.json import as_json_text
from sweepwright.exchange.adopt.adoption import adopt
from sweepwright.exchange.adopt.roles import Wishes
from sweepwright.exchange.adopt.understanding import Understood, understand
from sweepwright.running.provenance import provenance
from sweepwright.running.start import ROOT


def adopt_command(
    table: Path,
    asked: Wishes,
    which: str | None,
    curves: str | None,
    scales: Sequence[str],
    folder: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Adopt a sweep, or only say what would be."""
    found = understand(table, asked, which, curves, scales)
    if not as_json:
        typer.echo("\n".join(found.lines()))
    if dry_run:
        if as_json:
            typer.echo(as_json_text(_data(found, None, 0)))
        else:
            typer.echo("Nothing was written.")
        return
    place = folder or ROOT / table.name.split(".")[0]
    study, added = adopt(found, place, provenance(shlex.join(["sweepwright", *sys.argv[1:]])))
    if as_json:
        typer.echo(as_json_text(_data(found, study.folder, added)))
        return
    runs = len(study.state.ended)
    grown = f"{added} new runs, {runs} in all" if added < runs else f"{added} runs"
    there = "What is stated to be inactive was written down." if found.inactive else "Nothing was changed."
    typer.echo(f"Adopted: {study.folder} ({grown})." if added else f"{study.folder} has all of these runs. {there}")
    typer.echo(f"Next: sweepwright choose {study.folder}")


def names(texts: Iterable[str] | None) -> tuple[str, ...]:
    """Names may be given one by one or separated by commas."""
    return tuple(name.strip() for text in texts or () for name in text.split(",") if name.strip())


def _data(found: Understood, folder: Path | None, added: int) -> dict[str, object]:
    """What was understood as plain data (schema ``adopt/1``)."""
    columns = found.columns
    return {
        "schema": "adopt/1",
        "study": str(folder) if folder else None,
        "source": found.source.kind,
        "runs": len(found.rows),
        "configurations": found.configurations,
        "added": added,
        "goals": [str(goal) for goal in columns.goals],
        "parameters": list(columns.parameters),
        "measures": list(columns.measures),
        "columns": {column: str(role) for role, column in columns.single.items()},
        "constants": columns.constants,
        "labels": columns.labels,
        "unused": columns.unused,
        "assumed": list(found.notes),
    }
