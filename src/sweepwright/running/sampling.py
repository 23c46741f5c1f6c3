"""Configurations from points of the unit cube: what samplers without a model share, and the search about a best one."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import numpy as np
from scipy.stats import qmc

from sweepwright.errors import InputError
from sweepwright.record.seeds import proposal_seed
from sweepwright.space import Slot, Space, Value, unit_of

MOST_REJECTIONS = 10_000
NEIGHBOURHOOD = 0.2  # the width of a joint search around the best, as a share of each parameter's range

Point = dict[str, Value]


class NoConfiguration(InputError):
    """The space has no (further) configuration to propose."""


def assembled(space: Space, pick: Callable[[Slot, Mapping[str, Value]], Value], fixed: Mapping[str, Value] | None) -> Point:
    """A configuration slot by slot: those of `fixed` take their value there, all others are picked."""
    values: Point = {}
    for slot in space.slots:
        if not slot.active(values):
            continue
        kept = _kept(slot, values, fixed)
        values[slot.name] = pick(slot, values) if kept is None else kept[0]
    return space.canonical(values)


def _kept(slot: Slot, values: Mapping[str, Value], fixed: Mapping[str, Value] | None) -> tuple[Value] | None:
    """The value that a slot is fixed to, or None where it is free, or where its value is not possible here."""
    if fixed is None or slot.name not in fixed:
        return None
    try:
        return (slot.parameter.normal(fixed[slot.name], values, slot.index),)
    except (ValueError, TypeError):
        return None


def random_points(space: Space, seed: int, fixed: Mapping[str, Value] | None) -> Iterator[Point]:
    """Uniform draws of the unit cube without end."""
    rng = np.random.default_rng(seed)
    names = [slot.name for slot in space.slots]
    while True:
        yield at(space, dict(zip(names, rng.random(len(names)).tolist(), strict=True)), fixed)


def at(space: Space, units: Mapping[str, float], fixed: Mapping[str, Value] | None = None) -> Point:
    """The configuration at a point of the unit cube."""
    return assembled(space, lambda slot, values: slot.parameter.from_unit(units[slot.name], values, slot.index), fixed)


def around(space: Space, root: int, stream: str, centre: Mapping[str, Value], start: int, trials: int) -> list[Point]:
    """Quasi-random points in a box about a configuration, all parameters free: the joint refinement after the stages."""
    names = list(space.dimensions)
    middle = {slot.name: unit_of(slot, centre) if slot.name in centre else 0.5 for slot in space.slots}
    shifts = NEIGHBOURHOOD * (sobol(len(names), root, stream, start + trials)[start:] - 0.5)

    def from_shift(number: int, shift: np.ndarray) -> Iterator[Point]:
        rng = np.random.default_rng(proposal_seed(root, stream, number + 1))
        while True:
            units = {name: min(max(middle[name] + s, 0.0), 1 - 1e-9) for name, s in zip(names, shift.tolist(), strict=True)}
            yield at(space, middle | units)
            shift = NEIGHBOURHOOD * (rng.random(len(names)) - 0.5)

    return [first_possible(space, from_shift(start + i, shift)) for i, shift in enumerate(shifts)]


def sobol(dimensions: int, root: int, stream: str, points: int) -> np.ndarray:
    """The first scrambled Sobol points of a stream."""
    if dimensions == 0:
        return np.zeros((points, 0))
    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(proposal_seed(root, stream, 0)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties of Sobol")  # any number of trials may be asked for
        return sampler.random(points)


def first_possible(space: Space, candidates: Iterator[Point]) -> Point:
    """The first of some candidates that no constraint forbids; a NoConfiguration says which one all of them break."""
    sentence: str | None = None
    for configuration in islice(candidates, MOST_REJECTIONS):
        sentence = space.broken(configuration)
        if sentence is None:
            return configuration
    raise NoConfiguration(
        f"{MOST_REJECTIONS} draws in a row break a constraint ({sentence}). Narrow the space, or build the rule into its bounds."
    )
