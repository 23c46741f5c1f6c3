"""`index.html`: one page that opens from disk, offline, with its scripts beside it; or everything in one file."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from sweepwright.answers.estimates import Estimate
from sweepwright.answers.places import FOLDED
from sweepwright.figures.labels import visible
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.plain import Plain
from sweepwright.record.storage import write_text
from sweepwright.report.contents import Contents, behind, data_hash
from sweepwright.report.page_data import PageFigures, data_script
from sweepwright.report.panels import Panels, script_of
from sweepwright.report.scripts import SCRIPTS, asset, page_script, plotly_script, script_json, vega_script
from sweepwright.study.study import Study
from sweepwright.study.study_file import write_file

MOST_TABLE_ROWS, MOST_TRIAL_ROWS = 60, 100
SINGLE_FILE_PANELS = 600_000  # bytes of trial panels in a single file: the trials that matter most come first


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure ready for the template."""

    name: str
    caption: str
    svg: str
    csv: str
    table: Markup
    live: bool
    turns: bool


def environment() -> Environment:
    loader = PackageLoader("sweepwright.report")
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_visible)
    made.filters["coded"] = coded
    return made


def coded(said: object) -> Markup:
    """A sentence whose words between backticks are code.

    >>> print(coded("Set `worth` where a < b."))
    Set <code>worth</code> where a &lt; b.
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(visible(str(said))))))


def _visible(value: Any) -> Any:
    """Text without what turns the direction of the text after it."""
    if isinstance(value, Markup):
        return Markup(visible(value))
    return visible(value) if isinstance(value, str) else value


def write_page(contents: Contents, folder: Path, figures: PageFigures) -> Path:
    """Write `index.html`, its assets and one script per trial."""
    assets = folder / "assets"
    assets.mkdir(exist_ok=True)
    write_text(assets / "data.js", data_script(contents, figures))
    for name in SCRIPTS:
        (assets / name).write_text(page_script(name), encoding="utf-8")
    vega_script(assets / "vega.js")
    (assets / "LICENSES.txt").write_text(asset("LICENSES.txt"), encoding="utf-8")
    if figures.turning:
        plotly_script(assets / "plotly.js")
    trials = folder / "trials"
    trials.mkdir(exist_ok=True)
    panels = Panels.of(contents.study, contents.roles)
    for number in contents.study.state.trials:
        (trials / f"{number}.js").write_text(script_of(number, panels.panel(number)), encoding="utf-8")
    scripts = Markup("\n").join(
        Markup('<script src="assets/{}"></script>').format(name) for name in ("data.js", "vega.js", *SCRIPTS)
    )
    path = folder / "index.html"
    write_text(path, rendered(contents, scripts, {f.name: f"figures/{f.name}.svg" for f in contents.figures}))
    return path


def single_path(study: Study) -> Path:
    """Where the page in one file goes."""
    name = study.folder.resolve().name
    return study.folder / "report" / f"{name if name != 'index' else 'study'}.html"


def write_single(contents: Contents, folder: Path, figures: PageFigures) -> Path:
    """Write the same page as one file: scripts, figures and the panels of the trials that matter most are inside."""
    panels = list(_panels_that_matter(contents))
    texts = [
        data_script(contents, figures, panels),
        (folder / "assets/vega.js").read_text(encoding="utf-8"),
        *map(page_script, SCRIPTS),
    ]
    scripts = Markup("\n").join(
        Markup("<script>{}</script>").format(Markup(text.replace("</script", "<\\/script"))) for text in texts
    )
    pictures = {}
    for figure in contents.figures:
        still = folder / "figures" / f"{figure.name}.svg"
        if still.exists():
            pictures[figure.name] = "data:image/svg+xml;base64," + base64.b64encode(still.read_bytes()).decode()
    path = single_path(contents.study)
    write_text(path, rendered(contents, scripts, pictures, single=True))
    return path


def _panels_that_matter(contents: Contents) -> Iterable[tuple[int, Plain]]:
    """Panels of the candidates and starred trials, then of the others in their order, as far as the bytes reach."""
    order = [*contents.roles, *contents.starred, *(contents.trials.frame.index if contents.trials else ())]
    panels, left = Panels.of(contents.study, contents.roles), SINGLE_FILE_PANELS
    for number in dict.fromkeys(int(n) for n in order):
        panel = {**panels.panel(number), "files": []}
        left -= len(script_json(panel))
        if left < 0:
            return
        yield number, panel


def rendered(contents: Contents, scripts: Markup, pictures: Mapping[str, str], single: bool = False) -> str:
    """The page as text; `pictures` are the addresses of the still figures."""
    jinja, study = environment(), contents.study
    figure_template = jinja.get_template("figure.html")

    def shown(figure: Figure) -> Markup:
        has_chart = figure.chart is not None
        ready = Shown(
            name=figure.name,
            caption=figure.caption,
            svg=pictures.get(figure.name, "") if has_chart else "",
            csv=f"tables/{figure.name}.csv" if figure.table is not None and not single else "",
            table=html_table(figure.table) if figure.table is not None and not has_chart else Markup(""),
            live=has_chart,
            turns=figure.turning is not None,
        )
        return Markup(figure_template.render(figure=ready))

    page = jinja.get_template("index.html").render(
        study=study,
        title=f"{study.folder.resolve().name}: {study.problem.name}",
        verdict=contents.verdict,
        standing=contents.standing,
        trials=len(study.state.trials),
        runs=len(study.state.ended),
        estimates=[_card(contents, e, k) for k, e in enumerate(contents.estimates)],
        parts=contents.parts,
        folded=FOLDED,
        goals=contents.goals,
        data_hash=data_hash(study),
        verdict_figures=contents.verdict_figures,
        at_effort=contents.analysis.at_effort,
        candidates=html_table(contents.candidates) if len(contents.candidates) else None,
        choose=contents.trials is not None,
        chapters=contents.chapters,
        shown=shown,
        trials_table=html_table(contents.trials_table(), MOST_TRIAL_ROWS)
        if contents.trials is not None
        else Markup("<p>No run has ended yet.</p>"),
        notes=[f"Trial {note.trial}: {note.text}" for note in study.state.notes],
        words=contents.words,
        baselines=bool(len(study.baselines())),
        provenance=contents.provenance,
        settings=write_file(study.file),
        scripts=scripts,
    )
    return without_links_to_files(page) if single else page


def without_links_to_files(page: str) -> str:
    """The page of a single file: what it links beside it is not there, so the words stay and the links go."""
    return re.sub(r'<a href="tables/[^"]*">(.*?)</a>', r"\1", page)


def _card(contents: Contents, estimate: Estimate, place: int) -> dict[str, str]:
    manner = "optimistic" if estimate.optimistic else "best" if place == 0 else ""
    about = {name: getattr(estimate, name) for name in ("measure", "kind", "meaning")}
    return {**about, "text": str(estimate), "manner": manner, "behind": behind(contents.study, estimate)}


def html_table(frame: pd.DataFrame, rows: int = MOST_TABLE_ROWS) -> Markup:
    """A frame as an HTML table; text is escaped, numbers get a sensible number of digits."""
    shown = frame.head(rows)
    text = shown.to_html(index=False, escape=True, border=0, na_rep="", float_format=lambda x: f"{x:.4g}")
    more = f"<p>{len(frame) - rows:,} more rows in the CSV.</p>" if len(frame) > rows else ""
    return Markup(text + more)
