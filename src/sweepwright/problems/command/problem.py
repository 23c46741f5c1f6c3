"""The problem `command`: any script in any language, described in the study file."""

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sweepwright.errors import InputError
from sweepwright.nouns.data import Data, DataError
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.hashing import content_hash
from sweepwright.nouns.job import Job
from sweepwright.nouns.measure import Measure
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.plain import Plain, Settings
from sweepwright.nouns.problem import Option, Problem
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.watch import Watch
from sweepwright.problems.command.reading import Curves, Unreadable, read_outcome
from sweepwright.problems.command.template import GIVEN, TemplateError, filled, places, words
from sweepwright.space import Space

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 5.0  # between asking a command to end and ending it
PR_SET_PDEATHSIG = 1


class CommandFailed(Exception):
    """A command that ended with an error, or without the outcome that it should have written."""


def load(
    command: Any = None,
    measures: Any = None,
    outcome: str = "outcome.json",
    curves: str = "curves.csv",
    inputs: Any = (),
    folder: str = ".",
) -> Data:
    """The command and the files it depends on; there are no samples, each run is one."""
    if not command:
        raise DataError(
            "The problem 'command' needs a command. Write in the study file: command: python train.py --lr {lr} --out {out}"
        )
    place = Path(folder).resolve()
    template = words(command)
    _check_places(template)
    files = [place / name for name in _names(inputs)]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise DataError(f"inputs names {missing[0]}, which is no file. Paths are read from the folder {place}.")
    scripts = [place / word for word in template if "{" not in word and (place / word).is_file()]
    digest = content_hash(template, outcome, curves, [file.read_bytes().hex() for file in dict.fromkeys([*scripts, *files])])
    content = {"template": template, "outcome": outcome, "curves": curves, "folder": str(place)}
    facts = {"command": template, "places": places(template)}
    return Data(hash=digest, facts=facts, samples={"sample_id": np.arange(1)}, content=content)


def _check_places(template: list[str]) -> None:
    if "out" not in places(template):
        raise TemplateError(
            f"The command {' '.join(template)!r} has no {{out}}, the folder where it must write its outcome. Add --out {{out}}."
        )


def _names(value: Any) -> list[str]:
    """A list, or text with commas or blanks between the names."""
    return [str(item) for item in value] if isinstance(value, list | tuple) else str(value or "").replace(",", " ").split()


def train(data: Data, job: Job, watch: Watch) -> Trained:
    """Run the command in a folder of its own, and read back what it wrote."""
    about = data.content
    with tempfile.TemporaryDirectory(prefix="sweepwright-") as out:
        given = _given(job, out)
        absent = dict.fromkeys(places(about["template"]))  # a parameter that takes no part in this configuration is none
        values = {**absent, **given, **job.configuration}
        log = Path(out) / ".log"
        stopped = _run(
            filled(about["template"], values), about["folder"], out, log, job, Curves(Path(out) / about["curves"]), watch
        )
        if stopped:
            return Trained(ending=Ending.STOPPED)
        try:
            numbers, arrays = read_outcome(Path(out) / about["outcome"])
        except Unreadable as error:
            raise CommandFailed(f"The command ended well, but {error}.\n{_tail(log)}") from None
    return Trained(outcome=Outcome(arrays=arrays, sample=np.arange(1), facts=numbers))


def _given(job: Job, out: str) -> Plain:
    """What a command may ask for besides hyperparameters."""
    return {
        "seed": job.seed,
        "data_seed": job.data_seed,
        "run": job.number,
        "replicate": job.replicate,
        "draw": job.draw,
        "fold": job.fold,
        "folds": job.folds,
        "condition": job.condition.name,
        "effort": job.effort.name,
        "threads": job.threads,
        "device": job.device,
        "out": out,
    }


def _run(arguments: list[str], folder: str, out: str, log: Path, job: Job, curves: Curves, watch: Watch) -> bool:
    """Run to the end, showing the curves as they grow; True if the study asked it to stop."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(job.threads), "SWEEPWRIGHT_OUT": out}
    with log.open("wb") as sink:
        try:
            process = subprocess.Popen(
                arguments,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        except OSError as error:
            raise InputError(f"The command {arguments[0]!r} cannot be started: {error.strerror}.") from None
        try:
            while process.poll() is None:
                _report(curves, watch)
                if watch.should_stop():
                    _end(process)
                    return True
                try:
                    process.wait(LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            _end(process)
    _report(curves, watch)
    if process.returncode:
        how = f"signal {-process.returncode}" if process.returncode < 0 else f"exit code {process.returncode}"
        last = _tail(log).splitlines()[-1:] or ["it said nothing"]
        raise CommandFailed(f"{arguments[0]} ended with {how}: {last[0]}\n{_tail(log)}")
    return False


def _die_with_parent() -> None:
    """A command whose worker was killed must not go on alone; only Linux can promise that."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        return


def _report(curves: Curves, watch: Watch) -> None:
    for row in curves.new_rows():
        watch.report(**row)


def _end(process: subprocess.Popen) -> None:
    """End a command and all that it started, first by asking."""
    if process.poll() is not None:
        return
    for number, patience in ((signal.SIGTERM, PATIENCE_SECONDS), (signal.SIGKILL, PATIENCE_SECONDS)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        until = time.monotonic() + patience
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)


def _tail(log: Path, lines: int = 20) -> str:
    text = log.read_bytes()[-20_000:].decode(errors="replace")
    return "\n".join(text.strip().splitlines()[-lines:])


def made_for(options: Settings) -> Problem:
    """The problem for a study file: its measures are the names that `measures` lists, its goals those with a direction."""
    listed = options.get("measures")
    lines = [str(item).strip() for item in listed] if isinstance(listed, list | tuple) else str(listed or "").split(",")
    found = [line.split() for line in lines if line.split()]
    wrong = [line for line in found if len(line) > 2 or (len(line) == 2 and line[1] not in ("higher", "lower"))]
    if not found or wrong:
        got = f" But got {' '.join(wrong[0])!r}." if wrong else ""
        raise DataError(
            "The problem 'command' needs the names of what the command measures. Write in the study file: "
            f"measures: [error lower, size].{got}"
        )
    measures = tuple(Measure.fact(line[0]) for line in found)
    goals = tuple(Goal(m, line[1]) for m, line in zip(measures, found, strict=True) if len(line) == 2)
    if not goals:
        raise DataError(f"None of the measures says which way is better. Write for example: measures: [{found[0][0]} lower]")
    return replace(PROBLEM, measures=measures, goals=goals, made_for=made_for)


PLACEHOLDER = Measure.fact("outcome")
PROBLEM = Problem(
    name="command",
    about="any script in any language: a command with places to fill, an outcome and curves that it writes",
    load=load,
    train=train,
    space=Space(),
    measures=(PLACEHOLDER,),
    goals=(Goal(PLACEHOLDER, "lower"),),
    made_for=made_for,
    reads=lambda facts: [name for name in facts["places"] if name not in GIVEN],
    data={
        "command": Option(None, "the command, e.g. python train.py --lr {lr} --seed {seed} --out {out}; never run by a shell"),
        "measures": Option(None, "what its outcome holds, e.g. [error lower, size]; those with a direction are the goals"),
        "outcome": Option("outcome.json", "the file in {out} with its numbers: JSON, or CSV with name,value"),
        "curves": Option("curves.csv", "the file in {out} with a header and one row per epoch, if it writes one"),
        "inputs": Option([], "files that it reads: when they change, the study is another one"),
        "folder": Option(".", "where it runs"),
    },
)
