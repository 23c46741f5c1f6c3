"""The values that a hyperparameter takes, and a configuration of them."""

from collections.abc import Mapping

Value = float | int | str | bool | None
Configuration = Mapping[str, Value]
