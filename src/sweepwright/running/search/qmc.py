"""Scrambled Sobol points: they fill the space more evenly than chance does."""

from collections.abc import Iterator, Mapping

import numpy as np

from sweepwright.record.seeds import proposal_seed
from sweepwright.running.sampler import PointSampler
from sweepwright.running.sampling import Point, at, first_possible, random_points, sobol
from sweepwright.space import Space, Value


class QuasiRandom(PointSampler):
    """Sobol points drawn by proposal number; those that a constraint forbids are replaced by random ones."""

    def points(
        self, space: Space, root: int, stream: str, start: int, trials: int | None, fixed: Mapping[str, Value] | None = None
    ) -> list[Point]:
        names = [name for name in space.dimensions if fixed is None or name not in fixed]
        others = {slot.name: 0.0 for slot in space.slots}

        def from_point(number: int, point: np.ndarray) -> Iterator[Point]:
            yield at(space, others | dict(zip(names, point.tolist(), strict=True)), fixed)
            yield from random_points(space, proposal_seed(root, stream, number + 1), fixed)

        found = sobol(len(names), root, stream, start + (trials or 0))[start:]
        return [first_possible(space, from_point(start + i, point)) for i, point in enumerate(found)]


KEEPER = QuasiRandom()
