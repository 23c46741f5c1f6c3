"""Many tests asked together, and which of them are sure."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def sure_together(tests: Sequence[tuple[float, T]], level: float) -> list[T]:
    """What is refused at `level` over all tests (p value, what was tested) together, the surest first.

    Holm (1979), Scandinavian Journal of Statistics 6:65: the smallest p against level / n, the next against level / (n - 1), and so
    on up to the first that misses.

    >>> sure_together([(0.03, "c"), (0.001, "a"), (0.02, "b")], 0.05)
    ['a', 'b', 'c']
    >>> sure_together([(0.03, "c"), (0.001, "a"), (0.04, "b")], 0.05)
    ['a']
    """
    found = []
    for i, (p, tested) in enumerate(sorted(tests, key=lambda test: test[0])):
        if p > level / (len(tests) - i):
            break
        found.append(tested)
    return found
