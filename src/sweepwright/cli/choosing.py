"""The verbs that choosing answers: drivers and comparisons as tables, and new measures over old runs."""

import math
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.as_json import comparison_data, drivers_data
from sweepwright.answers.comparing import compared
from sweepwright.answers.explaining import driver_sentences
from sweepwright.answers.naming import run_sets
from sweepwright.choosing.comparison import Comparison
from sweepwright.choosing.effects.drivers import Drivers
from sweepwright.choosing.frame import measures_in
from sweepwright.cli.json import as_json_text
from sweepwright.nouns.statement import counted
from sweepwright.running.remeasure import measure
from sweepwright.study.study import Study


def show_drivers(folder: Path, measures: tuple[str, ...], every: bool, as_json: bool) -> None:
    """Which hyperparameter drives which measure: a sentence and a table per measure."""
    analysis = Analysis(Study.open(folder))
    if every:
        measures = (*measures_in(analysis.search), "completed")
    found = analysis.drivers(measures)
    said = driver_sentences(found)
    if as_json:
        typer.echo(as_json_text(drivers_data(found, said, run_sets(analysis))))
        return
    for sentence in said:
        typer.echo(str(sentence))
    for model in found.models.to_dict("records"):
        _print(_drivers_table(found, model))
    for pair in found.pairs.to_dict("records"):
        typer.echo(f"{pair['first']} and {pair['second']} together move {pair['measure']}: share {pair['share']:.2f}.")


def _drivers_table(found: Drivers, model: dict) -> Table:
    measure = model["measure"]
    shares = f", cross-validated R2 of means {model['cv_r2']:.2f}, noise share of one run {model['noise_share']:.2f}"
    about = f"{measure}: {model['model'] or 'no model'}{shares if model['model'] else ''}, "
    table = Table(title=Text(about + f"{model['rows_used']} of {model['rows_total']} configurations"), title_justify="left")
    for name, right in (("parameter", False), ("where", False), ("main", True), ("total", True), ("90 %", True)):
        table.add_column(name, justify="right" if right else "left")
    for name in ("resolved", "direction", "coverage"):
        table.add_column(name)
    rows = found.effects[found.effects["measure"] == measure].sort_values("total", ascending=False)
    for row in rows.to_dict("records"):
        cells = [row["parameter"], row["where"], _number(row["main"]), _number(row["total"])]
        cells += [f"{_number(row['low'])} - {_number(row['high'])}", "yes" if row["resolved"] else f"no: {row['reason']}"]
        table.add_row(*(Text(str(cell)) for cell in (*cells, row["direction"], _number(row["coverage"]))))
    return table


def _number(value: float) -> str:
    return "" if value != value else f"{value:.2f}"


def _print(table: Table) -> None:
    console = Console()
    console.print(table) if console.width >= 100 else Console(width=120).print(table)


def show_comparison(folder: Path, first: int, second: int, measure: str | None, as_json: bool) -> None:
    """Two trials side by side."""
    study = Study.open(folder)
    analysis = Analysis(study)
    found = compared(analysis, first, second, measure)
    if as_json:
        typer.echo(as_json_text(comparison_data(found, run_sets(analysis))))
        return
    for sentence in found.sentences:
        typer.echo(str(sentence))
    _print(_comparison_table(study, found))


def _comparison_table(study: Study, found: Comparison) -> Table:
    """What differs in their configurations, then the measure and its groups."""
    table = Table()
    for name in ("", f"trial {found.first}", f"trial {found.second}", "gain (90 %)"):
        table.add_column(Text(name), justify="left" if not name else "right")
    one, other = (study.state.trials[t].configuration for t in (found.first, found.second))
    for name in dict.fromkeys([*one, *other]):
        if one.get(name) != other.get(name):
            table.add_row(Text(name), Text(str(one.get(name, "-"))), Text(str(other.get(name, "-"))), "")
    table.add_row(
        Text(found.measure), *(f"{mean:.4g}" if math.isfinite(mean) else "-" for mean in found.means), _gain(found.overall)
    )
    for part in found.groups:
        table.add_row(Text(f"  {part.group}"), "", "", _gain(part))
    return table


def _gain(part) -> str:
    if not math.isfinite(part.gain):
        return "-"
    interval = (
        f" ({part.low:+.3g}, {part.high:+.3g})" if math.isfinite(part.low) and math.isfinite(part.high) else ", no interval"
    )
    return f"{part.gain:+.3g}{interval}"


def measure_again(folder: Path, names: tuple[str, ...], as_json: bool) -> None:
    """Measure what is new, and say what was written."""
    study = Study.open(folder)
    found = measure(study, names)
    if as_json:
        about = {"schema": "measure/1", "written": found.written, "undefined": found.undefined, "not_kept": found.not_kept}
        typer.echo(as_json_text({**about, "left_out": found.left_out}))
        return
    if not found.written and not found.undefined:
        typer.echo(f"{folder} has a value of every measure. Nothing was changed.")
    for name, count in found.written.items():
        typer.echo(f"{name}: {counted(count, 'run', 'runs')} measured.")
    for name, count in found.undefined.items():
        typer.echo(f"{name}: {counted(count, 'run has', 'runs have')} no value; the reasons stand in the ledger.")
    if found.not_kept:
        typer.echo(
            f"{counted(found.not_kept, 'run', 'runs')} kept no outcome, so there is nothing to measure (see `keep` in the study file)."
        )
    for name in found.left_out:
        typer.echo(f"{name} looks at several runs together and is measured when they run.")
