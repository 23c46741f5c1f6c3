"""A step that proposes configurations: a grid, random or quasi-random points, or a model-based sampler."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sweepwright.space import Configuration
from sweepwright.study import sampling
from sweepwright.study.phases import Ask, Phases, Places
from sweepwright.study.pooling import pool
from sweepwright.study.settings import Search
from sweepwright.study.state import Proposal, State
from sweepwright.study.study import Study

SEARCHES = ("audit", "explore", "exploit")
FEWEST_EXPLORED, PER_DIMENSION, LAG = 50, 8, 4


def search(phases: Phases, step: str, settings: Search) -> None:
    """Propose and train; a model-based sampler waits for what it must be told, the others are planned at once."""
    if settings.trials == 0:
        return
    places = phases.places(step, range(settings.draws))
    effort = phases.study.effort(settings.effort).name
    if settings.sampler == "tpe":
        _adaptive(phases, step, settings, places, effort)
    else:
        phases.fixed(step, [Ask(c, places, effort) for c in _proposals(phases.study, phases.state, step, settings)])


def _adaptive(phases: Phases, step: str, settings: Search, places: Places, effort: str) -> None:
    """Proposal t is asked for when proposals 0..t - lag have ended, and is told exactly those."""
    study, state, dispatcher = phases.study, phases.state, phases.dispatcher
    lag, trials = study.file.lag or LAG, settings.trials or default_trials(study)
    known = known_configurations(study) if step == "explore" else []
    phases.resend(step)
    while (number := len(state.proposals.get(step, ()))) < trials or dispatcher.busy:
        own = state.proposals.get(step, [])
        sure, pending = own[: max(0, number - lag + 1)], own[max(0, number - lag + 1) :]
        waits = any(run not in state.ended for proposal in sure for run in proposal.runs)
        if number >= trials or waits or not dispatcher.slots.free:
            dispatcher.collect()
            continue
        configuration: Configuration
        if number < len(known):
            configuration = known[number]
        else:
            old = [p for name in SEARCHES if name != step for p in state.proposals.get(name, ())]
            told = [_told(study, state, proposal) for proposal in (*old, *sure)]
            running = [state.trials[proposal.trial].configuration for proposal in pending]
            configuration = sampling.tpe(study.space, state.root, step, number, told, running)
        planned = phases.propose(step, Ask(configuration, _fresh_places(study, state, step, configuration, places), effort))
        for task in phases.tasks(planned):
            dispatcher.start(task)
    pool(study, phases.data, phases.journal, step)


def _told(study: Study, state: State, proposal: Proposal) -> sampling.Told:
    """A finished proposal with the mean of the first goal over its own runs in the reference condition."""
    goal = study.goals[0]
    runs = [state.ended[run] for run in proposal.runs if state.planned[run].condition == study.reference.name]
    found = [value for value in (run.measured.get(goal.name) for run in runs) if value is not None]
    value = goal.sign * float(np.mean(found)) if found and len(found) == len(runs) else None
    return sampling.Told(state.trials[proposal.trial].configuration, value)


def _fresh_places(study: Study, state: State, step: str, configuration: Configuration, places: Places) -> Places:
    """A configuration that was proposed before gets the next draws, so that its new runs are replicates."""
    trial = state.by_identity.get(study.space.identity(configuration))
    used = [plan.draw for plan in state.runs_of(step) if plan.trial == trial]
    if trial is None or not used:
        return places
    shift = max(used) + 1
    return tuple((condition, replicate + shift * folds, folds) for condition, replicate, folds in places)


def _proposals(study: Study, state: State, step: str, settings: Search) -> Sequence[dict[str, Any]]:
    if settings.sampler == "grid":
        return sampling.grid(study.space, settings.trials)
    trials = settings.trials or default_trials(study)
    known = known_configurations(study)[:trials]
    draw = sampling.random if settings.sampler == "random" else sampling.quasi_random
    return [*known, *draw(study.space, state.root, step, 0, trials - len(known))]


def known_configurations(study: Study) -> list[dict[str, Any]]:
    """The incumbent, then the problem's known configurations, as far as the space contains them."""
    space = study.space
    found = {}
    for configuration in (study.file.incumbent, *study.problem.known):
        if not configuration:
            continue
        try:
            canonical = space.canonical(configuration)
        except ValueError:
            if configuration is study.file.incumbent:
                raise
            continue  # a narrowed space may leave out what the problem knows
        if space.broken(canonical) is None:
            found.setdefault(space.identity(canonical), canonical)
    return list(found.values())


def default_trials(study: Study) -> int:
    """Trials of a search that names none: 50, or 8 per dimension."""
    return max(FEWEST_EXPLORED, PER_DIMENSION * len(study.space.dimensions))
