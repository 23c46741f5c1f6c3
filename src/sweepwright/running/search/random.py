"""Independent uniform draws of the unit cube."""

from collections.abc import Mapping

from sweepwright.record.seeds import proposal_seed
from sweepwright.running.sampler import PointSampler
from sweepwright.running.sampling import Point, first_possible, random_points
from sweepwright.space import Space, Value


class Random(PointSampler):
    """Proposal t comes from its own generator."""

    def points(
        self, space: Space, root: int, stream: str, start: int, trials: int | None, fixed: Mapping[str, Value] | None = None
    ) -> list[Point]:
        return [
            first_possible(space, random_points(space, proposal_seed(root, stream, number), fixed))
            for number in range(start, start + (trials or 0))
        ]


KEEPER = Random()
