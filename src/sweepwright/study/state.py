"""Where a study stands: the fold of its ledger's events, and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sweepwright.runs import Ending, Run, Trial
from sweepwright.study.seeds import run_seed

BASELINE_TRIAL = -1


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that was asked for: it keeps its number through every interruption."""

    number: int
    trial: int
    step: str
    condition: str
    replicate: int
    draw: int
    folds: int
    effort: str
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Proposal `number` of a step, and the trial that it is."""

    step: str
    number: int
    trial: int
    runs: tuple[int, ...]


@dataclass
class State:
    """What the ledger says so far. `apply` is the only thing that changes it."""

    root: int = 0
    declared: dict[str, Any] = field(default_factory=dict)
    trials: dict[int, Trial] = field(default_factory=dict)
    by_identity: dict[str, int] = field(default_factory=dict)
    planned: dict[int, Planned] = field(default_factory=dict)
    ended: dict[int, Run] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    proposals: dict[str, list[Proposal]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    pooled: list[dict[str, Any]] = field(default_factory=list)
    choices: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    invalid: set[int] = field(default_factory=set)
    kept: int | None = None

    @classmethod
    def of(cls, events: Iterable[Mapping[str, Any]]) -> "State":
        state = cls()
        for event in events:
            state.apply(event)
        return state

    def apply(self, event: Mapping[str, Any]) -> None:
        handler = getattr(self, "_" + event["event"].replace(" ", "_"), None)
        if handler is not None:  # events that only tell (notes, attempts of other kinds) change nothing
            handler(event)

    def _study_declared(self, event: Mapping[str, Any]) -> None:
        self.declared = dict(event)
        self.root = event["seed"]

    def _checked(self, event: Mapping[str, Any]) -> None:
        self.findings[event["name"]] = dict(event)

    def _accepted(self, event: Mapping[str, Any]) -> None:
        self.accepted.add(event["name"])

    def _proposal_asked(self, event: Mapping[str, Any]) -> None:
        trial = event["trial"]
        if trial >= 0 and trial not in self.trials:
            self.trials[trial] = Trial(number=trial, identity=event["identity"], configuration=event["configuration"])
            self.by_identity[event["identity"]] = trial
        proposals = self.proposals.setdefault(event["step"], [])
        proposals.append(Proposal(event["step"], len(proposals), trial, tuple(run[0] for run in event["runs"])))
        for number, condition, replicate, folds, effort in event["runs"]:
            self.planned[number] = Planned(
                number, trial, event["step"], condition, replicate, replicate // folds, folds, effort, event.get("baseline")
            )

    def _attempt_lost(self, event: Mapping[str, Any]) -> None:
        for number in event["runs"]:
            self.attempts[number] = self.attempts.get(number, 0) + 1

    def _run_ended(self, event: Mapping[str, Any]) -> None:
        plan = self.planned[event["run"]]
        trial = self.trials.get(plan.trial)
        identity = trial.identity if trial else f"baseline {plan.baseline}"
        self.ended[plan.number] = Run(
            number=plan.number,
            trial=plan.trial,
            step=plan.step,
            configuration=trial.configuration if trial else {"baseline": plan.baseline},
            condition=plan.condition,
            replicate=plan.replicate,
            draw=plan.draw,
            seed=run_seed(self.root, identity, plan.condition, plan.replicate),
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

    def _measured(self, event: Mapping[str, Any]) -> None:
        self.pooled.append(dict(event))

    def _step_begun(self, event: Mapping[str, Any]) -> None:
        self.begun.append(event["step"])

    def _step_ended(self, event: Mapping[str, Any]) -> None:
        self.finished.append(event["step"])

    def _choice_made(self, event: Mapping[str, Any]) -> None:
        self.choices.append(dict(event))

    def _model_kept(self, event: Mapping[str, Any]) -> None:
        self.kept = event["run"]

    def _trial_invalidated(self, event: Mapping[str, Any]) -> None:
        self.invalid.add(event["trial"])

    # --- questions ----------------------------------------------------------------------------------------------------

    def runs_of(self, step: str) -> list[Planned]:
        return [plan for plan in self.planned.values() if plan.step == step]

    def waiting(self, step: str) -> list[Planned]:
        return [plan for plan in self.runs_of(step) if plan.number not in self.ended]

    @property
    def next_run(self) -> int:
        return len(self.planned)  # numbers are given in order, without gaps

    @property
    def next_trial(self) -> int:
        return len(self.trials)

    @property
    def next_draw(self) -> int:
        """The first draw of the reference that nothing has used yet."""
        return max((plan.draw for plan in self.planned.values() if plan.trial >= 0), default=-1) + 1

    def choice(self, purpose: str) -> dict[str, Any] | None:
        """The last choice made for a purpose (`study`, or the name of a held condition)."""
        return next((choice for choice in reversed(self.choices) if choice["purpose"] == purpose), None)
