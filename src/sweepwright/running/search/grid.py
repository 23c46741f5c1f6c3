"""Every configuration of the grid, in the order of the declaration."""

from collections.abc import Mapping

from sweepwright.running.sampler import PointSampler
from sweepwright.running.sampling import Point
from sweepwright.space import Space, Value


class Grid(PointSampler):
    """The configurations of the grid one after another, each identity once."""

    exhaustive = True

    def points(
        self, space: Space, root: int, stream: str, start: int, trials: int | None, fixed: Mapping[str, Value] | None = None
    ) -> list[Point]:
        seen: dict[str, Point] = {}
        for configuration in space.grid():
            seen.setdefault(space.identity(configuration), configuration)
            if trials is not None and len(seen) >= start + trials:
                break
        return list(seen.values())[start:]


KEEPER = Grid()
