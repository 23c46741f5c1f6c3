"""A step that proposes configurations: a grid, random or quasi-random points, or a model-based sampler, by stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sweepwright.nouns.phase import SEARCH, Part, Phase, Step
from sweepwright.record.plans import Proposal
from sweepwright.record.state import State
from sweepwright.record.storage import read_curves
from sweepwright.running.clock import Clock
from sweepwright.running.plan import Plan, draws_of, known_configurations, stages_of
from sweepwright.running.pooling import pool
from sweepwright.running.runner import Ask, Places, Runner
from sweepwright.running.sampler import Learner, ModelSampler, PointSampler, Sampler, sampler_named
from sweepwright.running.sampling import around
from sweepwright.running.selection import Selection
from sweepwright.running.slots.watching import EpochMedians
from sweepwright.space import Value
from sweepwright.study.study import Study
from sweepwright.study.study_file import Exploit, Search

LAG = 4
FIRST = (Phase(Step.AUDIT), Phase(Step.EXPLORE))  # what the first stage starts from


@dataclass(frozen=True, slots=True)
class Leg:
    """One search under one name: how many proposals, by which sampler, with what held fixed for each parent in turn."""

    phase: Phase
    trials: int
    sampler: Sampler
    places: Places
    effort: str
    first: tuple[Mapping[str, Value], ...] = ()  # proposed before anything else
    parents: tuple[int, ...] = ()
    fixed: tuple[Mapping[str, Value], ...] = ()  # one per parent, or one where the first known configuration stands in
    around: int | None = None  # the trial that a joint search refines


def explore(runner: Runner, settings: Search, plan: Plan, clock: Clock) -> None:
    """Space-filling or grid trials, or a model-based search from the start."""
    phase, trials = runner.state.now(Step.EXPLORE), plan.explore
    sampler = sampler_named(settings.sampler)
    first = () if runner.state.round or sampler.exhaustive else tuple(known_configurations(runner.study))
    if trials:
        _run(runner, Leg(phase, trials, sampler, *_places(runner, Step.EXPLORE, settings), first=first[:trials]), clock)


def exploit(runner: Runner, settings: Exploit, plan: Plan, clock: Clock) -> None:
    """The model-based search, one stage after another; each starts from the best of the one before."""
    places, effort = _places(runner, Step.EXPLOIT, settings)
    stages = stages_of(runner.study)
    before: Sequence[Phase] = FIRST
    known_at = runner.study.effort(runner.study.file.protocol.explore.effort).name if plan.explore else effort
    for searched, trials in plan.exploit.items():
        phase = searched.in_round(runner.state.round)
        if not trials:
            continue
        known = () if plan.explore or runner.state.round else tuple(known_configurations(runner.study)[:trials])
        leg = Leg(phase, trials, sampler_named(settings.sampler), places, effort, first=known)
        if phase.part is Part.JOINT:
            best = _best(runner, (*FIRST, *(other for other in plan.exploit if other != searched)), 1, effort)
            leg = replace(leg, sampler=sampler_named("qmc"), first=(), around=best[0] if best else None)
        elif len(stages) > 1:
            parents = _best(runner, before, settings.parents, known_at)
            leg = replace(leg, first=(), parents=parents, fixed=_held(runner, phase, parents))
            before, known_at = (searched,), effort
        _run(runner, leg, clock)


def _places(runner: Runner, step: Step, settings: Search) -> tuple[Places, str]:
    return runner.places(step, range(draws_of(runner.study, settings))), runner.study.effort(settings.effort).name


def _best(runner: Runner, phases: Sequence[Phase], count: int, effort: str) -> tuple[int, ...]:
    """The best trials that were proposed in these phases of any round (with the parents of a stage), by the rule."""
    state, selection = runner.state, Selection(runner.study, runner.journal)
    proposals = [p for asked in state.proposals if _is_of(asked, phases) for p in state.asked(asked)]
    found = {p.trial for p in proposals} | {p.parent for p in proposals if p.parent is not None}
    runs = selection.runs(effort, *SEARCH, known=lambda phase: _is_of(phase, phases))
    if runs.empty:
        return ()
    return selection.rule(runs, found).order(placed=count).order[:count]


def _is_of(phase: Phase, wider: Sequence[Phase]) -> bool:
    """Whether a phase is one of these or a part of it, in any round."""
    return any(phase.within(other) for other in wider)


def _held(runner: Runner, phase: Phase, parents: Sequence[int]) -> tuple[Mapping[str, Value], ...]:
    """What a stage holds fixed: each parent's values of the other stages; the first known configuration where none is."""
    own = {slot.name for slot in runner.study.space.slots if slot.parameter.stage == phase.stage}
    known = known_configurations(runner.study)
    space = runner.study.space
    default = known[0] if known else space.at({slot.name: 0.5 for slot in space.slots})
    configurations = [runner.state.trials[trial].configuration for trial in parents] or [default]
    return tuple({key: value for key, value in c.items() if key not in own} for c in configurations)


