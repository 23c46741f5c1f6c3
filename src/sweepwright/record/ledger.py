"""The ledger: one event per line, flushed to disk before it is believed. One process writes at a time."""

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sweepwright.errors import InputError, no_space

VERSION = 1
DECODE = json.JSONDecoder().decode
ENCODE = json.JSONEncoder(allow_nan=False, ensure_ascii=False).encode


class LedgerError(InputError):
    """A ledger that cannot be read or written."""


def parsed(line: bytes) -> dict[str, Any]:
    """The event of one line; a ValueError says what is wrong with it."""
    if not line.endswith(b"\n"):
        raise ValueError("no line end")
    event = DECODE(line.decode())
    if not isinstance(event, dict) or "event" not in event:
        raise ValueError("not an event")
    return event


def stamped(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Events as they are written: with the schema's version and the time."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return [{"v": VERSION, "at": now, **event} for event in events]


def line_of(event: Mapping[str, Any]) -> bytes:
    """The line of a stamped event."""
    return (ENCODE(event) + "\n").encode()


def read_events(path: Path) -> tuple[list[dict[str, Any]], int | None]:
    """All whole events, and where a torn last line begins (None if there is none).

    A torn last line is what a kill during a write leaves: it was never believed, so it is dropped. A line damaged in the
    middle is an error with its number.
    """
    if not path.exists():
        return [], None
    events, start = [], 0
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        try:
            event = parsed(line)
        except ValueError:
            if number == len(lines):
                return events, start
            raise LedgerError(
                f"Line {number} of {path} is damaged. Nothing was changed; mend it with: sweepwright repair {path.parent}"
            ) from None
        if event.get("v", 0) > VERSION:
            raise LedgerError(
                f"Line {number} of {path} was written by a newer sweepwright (schema {event['v']}). Upgrade sweepwright to go on."
            )
        events.append(event)
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

    def append(self, events: Iterable[Mapping[str, Any]], flush_now: bool = True) -> list[dict[str, Any]]:
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
        os.close(self._file)
