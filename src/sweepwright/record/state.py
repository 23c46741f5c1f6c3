"""Where a study stands: the fold of its ledger's events, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from sweepwright.nouns.ending import Ending
from sweepwright.nouns.phase import PROPOSING, Part, Phase, Step
from sweepwright.nouns.run import Run
from sweepwright.nouns.trial import Trial
from sweepwright.record.plans import Extension, Planned, Proposal
from sweepwright.record.seeds import run_seed


@dataclass
class State:
    """What the ledger says so far. `apply` is the only thing that changes it."""

    root: int = 0
    applied: int = 0  # events so far
    seeds: bool = True  # whether runs get their seeds: deriving those of 10,000 takes longer than all else that `status` does
    declared: dict[str, Any] = field(default_factory=dict)
    trials: dict[int, Trial] = field(default_factory=dict)
    by_identity: dict[str, int] = field(default_factory=dict)
    planned: dict[int, Planned] = field(default_factory=dict)
    started: set[int] = field(default_factory=set)
    ended: dict[int, Run] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    proposals: dict[Phase, dict[int, Proposal]] = field(default_factory=dict)
    proposed: set[int] = field(default_factory=set)  # trials that a search has proposed
    begun: list[Phase] = field(default_factory=list)
    finished: list[Phase] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    pooled: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)  # of measures that were measured again
    choices: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    invalid: dict[int, str] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    starred: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    limits: dict[Phase, dict[str, Any]] = field(default_factory=dict)  # searches that ended for want of time
    kept: int | None = None
    goals: list[str] | None = None
    sessions: list[tuple[str, str]] = field(default_factory=list)
    expected: int = 0  # all runs as the plan has them
    ended_before: int = 0  # runs that had ended when the last session began
    orphans: dict[int, Mapping[str, Any]] = field(default_factory=dict)  # ended runs whose proposal's line was lost
    _by_phase: dict[Phase, list[Planned]] = field(default_factory=dict)
    _by_trial: dict[int, list[Planned]] = field(default_factory=dict)
    _top_run: int = -1
    _top_trial: int = -1

    @classmethod
    def of(cls, events: Iterable[Mapping[str, Any]], seeds: bool = True) -> "State":
        state = cls(seeds=seeds)
        for event in events:
            state.apply(event)
        return state

    def apply(self, event: Mapping[str, Any]) -> None:
        self.applied += 1
        handler = getattr(self, "_" + event["event"].replace(" ", "_"), None)
        if handler is not None:  # events that only tell change nothing
            handler(event)
        if self.sessions and "at" in event:
            self.sessions[-1] = (self.sessions[-1][0], event["at"])

    def _study_declared(self, event: Mapping[str, Any]) -> None:
        self.declared = dict(event)
        self.versions = dict(event.get("measures", {}))
        self.root = event["seed"]
        self.goals = event.get("goals")

    def _goal_changed(self, event: Mapping[str, Any]) -> None:
        self.goals = event["goals"]

    def _session_begun(self, event: Mapping[str, Any]) -> None:
        self.sessions.append((event["at"], event["at"]))
        self.ended_before = len(self.ended)
        self.expected = event.get("planned", 0)
        self.started -= self.started - self.ended.keys()

    def _checked(self, event: Mapping[str, Any]) -> None:
        self.findings[event["name"]] = dict(event)

    def _accepted(self, event: Mapping[str, Any]) -> None:
        self.accepted.add(event["name"])

    def _proposal_asked(self, event: Mapping[str, Any]) -> None:
        trial, phase = event["trial"], Phase.of(event["step"])
        if trial >= 0 and trial not in self.trials:
            self.trials[trial] = Trial(number=trial, identity=event["identity"], configuration=event["configuration"])
            self.by_identity[event["identity"]] = trial
            self._top_trial = max(self._top_trial, trial)
        proposals = self.proposals.setdefault(phase, {})
        number = event.get("number", len(proposals))
        runs = (*event.get("again", ()), *(run[0] for run in event["runs"]))
        if phase.step in PROPOSING:
            self.proposed.add(trial)
        proposals[number] = Proposal(phase, number, trial, runs, event.get("parent"))
        for run, condition, replicate, folds, effort in event["runs"]:
            plan = Planned(run, trial, phase, condition, replicate, replicate // folds, folds, effort, event.get("baseline"))
            self.planned[run] = plan
            self._top_run = max(self._top_run, run)
            self._by_phase.setdefault(phase, []).append(plan)
            self._by_trial.setdefault(trial, []).append(plan)
            if run in self.orphans:
                self._run_ended(self.orphans.pop(run))

    def _runs_started(self, event: Mapping[str, Any]) -> None:
        self.started.update(event["runs"])

    def _attempt_lost(self, event: Mapping[str, Any]) -> None:
        for number in event["runs"]:
            self.attempts[number] = self.attempts.get(number, 0) + 1

    def _run_ended(self, event: Mapping[str, Any]) -> None:
        plan = self.planned.get(event["run"])
        if plan is None:
            self.orphans[event["run"]] = event
            return
        trial = self.trials.get(plan.trial)
        identity = trial.identity if trial else f"baseline {plan.baseline}"
        self.ended[plan.number] = Run(
            number=plan.number,
            trial=plan.trial,
            phase=plan.phase,
            configuration=trial.configuration if trial else {"baseline": plan.baseline},
            condition=plan.condition,
            replicate=plan.replicate,
            draw=plan.draw,
            seed=self._seed(event, identity, plan),
            effort=plan.effort,
            ending=Ending[event["ending"]],
            cause=event.get("cause", ""),
            measured=event["measured"],
            reasons=event.get("reasons", {}),
            facts=event.get("facts", {}),
            seconds=event["seconds"],
            spent=event.get("spent", {}),
            used=plan.trial not in self.invalid,
        )

    def _seed(self, event: Mapping[str, Any], identity: str, plan: Planned) -> int | None:
        """The seed of a run; an adopted one brings its own, or has none."""
        if "seed" in event:
            return event["seed"]
        return run_seed(self.root, identity, plan.condition, plan.replicate) if self.seeds else -1

    def _measured(self, event: Mapping[str, Any]) -> None:
        if event["of"] != "run":
            self.pooled.append(dict(event))
            return
        self.versions |= event.get("versions", {})
        for number, values, reasons in event["values"]:
            run = self.ended[number]
            left = {name: why for name, why in run.reasons.items() if name not in values}
            self.ended[number] = replace(run, measured={**run.measured, **values}, reasons={**left, **reasons})

    def _step_begun(self, event: Mapping[str, Any]) -> None:
        self.begun.append(Phase.of(event["step"]))

    def _step_ended(self, event: Mapping[str, Any]) -> None:
        self.finished.append(Phase.of(event["step"]))

    def _steps_reopened(self, event: Mapping[str, Any]) -> None:
        self.finished.clear()  # each step looks again what of its plan is there

    def _limit_reached(self, event: Mapping[str, Any]) -> None:
        self.limits[Phase.of(event["step"])] = dict(event)

    def _study_extended(self, event: Mapping[str, Any]) -> None:
        draws = event.get("draws")
        self.extensions.append(
            Extension(event.get("explore", 0), event.get("exploit", 0), tuple(draws) if draws else None, event.get("why", ""))
        )

    def _choice_made(self, event: Mapping[str, Any]) -> None:
        self.choices.append(dict(event))

    def _model_kept(self, event: Mapping[str, Any]) -> None:
        self.kept = event["run"]

    def _note(self, event: Mapping[str, Any]) -> None:
        if event.get("text"):
            self.notes.append(dict(event))
        for marked, mark in ((self.starred, "star"), (self.hidden, "hide")):
            if event.get(mark) is not None:
                (marked.add if event[mark] else marked.discard)(event["trial"])

    def _trial_invalidated(self, event: Mapping[str, Any]) -> None:
        self.invalid[event["trial"]] = event.get("why", "")
        for plan in self._by_trial.get(event["trial"], ()):
            if plan.number in self.ended:
                self.ended[plan.number] = replace(self.ended[plan.number], used=False)

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def round(self) -> int:
        """0 for a study as it was first asked; one more for each extension."""
        return len(self.extensions)

    def now(self, step: Step, part: Part | None = None, stage: int | None = None) -> Phase:
        """A step, or a part or stage of it, in the current round."""
        return Phase(step, part, stage, self.round)

    @property
    def complete(self) -> bool:
        """Whether the current round has come to its end."""
        return self.now(Step.STUDY) in self.finished

    def asked(self, phase: Phase) -> list[Proposal]:
        """The proposals of a phase in the order of their numbers."""
        found = self.proposals.get(phase, {})
        return [found[number] for number in sorted(found)]

    def asked_in(self, step: Step) -> list[Proposal]:
        """The proposals of a step in all its parts, stages and rounds, in order."""
        return [proposal for phase in self.proposals if phase.step is step for proposal in self.asked(phase)]

    def runs_of(self, phase: Phase) -> list[Planned]:
        """The runs that were planned in a phase."""
        return self._by_phase.get(phase, [])

    def runs_of_trial(self, trial: int) -> list[Planned]:
        """The runs that were planned for a trial."""
        return self._by_trial.get(trial, [])

    def waiting(self, phase: Phase) -> list[Planned]:
        return [plan for plan in self.runs_of(phase) if plan.number not in self.ended]

    def run_numbers(self) -> Iterator[int]:
        """Numbers for new runs, the lowest that are free first: a gap is what a lost line leaves, and is filled again."""
        if self._top_run == len(self.planned) - 1:
            return count(len(self.planned))
        return (number for number in count() if number not in self.planned)

    def trial_numbers(self) -> Iterator[int]:
        """Numbers for new trials, the lowest that are free first."""
        if self._top_trial == len(self.trials) - 1:
            return count(len(self.trials))
        return (number for number in count() if number not in self.trials)

    def choice(self, purpose: str) -> dict[str, Any] | None:
        """The last choice made for a purpose (`study`, or the name of a held condition)."""
        return next((choice for choice in reversed(self.choices) if choice["purpose"] == purpose), None)

    def seconds_worked(self) -> float:
        """The wall time of all sessions so far, by the stamps of their first and last events; a clock set back counts 0."""
        return sum(
            max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
            for start, end in self.sessions
        )
