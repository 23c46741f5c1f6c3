"""`sweepwright run`: from what was typed to a study, with a display while it works and the choice at its end."""

import shlex
import sys
import time
from pathlib import Path
from typing import Any

import typer

from sweepwright.answers.verdict import verdict
from sweepwright.cli.live import display
from sweepwright.cli.options import data_options
from sweepwright.nouns.job import Job
from sweepwright.nouns.watch import Silent
from sweepwright.record.seeds import data_seed, run_seed
from sweepwright.running.options import RunOptions
from sweepwright.running.refusals import check_plan
from sweepwright.running.start import prepare, work
from sweepwright.study import find_problem
from sweepwright.study.study import Study
from sweepwright.study.study_file import read_file

NOTHING_CHOSEN = 2  # the exit code of a study that ran to its end without a value to choose by


def run_command(
    name: str, options: RunOptions, rest: list[str], known: list[str], dry_run: bool, quiet: bool, no_report: bool
) -> None:
    """Run or go on; print the choice and where the report is."""
    settings: dict[str, Any] = {}
    if rest:
        problem = find_problem.find(find_problem.full_address(_problem_of(name)))
        settings = {"data": data_options(rest, problem.data, problem.name, known)}
    study = prepare(name, options, settings, command=shlex.join(["sweepwright", *sys.argv[1:]]))
    if dry_run:
        _forecast(study)
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


def _problem_of(study: str) -> str:
    """The problem behind a name, address, study file or study folder."""
    path = Path(study)
    if (path / "study.yaml").is_file():
        return Study.open(path).file.problem
    if path.suffix in (".yaml", ".yml"):
        return str(read_file(path).get("problem", ""))
    return study


def _forecast(study: Study) -> None:
    """Runs per step, and the time that they take by one run that is timed now (nothing is stored)."""
    planned = check_plan(study)
    counts = planned.runs
    for step, count in counts.items():
        typer.echo(f"{step:>10}  {count:6d} runs")
    for note in planned.notes:
        typer.echo(f"note: {note}")
    known = study.problem.known
    configuration = study.space.canonical(known[0]) if known else study.space.at({slot.name: 0.5 for slot in study.space.slots})
    job = Job(
        number=0,
        configuration=configuration,
        condition=study.reference,
        replicate=0,
        folds=study.folds(study.reference),
        seed=run_seed(study.file.seed, "forecast", study.reference.name, 0),
        data_seed=data_seed(study.file.seed, 0),
        effort=study.effort(study.file.protocol.explore.effort),
        device=study.file.executor.device,
        threads=study.file.executor.threads,
    )
    study.problem.train(study.data, job, Silent())  # once to warm caches and compilers
    began = time.perf_counter()
    trained = study.problem.train(study.data, job, Silent())
    seconds = time.perf_counter() - began
    arrays = [*(trained.outcome.arrays.values() if trained.outcome else ()), *(trained.weights or {}).values()]
    total = sum(counts.values())
    typer.echo(f"{'together':>10}  {total:6d} runs")
    typer.echo(
        f"One run took {seconds:.2f} s: about {total * seconds / 60:.1f} CPU minutes, "
        f"and {total * sum(array.nbytes for array in arrays) / 2**20:.0f} MiB on disk. Nothing was written."
    )
