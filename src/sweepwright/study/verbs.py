"""The verbs as functions: `run` a study, `open_study` to read one."""

import getpass
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sweepwright.problem import Problem
from sweepwright.study import address as addresses
from sweepwright.study.dispatch import Dispatcher, Journal, Observer, Unseen
from sweepwright.study.executors import Slots
from sweepwright.study.ledger import Ledger, Lock
from sweepwright.study.phases import Phases
from sweepwright.study.protocol import Protocol
from sweepwright.study.settings import StudyFile, StudyFileError, complete, merged, read_file, validated, write_file
from sweepwright.study.storage import write_text
from sweepwright.study.study import Study
from sweepwright.study.worker import execute, records

ROOT = Path("studies")
MAY_CHANGE = {"executor", "budget", "goals", "made", "protocol"}
VERSIONED = ("sweepwright", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "optuna", "numba")


def run(
    problem: str | Problem,
    *,
    folder: str | Path | None = None,
    trials: int | None = None,
    seed: int | None = None,
    preset: str | None = None,
    slots: int | None = None,
    executor: str | None = None,
    settings: Mapping[str, Any] | None = None,
    accept: Sequence[str] = (),
    observer: Observer | None = None,
    command: str | None = None,
    **data: Any,
) -> Study:
    """Run a study to its end, or go on with one, and return it.

    `problem` is a name, an address (``file.py:NAME``), a study file, a study folder, or a Problem (which runs in this
    process). Further keywords are options of the problem's data. Raises ValueError (StudyFileError, DataError, ...) for
    input that cannot be used, before anything is written.

    >>> import tempfile
    >>> settings = {"space": {"C": {"choice": {"values": [0.1, 1.0]}}, "l1_ratio": 0.5}, "protocol": {"confirm": {"how": "off"}}}
    >>> study = run("phenotype", folder=tempfile.mkdtemp() + "/cells", settings=settings, executor="inline", preset="quick")
    >>> study.table()[["C", "l1_ratio", "nonzero"]].shape, study.choice()["chosen"] in (0, 1)
    ((2, 3), True)
    """
    asked = _asked(trials, seed, preset, slots, executor, settings, data)
    study = prepare(problem, folder, asked, command)
    work(study, accept, observer or Unseen())
    return study


def _asked(trials, seed, preset, slots, executor, settings, data) -> dict[str, Any]:
    asked: dict[str, Any] = dict(settings or {})
    if trials is not None:
        asked = merged(asked, {"protocol": {"explore": {"trials": trials}}})
    if seed is not None:
        asked["seed"] = seed
    if preset is not None:
        asked["preset"] = preset
    places = {key: value for key, value in {"slots": slots, "kind": executor}.items() if value is not None}
    if places:
        asked = merged(asked, {"executor": places})
    return merged(asked, {"data": data}) if data else asked


def prepare(problem: str | Problem, folder: str | Path | None, asked: Mapping[str, Any], command: str | None = None) -> Study:
    """The study that was asked for: a new one (nothing is written yet), or the one that stands in the folder."""
    if isinstance(problem, Problem):
        value, written = problem, {"problem": problem.name, **asked}
        written = merged({"executor": {"kind": "inline"}}, written)
        source = "The call"
    else:
        path = Path(problem)
        if (path / "study.yaml").is_file():
            return _existing(Study.open(path), asked)
        if path.suffix in (".yaml", ".yml"):
            written, source = merged(read_file(path), asked), str(path)
            if "problem" not in written:
                raise StudyFileError(f"{path} lacks the key 'problem'. Add for example: problem: phenotype")
        else:
            written, source = {"problem": problem, **asked}, "The command"
        full = addresses.full_address(str(written["problem"]))
        value = addresses.find(full)
        written = {**written, "problem": full if full.split(":")[0].endswith(".py") else written["problem"]}
    file = complete(value, written, source)
    place = Path(folder) if folder else ROOT / value.name
    if (place / "study.yaml").exists():
        return _existing(Study.open(place, value), file.model_dump(exclude_unset=False), whole=True)
    lag = file.lag or max(4, file.executor.slots or _default_slots(file))
    return Study(place, file.model_copy(update={"lag": lag, "made": _provenance(command)}), value)


def _existing(study: Study, asked: Mapping[str, Any], whole: bool = False) -> Study:
    """The study in the folder with what may change changed; another question is refused."""
    old = study.file.model_dump()
    new = dict(asked) if whole else merged(old, asked)
    new = merged(new, {"lag": old["lag"], "made": old["made"]})
    for key in old:
        if key not in MAY_CHANGE and new.get(key) != old[key]:
            raise _another(study, key, old[key], new.get(key))
    if study.choice() is not None and new.get("goals") != old["goals"]:
        raise StudyFileError(f"{study.folder} has chosen by other goals already. Start a new study: --folder {study.folder}-2")
    started = bool(study.state.proposals.get("explore"))
    protocol = validated(new, "The call").model_dump()["protocol"]
    if started and protocol != old["protocol"]:
        raise _another(study, "protocol", old["protocol"], protocol)
    study.file = validated(new, "The call")
    return study


