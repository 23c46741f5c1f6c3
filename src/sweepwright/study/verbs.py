"""The verbs as functions: `run` a study, `open_study` to read one."""

import getpass
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from sweepwright.choosing.tranches import parse_rule
from sweepwright.measures.criteria import criteria
from sweepwright.problem import Data, Problem
from sweepwright.study import address as addresses
from sweepwright.study.changes import changed, extension_by, wanting
from sweepwright.study.cluster import check_cluster, dask_slots
from sweepwright.study.devices import devices_of
from sweepwright.study.dispatch import Dispatcher, Journal, Observer, Unseen
from sweepwright.study.executors import Slots
from sweepwright.study.interruption import Stop
from sweepwright.study.ledger import Ledger, LedgerError
from sweepwright.study.lock import Lock
from sweepwright.study.mapped import share
from sweepwright.study.phases import Phases, Where
from sweepwright.study.plan import plan
from sweepwright.study.protocol import Protocol
from sweepwright.study.settings import StudyFile, StudyFileError, complete, merged, read_file, write_file
from sweepwright.study.state import Extension
from sweepwright.study.storage import no_space_is_said, write_text
from sweepwright.study.study import Study
from sweepwright.study.worker import Task, execute, records

ROOT = Path("studies")
VERSIONED = ("sweepwright", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "optuna", "numba", "torch", "distributed")


