"""Sweeps in tables: CSV (also compressed, with semicolons, in other encodings) and Parquet."""

import csv
import gzip
import re
from collections import Counter
from io import StringIO
from pathlib import Path

import pandas as pd

from sweepwright.exchange.adopt.source import AdoptError, Source

DELIMITERS = (",", ";", "\t", "|")
TABLES = (".csv", ".tsv", ".txt", ".parquet", ".csv.gz", ".tsv.gz")
_DECIMAL_COMMA = re.compile(r"^-?\d+,\d+([eE][-+]?\d+)?$")


def read_table(path: Path) -> Source:
    """A table of runs, one row per run, exactly as it stands; an AdoptError names the line that cannot be understood."""
    if path.suffix == ".parquet":
        try:
            return Source("Parquet table", pd.read_parquet(path))
        except Exception as error:  # pyarrow raises several kinds for a file that is none
            raise AdoptError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}.") from None
    text, notes = _text(path)
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise AdoptError(f"{path} is empty. A sweep needs a header and one row per run.")
    delimiter = max(DELIMITERS, key=lambda mark: lines[0].count(mark))
    if delimiter != ",":
        notes.append(f"columns are separated by {'tabs' if delimiter == chr(9) else delimiter!r}")
    header = _header(path, lines[0], delimiter)
    _check_widths(path, text, delimiter, len(header))
    rows = pd.read_csv(StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, skipinitialspace=True)
    rows.columns = pd.Index(header)
    rows = rows[(rows != "").any(axis=1)].reset_index(drop=True)
    if rows.empty:
        raise AdoptError(f"{path} has a header and no row. A sweep needs one row per run.")
    _check_second_header(path, rows)
    return Source(
        "table", pd.DataFrame({name: _typed(name, rows[name], delimiter, notes) for name in header}), notes=tuple(notes)
    )


def _text(path: Path) -> tuple[str, list[str]]:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError) as error:
        raise AdoptError(
            f"{path} cannot be read: {error.strerror if isinstance(error, OSError) and error.strerror else error}."
        ) from None
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise AdoptError(f"{path} is a binary file, no table. adopt reads CSV, Parquet, Optuna storages and MLflow folders.")
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig"), ["the text is UTF-16"] if wide else []
    except UnicodeDecodeError:
        pass  # an older encoding
    return data.decode("cp1252", errors="replace"), ["the text is not UTF-8 and was read as Windows-1252"]


def _header(path: Path, line: str, delimiter: str) -> list[str]:
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    if len(names) == 1:
        raise AdoptError(f"{path} has one column only ({names[0][:40]!r}). Columns are separated by a comma, semicolon or tab.")
    names = [name or f"unnamed {i}" for i, name in enumerate(names, 1)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise AdoptError(
            f"{path} has the column {twice[0]!r} {names.count(twice[0])} times. Give each column a name of its own."
        )
    numeric = sum(_is_number(name) for name in names)
    if numeric > len(names) / 2:
        raise AdoptError(f"The first line of {path} holds numbers, no names: {line[:60]!r}. Add a header line.")
    return names


def _check_widths(path: Path, text: str, delimiter: str, width: int) -> None:
    reader = csv.reader(StringIO(text), delimiter=delimiter, skipinitialspace=True)
    for row in reader:
        if row and len(row) != width:
            raise AdoptError(
                f"Line {reader.line_num} of {path} has {len(row)} fields, the header {width}: two tables may have been appended. "
                "Split it, or fill it up to one header."
            )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_second_header(path: Path, rows: pd.DataFrame) -> None:
    """A first row of names (or units) above numbers is a second header."""
    first, rest = {str(name): rows[name].iloc[0] for name in rows}, rows.iloc[1:]
    if rest.empty:
        return
    filled = {name: [text for text in rest[name] if text] for name in first}
    numbers = [name for name, texts in filled.items() if texts and all(map(_is_number, texts))]
    odd = [name for name in numbers if first[name] and not _is_number(first[name])]
    if numbers and len(odd) == len([n for n in numbers if first[n]]) and odd:
        raise AdoptError(
            f"The second line of {path} looks like another header ({odd[0]!r} is {first[odd[0]]!r}, all other rows hold numbers). "
            "Remove it."
        )


_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "<na>"})
_TRUE, _FALSE = frozenset({"true"}), frozenset({"false"})


def _typed(name: str, column: pd.Series, delimiter: str, notes: list[str]) -> pd.Series:
    """A column of text as numbers, truth values or text; "none" stays text where other words stand beside it."""
    text = column.str.strip()
    known = text[~text.str.lower().isin(_MISSING)]
    if known.empty:
        return pd.Series([None] * len(column), dtype=object)
    if set(known.str.lower()) <= _TRUE | _FALSE:
        return text.map(lambda value: value.lower() in _TRUE if value.lower() not in _MISSING else None).astype(object)
    if delimiter != "," and known.map(lambda value: bool(_DECIMAL_COMMA.match(value))).any():
        swapped = known.str.replace(",", ".", regex=False)
        if swapped.map(_is_number).all():
            notes.append(f"{name} is written with decimal commas")
            return pd.to_numeric(swapped).reindex(column.index)
    if known.map(_is_number).all():
        return pd.to_numeric(known).reindex(column.index)
    return text.map(lambda value: value or None).astype(object)
