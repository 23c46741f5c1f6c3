"""The scripts that the page needs, beside it or inside."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import vl_convert

from sweepwright.figures.saving import VEGA

SCRIPTS = ("core.js", "trial.js", "figures.js", "choose.js")
CHOOSE = (
    "state",
    "scatter",
    "parallel",
    "table",
    "controls",
)  # files that see each other's names, in the order in which they run


def asset(name: str) -> str:
    """A text that the page brings along."""
    return resources.files("sweepwright.report").joinpath("assets", name).read_text(encoding="utf-8")


def page_script(name: str) -> str:
    """One of the page's own scripts; the views of `choose.js` are written in several files and become one scope."""
    if name != "choose.js":
        return asset(name)
    guard = 'if (!document.getElementById("choose-views") || !window.SWEEPWRIGHT.size) return;'
    return "\n".join(['"use strict";', "(() => {", guard, *(asset(f"choose/{part}.js") for part in CHOOSE), "})();", ""])


def vega_script(path: Path) -> None:
    """Put Vega, Vega-Lite and Vega-Embed into one classic script, as vl-convert ships them; left alone where it stands already."""
    head = f"/* Vega {vl_convert.get_vega_version()}, Vega-Lite {VEGA}, Vega-Embed {vl_convert.get_vega_embed_version()} (BSD-3-Clause): see LICENSES.txt */\n"
    if path.exists():
        with path.open(encoding="utf-8") as there:
            if there.readline() == head:
                return
    bundle = vl_convert.javascript_bundle(vl_version=VEGA)  # pyright: ignore[reportCallIssue]
    path.write_text(head + "(() => {\n" + bundle + "\n})();\n", encoding="utf-8")


def plotly_script(path: Path) -> None:
    """Put Plotly's script beside the page, as its Python package ships it."""
    import plotly

    if not path.exists():
        path.write_bytes((Path(plotly.__file__).parent / "package_data/plotly.min.js").read_bytes())


def script_json(value: Any) -> str:
    """Plain data as a literal inside a script: nothing in it can end the script or open another.

    >>> script_json({"name": "</script><!--"})
    '{"name":"\\\\u003c/script>\\\\u003c!--"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
