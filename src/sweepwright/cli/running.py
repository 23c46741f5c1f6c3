"""`sweepwright run`: from what was typed to a study, with a display while it works and the choice at its end."""

import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from sweepwright.cli.live import display
from sweepwright.cli.options import data_options
from sweepwright.report.verdict import verdict
from sweepwright.runs import Job, Silent
from sweepwright.study import address
from sweepwright.study.changes import wanting
from sweepwright.study.plan import plan
from sweepwright.study.seeds import data_seed, run_seed
from sweepwright.study.settings import merged, read_file
from sweepwright.study.study import Study
from sweepwright.study.verbs import check_plan, prepare, trials_and_more, work


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, the data's options apart."""

    study: str
    folder: Path | None
    preset: str | None
    trials: str | None
    seed: int | None
    slots: int | None
    threads: int | None
    device: str | None
    inline: bool
    accept: tuple[str, ...]
    wait: float = 0.0

    def settings(self) -> dict[str, Any]:
        """As the keys of a study file."""
        places = {
            "slots": self.slots,
            "threads": self.threads,
            "device": self.device,
            "kind": "inline" if self.inline else None,
        }
        executor = {key: value for key, value in places.items() if value is not None}
        asked: dict[str, Any] = {
            key: value for key, value in {"preset": self.preset, "seed": self.seed}.items() if value is not None
        }
        if executor:
            asked["executor"] = executor
        trials, _ = trials_and_more(self.trials)
        return merged(asked, {"budget": {"trials": trials}}) if trials is not None else asked


def run_command(asked: Asked, rest: list[str], dry_run: bool, quiet: bool, no_report: bool) -> None:
    """Run or go on; print the choice and where the report is."""
    settings = asked.settings()
    if rest:
        problem = address.find(address.full_address(_problem_of(asked.study)))
        settings = merged(settings, {"data": data_options(rest, problem.data, problem.name)})
    study = prepare(asked.study, asked.folder, settings, command=shlex.join(["sweepwright", *sys.argv[1:]]))
    if dry_run:
        _forecast(study)
        return
    _, more = trials_and_more(asked.trials)
    if study.finished and more is None and wanting(study) is None:
        typer.echo(f"The study {study.folder} is complete ({len(study.state.ended)} runs). Nothing was trained again.")
    else:
        check_plan(study, asked.accept)
        with display(study, quiet) as observer:
            work(study, asked.accept, observer, more=more, wait=asked.wait)
    typer.echo("\n".join(verdict(study).lines()))
    if not no_report:
        typer.echo(f"Report: {_reported(study, quiet)}")


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
    check_plan(study)
    planned = plan(study)
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
