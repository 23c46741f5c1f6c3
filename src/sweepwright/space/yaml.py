"""A space as plain data for a study file, and back: the round trip gives an equal space."""

from collections.abc import Callable, Mapping
from typing import Any

from sweepwright.errors import InputError, did_you_mean
from sweepwright.space.choices import Choice, Factorization, Fixed
from sweepwright.space.parameters import Parameter, Repeat
from sweepwright.space.ranges import Float, Int
from sweepwright.space.slots import Constraint
from sweepwright.space.space import Space

_COMMON = {"when": None, "stage": 1}
_KINDS: dict[str, tuple[str, ...]] = {
    "float": ("low", "high", "log", "closed", "grid"),
    "int": ("low", "high", "log", "closed", "step"),
    "choice": ("values",),
    "fixed": ("value",),
    "factorization": ("of", "parts", "minimum"),
    "repeat": ("count", "of"),
}


def write_parameter(entry: Parameter | Repeat) -> dict[str, Any]:
    """Plain data that `read_parameter` turns into an equal parameter."""
    if isinstance(entry, Repeat):
        return {"repeat": {"count": entry.count, "of": write_parameter(entry.of)}}
    common: dict[str, Any] = {name: getattr(entry, name) for name, usual in _COMMON.items() if getattr(entry, name) != usual}
    common["role"] = str(entry.role)
    if isinstance(entry, Float | Int) and entry.closed is not None:
        common["closed"] = entry.closed
    match entry:
        case Fixed():
            return {"fixed": {"value": entry.values[0]} | common}
        case Choice():
            return {"choice": {"values": list(entry.values)} | common}
        case Float():
            grid = {} if entry.levels is None else {"grid": entry.levels}
            return {"float": {"low": entry.low, "high": entry.high, "log": entry.log} | grid | common}
        case Int():
            return {"int": {"low": entry.low, "high": entry.high, "log": entry.log, "step": entry.step} | common}
        case Factorization():
            of = list(entry.of) if isinstance(entry.of, tuple) else entry.of
            return {"factorization": {"of": of, "parts": entry.parts, "minimum": entry.minimum} | common}
    raise TypeError(f"{entry!r} cannot be written in a study file.")


def read_parameter(name: str, data: Any) -> Parameter | Repeat:
    """A parameter from plain data; a bare value fixes it. A ValueError names the parameter and the nearest key."""
    if not isinstance(data, Mapping):
        return Fixed(data)
    if len(data) != 1 or next(iter(data)) not in _KINDS:
        given = ", ".join(map(str, data)) or "nothing"
        raise InputError(
            f"space.{name} needs one of {', '.join(_KINDS)}, but got {given}. For example: {name}: {{float: {{low: 0, high: 1}}}}."
        )
    kind, body = next(iter(data.items()))
    if not isinstance(body, Mapping):
        raise InputError(f"space.{name}.{kind} needs keys such as {_KINDS[kind][0]}, but got {body!r}.")
    allowed = (*_KINDS[kind], *(() if kind == "repeat" else ("when", "stage", "role")))
    for key in body:
        if key not in allowed:
            hint = did_you_mean(key, allowed)
            raise InputError(
                f"space.{name}.{kind} has no key {key!r}{f'; {hint}' if hint else '.'} It has {', '.join(allowed)}."
            )
    arguments = dict(body)
    try:
        if kind == "repeat":
            inner = read_parameter(name, arguments["of"])
            assert isinstance(inner, Parameter)
            return Repeat(name, arguments["count"], inner)
        if kind == "choice":
            return Choice(*arguments.pop("values"), **arguments)
        if kind == "factorization" and isinstance(arguments.get("of"), list):
            arguments["of"] = tuple(arguments["of"])
        makers: dict[str, Callable[..., Parameter]] = {
            "float": Float,
            "int": Int,
            "fixed": Fixed,
            "factorization": Factorization,
        }
        return makers[kind](**arguments)
    except (TypeError, KeyError) as error:
        raise InputError(f"space.{name}.{kind} is incomplete: {error}. It needs {', '.join(_KINDS[kind][:2])}.") from None


def write_space(space: Space) -> dict[str, Any]:
    """Plain data for a study file: parameters by name, and the constraints that are expressions or named functions."""
    written: dict[str, Any] = {name: write_parameter(entry) for name, entry in space.entries.items()}
    if space.constraints:
        written["constraints"] = [
            {
                "rule": c.rule if isinstance(c.rule, str) else f"function:{c.rule.__name__}",
                "sentence": c.sentence,
                "over": list(c.over),
            }
            for c in space.constraints
        ]
    return written


def read_space(data: Mapping[str, Any], functions: Mapping[str, Callable[..., bool]] | None = None) -> Space:
    """The space that `write_space` wrote; `functions` holds the rules that the problem file names."""
    constraints = []
    for item in data.get("constraints", ()):
        rule = item["rule"]
        if rule.startswith("function:"):
            name = rule.removeprefix("function:")
            if name not in (functions or {}):
                raise InputError(
                    f"The constraint {item['sentence']!r} needs the function {name!r} of the problem file, which is not there."
                )
            rule = (functions or {})[name]
        constraints.append(Constraint(rule, item["sentence"], tuple(item["over"])))
    return Space({n: read_parameter(n, d) for n, d in data.items() if n != "constraints"}, constraints=constraints)  # type: ignore[arg-type]
