"""What a command leaves behind: an outcome (JSON, or CSV with name,value) and curves (CSV, one row per epoch)."""

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

Number = float | list[float]


class Unreadable(Exception):
    """A file that a command should have written and did not, or not so that it can be read."""


def read_outcome(path: Path) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Numbers by name, and arrays by name where the outcome holds lists of numbers."""
    if not path.exists():
        raise Unreadable(f"it wrote no outcome: {path.name} is missing")
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = dict(_rows(text)) if path.suffix == ".csv" else json.loads(text)
    except (OSError, ValueError) as error:
        raise Unreadable(f"its outcome {path.name} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise Unreadable(f"its outcome {path.name} should hold names and numbers, but it holds a {type(found).__name__}")
    numbers: dict[str, float] = {}
    arrays: dict[str, np.ndarray] = {}
    for name, value in found.items():
        if isinstance(value, list):
            arrays[name] = _array(path, name, value)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise Unreadable(f"{name} in {path.name} is {value!r}, which is no number")
        else:
            numbers[name] = float(value)
    return numbers, arrays


def _array(path: Path, name: str, values: list) -> np.ndarray:
    try:
        return np.asarray(values, dtype=float)
    except (ValueError, TypeError):
        raise Unreadable(f"{name} in {path.name} is a list that does not hold numbers only") from None


def _rows(text: str) -> Iterator[tuple[str, float]]:
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        if not row or (number == 1 and row[:2] == ["name", "value"]):
            continue
        if len(row) != 2:
            raise ValueError(f"line {number} has {len(row)} fields instead of name,value")
        yield row[0].strip(), float(row[1])


class Curves:
    """The curves of a running command, read as the file grows; a line that is not whole yet is left for the next look."""

    def __init__(self, path: Path):
        self._path = path
        self._names: list[str] = []
        self._read = 0

    def new_rows(self) -> list[dict[str, float]]:
        """The epochs that came since the last look; what is no number becomes NaN."""
        try:
            lines = self._path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        except (OSError, UnicodeDecodeError):
            return []
        whole = [line for line in lines if line.endswith("\n")]
        rows = [row for row in csv.reader(whole) if row]
        if not rows:
            return []
        self._names = self._names or [name.strip() for name in rows[0]]
        fresh, self._read = rows[1 + self._read :], max(self._read, len(rows) - 1)
        return [
            {name: _number(text) for name, text in zip(self._names, row, strict=False) if name and name != "epoch"}
            for row in fresh
        ]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
