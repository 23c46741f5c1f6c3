"""The command: thin, and light to start. Everything heavy is imported inside the verb that needs it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sweepwright.cli.options import known_options, with_run_options
from sweepwright.errors import InputError
from sweepwright.running.options import RunOptions

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
INTERRUPTED = 130
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
StudyFolder = Annotated[Path, typer.Argument(help="A study's folder.", metavar="STUDY")]


@app.callback()
def sweepwright() -> None:
    """Hyperparameter studies of scientific models that end with a choice that can be defended."""


@app.command(context_settings=PASSED_ON)
@with_run_options
def run(
    context: typer.Context,
    study: Annotated[
        str,
        typer.Argument(help="A problem's name or address (file.py:NAME), a study file, or a study folder.", metavar="STUDY"),
    ],
    *,
    inline: Annotated[bool, typer.Option("--inline", help="The same as --executor inline.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count runs and forecast the time; write nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the choice only.")] = False,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Write no report; `sweepwright report` does it later.")
    ] = False,
    **options: Any,
) -> None:
    """Run a study, or go on with one. Options of the problem's data follow (--data, --label, ...: see `problems`)."""
    from sweepwright.cli.running import run_command

    if inline:
        options["executor"] = "inline"
    asked = RunOptions(**options)
    run_command(study, asked, context.args, known_options(context), dry_run, quiet, no_report)


@app.command()
def choose(study: StudyFolder, as_json: Json = False) -> None:
    """Show what was chosen and why."""
    from sweepwright.cli.showing import show_choice

    show_choice(study, as_json)


