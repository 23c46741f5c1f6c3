"""Figures as files, without a browser."""

from pathlib import Path
from typing import Any

import altair
import vl_convert

from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.figures.labels import labelled
from sweepwright.nouns.plain import Plain

FORMATS = (".svg", ".png", ".pdf", ".html")
PNG_SCALE = 2.0
VEGA = ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])  # the version whose schema Altair writes


def save_figure(figure: Any, path: str | Path) -> Path:
    """Write a figure as SVG, PNG or PDF (by the path's ending), and return the path; no browser is needed.

    `figure` is what the functions of this room return. A figure that turns (Plotly) becomes an HTML file of its own only; its
    still picture has a function too. An InputError says which endings there are.

    >>> import sweepwright as sw, tempfile
    >>> chart = sw.report.history(sw.report.example_study())
    >>> sw.report.save_figure(chart, tempfile.mkdtemp() + "/history.pdf").read_bytes()[:5]
    b'%PDF-'
    """
    path = Path(path)
    if path.suffix not in FORMATS:
        raise InputError(f"A figure is written as {', '.join(FORMATS)}, but got {path.name!r}.")
    if hasattr(figure, "write_html"):
        if path.suffix != ".html":
            raise InputError(
                f"A figure that turns is written as .html, but got {path.name!r}. tradeoff_3d_still draws its picture."
            )
        figure.write_html(str(path), include_plotlyjs=True)
        return path
    write_spec(labelled(figure.to_dict()), path)
    return path


def write_spec(spec: Plain, path: Path) -> None:
    """Write a Vega-Lite specification in the form that the path's ending names."""
    if path.suffix == ".html":
        path.write_text(vl_convert.vegalite_to_html(spec, bundle=True, config=theme.config()), encoding="utf-8")
    elif path.suffix == ".svg":
        svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA, config=printed(), show_warnings=False)
        path.write_text(svg, encoding="utf-8")
    elif path.suffix == ".png":
        path.write_bytes(
            vl_convert.vegalite_to_png(spec, scale=PNG_SCALE, vl_version=VEGA, config=printed(), show_warnings=False)
        )
    else:
        path.write_bytes(vl_convert.vegalite_to_pdf(spec, vl_version=VEGA, config=printed()))


def printed() -> Plain:
    """The configuration for paper: light, on white."""
    return theme.config() | {"background": "white"}
