"""Where in the unit interval a parameter's value lies: the way back from `Parameter.from_unit`."""

import math
from collections.abc import Mapping

from sweepwright.space.ranges import Float, Int
from sweepwright.space.slots import Slot
from sweepwright.space.values import Value


def unit_of(slot: Slot, configuration: Mapping[str, Value]) -> float:
    """Where in [0, 1] a parameter's value lies: the middle of what `from_unit` maps to it."""
    parameter, value = slot.parameter, configuration[slot.name]
    if isinstance(parameter, Float | Int):
        low, high = parameter.limits(configuration, slot.index)
        assert isinstance(value, int | float)
        if isinstance(parameter, Int):
            high, value = high + 1, value + 0.5
            if not parameter.log:
                count = int(parameter.count(configuration, slot.index))
                return ((int(value) - int(low)) // parameter.step + 0.5) / count
        share = math.log(value / low) / math.log(high / low) if parameter.log else (value - low) / max(high - low, 1e-300)
        return min(max(float(share), 0.0), 1.0)
    options = list(parameter.options(configuration, slot.index))
    return (options.index(value) + 0.5) / len(options)
