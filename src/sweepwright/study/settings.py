"""The study file: what a person may write, validated, with every default written out."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sweepwright.errors import InputError
from sweepwright.problem import Goal, Problem

Sampler = Literal["grid", "random", "qmc", "tpe"]


class StudyFileError(InputError):
    """A study file or option that cannot be used."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Search(_Strict):
    """A step that proposes configurations."""

    sampler: Sampler = "qmc"
    trials: int | None = Field(default=None, ge=0, description="configurations to propose; none: the whole grid, or a default")
    draws: int = Field(default=1, ge=1, description="draws of the data per trial")
    effort: str | None = None


class Audit(_Strict):
    """Known configurations, repeated: the noise floor of every measure."""

    trials: int = Field(default=0, ge=0, description="known configurations to repeat; 0: off")
    draws: int = Field(default=3, ge=2)
    effort: str | None = None


class Finalists(_Strict):
    """The best few run again on fresh draws."""

    trials: int = Field(default=5, ge=0, description="0: off")
    draws: int = Field(default=4, ge=1)
    effort: str | None = None


class Confirm(_Strict):
    """The reported numbers: fresh draws, or the whole procedure inside each held condition."""

    how: Literal["fresh", "nested", "off"] = "fresh"
    draws: int = Field(default=3, ge=1)
    controls: bool = True
    effort: str | None = None


class Keep(_Strict):
    """The model that `predict` applies."""

    model: bool = True
    effort: str | None = None


class Protocol(_Strict):
    audit: Audit = Audit()
    explore: Search = Search()
    exploit: Search = Search(sampler="tpe", trials=0)
    finalists: Finalists = Finalists()
    confirm: Confirm = Confirm()
    keep: Keep = Keep()


class Executor(_Strict):
    kind: Literal["local", "inline"] = "local"
    slots: int | None = Field(default=None, ge=1, description="runs at the same time; none: cores // threads")
    threads: int = Field(default=1, ge=1, description="threads per slot")
    device: str = "cpu"


class Budget(_Strict):
    trials: int | None = Field(default=None, ge=1)
    run_minutes: float | None = Field(default=None, gt=0)


class StudyFile(_Strict):
    """Everything that a study was asked, defaults included."""

    problem: str
    preset: str | None = None
    seed: int = Field(default=0, ge=0)
    data: dict[str, Any] = Field(default_factory=dict)
    space: dict[str, Any] = Field(default_factory=dict)
    conditions: list[str] | None = None
    goals: list[str] | None = None
    protocol: Protocol = Protocol()
    lag: int | None = Field(default=None, ge=1)
    executor: Executor = Executor()
    budget: Budget = Budget()
    incumbent: dict[str, Any] | None = None
    made: dict[str, Any] = Field(default_factory=dict, description="versions, command and commit; written by the tool")

    @field_validator("goals")
    @classmethod
    def _goals(cls, goals: list[str] | None) -> list[str] | None:
        for goal in goals or ():
            read_goal(goal)
        return goals


_GOAL = re.compile(
    r"^\s*(?P<name>\S+)\s+(?P<direction>higher|lower)(\s*(>=|<=)\s*(?P<bound>[-+.\deE]+))?(\s+worth\s+(?P<worth>[.\deE-]+))?\s*$"
)


def read_goal(text: str) -> Goal:
    """A goal from text such as ``f1 higher >= 0.7 worth 0.01``."""
    found = _GOAL.match(text)
    if not found:
        raise ValueError(f"{text!r} is not a goal. Write for example 'f1_weighted higher >= 0.7 worth 0.01'.")
    number = {key: float(found[key]) if found[key] else None for key in ("bound", "worth")}
    return Goal(found["name"], found["direction"], bound=number["bound"], worth=number["worth"])


def _nearest(key: str, model: type[BaseModel], path: tuple) -> str:
    """The nearest key of the section that `path` leads to."""
    for part in path:
        annotation = model.model_fields[part].annotation if isinstance(part, str) and part in model.model_fields else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    known = list(model.model_fields)
    near = get_close_matches(key, known, 1)
    return f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}."


def validated(data: Any, source: str) -> StudyFile:
    """The study file in plain data; a StudyFileError names the key, what was found and the nearest key."""
    if not isinstance(data, Mapping):
        raise StudyFileError(f"{source} should hold keys such as 'problem: phenotype', but got {type(data).__name__}.")
    try:
        return StudyFile.model_validate(dict(data))
    except ValidationError as error:
        first = error.errors()[0]
        path = tuple(first["loc"])
        where = ".".join(map(str, path))
        if first["type"] == "extra_forbidden":
            hint = _nearest(str(path[-1]), StudyFile, path[:-1])
            raise StudyFileError(f"{source} has the unknown key {where!r}; {hint}") from None
        if first["type"] == "missing":
            raise StudyFileError(f"{source} lacks the key {where!r}.") from None
        message = first["msg"].removeprefix("Value error, ")
        raise StudyFileError(f"{source}: {where} is {first['input']!r}, but {message[0].lower()}{message[1:]}.") from None


def read_file(path: Path) -> dict[str, Any]:
    """The plain data of a YAML study file."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StudyFileError(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = getattr(error, "problem_mark", None)
        line = f" (line {place.line + 1})" if place else ""
        raise StudyFileError(f"{path} is not valid YAML{line}: {getattr(error, 'problem', error)}.") from None
    if not isinstance(data, dict):
        raise StudyFileError(
            f"{path} should hold keys such as 'problem: phenotype', but it is {'empty' if data is None else 'no mapping'}."
        )
    return data


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Layers of plain data, later ones winning key by key; a parameter of the space is replaced whole."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
            if not both:
                result[key] = value
            elif key == "space":
                result[key] = {**result[key], **value}
            else:
                result[key] = merged(result[key], value)
    return result


def complete(problem: Problem, written: Mapping[str, Any], source: str) -> StudyFile:
    """The study file with the problem's defaults and the preset under what was written."""
    preset = written.get("preset")
    if preset is not None and preset not in problem.presets:
        near = get_close_matches(str(preset), problem.presets, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(problem.presets) or 'none'}."
        raise StudyFileError(f"The problem {problem.name!r} has no preset {preset!r}; {hint}")
    data = {name: option.default for name, option in problem.data.items()}
    chosen = problem.presets[preset] if preset else {}
    file = validated(merged({"data": data, "protocol": problem.protocol}, chosen, written), source)
    for key in file.data:
        if key not in problem.data:
            near = get_close_matches(key, problem.data, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(problem.data) or 'none'}."
            raise StudyFileError(f"The problem {problem.name!r} has no data option {key!r}; {hint}")
    return file


def write_file(file: StudyFile) -> str:
    """The study file as YAML, keys in the order of the declaration."""
    return yaml.safe_dump(file.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
