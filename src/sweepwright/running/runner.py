"""One phase of a study: runs are planned, recorded under fixed numbers, and trained where they are not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sweepwright.nouns.condition import ConditionKind
from sweepwright.nouns.data import Data
from sweepwright.nouns.job import Job
from sweepwright.nouns.phase import Phase, Step
from sweepwright.record.events import ProposalAsked
from sweepwright.record.plans import Place, Planned
from sweepwright.record.seeds import data_seed, run_seed
from sweepwright.record.state import State
from sweepwright.record.storage import RunKeep
from sweepwright.running.dispatch import Dispatcher, Journal, stored_records
from sweepwright.running.plan import PAIRED
from sweepwright.running.pooling import pool
from sweepwright.running.slots.watching import EpochMedians
from sweepwright.running.slots.worker import Task
from sweepwright.space import Configuration, identity_of
from sweepwright.study.study import Study
from sweepwright.study.study_file import Kept

Places = tuple[tuple[str, int, int], ...]  # (condition, replicate, folds)


@dataclass(frozen=True, slots=True)
class Ask:
    """A configuration in canonical form to run: on (condition, replicate, folds) each, at one effort. A baseline has no configuration.

    `parent` is the trial whose other values a stage took over.
    """

    configuration: Configuration | None
    places: Places
    effort: str
    baseline: str | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Where the runs of a study train: the problem's address, its data options as JSON, and arrays that are shared."""

    address: str
    options: str
    shared: str | None = None


