"""`report/index.html`: one page that opens from disk, offline, with every number's table beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from sweepwright.problem import Figure, Section
from sweepwright.report.verdict import verdict
from sweepwright.study.settings import write_file
from sweepwright.study.storage import write_text
from sweepwright.study.study import Study


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure ready for the page."""

    caption: str
    svg: Markup
    csv: str | None
    table: Markup


@dataclass(frozen=True, slots=True)
class Part:
    """A section ready for the page; `missing` says why it is not there."""

    title: str
    figures: tuple[Drawn, ...]
    missing: str = ""


def write_report(study: Study) -> Path:
    """Write the report of a study, finished or not, and return the page's path."""
    folder = study.folder / "report"
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    (folder / "figures").mkdir(exist_ok=True)
    found = (_part(section, study, folder) for section in _sections(study))
    parts = [part for part in found if part is not None]
    page = (
        _environment()
        .get_template("index.html")
        .render(
            study=study,
            verdict=verdict(study),
            goals=[str(goal) for goal in study.goals],
            trials=_trials(study, folder),
            choice=_candidates(study),
            parts=parts,
            provenance=_provenance(study),
            settings=write_file(study.file),
        )
    )
    path = folder / "index.html"
    write_text(path, page)
    return path


def _environment() -> Environment:
    return Environment(loader=PackageLoader("sweepwright.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _sections(study: Study) -> Sequence[Section]:
    """The sections that the problem adds, found by their address."""
    if study.problem.sections is None:
        return ()
    module, _, name = study.problem.sections.partition(":")
    return getattr(import_module(module), name)


def _part(section: Section, study: Study, folder: Path) -> Part | None:
    """A section ready for the page; None where it has nothing to show for this study."""
    if study.choice() is None:
        return Part(section.title, (), "This section comes when the study has chosen.")
    figures = tuple(_drawn(figure, folder) for figure in section.build(study))
    return Part(section.title, figures) if figures else None


def _drawn(figure: Figure, folder: Path) -> Drawn:
    svg, csv, table = Markup(""), None, Markup("")
    if figure.chart is not None:
        text = vl_convert.vegalite_to_svg(figure.chart.to_json(), show_warnings=False)
        write_text(folder / "figures" / f"{figure.name}.svg", text)
        svg = Markup(text)  # drawn by vl-convert, which escapes the text of data
    if figure.table is not None:
        csv = f"tables/{figure.name}.csv"
        write_text(folder / csv, figure.table.to_csv(index=False))
        if figure.chart is None:
            table = html_table(figure.table)
    return Drawn(figure.caption, svg, csv, table)


def html_table(frame: pd.DataFrame, rows: int = 60) -> Markup:
    """A frame as an HTML table; text is escaped, numbers get a sensible number of digits."""
    shown = frame.head(rows)
    text = shown.to_html(index=False, escape=True, border=0, na_rep="", float_format=lambda x: f"{x:.4g}")
    more = f"<p>{len(frame) - rows} more rows in the CSV.</p>" if len(frame) > rows else ""
    return Markup(text + more)


def _trials(study: Study, folder: Path) -> Markup:
    table = study.table()
    if table.empty:
        return Markup("<p>No run has ended yet.</p>")
    whole = table.reset_index()
    write_text(folder / "tables" / "trials.csv", whole.to_csv(index=False))
    return html_table(whole, 100)


def _candidates(study: Study) -> Markup | None:
    choice = study.choice()
    if choice is None or not choice["rows"]:
        return None
    rows = []
    by_trial = {row["trial"]: row for row in choice["rows"]}
    for trial in choice["order"]:
        row = by_trial[trial]
        ranks = f"{row['rank_low']}-{row['rank_high']}" if "rank_low" in row else ""
        means = {key.removeprefix("mean."): row[key] for key in row if key.startswith("mean.")}
        inside = "yes" if trial in choice["indistinguishable"] else "no"
        rows.append(
            {
                "trial": trial,
                **study.state.trials[trial].configuration,
                **means,
                "behind the best": row.get("behind"),
                "its standard error": row.get("behind_error"),
            }
            | {
                "rank (90 %)": ranks,
                "P(best)": row.get("probability_best"),
                "within one SE": inside,
                "Pareto": "yes" if row.get("pareto") else "no",
                "left after round": row.get("eliminated_after"),
            }
        )
    return html_table(pd.DataFrame(rows))


def _provenance(study: Study) -> list[tuple[str, Any]]:
    declared, made = study.state.declared, study.file.made
    seconds = sum(run.seconds for run in study.state.ended.values())
    rows: list[tuple[str, Any]] = [
        ("command", made.get("command")),
        ("data hash", declared.get("data_hash")),
        ("root seed", study.file.seed),
        ("runs", len(study.state.ended)),
        ("training time", f"{seconds:.0f} s in all runs"),
        ("Python", made.get("python")),
        ("commit of the working folder", made.get("commit") or "none"),
    ]
    return rows + [(name, number) for name, number in made.get("versions", {}).items()]
