"""The lock of a study: one process writes at a time, says who it is, and shows that it is alive."""

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sweepwright.errors import InputError

BEAT_SECONDS = 10.0
SILENT_SECONDS = 60.0  # a holder on another host that has not been heard of for so long is gone


class Locked(InputError):
    """Another process works on the study."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a study's lock, and how long ago it was last heard of."""

    host: str
    pid: int
    silent: float
    born: str | None = None  # when the process started, as its system counts: numbers of processes are used again

    @property
    def here(self) -> bool:
        """Whether the holder is a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def alive(self) -> bool:
        """Whether it still runs: asked of this host's processes; judged by its heartbeat where it is on another host."""
        if not self.here:
            return self.silent < SILENT_SECONDS
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        state, born = _stat(self.pid)
        return state != "Z" and (self.born is None or born is None or born == self.born)


def _stat(pid: int) -> tuple[str | None, str | None]:
    """The state of a process (Z: it has ended and waits to be collected) and when it started; None where that is unknown."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[0], fields[19]
    except (OSError, IndexError):
        return None, None


class Lock:
    """A lock file with host and process number, touched while it is held; a stale one is taken over and said so."""

    def __init__(self, folder: Path):
        self.path = folder / "lock"
        self.notice = ""
        self._released = threading.Event()

    def acquire(self, wait: float = 0.0) -> None:
        """Take the lock; a living holder is waited for at most `wait` seconds, then a Locked error names it."""
        until = time.monotonic() + wait
        while (holder := self._take()) is not None:
            if time.monotonic() >= until:
                raise Locked(
                    f"Another process works on this study: process {holder.pid} on {holder.host}. "
                    f"Wait for it, or stop it; if it is gone for good, delete {self.path}."
                )
            time.sleep(min(1.0, max(0.05, until - time.monotonic())))
        threading.Thread(target=self._beat, daemon=True).start()

    def _take(self) -> Holder | None:
        """Take the lock if it is free or stale; otherwise who holds it. Nobody else can come in between."""
        with self._alone():
            holder = self.holder()
            if holder is not None and holder.alive and not (holder.here and holder.pid == os.getpid()):
                return holder
            if self.path.exists():
                who = "a process" if holder is None else f"process {holder.pid} on {holder.host}"
                self.notice = f"A lock left by {who}, which no longer runs, was removed."
            aside = self.path.with_name(f".lock.{os.getpid()}")
            own = {"host": socket.gethostname(), "pid": os.getpid(), "born": _stat(os.getpid())[1]}
            aside.write_text(json.dumps(own), encoding="utf-8")
            aside.replace(self.path)
        return None

    @contextmanager
    def _alone(self) -> Generator[None]:
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _beat(self) -> None:
        """Touch the file now and then: how another host sees that this process is alive."""
        while not self._released.wait(BEAT_SECONDS):
            try:
                os.utime(self.path)
            except OSError:
                return

    def holder(self) -> Holder | None:
        """Who holds the lock, or None where nobody does or the file cannot be read."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            host, pid = str(found["host"]), int(found["pid"])
            silent = 0.0 if host == socket.gethostname() else self._silence()
            return Holder(host, pid, silent, found.get("born"))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _silence(self) -> float:
        """Seconds since the last heartbeat, by the clock of the file system, which all hosts share."""
        beat = self.path.stat().st_mtime
        probe = self.path.with_name(f".now.{os.getpid()}")
        try:
            probe.touch()
        except OSError:  # a folder that cannot be written to has only this host's clock
            return time.time() - beat
        now = probe.stat().st_mtime
        probe.unlink(missing_ok=True)
        return now - beat

    def release(self) -> None:
        """Give the lock back; nothing happens where it is not held."""
        self._released.set()
        self.path.unlink(missing_ok=True)
