"""Where a study stands: the fold of its ledger's events, and nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from sweepwright.nouns.decision import WHOLE_STUDY, Decision
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.finding import Finding
from sweepwright.nouns.phase import PROPOSING, Part, Phase, Step
from sweepwright.nouns.run import Run
from sweepwright.nouns.trial import Trial
from sweepwright.nouns.verdict import Verdict
from sweepwright.record import events as told
from sweepwright.record.plans import Extension, Planned, Proposal
from sweepwright.record.seeds import run_seed


@dataclass
class State:
    """What the ledger says so far. `apply` is the only thing that changes it."""

    root: int = 0
    applied: int = 0  # events so far
    seeds: bool = True  # whether runs get their seeds: deriving those of 10,000 takes longer than all else that `status` does
    declared: told.StudyDeclared | None = None
    trials: dict[int, Trial] = field(default_factory=dict[int, Trial])
    by_identity: dict[str, int] = field(default_factory=dict[str, int])
    planned: dict[int, Planned] = field(default_factory=dict[int, Planned])
    started: set[int] = field(default_factory=set[int])
    ended: dict[int, Run] = field(default_factory=dict[int, Run])
    attempts: dict[int, int] = field(default_factory=dict[int, int])
    proposals: dict[Phase, dict[int, Proposal]] = field(default_factory=dict[Phase, dict[int, Proposal]])
    proposed: set[int] = field(default_factory=set[int])  # trials that a search has proposed
    begun: list[Phase] = field(default_factory=list[Phase])
    finished: list[Phase] = field(default_factory=list[Phase])
    extensions: list[Extension] = field(default_factory=list[Extension])
    pooled: list[told.RunsPooled] = field(default_factory=list[told.RunsPooled])
    versions: dict[str, int] = field(default_factory=dict[str, int])  # of measures that were measured again
    decisions: list[Decision] = field(default_factory=list[Decision])
    findings: dict[str, Finding] = field(default_factory=dict[str, Finding])
    accepted: set[str] = field(default_factory=set[str])
    invalid: dict[int, str] = field(default_factory=dict[int, str])
    since_choice: list[told.TrialInvalidated | told.GoalsChanged] = field(
        default_factory=list[told.TrialInvalidated | told.GoalsChanged]
    )  # what has changed since the last choice of the study
    notes: list[told.Noted] = field(default_factory=list[told.Noted])
    starred: set[int] = field(default_factory=set[int])
    hidden: set[int] = field(default_factory=set[int])
    limits: dict[Phase, told.LimitReached] = field(
        default_factory=dict[Phase, told.LimitReached]
    )  # searches that ended for want of time
    kept: int | None = None
    goals: tuple[str, ...] = ()
    samplers: dict[Phase, told.StepBegun] = field(
        default_factory=dict[Phase, told.StepBegun]
    )  # by step: what proposed, where that is recorded
    sessions: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    expected: int = 0  # all runs as the plan has them
    ended_before: int = 0  # runs that had ended when the last session began
    orphans: dict[int, told.RunEnded] = field(
        default_factory=dict[int, told.RunEnded]
    )  # ended runs whose proposal's line was lost
    _by_phase: dict[Phase, list[Planned]] = field(default_factory=dict[Phase, list[Planned]])
    _by_trial: dict[int, list[Planned]] = field(default_factory=dict[int, list[Planned]])
    _top_run: int = -1
    _top_trial: int = -1

    @classmethod
    def of(cls, events: Iterable[told.Event], seeds: bool = True) -> "State":
        """The state that some events add up to, from an empty one."""
        state = cls(seeds=seeds)
        for event in events:
            state.apply(event)
        return state

    def apply(self, event: told.Event) -> None:
        """Believe one event."""
        self.applied += 1
        match event:
            case told.RunEnded():
                self._run_ended(event)
            case told.RunsStarted():
                self.started.update(event.runs)
            case told.ProposalAsked():
                self._proposal_asked(event)
            case told.SessionBegun():
                self._session_begun(event)
            case told.RunsMeasured():
                self._runs_measured(event)
            case told.RunsPooled():
                self.pooled.append(event)
            case told.ChoiceMade():
                self.decisions.append(event.decision)
                if event.decision.purpose == WHOLE_STUDY:
                    self.since_choice.clear()
            case told.ModelKept():
                self.kept = event.run
            case told.Noted():
                self._noted(event)
            case told.TrialInvalidated():
                self._trial_invalidated(event)
            case told.AttemptLost():
                for number in event.runs:
                    self.attempts[number] = self.attempts.get(number, 0) + 1
            case told.Checked():
                self.findings[event.name] = event.finding
            case told.CheckAccepted():
                self.accepted.add(event.name)
            case _:
                self._of_the_study(event)
        if self.sessions and event.at:
            self.sessions[-1] = (self.sessions[-1][0], event.at)

    def _of_the_study(self, event: told.Event) -> None:
        match event:
            case told.StudyDeclared():
                self.declared, self.root = event, event.seed
                self.goals, self.versions = event.goals, dict(event.measures)
            case told.GoalsChanged():
                self.goals = event.goals
                self.since_choice.append(event)
            case told.StudyExtended():
                self.extensions.append(event.extension)
            case told.StepBegun():
                self.begun.append(event.phase)
                if event.sampler:
                    self.samplers[event.phase] = event
            case told.StepEnded():
                self.finished.append(event.phase)
            case told.StepsReopened():
                self.finished.clear()  # each step looks again what of its plan is there
            case told.LimitReached():
                self.limits[event.phase] = event
            case told.TableAdopted():
                pass  # only tells
            case _:
                raise TypeError(f"No state follows from a {type(event).__name__}.")

    def _session_begun(self, event: told.SessionBegun) -> None:
        self.sessions.append((event.at, event.at))
        self.ended_before = len(self.ended)
        self.expected = event.planned
        self.started -= self.started - self.ended.keys()

    def _proposal_asked(self, event: told.ProposalAsked) -> None:
        trial, phase = event.trial, event.phase
        if trial >= 0 and trial not in self.trials:
            self.trials[trial] = Trial(number=trial, identity=event.identity, configuration=event.configuration)
            self.by_identity[event.identity] = trial
            self._top_trial = max(self._top_trial, trial)
        if phase.step in PROPOSING:
            self.proposed.add(trial)
        runs = (*event.again, *(place.run for place in event.runs))
        self.proposals.setdefault(phase, {})[event.number] = Proposal(phase, event.number, trial, runs, event.parent)
        for run, condition, replicate, folds, effort in event.runs:
            plan = Planned(run, trial, phase, condition, replicate, replicate // folds, folds, effort, event.baseline)
            self.planned[run] = plan
            self._top_run = max(self._top_run, run)
            self._by_phase.setdefault(phase, []).append(plan)
            self._by_trial.setdefault(trial, []).append(plan)
            if run in self.orphans:
                self._run_ended(self.orphans.pop(run))

    def _run_ended(self, event: told.RunEnded) -> None:
        plan = self.planned.get(event.run)
        if plan is None:
            self.orphans[event.run] = event
            return
        trial = self.trials.get(plan.trial)
        identity = trial.identity if trial else f"baseline {plan.baseline}"
        provenance = event.provenance if isinstance(event, told.RunAdopted) else None
        self.ended[plan.number] = Run(
            number=plan.number,
            trial=plan.trial,
            phase=plan.phase,
            configuration=trial.configuration if trial else {"baseline": plan.baseline},
            condition=plan.condition,
            replicate=plan.replicate,
            draw=plan.draw,
            seed=provenance.seed if provenance else self._seed(identity, plan),
            effort=plan.effort,
            ending=event.ending,
            verdict=_verdict(event),
            health=event.health,
            cause=event.cause,
            measured=event.measured,
            reasons=event.reasons,
            facts=event.facts,
            seconds=event.seconds,
            spent=event.spent,
            used=plan.trial not in self.invalid,
            provenance=provenance,
        )

    def _seed(self, identity: str, plan: Planned) -> int:
        return run_seed(self.root, identity, plan.condition, plan.replicate) if self.seeds else -1

    def _runs_measured(self, event: told.RunsMeasured) -> None:
        self.versions |= event.versions
        for number, values, reasons in event.values:
            run = self.ended[number]
            left = {name: why for name, why in run.reasons.items() if name not in values}
            self.ended[number] = replace(run, measured={**run.measured, **values}, reasons={**left, **reasons})

    def _noted(self, event: told.Noted) -> None:
        if event.text:
            self.notes.append(event)
        for marked, mark in ((self.starred, event.star), (self.hidden, event.hide)):
            if mark is not None:
                (marked.add if mark else marked.discard)(event.trial)

    def _trial_invalidated(self, event: told.TrialInvalidated) -> None:
        self.invalid[event.trial] = event.why
        self.since_choice.append(event)
        for plan in self._by_trial.get(event.trial, ()):
            if plan.number in self.ended:
                self.ended[plan.number] = replace(self.ended[plan.number], used=False)

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def runs(self) -> list[Run]:
        """The runs that have ended, by number: in which order they ended depends on the machine, and no answer may."""
        return [self.ended[number] for number in sorted(self.ended)]

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
        """The runs that were planned in a phase and have not ended."""
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

    def decision(self, purpose: str = WHOLE_STUDY) -> Decision | None:
        """The last choice made for a purpose: the whole study, or a held condition by name."""
        return next((decision for decision in reversed(self.decisions) if decision.purpose == purpose), None)

    def seconds_worked(self) -> float:
        """The wall time of all sessions so far, by the stamps of their first and last events; a clock set back counts 0."""
        return sum(
            max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
            for start, end in self.sessions
        )


def _verdict(event: told.RunEnded) -> Verdict:
    """What curves showed, else what the ending and the problem's solver say."""
    if event.verdict is not None:
        return event.verdict
    if event.ending is Ending.DIVERGED:
        return Verdict.DIVERGED
    converged = event.facts.get("converged")
    return Verdict.NOT_JUDGED if converged is None else Verdict.HEALTHY if converged else Verdict.UNFINISHED
