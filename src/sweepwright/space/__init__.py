"""Declared hyperparameters: Float, Int, Choice, Factorization, Fixed, Repeat; their canonical form, size and sampling."""

from sweepwright.space.choices import Choice, Factorization, Fixed
from sweepwright.space.expression import Expression
from sweepwright.space.parameters import Parameter, Repeat, Role
from sweepwright.space.ranges import Float, Int, open_ends, open_ends_of
from sweepwright.space.slots import ConfigurationError, Constraint, Slot, identity_of
from sweepwright.space.space import Space
from sweepwright.space.units import unit_of
from sweepwright.space.values import Configuration, Value
from sweepwright.space.yaml import read_parameter, read_space, write_parameter, write_space

__all__ = [
    "Choice",
    "Configuration",
    "ConfigurationError",
    "Constraint",
    "Expression",
    "Factorization",
    "Fixed",
    "Float",
    "Int",
    "Parameter",
    "Repeat",
    "Role",
    "Slot",
    "Space",
    "Value",
    "identity_of",
    "open_ends",
    "open_ends_of",
    "read_parameter",
    "read_space",
    "unit_of",
    "write_parameter",
    "write_space",
]
