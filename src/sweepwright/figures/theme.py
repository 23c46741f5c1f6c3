"""How figures look: palettes that the colour-blind can read, sizes, and a configuration for light and dark pages."""

from typing import Final

from sweepwright.nouns.phase import Step
from sweepwright.nouns.plain import Plain

# Okabe & Ito's palette, without its yellow, which nobody sees on white.
CATEGORIES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F7F7F", "#332288")
MAIN, SECOND, GOOD, BAD, QUIET = "#2f7fbf", "#D55E00", "#009E73", "#c8503c", "#8a94a3"
INK = "#1b2330"  # on what is light
STEPS: Final = {
    Step.AUDIT: "#7F7F7F",
    Step.EXPLORE: "#0072B2",
    Step.EXPLOIT: "#E69F00",
    Step.FINALISTS: "#009E73",
    Step.CONFIRM: "#CC79A7",
    Step.KEEP: "#332288",
    Step.BEFORE: "#B8B8B8",
    Step.ADOPTED: "#0072B2",
}
SEQUENTIAL, DIVERGING = "viridis", "blueorange"
WIDTH, HEIGHT = 560, 320
MOST_POINTS = 1000  # a static figure of more marks than that is binned

_FONT = '"DejaVu Sans", "Segoe UI", system-ui, sans-serif'


def config(dark: bool = False) -> Plain:
    """The Vega-Lite configuration of every figure, on a light or a dark page; the background is the page's."""
    ink, soft, line = ("#e6e9ee", "#9aa5b4", "#39424e") if dark else (INK, "#5b6675", "#dfe3e8")
    words = {"labelColor": soft, "titleColor": ink, "labelFont": _FONT, "titleFont": _FONT, "titleFontWeight": "normal"}
    return {
        "background": None,
        "aria": False,  # a figure has its caption as the text alternative; one on every mark doubles its size
        "font": _FONT,
        "view": {"stroke": line},
        "axis": {
            **words,
            "gridColor": line,
            "domainColor": line,
            "tickColor": line,
            "labelLimit": 0,
            "titleLimit": 0,
        },
        "legend": {**words, "labelLimit": 0, "titleLimit": 0, "symbolOpacity": 1},
        "header": {**words, "labelLimit": 0, "titleLimit": 0},
        "title": {"color": ink, "font": _FONT, "fontWeight": "normal", "fontSize": 13, "anchor": "start"},
        "text": {"color": ink, "font": _FONT},
        "rule": {"color": soft},
        "range": {"category": list(CATEGORIES)},
    }
