"""Where a study stands, at a glance: read from its ledger alone, so that it is quick and disturbs nobody."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sweepwright.errors import InputError
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.plain import Plain
from sweepwright.record.ledger import read_events
from sweepwright.record.lock import Holder, Lock
from sweepwright.record.progress import shown
from sweepwright.record.state import State

SCHEMA = "status/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """The best trial by a goal so far: its mean, the standard error (None with one run), and how many runs that is.

    `effort` is that of these runs, where the study has runs of several.
    """

    goal: str
    trial: int
    mean: float
    error: float | None
    runs: int
    effort: str | None = None
    of_all: bool = True  # False: others ran less often, and are not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What `sweepwright status` shows."""

    study: str
    problem: str
    state: str  # new, running, interrupted, finished
    step: str
    round: int
    trials: int
    planned: int
    ended: int
    endings: Mapping[str, int]
    attempts_lost: int
    running: Sequence[Plain]
    holder: Holder | None
    steps: Mapping[str, Mapping[str, int]]
    leaders: Sequence[Leader]
    chosen: int | None
    worked_seconds: float
    seconds_left: float | None
    bytes: Mapping[str, int] = field(default_factory=dict)
    invalid: Mapping[int, str] = field(default_factory=dict)
    notes: Sequence[Plain] = ()
    limits: Mapping[str, str] = field(default_factory=dict)

    def as_data(self) -> Plain:
        """As plain data (schema ``status/1``)."""
        found = {name: getattr(self, name) for name in self.__slots__ if name not in ("holder", "leaders")}
        holder = self.holder and {"host": self.holder.host, "pid": self.holder.pid}
        leaders = [{name: getattr(leader, name) for name in Leader.__slots__} for leader in self.leaders]
        return {"schema": SCHEMA, **found, "holder": holder, "leaders": leaders}


def status(folder: Path) -> Standing:
    """The status of the study in a folder, which is only read; neither the problem nor the data are loaded."""
    if not (folder / "study.yaml").exists():
        raise InputError(f"{folder} holds no study: study.yaml is missing.")
    return status_of(folder, State.of(read_events(folder / "ledger.jsonl")[0], seeds=False))


def status_of(folder: Path, state: State) -> Standing:
    """The status of a study whose ledger adds up to `state`."""
    holder = Lock(folder).holder()
    working = holder is not None and holder.alive
    begun = [phase for phase in state.begun if phase not in state.finished]
    choice = state.decision()
    planned = max(len(state.planned), 0 if state.round or state.complete else state.expected)
    return Standing(
        study=str(folder),
        problem=state.declared.problem if state.declared else "",
        state="finished" if state.complete else "running" if working else "interrupted" if state.declared else "new",
        step=str(begun[-1]) if begun else "",
        round=state.round,
        trials=len(state.trials),
        planned=planned,
        ended=len(state.ended),
        endings=dict(Counter(run.ending.name for run in state.runs)),
        attempts_lost=sum(state.attempts.values()),
        running=running(folder, state) if working else [],
        holder=holder if working else None,
        steps=_steps(state),
        leaders=leaders(state),
        chosen=choice.chosen if choice else None,
        worked_seconds=round(state.seconds_worked(), 1),
        seconds_left=_left(state, planned, working),
        bytes=_sizes(folder, state),
        invalid=dict(state.invalid),
        notes=[{"trial": note.trial, "text": note.text, "at": note.at} for note in state.notes],
        limits={str(phase): event.why for phase, event in state.limits.items()},
    )


def leaders(state: State) -> list[Leader]:
    """The best trial per goal so far, by the mean over most runs in the reference condition, at the effort that most trials had."""
    reference = list(state.declared.conditions[:1]) if state.declared else []
    runs = [run for run in state.runs if run.trial >= 0 and [run.condition] == reference and run.used]
    trials = Counter(effort for _, effort in {(run.trial, run.effort) for run in runs})
    effort = max(trials, key=lambda name: (trials[name], name), default="")
    found = []
    for name, sign in _goals(state):
        values: dict[int, list[float]] = {}
        for run in runs:
            value = run.measured.get(name)
            if run.effort == effort and value is not None:
                values.setdefault(run.trial, []).append(value)
        most = max(map(len, values.values()), default=0)
        means = {trial: sum(v) / len(v) for trial, v in values.items() if len(v) == most}
        if means:
            trial = max(means, key=lambda t: sign * means[t])
            own = values[trial]
            spread = (sum((v - means[trial]) ** 2 for v in own) / (len(own) - 1)) ** 0.5 if len(own) > 1 else None
            error = None if spread is None else spread / len(own) ** 0.5
            several = effort if len(trials) > 1 else None
            found.append(
                Leader(
                    goal=name,
                    trial=trial,
                    mean=means[trial],
                    error=error,
                    runs=len(own),
                    effort=several,
                    of_all=len(means) == len(values),
                )
            )
    return found


def _goals(state: State) -> list[tuple[str, int]]:
    """The goals as the ledger has them: name and sign."""
    goals = [Goal.of(text) for text in state.goals]
    return [(goal.name, goal.sign) for goal in goals]


def _steps(state: State) -> dict[str, dict[str, int]]:
    phases = dict.fromkeys(plan.phase for plan in state.planned.values())
    return {
        str(phase): {"planned": len(plans), "ended": sum(plan.number in state.ended for plan in plans)}
        for phase in phases
        if (plans := state.runs_of(phase))
    }


def running(folder: Path, state: State) -> list[Plain]:
    """The runs that are under way, with what they last reported."""
    reports = shown(folder)
    return [
        {"run": number, "trial": state.planned[number].trial, **reports.get(number, {})}
        for number in sorted(state.started - state.ended.keys())
        if number in state.planned
    ]


def _left(state: State, planned: int, working: bool) -> float | None:
    """Seconds that the rest takes at the pace of the last session, or None where nothing runs or nothing is known."""
    if not working or not state.sessions or len(state.ended) < 3:
        return None
    began = datetime.fromisoformat(state.sessions[-1][0])
    done = len(state.ended) - state.ended_before
    passed = (datetime.now(UTC) - began).total_seconds()
    return round(passed / done * max(0, planned - len(state.ended)), 1) if done > 0 and passed > 0 else None


def _sizes(folder: Path, state: State) -> dict[str, int]:
    """Bytes on disk: the runs of each step, the ledger, and the products beside the study."""
    sizes: Counter[str] = Counter()
    try:
        entries = list(os.scandir(folder / "runs"))
    except OSError:
        entries = []
    for entry in entries:
        plan = state.planned.get(int(entry.name)) if entry.name.isdigit() else None
        if plan is not None:
            sizes[f"runs/{plan.phase.step}"] += sum(file.stat().st_size for file in os.scandir(entry.path))
    ledger = folder / "ledger.jsonl"
    if ledger.exists():
        sizes["ledger"] = ledger.stat().st_size
    products = folder.parent / "products"
    if products.is_dir():
        sizes["products"] = sum(file.stat().st_size for file in products.rglob("*") if file.is_file())
    return dict(sizes)
