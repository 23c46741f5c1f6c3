"""Verbs that write into a study that stands: a note, a trial marked as not to be used, a damaged ledger mended."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sweepwright.study.dispatch import stored_records
from sweepwright.study.ledger import Ledger, damaged_lines, line_of, parsed, stamped
from sweepwright.study.lock import Lock
from sweepwright.study.settings import StudyFileError
from sweepwright.study.state import State
from sweepwright.study.storage import StorageError, flush
from sweepwright.study.study import Study


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


def append(folder: Path, events: Sequence[Mapping[str, Any]]) -> None:
    """Write events into a study's ledger, all of them or none."""
    ledger = Ledger(folder / "ledger.jsonl")
    try:
        ledger.append(events)
    finally:
        ledger.close()


def note(study: Study, trial: int, text: str = "", star: bool | None = None, hide: bool | None = None) -> None:
    """Write a sentence about a trial into the ledger, star it, or hide it in the report; None leaves a mark as it is.

    `status` and the report show notes; a hidden trial keeps its part in every number.
    """
    _known(study, trial)
    marks = {name: mark for name, mark in (("star", star), ("hide", hide)) if mark is not None}
    if not text.strip() and not marks:
        raise StudyFileError("A note needs a text, --star or --hide (or --no-star, --no-hide).")
    with writing(study.folder):
        append(study.folder, [{"event": "note", "trial": trial, "text": text.strip(), **marks}])


def invalidate(study: Study, trial: int, why: str) -> bool:
    """Mark a trial as not to be used: samplers and choosing ignore it, the record stays. False if it was so already."""
    _known(study, trial)
    if not why.strip():
        raise StudyFileError("Say why the trial is not to be used: --why 'its images were mislabelled'.")
    with writing(study.folder):
        if trial in Study.open(study.folder, study.problem).state.invalid:
            return False
        append(study.folder, [{"event": "trial invalidated", "trial": trial, "why": why.strip()}])
    study.__dict__.pop("state", None)
    return True


def _known(study: Study, trial: int) -> None:
    if trial not in study.state.trials:
        last = len(study.state.trials) - 1
        has = f"It has trials 0 to {last}." if last >= 0 else "It has none yet."
        raise StudyFileError(f"{study.folder} has no trial {trial}. {has}")


# --- repair -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair found and did: the damaged lines, runs taken over from their folders, runs to be made again."""

    lines: tuple[int, ...]
    recovered: tuple[int, ...]
    again: tuple[int, ...]
    lost_proposals: int
    backup: Path | None


def repair(folder: Path) -> Repair:
    """Mend a ledger with damaged lines: they are dropped, a backup is kept, and what they said is made good.

    A lost run comes back from its folder where that was stored whole, else it runs again under its number and seed. A
    lost proposal is proposed again under its number, which gives the same configuration. Only the line that declares the
    study cannot be made good; it is written again from the study file, if the data are still the same.
    """
    with writing(folder):
        path = folder / "ledger.jsonl"
        if not path.exists():
            raise StudyFileError(f"{folder} has no ledger to repair: the study has not begun. Run it.")
        damaged = list(damaged_lines(path))
        if not damaged:
            return Repair((), (), (), 0, None)
        backup = _backup(path)
        bad = {number for number, _ in damaged}
        lines = path.read_bytes().splitlines(keepends=True)
        good = [line for number, line in enumerate(lines, 1) if number not in bad]
        events = [parsed(line) for line in good]
        declared: list[dict[str, Any]] = []
        if not any(event["event"] == "study declared" for event in events):
            declared = stamped([_declared_again(folder)])
        state = State.of([*declared, *events])
        recovered = [{"event": "run ended", **record} for record in stored_records(folder, state.planned, state)]
        made_good = [*recovered, {"event": "steps reopened", "lines": sorted(bad), "backup": backup.name}]
        _replace(path, [*map(line_of, declared), *good, *map(line_of, stamped(made_good))])
    known = state.ended.keys() | {record["run"] for record in recovered}
    again = tuple(sorted((state.started & state.planned.keys()) - known))
    taken = tuple(sorted(record["run"] for record in recovered))
    return Repair(tuple(sorted(bad)), taken, again, _lost_proposals(state), backup)


def _backup(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    backup = path.with_name(f"{path.name}.{stamp}.bak")
    number = 1
    while backup.exists():
        number += 1
        backup = path.with_name(f"{path.name}.{stamp}-{number}.bak")
    shutil.copy2(path, backup)
    flush(backup)
    return backup


def _replace(path: Path, lines: list[bytes]) -> None:
    aside = path.with_name(f".{path.name}.repair")
    aside.write_bytes(b"".join(lines))
    flush(aside)
    aside.replace(path)
    flush(path.parent)


def _lost_proposals(state: State) -> int:
    return sum(max(found) + 1 - len(found) for found in state.proposals.values() if found)


def _declared_again(folder: Path) -> dict[str, Any]:
    from sweepwright.study.verbs import declaration

    study = Study.open(folder)
    study.__dict__["state"] = State()  # what the ledger says cannot be read yet
    return declaration(study, study.data)
