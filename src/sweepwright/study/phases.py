"""One phase of a study: runs are planned, recorded under fixed numbers, and trained where they are not."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sweepwright.problem import Data
from sweepwright.runs import ConditionKind, Job
from sweepwright.space import Configuration
from sweepwright.study.dispatch import Dispatcher, Journal, stored_records
from sweepwright.study.pooling import pool
from sweepwright.study.seeds import data_seed, run_seed
from sweepwright.study.state import BASELINE_TRIAL, Planned, State
from sweepwright.study.study import Study
from sweepwright.study.worker import Task

PAIRED = (ConditionKind.VIEW, ConditionKind.WORLD)
Places = tuple[tuple[str, int, int], ...]  # (condition, replicate, folds)


@dataclass(frozen=True, slots=True)
class Ask:
    """A configuration to run: on (condition, replicate, folds) each, at one effort. A baseline has no configuration."""

    configuration: Configuration | None
    places: Places
    effort: str
    baseline: str | None = None


class Phases:
    """Records what is not recorded of a plan, and trains what is not trained: the only way to a run."""

    def __init__(self, study: Study, data: Data, journal: Journal, dispatcher: Dispatcher, options: str, address: str):
        self.study = study
        self.data = data
        self.journal = journal
        self.dispatcher = dispatcher
        self.options = options
        self.address = address

    @property
    def state(self) -> State:
        return self.journal.state

    def fixed(self, phase: str, asks: Sequence[Ask]) -> None:
        """Record what is not recorded of a plan, then train what is not trained."""
        done = len(self.state.proposals.get(phase, ()))
        seen: dict[str, int] = {}
        for i, ask in enumerate(asks):
            if ask.configuration is not None and phase in ("explore", "exploit"):
                identity = self.study.space.identity(ask.configuration)
                again = seen.get(identity, 0)
                seen[identity] = again + 1
                draws = 1 + max(r // f for _, r, f in ask.places) if ask.places else 1
                places = tuple((c, r + again * draws * f, f) for c, r, f in ask.places)
                ask = Ask(ask.configuration, places, ask.effort)
            if i >= done:
                self.propose(phase, ask)
        self.resend(phase)
        pool(self.study, self.data, self.journal, phase)

    def propose(self, phase: str, ask: Ask) -> list[Planned]:
        """Record a configuration and the runs that it is asked for; returns those runs."""
        first = self.state.next_run
        runs = [[first + i, c, r, f, ask.effort] for i, (c, r, f) in enumerate(ask.places)]
        event: dict[str, Any] = {"event": "proposal asked", "step": phase, "trial": BASELINE_TRIAL, "runs": runs}
        if ask.configuration is None:
            event["baseline"] = ask.baseline
        else:
            configuration = self.study.space.canonical(ask.configuration)
            identity = self.study.space.identity(configuration)
            trial = self.state.by_identity.get(identity, self.state.next_trial)
            event |= {"trial": trial, "identity": identity, "configuration": configuration}
        self.journal.tell(event)
        return [self.state.planned[number] for number, *_ in runs]

    def resend(self, phase: str) -> None:
        """Train the runs of a phase that have not ended; those stored by a killed batch are believed first."""
        tasks = [task for task in self.tasks(self.state.runs_of(phase)) if self._open(task)]
        for task in tasks:
            self.dispatcher.believe(stored_records(self.study.folder, task.jobs, self.state))
        self.dispatcher.run([task for task in tasks if self._open(task)])

    def _open(self, task: Task) -> bool:
        return any(job.number not in self.state.ended for job in task.jobs)

    def tasks(self, plans: Sequence[Planned]) -> list[Task]:
        """Batches in the problem's own groups; the groups depend on what was planned, never on what has ended."""
        tasks = []
        for baseline, group in groupby(plans, key=lambda plan: plan.baseline):
            jobs = [self._job(plan) for plan in group]
            batches = [[job] for job in jobs] if baseline else self.study.problem.batches(jobs)
            tasks += [self._task(tuple(batch), baseline) for batch in batches]
        return tasks

    def _task(self, jobs: tuple[Job, ...], baseline: str | None) -> Task:
        return Task(
            problem=self.address,
            options=self.options,
            data_hash=self.data.hash,
            folder=str(self.study.folder),
            jobs=jobs,
            root=self.state.root,
            baseline=baseline,
            keep=("outcome",)
            if jobs[0].condition.kind in (ConditionKind.HELD, ConditionKind.CONTROL)
            else ("outcome", "curves", "weights"),
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

    def places(self, step: str, draws: range) -> Places:
        """(condition, replicate, folds) for every condition that can be paired and asks for this step."""
        places = []
        for condition in self.study.resolved.conditions:
            if step in condition.steps and condition.kind in PAIRED:
                folds = self.study.folds(condition)
                places += [(condition.name, r, folds) for r in range(draws.start * folds, draws.stop * folds)]
        return tuple(places)