@app.command()
def drivers(
    study: StudyFolder,
    measure: Annotated[list[str] | None, typer.Option(help="A measure, or 'completed'; may be repeated. [the goals]")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every measure of the study.")] = False,
    as_json: Json = False,
) -> None:
    """Show which hyperparameter drives which measure, and where that is not resolved."""
    from sweepwright.cli.choosing import show_drivers

    show_drivers(study, tuple(measure or ()), every, as_json)


@app.command()
def compare(
    study: StudyFolder,
    first: Annotated[int, typer.Argument(help="A trial's number.", min=0)],
    second: Annotated[int, typer.Argument(help="Another trial's number.", min=0)],
    measure: Annotated[str | None, typer.Option(help="The measure to compare by. [the first goal]")] = None,
    as_json: Json = False,
) -> None:
    """Compare two trials, paired run by run, overall and group by group."""
    from sweepwright.cli.choosing import show_comparison

    show_comparison(study, first, second, measure, as_json)


@app.command()
def measure(
    study: StudyFolder,
    name: Annotated[list[str] | None, typer.Option("--measure", help="A measure of the problem. [all that are new]")] = None,
    as_json: Json = False,
) -> None:
    """Measure finished runs by what is new in the problem; nothing is trained."""
    from sweepwright.cli.choosing import measure_again

    measure_again(study, tuple(name or ()), as_json)


@app.command()
def adopt(
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet table, an Optuna storage or journal, an MLflow folder.")],
    goal: Annotated[list[str] | None, typer.Option(help="'f1 higher >= 0.7'; the first one ranks. May be repeated.")] = None,
    param: Annotated[list[str] | None, typer.Option(help="Hyperparameters: names or patterns, 'lr,batch*'.")] = None,
    measure: Annotated[list[str] | None, typer.Option(help="Measures: names or patterns.")] = None,
    seed: Annotated[str | None, typer.Option(help="The column of seeds.")] = None,
    condition: Annotated[str | None, typer.Option(help="The column of conditions (data set, fold, ...).")] = None,
    paired_by: Annotated[str | None, typer.Option(help="The column by which runs can be paired (split, repeat).")] = None,
    curves: Annotated[str | None, typer.Option(help="A file or folder of curves; none: do not look for one.")] = None,
    scale: Annotated[list[str] | None, typer.Option(help="rmse=spread: the measure that is another one's unit.")] = None,
    inactive: Annotated[list[str] | None, typer.Option(help="'margin where loss == a': its values are repeats there.")] = None,
    which: Annotated[str | None, typer.Option("--study", help="One study of a storage that holds several.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the study goes. [studies/<table>]")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what was understood; write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Make a study of a sweep that others ran, to choose from it. Adopt a grown table again to add its new rows."""
    from dataclasses import replace

    from sweepwright.cli.adopting import adopt_command, names
    from sweepwright.exchange.adopt.roles import Wishes

    columns = Wishes(seed=seed, condition=condition, paired_by=paired_by, parameters=names(param), measures=names(measure))
    asked = replace(columns, goals=tuple(goal or ()), inactive=tuple(inactive or ()))
    adopt_command(table, asked, which, curves, scale or (), folder, dry_run, as_json)


@app.command()
def status(study: StudyFolder, as_json: Json = False) -> None:
    """Show where a study stands; it may be running."""
    from sweepwright.cli.standing import show_status

    show_status(study, as_json)


@app.command()
def note(
    study: StudyFolder,
    trial: Annotated[int, typer.Argument(help="The trial's number.", min=0)],
    text: Annotated[str, typer.Argument(help="What to remember about it.")] = "",
    star: Annotated[bool | None, typer.Option("--star/--no-star", help="Mark it in the report.")] = None,
    hide: Annotated[bool | None, typer.Option("--hide/--no-hide", help="Leave it out of the report's lists and views.")] = None,
) -> None:
    """Write a note on a trial, star it, or hide it in the report; its runs count as before."""
    from sweepwright.running.marks import note as write
    from sweepwright.study.study import Study

    write(Study.open(study), trial, text, star, hide)
    typer.echo(f"Noted on trial {trial}.")


@app.command()
def invalidate(
    study: StudyFolder,
    trial: Annotated[int, typer.Argument(help="The trial's number.", min=0)],
    why: Annotated[str, typer.Option(help="Why it is not to be used.")],
) -> None:
    """Mark a trial as not to be used: samplers and choosing ignore it, its record stays."""
    from sweepwright.cli.standing import mark_invalid

    mark_invalid(study, trial, why)


@app.command()
def repair(study: StudyFolder) -> None:
    """Mend a damaged ledger; a backup of it is kept."""
    from sweepwright.cli.standing import mend

    mend(study)


@app.command()
def export(
    study: StudyFolder,
    to: Annotated[str, typer.Option(help="optuna (a journal for optuna-dashboard), mlflow, parquet or csv.")],
    out: Annotated[Path | None, typer.Option(help="Where it goes. [STUDY/export/...]")] = None,
) -> None:
    """Write a study for other tools."""
    from sweepwright.cli.standing import write_export

    write_export(study, to, out)


@app.command()
def submit(
    study: Annotated[str, typer.Argument(help="A study's folder, a study file, or a problem.", metavar="STUDY")],
    scheduler: Annotated[str, typer.Option(help="pbs or slurm.")],
    folder: Annotated[Path | None, typer.Option(help="Where the study stands. [studies/<problem>]")] = None,
    walltime: Annotated[str, typer.Option(help="hours:minutes:seconds of one job.")] = "24:00:00",
    memory: Annotated[str, typer.Option(help="Memory of one job.")] = "8gb",
    cores: Annotated[int, typer.Option(help="Cores of one job.", min=1)] = 1,
    gpus: Annotated[int, typer.Option(help="GPUs of one job.", min=0)] = 0,
    jobs: Annotated[int, typer.Option(help="Jobs one after the other; each goes on where the last one ended.", min=1)] = 1,
    queue: Annotated[str | None, typer.Option(help="Queue or partition.")] = None,
    account: Annotated[str | None, typer.Option(help="Account or project.")] = None,
    activate: Annotated[str | None, typer.Option(help="A shell line before it starts, e.g. 'source env/bin/activate'.")] = None,
    out: Annotated[Path | None, typer.Option(help="The script to write. [<folder>.<scheduler>.sh]")] = None,
) -> None:
    """Write a job script for PBS or SLURM, and print the command that submits it."""
    from sweepwright.cli.standing import write_job_script
    from sweepwright.exchange.submit import Request

    request = Request(
        scheduler=scheduler,
        walltime=walltime,
        memory=memory,
        cores=cores,
        gpus=gpus,
        jobs=jobs,
        queue=queue,
        account=account,
        activate=activate,
    )
    write_job_script(study, folder, request, out)


@app.command()
def report(
    study: StudyFolder,
    single_file: Annotated[bool, typer.Option("--single-file", help="Also one file to send: report/<study>.html.")] = False,
    figures: Annotated[bool, typer.Option("--figures", help="Also PNG and PDF of every figure.")] = False,
) -> None:
    """Write the report of a study: report/index.html, report.md, slides.md, figures, tables."""
    from sweepwright.report.writing import write_report
    from sweepwright.study.study import Study

    path = write_report(Study.open(study), single_file, figures, lambda text: typer.echo(f"report: {text} ...", err=True))
    typer.echo(f"Report: {path}")


@app.command()
def predict(
    study: StudyFolder,
    table: Annotated[Path, typer.Argument(help="New data.")],
    out: Annotated[Path, typer.Option(help="Where the predictions go (.parquet or .csv).")],
    label: Annotated[str | None, typer.Option(help="A column of the table to compare with.")] = None,
    as_json: Json = False,
) -> None:
    """Apply the model that a study kept to new data, in pieces; scores too, where the data have labels."""
    from sweepwright.cli.showing import show_prediction

    show_prediction(study, table, out, label, as_json)


@app.command(context_settings=PASSED_ON)
def profile(
    context: typer.Context,
    data: Annotated[Path, typer.Argument(help="A data set.")],
    problem: Annotated[str, typer.Option(help="The problem that reads it.")] = "phenotype",
    as_json: Json = False,
) -> None:
    """Look at data before anything is trained: a fingerprint and warnings."""
    from sweepwright.cli.showing import show_profile

    show_profile(data, problem, context.args, known_options(context), as_json)


@app.command()
def problems(as_json: Json = False) -> None:
    """List the problems that are installed, their data options and presets."""
    from sweepwright.cli.showing import show_problems

    show_problems(as_json)


@app.command()
def init(
    problem: Annotated[str, typer.Argument(help="A problem's name or address.")],
    out: Annotated[Path | None, typer.Option(help="The file to write. [<problem>.yaml]")] = None,
    preset: Annotated[str | None, typer.Option(help="Settings that come with the problem.")] = None,
) -> None:
    """Write a study file to start from, every default in it."""
    from sweepwright.cli.showing import write_study_file

    typer.echo(
        f"Wrote {write_study_file(problem, out, preset)}. Edit it, then: sweepwright run {out or problem.split(':')[-1].lower() + '.yaml'}"
    )


def main() -> None:
    """The entry point: an InputError becomes its sentence and exit code 2, an interrupt exit code 130."""
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:  # how typer hands a KeyboardInterrupt on
            raise KeyboardInterrupt
        sys.exit(code or 0)
    except InputError as error:
        print(f"sweepwright: {error}", file=sys.stderr)
        sys.exit(2)
    except typer.Exit as leave:
        sys.exit(leave.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        print("sweepwright: interrupted. The same command goes on where it stopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Exception as error:
        if not hasattr(error, "format_message"):  # click's own usage errors have it; anything else is a defect
            raise
        print(f"sweepwright: {error.format_message()}", file=sys.stderr)  # type: ignore[attr-defined]
        sys.exit(2)