def run(
    problem: str | Problem,
    *,
    folder: str | Path | None = None,
    trials: int | str | None = None,
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
    process). `trials` limits the configurations of the search; ``"+50"`` extends a finished study by 50. Further keywords are options of the problem's data. Raises ValueError (StudyFileError, DataError, ...) for
    input that cannot be used, before anything is written.

    >>> import tempfile
    >>> settings = {"space": {"C": {"choice": {"values": [0.1, 1.0]}}, "l1_ratio": 0.5}, "protocol": {"confirm": {"how": "off"}}}
    >>> study = run("phenotype", folder=tempfile.mkdtemp() + "/cells", settings=settings, executor="inline", preset="quick")
    >>> study.table()[["C", "l1_ratio", "nonzero"]].shape, study.choice()["chosen"] in (0, 1)
    ((2, 3), True)
    """
    trials, more = trials_and_more(trials)
    asked = _asked(trials, seed, preset, slots, executor, settings, data)
    study = prepare(problem, folder, asked, command)
    work(study, accept, observer or Unseen(), more=more)
    return study


def trials_and_more(trials: int | str | None) -> tuple[int | None, int | None]:
    """A number of configurations, or how many more: ``20`` and ``"+50"``.

    >>> trials_and_more(20), trials_and_more("+50")
    ((20, None), (None, 50))
    """
    text = "" if trials is None else str(trials).strip()
    if not text:
        return None, None
    if not text.removeprefix("+").isdigit() or int(text) < 1:
        raise StudyFileError(f"trials is a whole number of configurations such as 20, or +50 for more, but got {trials!r}.")
    return (None, int(text)) if text.startswith("+") else (int(text), None)


def _asked(trials, seed, preset, slots, executor, settings, data) -> dict[str, Any]:
    asked: dict[str, Any] = dict(settings or {})
    if trials is not None:
        asked = merged(asked, {"budget": {"trials": trials}})
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
            return _with_changes(Study.open(path), asked)
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
        return _with_changes(Study.open(place, value), file.model_dump(exclude_unset=False), whole=True)
    value = value.settled(file.data)
    lag = file.lag or max(4, file.executor.slots or _default_slots(file))
    return Study(place, file.model_copy(update={"lag": lag, "made": provenance(command)}), value)


def _with_changes(study: Study, asked: Mapping[str, Any], whole: bool = False) -> Study:
    """The study that stands, with what may change changed; another question is refused."""
    if asked:
        study.file = changed(study, asked, whole)
    return study


def _default_slots(file: StudyFile) -> int:
    if file.executor.kind == "dask" and file.executor.cluster is not None:
        return file.executor.cluster.workers
    return max(1, (os.cpu_count() or 1) // file.executor.threads)


@cache
def _versions() -> dict[str, str]:
    found = {}
    for package in VERSIONED:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def provenance(command: str | None) -> dict[str, Any]:
    """Who made a study with what: command, commit of the working folder, versions."""
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
        "versions": _versions(),
    }


def work(
    study: Study, accept: Sequence[str] = (), observer: Observer | None = None, *, more: int | None = None, wait: float = 0.0
) -> None:
    """Load the data, declare the study if it is new, and run every step that is not finished; `more` extends it.

    `wait` is how many seconds another process may keep the study before that is an error.
    """
    if study.adopted:
        raise StudyFileError(
            f"{study.folder} was adopted: its runs were made elsewhere, so nothing can be trained. Choose from it with: "
            f"sweepwright choose {study.folder}"
        )
    if more is not None:
        more = _still_to_add(study, more)
    if study.finished and more is None and wanting(study) is None:
        return
    data = study.data
    declared = study.state.declared
    if declared and declared["data_hash"] != data.hash:
        raise StudyFileError(
            f"The data of {study.folder} changed: hash {data.hash[:12]} now, {declared['data_hash'][:12]} when the study began. "
            f"Restore the data, or start a new study: --folder {study.folder}-2"
        )
    check_plan(study, accept)
    lock = _make_folder(study, wait)
    try:
        with no_space_is_said(study.folder / "study.yaml"):
            write_text(study.folder / "study.yaml", write_file(study.file))
        with Stop().listening() as stop:
            _locked(study, data, accept, observer or Unseen(), stop, lock.notice, more)
    finally:
        lock.release()


def _still_to_add(study: Study, more: int) -> int | None:
    """How many configurations an extension adds now: none where the same extension was begun and interrupted."""
    if not study.state.declared:
        raise StudyFileError(f"There is no study at {study.folder} to extend. Run it first, then add: --trials +{more}")
    if study.finished:
        return more
    last = study.state.extensions[-1] if study.state.extensions else None
    if last is not None and last.why == f"{more} more configurations":
        return None
    raise StudyFileError(
        f"{study.folder} has not come to its end, so it cannot be extended yet. Go on with: sweepwright run {study.folder}"
    )


def check_plan(study: Study, accept: Sequence[str] = ()) -> None:
    """Everything that can be wrong with a plan and does not need the data: space, efforts, goals, accepted checks."""
    file = study.file.protocol
    assert study.resolved.space and study.goals
    for step in (file.audit, file.explore, file.exploit, file.finalists, file.confirm, file.keep):
        study.effort(step.effort)
    _check_parameters(study)
    if study.file.executor.kind == "dask":
        check_cluster(study.file.executor)
    if "gp" in (file.explore.sampler, file.exploit.sampler) and find_spec("torch") is None:
        raise StudyFileError("The sampler 'gp' needs torch: pip install 'sweepwright[gp]', or use sampler: tpe.")
    plan(study)
    for rule in study.file.tranches.values():
        parse_rule(rule)
    criteria({}, study.file.criteria)
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


def _check_parameters(study: Study) -> None:
    known = list(study.space)
    if not known:
        raise StudyFileError(
            "The space has no parameter. Write in the study file for example: space: {lr: {float: [1e-4, 0.1]}}"
        )
    for name in study.problem.reads(study.facts) if study.problem.reads else ():
        if name.split("/")[0] not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"It has {', '.join(known)}."
            raise StudyFileError(f"{study.problem.name!r} asks for {name!r}, which is not in the space; {hint}")


def _make_folder(study: Study, wait: float) -> Lock:
    """Make the study's folder and take its lock."""
    lock = Lock(study.folder)
    try:
        (study.folder / "runs").mkdir(parents=True, exist_ok=True)
        lock.acquire(wait)
    except OSError as error:
        raise StudyFileError(
            f"The folder {study.folder} cannot be written: {error.strerror}. Choose another with --folder."
        ) from None
    return lock


