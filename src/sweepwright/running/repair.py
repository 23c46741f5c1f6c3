"""A damaged ledger is mended, and what was lost is made good."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sweepwright.record.events import Event, StepsReopened, StudyDeclared
from sweepwright.record.ledger import damaged_lines, line_of, parsed, stamped
from sweepwright.record.state import State
from sweepwright.record.storage import flush
from sweepwright.running.dispatch import stored_records
from sweepwright.running.writing import writing
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError


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
        declared: list[Event] = []
        if not any(isinstance(event, StudyDeclared) for event in events):
            declared = stamped([_declared_again(folder)])
        state = State.of([*declared, *events])
        recovered = stored_records(folder, state.planned, state)
        made_good = [*recovered, StepsReopened(lines=tuple(sorted(bad)), backup=backup.name)]
        _replace(path, [*map(line_of, declared), *good, *map(line_of, stamped(made_good))])
    known = state.ended.keys() | {record.run for record in recovered}
    again = tuple(sorted((state.started & state.planned.keys()) - known))
    taken = tuple(sorted(record.run for record in recovered))
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


def _declared_again(folder: Path) -> StudyDeclared:
    from sweepwright.running.declaration import declaration

    study = Study.open(folder)
    study.follow(State())  # what the ledger says cannot be read yet
    return declaration(study, study.data)
