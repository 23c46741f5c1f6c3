"""The ledger: one event per line, flushed to disk before it is believed. One process writes at a time."""

import errno
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sweepwright.errors import InputError, no_space
from sweepwright.record.events import KINDS, Event
from sweepwright.record.lines import as_fields, from_fields, is_object
from sweepwright.record.older import translated

VERSION = 2
KIND_OF = {kind.TITLE: kind for kind in KINDS}
DECODE = json.JSONDecoder().decode
ENCODE = json.JSONEncoder(allow_nan=False, ensure_ascii=False).encode


class LedgerError(InputError):
    """A ledger that cannot be read or written."""


class NewerLedger(ValueError):
    """A line of a schema that this version does not know."""


class TornLine(ValueError):
    """A line that is no JSON, or has no end: what a kill during a write leaves, or damage."""


def parsed(line: bytes) -> Event:
    """The event of one line; a ValueError says what is wrong with it."""
    if not line.endswith(b"\n"):
        raise TornLine("it has no end")
    try:
        found = DECODE(line.decode())
    except ValueError:
        raise TornLine("it is no JSON") from None
    if not is_object(found) or not isinstance(title := found.pop("event", None), str):
        raise ValueError("it is no event")
    version = found.pop("v", 1)
    if not isinstance(version, int):
        raise ValueError(f"its schema {version!r} is no number")
    if version > VERSION:
        raise NewerLedger(f"it was written by a newer sweepwright (schema {version})")
    if version < VERSION:
        title, found = translated(title, found)
    kind = KIND_OF.get(title)
    if kind is None:
        raise ValueError(f"there is no event {title!r}")
    try:
        return from_fields(kind, found)
    except ValueError as error:
        raise ValueError(f"the event {title!r} {error}") from None


def stamped(events: Iterable[Event]) -> list[Event]:
    """Events with the time, as they are written."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return [replace(event, at=now) for event in events]


def line_of(event: Event) -> bytes:
    """The line of a stamped event."""
    return (ENCODE({"v": VERSION, "event": event.TITLE, **as_fields(event)}) + "\n").encode()


def read_events(path: Path) -> tuple[list[Event], int | None]:
    """All whole events, and where a torn last line begins (None if there is none).

    A torn last line is what a kill during a write leaves: it was never believed, so it is dropped. A line that is damaged in
    the middle, or that is no event, is an error with its number.
    """
    if not path.exists():
        return [], None
    events: list[Event] = []
    start = 0
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        try:
            events.append(parsed(line))
        except NewerLedger as error:
            raise LedgerError(f"Line {number} of {path} cannot be read: {error}. Upgrade sweepwright to go on.") from None
        except ValueError as error:
            if number == len(lines) and isinstance(error, TornLine):
                return events, start
            raise LedgerError(
                f"Line {number} of {path} is damaged: {error}. Nothing was changed; mend it with: sweepwright repair {path.parent}"
            ) from None
        start += len(line)
    return events, None


def damaged_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that hold no event, with their numbers."""
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        try:
            parsed(line)
        except ValueError:
            yield number, line


class Ledger:
    """The open ledger of one study."""

    def __init__(self, path: Path):
        self.path = path
        self.events, torn = read_events(path)
        self.notice = ""
        self._unflushed = False
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        if torn is not None:
            os.ftruncate(self._file, torn)
            os.fsync(self._file)
            self.notice = (
                "The last line of the ledger was torn by an interruption and was dropped; nothing that had ended is lost."
            )

    def append(self, events: Iterable[Event], flush_now: bool = True) -> list[Event]:
        """Write events, flush them to disk together, and only then return them; or leave the flush to the next ones.

        A write that fails (a full disk) leaves the file as it was before, so that no half line stays behind.
        """
        written = stamped(events)
        if not written and not (self._unflushed and flush_now):
            return []
        text = b"".join(map(line_of, written))
        before = os.fstat(self._file).st_size
        try:
            view = memoryview(text)
            while view:
                view = view[os.write(self._file, view) :]
            if flush_now:
                os.fsync(self._file)
            self._unflushed = not flush_now
        except OSError as error:
            os.ftruncate(self._file, before)
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise LedgerError(no_space(self.path)) from None
            raise LedgerError(f"{self.path} cannot be written: {error.strerror}. Nothing that had ended is lost.") from None
        self.events.extend(written)
        return written

    def close(self) -> None:
        """Close the file; nothing can be appended afterwards."""
        os.close(self._file)