def _locked(
    study: Study, data: Data, accept: Sequence[str], observer: Observer, stop: Stop, notice: str, more: int | None
) -> None:
    """The work of the one process that holds the lock."""
    ledger = Ledger(study.folder / "ledger.jsonl")
    slots: Slots | None = None
    journal = Journal(ledger, observer, study.folder / "runs")
    try:
        study.__dict__["state"] = journal.state
        if not journal.state.declared:
            _declare(study, data, journal)
        slots = make_slots(study.file)
        shutil.rmtree(study.folder / "progress", ignore_errors=True)  # what killed runs had shown
        total = sum(plan(study).runs.values())
        here = {"host": platform.node(), "pid": os.getpid(), "slots": slots.count, "planned": total}
        notices = [text for text in (notice, ledger.notice) if text]
        journal.tell({"event": "session begun", **here, "notices": notices, "command": study.file.made.get("command", "")})
        _record_changes(study, journal, accept)
        dispatcher = Dispatcher(journal, slots, _executes(study, data), study.file.budget.run_minutes, stop)
        phases = Phases(study, data, journal, dispatcher, _where(study, data))
        with threadpool_limits(study.file.executor.threads):  # workers limit themselves
            if journal.state.complete and more is not None:
                _extend(journal, extension_by(study, more))
            Protocol(study, phases).run()
            while (extension := wanting(study)) is not None:
                _extend(journal, extension)
                Protocol(study, phases).run()
    finally:
        with suppress(LedgerError):  # what has ended is recorded, whatever ends the session
            journal.settle()
        if slots is not None:
            slots.close()
        ledger.close()


def _extend(journal: Journal, extension: Extension) -> None:
    found = {"explore": extension.explore, "exploit": extension.exploit, "draws": extension.draws, "why": extension.why}
    journal.tell({"event": "study extended", **found})


def _record_changes(study: Study, journal: Journal, accept: Sequence[str]) -> None:
    goals = [str(goal) for goal in study.goals]
    before = journal.state.goals
    if before is not None and before != goals:
        journal.tell({"event": "goal changed", "goals": goals})
    for name in accept:
        journal.tell({"event": "accepted", "name": name})


def _executes(study: Study, data: Data) -> Callable[[Task], list[dict[str, Any]]]:
    """What a slot does with a batch: workers find the problem by its address, this process has it already."""
    if study.file.executor.kind != "inline":
        return execute
    return lambda task: list(records(study.problem, data, task))


def _where(study: Study, data: Data) -> Where:
    options = json.dumps(study.file.data, sort_keys=True)
    if study.file.executor.kind == "inline":
        return Where(study.file.problem, options)
    shared = share(data, study.folder.parent / "products")
    return Where(addresses.full_address(study.file.problem), options, str(shared) if shared else None)


def make_slots(file: StudyFile) -> Slots:
    """The slots that a study file asks for."""
    executor, devices = file.executor, devices_of(file.executor.device)
    if executor.kind == "dask":
        return dask_slots(executor, devices)
    if executor.kind == "inline":
        return Slots.inline(devices)
    return Slots.local(executor.slots or _default_slots(file), executor.memory, devices)


def _declare(study: Study, data: Data, journal: Journal) -> None:
    columns = {name: (column if column.dtype != object else column.astype(str)) for name, column in data.samples.items()}
    with no_space_is_said(study.folder / "samples.parquet"):
        aside = study.folder / ".samples.parquet"
        pq.write_table(pa.table({name: np.asarray(column) for name, column in columns.items()}), aside)
        aside.replace(study.folder / "samples.parquet")
    journal.tell(declaration(study, data))


def declaration(study: Study, data: Data) -> dict[str, Any]:
    """The event by which a study's ledger begins."""
    return {
        "event": "study declared",
        "problem": study.problem.name,
        "seed": study.file.seed,
        "data_hash": data.hash,
        "facts": data.facts,
        "notes": list(data.notes),
        "conditions": [condition.name for condition in study.resolved.conditions],
        "folds": study.resolved.folds,
        "goals": [str(goal) for goal in study.goals],
        "measures": {measure.name: measure.version for measure in study.problem.all_measures()},
    }


def open_study(folder: str | Path, problem: Problem | None = None) -> Study:
    """The study in a folder, for reading: its runs, table, outcomes and choice."""
    return Study.open(Path(folder), problem)
