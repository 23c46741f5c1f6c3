"""Writing into a study that stands: one process at a time, all events or none."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sweepwright.record.events import Event
from sweepwright.record.ledger import Ledger
from sweepwright.record.lock import Lock
from sweepwright.record.storage import StorageError
from sweepwright.study.study_file import StudyFileError


@contextmanager
def writing(folder: Path) -> Iterator[Lock]:
    """Hold the lock of a study while something is written; refused while another process holds it."""
    if not (folder / "study.yaml").exists():
        raise StudyFileError(f"{folder} holds no study: study.yaml is missing.")
    lock = Lock(folder)
    try:
        lock.acquire()
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror}. Nothing was changed.") from None
    try:
        yield lock
    finally:
        lock.release()


def append(folder: Path, events: Sequence[Event]) -> None:
    """Write events into a study's ledger, all of them or none."""
    ledger = Ledger(folder / "ledger.jsonl")
    try:
        ledger.append(events)
    finally:
        ledger.close()
