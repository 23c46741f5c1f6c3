"""The reading verbs: what was chosen, predicted, profiled, and which problems there are."""

from collections.abc import Mapping
from pathlib import Path

import typer

from sweepwright.answers.answer import FullAnswer
from sweepwright.answers.promise import promises_kept
from sweepwright.cli.json import as_json_text
from sweepwright.cli.options import data_options
from sweepwright.errors import InputError
from sweepwright.record.storage import write_text
from sweepwright.study import find_problem
from sweepwright.study.study import Study
from sweepwright.study.study_file import complete, write_file

EACH = "promise.class"  # a statement of a list


def show_choice(folder: Path, as_json: bool) -> None:
    """The choice with its numbers and reasons."""
    found = FullAnswer.of(Study.open(folder))
    typer.echo(as_json_text(found.as_data()) if as_json else "\n".join(found.lines()))


def show_prediction(folder: Path, table: Path, out: Path, label: str | None, as_json: bool) -> None:
    """Apply the kept model, then say what came out."""
    study = Study.open(folder)
    if study.problem.predict is None:
        raise InputError(f"The problem {study.problem.name!r} cannot predict: it declares no predict.")
    summary = study.problem.predict(study.model(), table, out, label=label)
    kept = promises_kept(study, summary)
    if as_json:
        typer.echo(as_json_text({"out": str(out), **summary, "promises": [said.as_data() for said in kept]}))
        return
    typer.echo(f"Labelled {summary['rows']:,} rows: {out}")
    for name, count in sorted(summary["predicted"].items(), key=lambda item: -item[1]):
        typer.echo(f"  {name:<24} {count:>10,}  {count / max(summary['rows'], 1):6.1%}")
    typer.echo(f"Values outside the range of the training cells: {summary['share_outside_training_range']:.2%}")
    if summary["not_predicted"]:
        typer.echo(f"{summary['not_predicted']:,} rows have missing or infinite features and got no class.")
    if summary["in_training"]:
        typer.echo(
            f"{summary['in_training']:,} rows were in training (column In_Training): their scores say nothing about new cells."
        )
    for title, key in (("all labelled rows", "scores"), ("rows that were not in training", "scores_of_cells_not_in_training")):
        scores = summary.get(key)
        if scores and not (key == "scores" and summary["in_training"] == 0):  # they are the same
            typer.echo(
                f"Scores of {title} ({scores['cells']:.0f}): "
                + ", ".join(f"{k} {v:.3f}" for k, v in scores.items() if k != "cells")
            )
    for said in kept:
        typer.echo(f"{'  - ' if said.code == EACH else ''}{said}")
    if summary.get("labels_unknown_to_the_model"):
        typer.echo(f"Labels that the model does not know: {', '.join(summary['labels_unknown_to_the_model'])}")


def show_profile(data: Path, problem_name: str, rest: list[str], known: list[str], as_json: bool) -> None:
    """A data set's fingerprint and warnings."""
    problem = find_problem.find(find_problem.full_address(problem_name))
    if problem.profile is None:
        raise InputError(f"The problem {problem.name!r} has no profile.")
    options = data_options(rest, problem.data, problem.name, own=known)
    found = problem.profile(problem.load(**{"data": str(data), **options}))
    if as_json:
        typer.echo(as_json_text(found))
        return
    for name, value in found.items():
        if name == "warnings":
            continue
        text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else value
        typer.echo(f"{name.replace('_', ' '):>30}  {text if not isinstance(text, float) else f'{text:.1f}'}")
    for warning in found["warnings"]:
        typer.echo(f"note: {warning}")


def show_problems(as_json: bool) -> None:
    """The installed problems."""
    found = {}
    for name, place in find_problem.installed().items():
        try:
            problem = find_problem.find(place)
        except find_problem.ProblemNotFound as error:
            found[name] = {"about": str(error), "data": {}, "presets": []}
            continue
        options = {key.replace("_", "-"): option.help for key, option in problem.data.items()}
        found[name] = {"about": problem.about, "data": options, "presets": list(problem.presets)}
    if as_json:
        typer.echo(as_json_text(found))
        return
    for name, about in found.items():
        typer.echo(f"{name}: {about['about']}")
        for option, text in about["data"].items():
            typer.echo(f"    --{option:<22} {text}")
        if about["presets"]:
            typer.echo(f"    presets: {', '.join(about['presets'])}")


def write_study_file(name: str, out: Path | None, preset: str | None) -> Path:
    """A study file with every default; an existing file is not overwritten."""
    problem = find_problem.find(find_problem.full_address(name))
    path = out or Path(f"{problem.name}.yaml")
    if path.exists():
        raise InputError(f"{path} exists already. Choose another name with --out.")
    written = {"problem": name} | ({"preset": preset} if preset else {})
    help_lines = [f"#   {key}: {option.help}" for key, option in problem.data.items()]
    head = f"# A study of {problem.name}: {problem.about}\n# data:\n" + "\n".join(help_lines)
    space = "# space: {} takes the problem's own. For example  space: {C: {choice: {values: [0.1, 1.0]}}, l1_ratio: 0.5}\n"
    try:
        write_text(path, f"{head}\n{space}{write_file(complete(problem, written, str(path)))}")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None
    return path