def _run(runner: Runner, leg: Leg, clock: Clock) -> None:
    """Propose and train: with a learner or a comparison one by one, anything else planned at once."""
    stopping = runner.study.file.protocol.stopping
    if leg.sampler.adaptive or stopping.by != "off":
        _one_by_one(runner, leg, clock)
        return
    asked = runner.state.proposals.get(leg.phase, {})
    points = [] if all(number in asked for number in range(leg.trials)) else _points(runner, leg)
    asks = [Ask(c, leg.places, leg.effort, parent=_parent(leg, i)) for i, c in enumerate(points)]
    runner.fixed(leg.phase, asks, clock.enough(runner.journal, leg.phase), proposing=True)


def _parent(leg: Leg, number: int) -> int | None:
    return leg.parents[number % len(leg.parents)] if leg.parents else None


def _points(runner: Runner, leg: Leg) -> list[dict[str, Value]]:
    """All proposals of a search that needs no learner, in the order of their numbers."""
    space, state = runner.study.space, runner.state
    first, rest = [dict(c) for c in leg.first], leg.trials - len(leg.first)
    earlier = sum(len(proposals) for phase, proposals in state.proposals.items() if leg.phase.continues(phase))
    assert isinstance(leg.sampler, PointSampler)
    draw = leg.sampler.points
    stream = str(leg.phase.in_round(0))
    if leg.sampler.exhaustive:
        return draw(space, state.root, stream, earlier, leg.trials)
    if leg.around is not None:
        centre = state.trials[leg.around].configuration
        return first + around(space, state.root, str(leg.phase), centre, 0, rest)
    if not leg.fixed:
        known = len(known_configurations(runner.study)) if earlier and leg.phase.step is Step.EXPLORE else 0
        return first + draw(space, state.root, stream, max(0, earlier - known), rest)
    share = -(-rest // len(leg.fixed))
    streams = [draw(space, state.root, f"{leg.phase}/{i}", 0, share, held) for i, held in enumerate(leg.fixed)]
    return [streams[i % len(streams)][i // len(streams)] for i in range(rest)]


# --- one by one -------------------------------------------------------------------------------------------------------


def _one_by_one(runner: Runner, leg: Leg, clock: Clock) -> None:
    """Proposal t is asked for when proposals 0..t - lag have ended, and depends on exactly those."""
    study, dispatcher = runner.study, runner.dispatcher
    lag = study.file.lag or LAG
    enough = clock.enough(runner.journal, leg.phase)
    runner.resend(leg.phase)
    line = _Line(runner, leg)
    while (number := line.next_number()) < leg.trials or dispatcher.busy:
        sure = max(0, number - lag + 1)
        dispatcher.resume()
        if number >= leg.trials or not dispatcher.ready or not line.told_until(sure):
            dispatcher.collect()
            runner.journal.settle(flush_now=False)  # the proposal that depends on it is flushed with it, before it runs
            continue
        if enough():
            leg = replace(leg, trials=0)
            continue
        ask = Ask(line.propose(number), leg.places, leg.effort, parent=_parent(leg, number))
        planned = runner.propose(leg.phase, number, ask)
        dispatcher.queue(runner.tasks(planned, line.comparisons()))
    pool(study, runner.data, runner.journal, leg.phase)


class _Line:
    """The proposals of one search in order: what has been told so far, and the models that are told."""

    def __init__(self, runner: Runner, leg: Leg):
        self.runner, self.leg, self.state = runner, leg, runner.state
        self._told = self._next = 0
        self._points = None if leg.sampler.adaptive else _points(runner, leg)
        self._learners: dict[int, Learner] = {}
        self._curves: dict[str, list[np.ndarray]] = {}

    def next_number(self) -> int:
        """The lowest number that has not been asked for: a lost line of the ledger leaves a gap, which is filled first."""
        there = self.state.proposals.get(self.leg.phase, {})
        while self._next in there:
            self._next += 1
        return self._next

    def told_until(self, sure: int) -> bool:
        """Tell what ended, in order of numbers, up to proposal `sure`; False while one of those still runs."""
        there = self.state.proposals.get(self.leg.phase, {})
        while self._told < sure:
            proposal = there[self._told]
            if any(run not in self.state.ended for run in proposal.runs):
                return False
            if self._points is None:
                self._learner(self._told).tell(
                    (self.leg.phase, self._told), *_told(self.runner.study, self.state, proposal, self.leg.effort)
                )
            self._remember_curves(proposal)
            self._told += 1
        return True

    def propose(self, number: int) -> Mapping[str, Value]:
        if number < len(self.leg.first):
            return self.leg.first[number]
        if self._points is not None:
            return self._points[number]
        learner, there = self._learner(number), self.state.proposals.get(self.leg.phase, {})
        for other in range(self._told, number):
            if self._learner(other) is learner:
                learner.show((self.leg.phase, other), self.state.trials[there[other].trial].configuration)
        return learner.propose((self.leg.phase, number), number)

    def _learner(self, number: int) -> Learner:
        """The learner of a proposal's parent: fixed values would bias one that served several."""
        assert isinstance(self.leg.sampler, ModelSampler)
        which = number % max(1, len(self.leg.fixed))
        if which not in self._learners:
            study = self.runner.study
            held = self.leg.fixed[which] if self.leg.fixed else None
            learner = self.leg.sampler.learner(study.space, self.state.root, str(self.leg.phase), len(study.goals), held)
            for proposal in self._earlier(which):
                learner.tell((proposal.phase, proposal.number), *_told(study, self.state, proposal, self.leg.effort))
            self._learners[which] = learner
        return self._learners[which]

    def _earlier(self, which: int) -> list[Proposal]:
        """What a learner knows before its first proposal: all earlier searches; in a stage, its own parent alone."""
        phases = [phase for phase in self.state.proposals if phase.step in SEARCH and self._is_earlier(phase)]
        found = [p for phase in phases for p in self.state.asked(phase) if self._counts(p)]
        if not self.leg.fixed:
            return found
        parent = self.leg.parents[which] if self.leg.parents else None
        return [p for p in found if p.trial == parent][:1]

    def _counts(self, proposal: Proposal) -> bool:
        """Whether a learner may learn from a proposal: it is valid, and ran at this search's effort."""
        efforts = {self.state.planned[run].effort for run in proposal.runs}
        return proposal.trial not in self.state.invalid and self.leg.effort in efforts

    def _is_earlier(self, phase: Phase) -> bool:
        """Whether a phase had ended when this one began: of its own step those that were planned before it."""
        own = self.leg.phase
        if phase.step is own.step and phase.round == own.round:
            return phase < own and bool(self.leg.fixed)
        return phase.precedes(own)

    # --- comparison with other runs ---------------------------------------------------------------------------------

    def _remember_curves(self, proposal: Proposal) -> None:
        if self.runner.study.file.protocol.stopping.by == "off":
            return
        for run in proposal.runs:
            curve = read_curves(self.runner.study.run_folder(run)).get(self.runner.study.file.protocol.stopping.curve)
            if curve is not None:
                self._curves.setdefault(self.state.planned[run].condition, []).append(curve)

    def comparisons(self) -> dict[str, EpochMedians]:
        """What runs are compared with while they train: proposals 0..t - lag, each condition apart."""
        stopping = self.runner.study.file.protocol.stopping
        sign = 1 if stopping.direction == "higher" else -1
        return {
            condition: EpochMedians.of(stopping.curve, sign, curves, stopping.after, stopping.fewest)
            for condition, curves in self._curves.items()
        }


def _told(study: Study, state: State, proposal: Proposal, effort: str) -> tuple[Mapping[str, Value], tuple[float, ...] | None]:
    """A finished proposal: its configuration and the mean of each goal over its own runs in the reference, larger better."""
    configuration = state.trials[proposal.trial].configuration
    places = [(state.planned[run], run) for run in proposal.runs]
    runs = [state.ended[run] for p, run in places if p.condition == study.reference.name and p.effort == effort]
    values: list[float] = []
    for goal in study.goals:
        found = [value for value in (run.measured.get(goal.name) for run in runs) if value is not None]
        if not found or len(found) < len(runs) or proposal.trial in state.invalid:
            return configuration, None
        values.append(goal.sign * float(np.mean(found)))
    return configuration, tuple(values)
