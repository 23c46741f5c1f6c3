"""The steps of a study: before, audit, explore, exploit, finalists, confirm, keep. Each is planned, run and recorded.

A plan is a pure function of what the ledger held when the step began, so a step that was interrupted is planned again
the same, and only what is missing is done. A study that was extended goes through its steps once more, under names of
their own (``explore/+1``), and chooses from everything that it has.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sweepwright.nouns.phase import SEARCH, Part, Phase, Step
from sweepwright.nouns.run import Run
from sweepwright.record.events import ModelKept, StepBegun, StepEnded
from sweepwright.record.state import State
from sweepwright.running.checks import ask_checks
from sweepwright.running.clock import Clock
from sweepwright.running.confirmation import confirm
from sweepwright.running.finalists import finalists
from sweepwright.running.plan import Plan, audit_effort, draws_of, known_configurations
from sweepwright.running.products import write_model
from sweepwright.running.proposing import exploit, explore
from sweepwright.running.runner import Ask, Runner
from sweepwright.running.sampler import sampler_named


class Protocol:
    """Runs the steps of the current round of a study that are not finished yet."""

    def __init__(self, runner: Runner, planned: Plan):
        self.runner = runner
        self.study = runner.study
        self.journal = runner.journal
        self.file = self.study.file.protocol
        self.plan = planned
        if self.state.round:
            extension = self.state.extensions[-1]
            self.plan = _extended(self.plan, extension.explore, extension.exploit)
        self.clock = Clock(self.study.file.budget.hours, self.plan, self.state.seconds_worked())

    @property
    def state(self) -> State:
        """What the ledger says so far."""
        return self.journal.state

    def run(self) -> None:
        """Every step in order; finished ones are passed over."""
        for phase in [phase for phase in self.state.proposals if phase.round < self.state.round]:
            self.runner.resend(phase)  # nothing, unless a repair lost runs of an earlier round
        for phase, work in self.steps():
            if phase not in self.state.finished:
                if phase not in self.state.begun:
                    self.journal.tell(self._begun(phase))
                work()
                self.journal.tell(StepEnded(phase=phase))

    def _begun(self, phase: Phase) -> StepBegun:
        """That a step began, with what proposes in it."""
        settings = {Step.EXPLORE: self.file.explore, Step.EXPLOIT: self.file.exploit}.get(phase.step)
        if settings is None:
            return StepBegun(phase=phase)
        return StepBegun(phase=phase, sampler=settings.sampler, adaptive=sampler_named(settings.sampler).adaptive)

    def steps(self) -> list[tuple[Phase, Callable[[], None]]]:
        """The steps of this round, each with what it does."""
        now = self.state.now
        later = [
            (now(Step.EXPLORE), lambda: explore(self.runner, self.file.explore, self.plan, self.clock)),
            (now(Step.EXPLOIT), lambda: exploit(self.runner, self.file.exploit, self.plan, self.clock)),
            (now(Step.FINALISTS), lambda: finalists(self.runner, self.plan)),
            (now(Step.CONFIRM), lambda: confirm(self.runner, self.plan)),
            (now(Step.KEEP), self.keep),
            (now(Step.STUDY), lambda: None),
        ]
        if self.state.round:
            return [(now(Step.EXPLORE, Part.REPLICATES), self.replicates), *later]
        return [(now(Step.BEFORE), self.before), (now(Step.AUDIT), self.audit), *later]

    def before(self) -> None:
        """Checks, then baselines on every draw and fold of the search."""
        ask_checks(self.study, self.runner.data, self.journal)
        places = self.runner.places(Step.EXPLORE, range(draws_of(self.study, self.file.explore)))
        effort = self.study.effort(self.file.explore.effort).name
        asks = [Ask(None, places, effort, baseline.name) for baseline in self.study.resolved.baselines]
        self.runner.fixed(self.state.now(Step.BEFORE), asks)

    def audit(self) -> None:
        """Known configurations, repeated: the noise floor."""
        known = known_configurations(self.study)[: self.plan.audit]
        places = self.runner.places(Step.AUDIT, range(self.file.audit.draws))
        effort = self.study.effort(audit_effort(self.study)).name
        self.runner.fixed(self.state.now(Step.AUDIT), [Ask(configuration, places, effort) for configuration in known])

    def replicates(self) -> None:
        """More draws for every configuration of the search, where the study file asks for more than it did."""
        extra = self.state.extensions[-1].draws
        if extra is None:
            return
        for step, settings in ((Step.EXPLORE, self.file.explore), (Step.EXPLOIT, self.file.exploit)):
            searched = dict.fromkeys(p.trial for p in self.state.asked_in(step) if p.phase.part is not Part.REPLICATES)
            places = self.runner.places(step, range(*extra))
            effort = self.study.effort(settings.effort).name
            asks = [Ask(self.state.trials[t].configuration, places, effort) for t in searched]
            self.runner.fixed(self.state.now(step, Part.REPLICATES), asks)

    def keep(self) -> None:
        """The model that `predict` applies: a refit where a condition asks for it, else the run nearest the median."""
        choice = self.state.decision()
        if choice is None or choice.chosen is None or not self.file.keep.model:
            return
        conditions = [c for c in self.study.resolved.conditions if Step.KEEP in c.steps]
        phase = self.state.now(Step.KEEP)
        if conditions:
            effort = self.study.effort(self.file.keep.effort).name
            places = tuple((c.name, 0, self.study.folds(c)) for c in conditions)
            self.runner.fixed(phase, [Ask(self.state.trials[choice.chosen].configuration, places, effort)])
            [proposal] = self.state.asked(phase)
            candidates = [self.state.ended[number] for number in proposal.runs]
        else:
            candidates = self._nearest_median(choice.chosen)
        stored = [run for run in candidates if (self.study.run_folder(run.number) / "weights.safetensors").exists()]
        if stored and stored[0].ending.succeeded and self.state.kept != stored[0].number:
            self.journal.tell(ModelKept(run=stored[0].number))
        if self.state.kept is not None:  # again after a kill in between: the copy is made from what the ledger believes
            write_model(self.study)

    def _nearest_median(self, trial: int) -> list[Run]:
        """The runs of a trial by how near they are to its median, from the last step that has any."""
        goal, reference = self.study.goals[0].name, self.study.reference.name
        for steps in ((Step.CONFIRM,), (Step.FINALISTS,), SEARCH):
            plans = [plan for plan in self.state.runs_of_trial(trial) if plan.phase.step in steps]
            runs = [self.state.ended[p.number] for p in plans if p.condition == reference and p.number in self.state.ended]
            scored = [(run, run.measured.get(goal)) for run in runs if run.ending.succeeded]
            values = {run.number: value for run, value in scored if value is not None}
            if values:
                middle = float(np.median(list(values.values())))
                known = [run for run in runs if run.number in values]
                return sorted(known, key=lambda run: (abs(values[run.number] - middle), run.number))
        return []


def _extended(plan: Plan, explored: int, exploited: int) -> Plan:
    """The plan of an extension: so many more configurations; the steps after the search as in the first round."""
    total = sum(plan.exploit.values()) or 1
    shares = {name: exploited * size // total for name, size in plan.exploit.items()} or {Phase(Step.EXPLOIT): 0}
    first = next(iter(shares))
    shares[first] += exploited - sum(shares.values())
    return replace(plan, audit=0, explore=explored, exploit=shares)
