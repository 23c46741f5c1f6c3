"""The parts of a space: its parameters one by one, groups unrolled, and the rules between them."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from sweepwright.errors import InputError
from sweepwright.space.expression import Expression
from sweepwright.space.parameters import Parameter, Repeat
from sweepwright.space.values import Configuration


def identity_of(canonical: Configuration) -> str:
    """The hash of a configuration that is in canonical form already."""
    text = json.dumps(sorted(canonical.items()), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class ConfigurationError(InputError):
    """A configuration that the space does not contain."""


@dataclass(frozen=True)
class Constraint:
    """A rule that every configuration must fulfil, and the sentence that people read when one does not.

    The rule is an expression, or a function called with the values of `over` in that order. If `over` names a member of
    a repeated group (``kernel/{i}``) the rule holds for every i; ``{i}`` alone stands for the index.
    """

    rule: str | Callable[..., bool]
    sentence: str
    over: tuple[str, ...]

    @property
    def repeated(self) -> bool:
        return any("{i}" in name for name in self.over)

    def holds(self, values: Configuration, index: int | None) -> bool:
        if isinstance(self.rule, str):
            return bool(Expression(self.rule)(values, index))
        names = (name.replace("{i}", str(index)) for name in self.over)
        return bool(
            self.rule(*(index if given == "{i}" else values[name] for given, name in zip(self.over, names, strict=True)))
        )


@dataclass(frozen=True)
class Slot:
    """One parameter of a configuration, a repeated group unrolled: its name, its declaration, its index in the group."""

    name: str
    parameter: Parameter
    index: int | None = None
    group: Repeat | None = None

    @property
    def reads(self) -> frozenset[str]:
        own = {name.replace("{i}", str(self.index)) for name in self.parameter.reads}
        return frozenset(own) | (self.group.reads if self.group else frozenset())

    def active(self, values: Configuration) -> bool:
        """Whether the parameter takes part; a condition on an inactive parameter does not hold."""
        try:
            if self.group is not None and self.index is not None and self.index >= self.group.length(values):
                return False
            return self.parameter.when is None or bool(Expression(self.parameter.when)(values, self.index))
        except KeyError:
            return False