class Runner:
    """Records what is not recorded of a plan, and trains what is not trained: the only way to a run."""

    def __init__(self, study: Study, data: Data, journal: Journal, dispatcher: Dispatcher, where: Where):
        self.study = study
        self.data = data
        self.journal = journal
        self.dispatcher = dispatcher
        self.where = where

    @property
    def state(self) -> State:
        """What the ledger says so far."""
        return self.journal.state

    def fixed(
        self, phase: Phase, asks: Sequence[Ask], enough: Callable[[], bool] = lambda: False, *, proposing: bool = False
    ) -> None:
        """Record what is not recorded of a plan, then train what is not trained; `proposing` where a search asks."""
        there = self.state.proposals.get(phase, {})
        missing = [(number, ask) for number, ask in enumerate(asks) if number not in there]
        if missing:
            self._record(phase, self._on_own_draws(missing) if proposing else missing)
        self.resend(phase, enough)
        pool(self.study, self.data, self.journal, phase)

    def propose(self, phase: Phase, number: int, ask: Ask) -> list[Planned]:
        """Record a search's proposal and the runs that it is asked for; returns those that have to be trained."""
        self._record(phase, self._on_own_draws([(number, ask)]))
        proposal = self.state.proposals[phase][number]
        return [self.state.planned[run] for run in proposal.runs if run not in self.state.ended]

    def _on_own_draws(self, asks: Sequence[tuple[int, Ask]]) -> list[tuple[int, Ask]]:
        """What was proposed before is proposed again on the next draws, so that its new runs are replicates.

        The audit's runs are no proposals: a configuration that it ran comes to its first proposal with those runs.
        """
        found: list[tuple[int, Ask]] = []
        following: dict[str, int] = {}
        for number, ask in asks:
            assert ask.configuration is not None
            identity = identity_of(ask.configuration)
            trial = self.state.by_identity.get(identity, -1)
            unused = 1 + max((plan.draw for plan in self.state.runs_of_trial(trial)), default=-1) if trial >= 0 else 0
            start = following.get(identity, unused if trial in self.state.proposed else 0)
            places = tuple((c, r + start * f, f) for c, r, f in ask.places)
            found.append((number, replace(ask, places=places)))
            width = 1 + max((replicate // folds for _, replicate, folds in ask.places), default=0)
            following[identity] = max(start + width, unused)
        return found

    def _record(self, phase: Phase, asks: Sequence[tuple[int, Ask]]) -> None:
        """Record proposals with one flush. A run that was planned before at the same place and effort is not made again."""
        new_trials: dict[str, int] = {}
        run_numbers, trial_numbers = self.state.run_numbers(), self.state.trial_numbers()
        events: list[ProposalAsked] = []
        for number, ask in asks:
            places = [(condition, replicate, folds, ask.effort) for condition, replicate, folds in ask.places]
            event = ProposalAsked(phase=phase, number=number, baseline=ask.baseline, parent=ask.parent)
            if ask.configuration is not None:
                identity = identity_of(ask.configuration)
                trial = self.state.by_identity.get(identity, new_trials.get(identity, -1))
                if trial < 0:
                    trial = new_trials[identity] = next(trial_numbers)
                there = {(p.condition, p.replicate, p.folds, p.effort): p.number for p in self.state.runs_of_trial(trial)}
                again = tuple(there[place] for place in places if place in there)
                places = [place for place in places if place not in there]
                event = replace(event, trial=trial, identity=identity, configuration=dict(ask.configuration), again=again)
            events.append(replace(event, runs=tuple(Place(next(run_numbers), *place) for place in places)))
        self.journal.tell(*events)

    def resend(self, phase: Phase, enough: Callable[[], bool] = lambda: False) -> None:
        """Train the runs of a phase that have not ended; those stored by a killed batch are believed first."""
        waiting = self.state.waiting(phase)
        if not waiting:
            return
        together = self.study.problem.train_batch is not None  # batches are made of all runs, whether they have ended or not
        tasks = [task for task in self.tasks(self.state.runs_of(phase) if together else waiting) if self._open(task)]
        for task in tasks:
            if len(task.jobs) > 1:
                self.dispatcher.believe(stored_records(self.study.folder, task.numbers, self.state))
        self.journal.settle()
        self.dispatcher.run([task for task in tasks if self._open(task)], enough)

    def _open(self, task: Task) -> bool:
        return any(number not in self.state.ended for number in task.numbers)

    def tasks(self, plans: Sequence[Planned], comparisons: Mapping[str, EpochMedians] | None = None) -> list[Task]:
        """Batches in the problem's own groups; the groups depend on what was planned, never on what has ended."""
        tasks = []
        for baseline, group in groupby(plans, key=lambda plan: plan.baseline):
            group = list(group)
            jobs = [self._job(plan) for plan in group]
            batches = [[job] for job in jobs] if baseline else self.study.problem.batches(jobs)
            tasks += [self._task(group[0].phase.step, tuple(batch), baseline, comparisons or {}) for batch in batches]
        return tasks

    def _task(self, step: Step, jobs: tuple[Job, ...], baseline: str | None, comparisons: Mapping[str, EpochMedians]) -> Task:
        return Task(
            problem=self.where.address,
            options=self.where.options,
            data_hash=self.data.hash,
            folder=str(self.study.folder.resolve()),  # a worker may stand elsewhere
            jobs=jobs,
            root=self.state.root,
            baseline=baseline,
            keep=kept(self.study.file.keep, step, jobs[0].condition.kind),
            shared=self.where.shared,
            comparisons=comparisons,
        )

    def _job(self, plan: Planned) -> Job:
        executor, root = self.study.file.executor, self.state.root
        trial = self.state.trials.get(plan.trial)
        identity = trial.identity if trial else f"baseline {plan.baseline}"
        return Job(
            number=plan.number,
            configuration=trial.configuration if trial else {},
            condition=self.study.condition(plan.condition),
            replicate=plan.replicate,
            folds=plan.folds,
            seed=run_seed(root, identity, plan.condition, plan.replicate),
            data_seed=data_seed(root, plan.draw),
            effort=self.study.effort(plan.effort),
            device=executor.device,
            threads=executor.threads,
        )

    def places(self, step: Step, draws: range) -> Places:
        """(condition, replicate, folds) for every condition that can be paired and asks for this step."""
        places = []
        for condition in self.study.resolved.conditions:
            if step in condition.steps and condition.kind in PAIRED:
                folds = self.study.folds(condition)
                places += [(condition.name, r, folds) for r in range(draws.start * folds, draws.stop * folds)]
        return tuple(places)

    def first_fresh_draw(self, step: Step) -> int:
        """The first draw that nothing before this step of this round has used for the reference condition."""
        now, reference = self.state.now(step), self.study.reference.name
        earlier = {phase for phase in self.state.proposals if phase.precedes(now)}
        plans = self.state.planned.values()
        used = [p.draw for p in plans if p.phase in earlier and p.trial >= 0 and p.condition == reference]
        return max(used, default=-1) + 1


def kept(keep: Kept, step: Step, kind: ConditionKind) -> RunKeep:
    """What stays of a run in a step; held and control runs leave their outcome only."""

    def wanted(what: Any) -> Any:
        return what.get(step, "all") if isinstance(what, dict) else what

    arrays, own = wanted(keep.arrays), kind in PAIRED
    names = None if arrays == "all" else () if arrays == "none" else tuple(arrays)
    return RunKeep(names, own and wanted(keep.curves) == "all", own and wanted(keep.weights) == "all")
