"""Plain data whose shape is not ours: what problems state, what people write, and what is written as JSON.

These three aliases are the only ones of `Any`: what has a shape of its own is a class.
"""

from collections.abc import Mapping
from typing import Any, TypeGuard

Facts = Mapping[str, Any]
"""What data, a run or a model states of itself, by name: small JSON whose shape is the problem's own."""

Settings = Mapping[str, Any]
"""What a person or a caller wrote, by key: of a study file, of a problem's options, before it is validated."""

Plain = dict[str, Any]
"""What is on its way to JSON, YAML or a chart's specification: numbers, texts, lists and dicts of these."""


def is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    """Whether something gives values by name."""
    return isinstance(value, Mapping)