def _another(study: Study, key: str, there: Any, asked: Any) -> StudyFileError:
    """The error for another question in the same folder; it names the innermost key that differs."""
    name = key
    while isinstance(there, Mapping) and isinstance(asked, Mapping):
        inner = next(k for k in (*there, *asked) if there.get(k) != asked.get(k))
        name, there, asked = f"{name}.{inner}", there.get(inner), asked.get(inner)
    return StudyFileError(
        f"{study.folder} holds a study with another {key}: {name} is {_short(there)} there, {_short(asked)} asked now. "
        f"Start a new one: --folder {study.folder}-2"
    )


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) < 60 else text[:57] + "..."


def _default_slots(file: StudyFile) -> int:
    return max(1, (os.cpu_count() or 1) // file.executor.threads)


def _provenance(command: str | None) -> dict[str, Any]:
    def found(package: str) -> str | None:
        try:
            return version(package)
        except PackageNotFoundError:
            return None

    commit = None
    try:
        result = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5)
        commit = result.stdout.strip() if result.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired):
        pass  # no git here: the commit stays unknown
    return {
        "command": command or " ".join(sys.argv[:1]),
        "commit": commit,
        "python": platform.python_version(),
        "host": platform.node(),
        "user": getpass.getuser(),
        "versions": {package: found(package) for package in VERSIONED if found(package)},
    }


def work(study: Study, accept: Sequence[str] = (), observer: Observer | None = None) -> None:
    """Load the data, declare the study if it is new, and run every step that is not finished."""
    if study.finished:
        return
    data = study.data
    declared = study.state.declared
    if declared and declared["data_hash"] != data.hash:
        raise StudyFileError(
            f"The data of {study.folder} changed: hash {data.hash[:12]} now, {declared['data_hash'][:12]} when the study began. "
            f"Restore the data, or start a new study: --folder {study.folder}-2"
        )
    check_plan(study, accept)
    lock = _make_folder(study)
    try:
        write_text(study.folder / "study.yaml", write_file(study.file))
        _locked(study, data, accept, observer or Unseen())
    finally:
        lock.release()


def check_plan(study: Study, accept: Sequence[str] = ()) -> None:
    """Everything that can be wrong with a plan and does not need the data: space, efforts, goals, accepted checks."""
    file = study.file.protocol
    assert study.resolved.space and study.goals
    for step in (file.audit, file.explore, file.exploit, file.finalists, file.confirm, file.keep):
        study.effort(step.effort)
    if study.file.incumbent is not None:
        study.space.canonical(study.file.incumbent)
    if file.explore.sampler == "grid":
        next(iter(study.space.grid()), None)
    names = [check.name for check in study.problem.checks]
    for name in accept:
        if name not in names:
            raise StudyFileError(
                f"There is no check {name!r} to accept. {study.problem.name} has {', '.join(names) or 'none'}."
            )


def _make_folder(study: Study) -> Lock:
    """Make the study's folder and take its lock."""
    lock = Lock(study.folder)
    try:
        (study.folder / "runs").mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise StudyFileError(
            f"The folder {study.folder} cannot be written: {error.strerror}. Choose another with --folder."
        ) from None
    return lock


def _locked(study: Study, data: Any, accept: Sequence[str], observer: Observer) -> None:
    ledger = Ledger(study.folder / "ledger.jsonl")
    slots = _slots(study)
    try:
        journal = Journal(ledger, observer)
        study.__dict__["state"] = journal.state
        if not journal.state.declared:
            _declare(study, data, journal)
        for name in accept:
            journal.tell({"event": "accepted", "name": name})
        options = json.dumps(study.file.data, sort_keys=True)
        inline = study.file.executor.kind == "inline"
        task_runner = (lambda task: list(records(study.problem, data, task))) if inline else execute
        dispatcher = Dispatcher(journal, slots, task_runner, study.file.budget.run_minutes)
        address = study.file.problem if inline and ":" not in study.file.problem else addresses.full_address(study.file.problem)
        Protocol(study, Phases(study, data, journal, dispatcher, options, address)).run()
    finally:
        slots.close()
        ledger.close()


def _slots(study: Study) -> Slots:
    executor = study.file.executor
    if executor.kind == "inline":
        return Slots.inline()
    return Slots.local(executor.slots or _default_slots(study.file), executor.threads)


def _declare(study: Study, data: Any, journal: Journal) -> None:
    columns = {name: (column if column.dtype != object else column.astype(str)) for name, column in data.samples.items()}
    pq.write_table(pa.table({name: np.asarray(column) for name, column in columns.items()}), study.folder / "samples.parquet")
    journal.tell(
        {
            "event": "study declared",
            "problem": study.problem.name,
            "seed": study.file.seed,
            "data_hash": data.hash,
            "facts": data.facts,
            "notes": list(data.notes),
            "conditions": [condition.name for condition in study.resolved.conditions],
            "folds": study.resolved.folds,
        }
    )


def open_study(folder: str | Path, problem: Problem | None = None) -> Study:
    """The study in a folder, for reading: its runs, table, outcomes and choice."""
    return Study.open(Path(folder), problem)
