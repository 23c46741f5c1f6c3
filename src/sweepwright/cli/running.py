"""`sweepwright run`: from what was typed to a study, with a display while it works and the choice at its end."""

import shlex
import sys
from pathlib import Path

import typer

from sweepwright.answers.verdict import verdict
from sweepwright.cli.live import display
from sweepwright.cli.options import data_options
from sweepwright.running.forecast import forecast
from sweepwright.running.options import RunOptions
from sweepwright.running.start import prepare, work
from sweepwright.study.origin import Origin
from sweepwright.study.study import Study

NOTHING_CHOSEN = 2  # the exit code of a study that ran to its end without a value to choose by


def run_command(
    name: str, options: RunOptions, rest: list[str], known: list[str], dry_run: bool, quiet: bool, no_report: bool
) -> None:
    """Run or go on; print the choice and where the report is."""
    origin, settings = Origin.of(name), {}
    if rest:
        settings = {"data": data_options(rest, origin.problem.data, origin.problem.name, known)}
    study = prepare(origin, options, settings, command=shlex.join(["sweepwright", *sys.argv[1:]]))
    if dry_run:
        typer.echo("\n".join(forecast(study).lines()))
        return
    if not work(study, options, lambda study, planned: display(study, planned, quiet)):
        typer.echo(f"The study {study.folder} is complete ({len(study.state.ended)} runs). Nothing was trained again.")
    found = verdict(study)
    typer.echo("\n".join(found.lines()))
    if not no_report:
        typer.echo(f"Report: {_reported(study, quiet)}")
    if found.chosen is None:
        raise typer.Exit(NOTHING_CHOSEN)


def _reported(study: Study, quiet: bool) -> Path:
    """The report's page, written unless it is there and nothing has happened since."""
    from sweepwright.report.writing import is_current, write_report  # with everything that draws: not before a study has run

    if is_current(study):
        return study.folder / "report" / "index.html"
    return write_report(
        study, progress=(lambda text: None) if quiet else (lambda text: typer.echo(f"report: {text} ...", err=True))
    )
