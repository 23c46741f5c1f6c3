"""What figures show of data: names short enough and still different, never cut inside a character; numbers with six digits."""

import re
from typing import Any

from sweepwright.nouns.plain import Plain

_UNSEEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]")
MOST_LABEL, MOST_TITLE = 56, 72  # characters
DIGITS = 6
LISTS = ("sort", "domain", "values")  # parts of a specification that repeat labels
SENTENCES = ("meaning", "reason", "cause", "direction", "interval")  # fields that only tooltips show


def visible(text: str) -> str:
    """Text without control characters, such as those that turn the direction of all that follows.

    >>> visible("a\\u202eb")
    'ab'
    """
    return _UNSEEN.sub("", text)


def labelled(spec: Plain) -> Plain:
    """A Vega-Lite specification with long names shortened, the same everywhere, and numbers rounded to six digits.

    Vega would cut them by width, which splits characters outside the basic plane in two.

    >>> spec = {"datasets": {"d": [{"who": "x" * 70}]}, "encoding": {"y": {"sort": ["x" * 70], "title": "y"}}}
    >>> labelled(spec)["datasets"]["d"][0]["who"] == labelled(spec)["encoding"]["y"]["sort"][0] == "x" * 55 + "…"
    True
    """
    return _Labels().within(spec)


class _Labels:
    """Short forms by name; two names never get the same."""

    def __init__(self) -> None:
        self.short: dict[str, str] = {}
        self.taken: set[str] = set()

    def within(self, part: Any, key: str = "") -> Any:
        if isinstance(part, dict):
            if key == "datasets":
                return {name: [self._row(row) for row in rows] for name, rows in part.items()}
            return {name: self.within(value, name) for name, value in part.items()}
        if isinstance(part, list):
            return [self.label(item) if key in LISTS and isinstance(item, str) else self.within(item, key) for item in part]
        return _cut(part, MOST_TITLE) if key == "title" and isinstance(part, str) else part

    def _row(self, row: Plain) -> Plain:
        return {k: self._value(k, v) for k, v in row.items()}

    def _value(self, field: str, value: Any) -> Any:
        if isinstance(value, float):  # more digits than a screen can show are bytes for nothing
            return float(f"{value:.{DIGITS}g}")
        return self.label(value) if isinstance(value, str) and field not in SENTENCES else value

    def label(self, name: str) -> str:
        name = visible(name)
        if len(name) <= MOST_LABEL:
            return name
        if name not in self.short:
            short, k = _cut(name, MOST_LABEL), 2
            while short in self.taken:
                short, k = f"{_cut(name, MOST_LABEL - len(str(k)) - 1)} {k}", k + 1
            self.short[name] = short
            self.taken.add(short)
        return self.short[name]


def _cut(text: str, most: int) -> str:
    text = visible(text)
    return text if len(text) <= most else text[: most - 1] + "…"
