"""The ledger: one event per line, flushed to disk before it is believed. One process writes at a time."""

import json
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sweepwright.errors import InputError

VERSION = 1


class LedgerError(InputError):
    """A ledger that cannot be read, or that another process holds."""


def read_events(path: Path) -> tuple[list[dict[str, Any]], int | None]:
    """All whole events, and where a torn last line begins (None if there is none).

    A torn last line is what a kill during a write leaves: it was never believed, so it is dropped. A line damaged in the
    middle is an error with its number.
    """
    if not path.exists():
        return [], None
    raw = path.read_bytes()
    events, start = [], 0
    lines = raw.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        last = number == len(lines)
        try:
            if not line.endswith(b"\n"):
                raise ValueError("no line end")
            event = json.loads(line)
            if not isinstance(event, dict) or "event" not in event:
                raise ValueError("not an event")
        except ValueError:
            if last:
                return events, start
            raise LedgerError(
                f"Line {number} of {path} is damaged. Nothing was changed; restore the file from a backup or remove that line."
            ) from None
        if event.get("v", 0) > VERSION:
            raise LedgerError(
                f"Line {number} of {path} was written by a newer sweepwright (schema {event['v']}). Upgrade sweepwright to go on."
            )
        events.append(event)
        start += len(line)
    return events, None


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a study's lock."""

    host: str
    pid: int

    @property
    def alive(self) -> bool:
        """Whether it still runs; a process on another host is taken to be alive."""
        if self.host != socket.gethostname():
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class Lock:
    """A lock file with host and process number; a stale one is taken over and said so."""

    def __init__(self, folder: Path):
        self.path = folder / "lock"
        self.notice = ""

    def acquire(self) -> None:
        for _ in range(3):
            try:
                handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            except FileExistsError:
                holder = self.holder()
                if holder is not None and holder.alive and holder.pid != os.getpid():
                    raise LedgerError(
                        f"Another process works on this study: process {holder.pid} on {holder.host}. "
                        f"Wait for it, or stop it; if it is gone for good, delete {self.path}."
                    ) from None
                self.notice = "A lock left by a process that no longer runs was removed."
                self.path.unlink(missing_ok=True)
                continue
            os.write(handle, json.dumps({"host": socket.gethostname(), "pid": os.getpid()}).encode())
            os.fsync(handle)
            os.close(handle)
            return
        raise LedgerError(f"The lock {self.path} could not be taken.")

    def holder(self) -> Holder | None:
        try:
            found = json.loads(self.path.read_text())
            return Holder(found["host"], int(found["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def release(self) -> None:
        self.path.unlink(missing_ok=True)


class Ledger:
    """The open ledger of one study."""

    def __init__(self, path: Path):
        self.path = path
        events, torn = read_events(path)
        self.events = events
        self.notice = ""
        if torn is not None:
            with path.open("r+b") as file:
                file.truncate(torn)
                os.fsync(file.fileno())
            self.notice = (
                "The last line of the ledger was torn by an interruption and was dropped; nothing that had ended is lost."
            )
        self._file = path.open("ab")

    def append(self, events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Write events, flush them to disk together, and only then return them."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        written = [{"v": VERSION, "at": now, **event} for event in events]
        if written:
            text = "".join(json.dumps(event, allow_nan=False, ensure_ascii=False) + "\n" for event in written)
            self._file.write(text.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
            self.events.extend(written)
        return written

    def close(self) -> None:
        self._file.close()
