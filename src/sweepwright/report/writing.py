"""The report on disk: page, Markdown, slides, figures and tables, from the same contents."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from sweepwright.errors import InputError
from sweepwright.figures.labels import labelled
from sweepwright.figures.saving import write_spec
from sweepwright.nouns.plain import Plain
from sweepwright.record.storage import write_text
from sweepwright.report.contents import Contents, contents_of
from sweepwright.report.markdown import markdown
from sweepwright.report.page import single_path, write_page, write_single
from sweepwright.report.page_data import page_figures
from sweepwright.report.slides import slides
from sweepwright.study.study import Study

PAPER = (".png", ".pdf")


def write_report(
    study: Study, single_file: bool = False, figures: bool = False, progress: Callable[[str], None] = lambda text: None
) -> Path:
    """Write the report of a study, finished or not, into `report/`, and return the page's path.

    `single_file` adds the page with everything inside it (its path is returned then), `figures` PNG and PDF of every figure.
    What was asked for once is written again by later reports, so that nothing in the folder is older than the rest.
    """
    progress("computing")
    contents = contents_of(study)
    folder = study.folder / "report"
    try:
        for name in ("tables", "figures"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        progress("drawing")
        paper = figures or any((folder / "figures").glob("*.pdf"))
        single = single_file or single_path(study).exists()
        specs = {figure.name: labelled(figure.chart.to_dict()) for figure in contents.figures if figure.chart is not None}
        _write_tables(contents, folder / "tables")
        _write_figures(folder / "figures", specs, paper)
        progress("writing")
        write_text(folder / "report.md", markdown(contents))
        write_text(folder / "slides.md", slides(contents))
        live = page_figures(contents, specs)
        page = write_page(contents, folder, live)
        if single:
            write_single(contents, folder, live)
        return single_path(study) if single_file else page
    except OSError as error:
        raise InputError(
            f"The report cannot be written to {folder}: {error.strerror}. Free some space, or mend the rights."
        ) from None


def is_current(study: Study) -> bool:
    """Whether the report is whole and nothing happened in the study since it was written."""
    page = study.folder / "report" / "index.html"  # what is written last
    asked = (study.folder / "study.yaml", study.folder / "ledger.jsonl")
    return page.exists() and all(page.stat().st_mtime_ns >= path.stat().st_mtime_ns for path in asked)


def _remove_others(folder: Path, names: Iterable[str]) -> None:
    """Remove what an earlier report wrote and this one does not have."""
    kept = set(names)
    for path in folder.iterdir():
        if path.stem not in kept and path.suffix in (".svg", ".csv", *PAPER):
            path.unlink()


def _write_figures(folder: Path, specs: dict[str, Plain], paper: bool) -> None:
    _remove_others(folder, specs)
    for name, spec in specs.items():
        for suffix in (".svg", *(PAPER if paper else ())):
            write_spec(spec, folder / f"{name}{suffix}")


def _write_tables(contents: Contents, folder: Path) -> None:
    tables: dict[str, pd.DataFrame] = {figure.name: figure.table for figure in contents.figures if figure.table is not None}
    tables |= {"candidates": contents.candidates, "trials": contents.trials_table(), "runs": contents.study.runs()}
    tables |= {"sentences": contents.sentences, "baselines": contents.study.baselines()}
    tables = {name: table for name, table in tables.items() if len(table.columns)}
    _remove_others(folder, tables)
    for name, table in tables.items():
        (folder / f"{name}.csv").write_text(table.to_csv(index=False), encoding="utf-8")
