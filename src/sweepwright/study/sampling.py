"""Proposals: grid, random, quasi-random and model-based. Proposal t depends on (root, step, t) and on what it is told."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from scipy.stats import qmc

from sweepwright.errors import InputError
from sweepwright.space import Choice, Factorization, Float, Int, Slot, Space, Value
from sweepwright.study.seeds import proposal_seed

MOST_REJECTIONS = 10_000


class NoConfiguration(InputError):
    """The space has no (further) configuration to propose."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finished proposal: its configuration and the value of the first goal, larger is better; None if it has none."""

    configuration: Mapping[str, Value]
    value: float | None


def grid(space: Space, trials: int | None) -> list[dict[str, Value]]:
    """The first `trials` configurations of the grid (all of them if None), each identity once."""
    seen: dict[str, dict[str, Value]] = {}
    for configuration in space.grid():
        seen.setdefault(space.identity(configuration), configuration)
        if trials is not None and len(seen) >= trials:
            break
    return list(seen.values())


def random(space: Space, root: int, step: str, start: int, trials: int) -> list[dict[str, Value]]:
    """Independent uniform draws of the unit cube, proposal t from its own generator."""
    names = [slot.name for slot in space.slots]

    def draws(number: int) -> Iterator[dict[str, Value]]:
        rng = np.random.default_rng(proposal_seed(root, step, number))
        while True:
            yield space.at(dict(zip(names, rng.random(len(names)), strict=True)))

    return [_first_possible(space, draws(number)) for number in range(start, start + trials)]


def quasi_random(space: Space, root: int, step: str, start: int, trials: int) -> list[dict[str, Value]]:
    """Scrambled Sobol points, drawn by proposal number; points that a constraint forbids are replaced by random ones."""
    names = list(space.dimensions)
    others = {slot.name: 0.0 for slot in space.slots}
    if not names:
        return [space.at(others) for _ in range(trials)]
    sampler = qmc.Sobol(len(names), scramble=True, rng=np.random.default_rng(proposal_seed(root, step, 0)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties of Sobol")  # any number of trials may be asked for
        points = sampler.random(start + trials)[start:]

    def from_point(number: int, point: np.ndarray) -> Iterator[dict[str, Value]]:
        yield space.at(others | dict(zip(names, point.tolist(), strict=True)))
        rng = np.random.default_rng(proposal_seed(root, step, number + 1))
        while True:
            yield space.at(others | dict(zip(names, rng.random(len(names)), strict=True)))

    return [_first_possible(space, from_point(start + i, point)) for i, point in enumerate(points)]


def _first_possible(space: Space, candidates: Iterator[dict[str, Value]]) -> dict[str, Value]:
    sentence: str | None = None
    for configuration in islice(candidates, MOST_REJECTIONS):
        sentence = space.broken(configuration)
        if sentence is None:
            return configuration
    raise NoConfiguration(
        f"{MOST_REJECTIONS} draws in a row break a constraint ({sentence}). Narrow the space, or build the rule into its bounds."
    )


def tpe(
    space: Space, root: int, step: str, number: int, told: Sequence[Told], pending: Sequence[Mapping[str, Value]]
) -> dict[str, Value]:
    """One proposal of Optuna's TPE (multivariate, group, constant liar), from a new sampler told `told` in order."""
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import TrialState, create_trial

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            multivariate=True, group=True, constant_liar=True, seed=proposal_seed(root, step, number)
        )
        study = optuna.create_study(direction="maximize", sampler=sampler)
        known = [(item.configuration, item.value) for item in told] + [(configuration, None) for configuration in pending]
        finished = len(told)
        for i, (configuration, value) in enumerate(known):
            parameters, distributions = {}, dict[str, BaseDistribution]()
            for slot in space.slots:
                if slot.name in configuration:
                    name, parameters_value, distribution = _suggestion(slot, configuration)
                    parameters[name], distributions[name] = parameters_value, distribution
            state = TrialState.RUNNING if i >= finished else (TrialState.FAIL if value is None else TrialState.COMPLETE)
            study.add_trial(create_trial(params=parameters, distributions=distributions, value=value, state=state))
        sentence: str | None = None
        for _ in range(MOST_REJECTIONS):
            trial = study.ask()
            values: dict[str, Value] = {}
            for slot in space.slots:
                if slot.active(values):
                    values[slot.name] = _suggest(trial, slot, values)
            configuration = space.canonical(values)
            sentence = space.broken(configuration)
            if sentence is None:
                return configuration
            study.tell(trial, state=TrialState.FAIL)
    raise NoConfiguration(f"{MOST_REJECTIONS} proposals in a row break a constraint ({sentence}). Narrow the space.")


def _distribution(slot: Slot) -> tuple[str, Any]:
    """The name and the Optuna distribution of a parameter; a bound that depends on others becomes a fraction of the range.

    Optuna refuses or degrades when a distribution changes under one name, so each name keeps one.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    parameter = slot.parameter
    fixed_bounds = (
        isinstance(parameter, Float | Int) and not isinstance(parameter.low, str) and not isinstance(parameter.high, str)
    )
    match parameter:
        case Choice():
            return slot.name, CategoricalDistribution(parameter.values)
        case Float() if fixed_bounds:
            return slot.name, FloatDistribution(float(parameter.low), float(parameter.high), log=parameter.log)
        case Int() if fixed_bounds:
            low, high = int(parameter.low), int(parameter.high)
            high -= (high - low) % parameter.step
            return slot.name, IntDistribution(low, high, log=parameter.log and parameter.step == 1, step=parameter.step)
    return f"{slot.name} (fraction)", FloatDistribution(0.0, 1.0)


def _suggest(trial: Any, slot: Slot, values: Mapping[str, Value]) -> Value:
    if isinstance(slot.parameter, Factorization):
        name, options = _factorization(slot, values)
        return trial.suggest_categorical(name, options)
    name, distribution = _distribution(slot)
    drawn = trial._suggest(name, distribution)
    return drawn if name == slot.name else slot.parameter.from_unit(min(drawn, 1 - 1e-12), values, slot.index)


def _factorization(slot: Slot, values: Mapping[str, Value]) -> tuple[str, list[Value]]:
    parameter = slot.parameter
    assert isinstance(parameter, Factorization)
    name = f"{slot.name}/{values[parameter.parts]}" if isinstance(parameter.parts, str) else slot.name
    return name, list(parameter.options(values, slot.index))


def _suggestion(slot: Slot, configuration: Mapping[str, Value]) -> tuple[str, Any, Any]:
    """What Optuna would have suggested to arrive at the configuration's value."""
    from optuna.distributions import CategoricalDistribution

    value = configuration[slot.name]
    if isinstance(slot.parameter, Factorization):
        name, options = _factorization(slot, configuration)
        return name, value, CategoricalDistribution(options)
    name, distribution = _distribution(slot)
    if name == slot.name:
        return name, value, distribution
    options = slot.parameter
    if isinstance(options, Int):
        count = int(options.count(configuration, slot.index))
        low = int(options.limits(configuration, slot.index)[0])
        assert isinstance(value, int)
        return name, ((value - low) // options.step + 0.5) / count, distribution
    assert isinstance(options, Float) and isinstance(value, float)
    low, high = options.limits(configuration, slot.index)
    share = np.log(value / low) / np.log(high / low) if options.log else (value - low) / (high - low)
    return name, float(np.clip(share, 0, 1)), distribution
