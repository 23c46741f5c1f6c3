"""The study file: what a person may write, validated, with every default written out."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sweepwright.errors import InputError, did_you_mean
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.phase import NAMEABLE
from sweepwright.nouns.plain import Plain, Settings
from sweepwright.nouns.problem import Problem


class StudyFileError(InputError):
    """A study file or option that cannot be used."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Search(_Strict):
    """A step that proposes configurations."""

    sampler: str = "qmc"
    trials: int | None = Field(default=None, ge=0, description="configurations; none: as the budget allows; 0: off")
    draws: int | None = Field(default=None, ge=1, description="draws of the data per configuration; none: `replicates`")
    effort: str | None = None


class Exploit(Search):
    """A model-based search that goes on from what was explored, one stage of the space after another."""

    sampler: str = "tpe"
    parents: int = Field(default=3, ge=1, description="the best so many of a stage are carried to the next")
    joint: int = Field(default=0, ge=0, description="configurations around the best, all parameters free, after the stages")


class Audit(_Strict):
    """Known configurations, repeated: the noise floor of every measure."""

    trials: int = Field(default=2, ge=0, description="known configurations to repeat; 0: off")
    draws: int = Field(default=3, ge=2)
    effort: str | None = None


class Finalists(_Strict):
    """The best few run again on fresh draws, halved as they go where the study is large enough."""

    trials: int | None = Field(default=None, ge=0, description="0: off; none: see `rounds`")
    draws: int | None = Field(default=None, ge=1)
    rounds: list[tuple[int, int]] | None = Field(
        default=None,
        description="[how many, on how many fresh draws] per round; none: 15x1, 7x1, 4x2, 2x3 from 100 runs on, else 5x4",
    )
    effort: str | None = None

    @field_validator("rounds")
    @classmethod
    def _rounds(cls, rounds: list[tuple[int, int]] | None) -> list[tuple[int, int]] | None:
        sizes = [count for count, _ in rounds or ()]
        if any(count < 1 or draws < 1 for count, draws in rounds or ()) or sizes != sorted(sizes, reverse=True):
            raise ValueError("rounds are pairs [how many, draws], at least 1 each, never more in a later round")
        return rounds


class Confirm(_Strict):
    """The reported numbers: fresh draws, or the whole procedure inside each held condition."""

    how: Literal["fresh", "nested", "off"] = "fresh"
    trials: int = Field(default=2, ge=1, description="the chosen one, the runner-up, ...; the incumbent comes on top")
    draws: int = Field(default=3, ge=1)
    controls: bool = True
    effort: str | None = None


class KeepModel(_Strict):
    """The model that `predict` applies."""

    model: bool = True
    effort: str | None = None


class Stopping(_Strict):
    """Ending runs that are hopeless beside others; a loss that is no number always ends a run that asks."""

    by: Literal["off", "median"] = "off"
    curve: str = "loss"
    direction: Literal["higher", "lower"] = "lower"
    after: int = Field(default=5, ge=1, description="epochs before the first comparison")
    fewest: int = Field(default=5, ge=2, description="earlier runs that must have come so far")


class Steps(_Strict):
    audit: Audit = Audit()
    explore: Search = Search()
    exploit: Exploit = Exploit()
    finalists: Finalists = Finalists()
    confirm: Confirm = Confirm()
    keep: KeepModel = KeepModel()
    stopping: Stopping = Stopping()


class Cluster(_Strict):
    """Where Dask gets its workers: this machine, or jobs of a scheduler (through dask-jobqueue)."""

    kind: Literal["local", "pbs", "slurm"] = "local"
    workers: int = Field(default=2, ge=1, description="worker processes, one run each; the most, where it is adaptive")
    adaptive: bool = Field(default=False, description="ask for workers as they are needed")
    cores: int = Field(default=1, ge=1, description="per job")
    memory: str = Field(default="4GiB", description="per job")
    walltime: str = "01:00:00"
    queue: str | None = None
    account: str | None = None
    before: list[str] = Field(
        default_factory=list, description="shell lines before the worker starts, e.g. source env/bin/activate"
    )


class ExecutorSettings(_Strict):
    kind: str = "local"
    slots: int | None = Field(default=None, ge=1, description="runs at the same time; none: cores // threads")
    threads: int = Field(default=1, ge=1, description="threads per slot")
    device: str = Field(default="cpu", description="cpu, cuda (slots take the GPUs in turn) or one such as cuda:0")
    memory: float | None = Field(default=None, ge=0.5, description="GiB that a local slot may allocate; more is out of memory")
    address: str | None = Field(default=None, description="of a running Dask scheduler")
    cluster: Cluster | None = Field(default=None, description="a Dask cluster to start")

    @field_validator("device")
    @classmethod
    def _device(cls, device: str) -> str:
        if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
            raise ValueError("a device is cpu, cuda, or one GPU such as cuda:0")
        return device


class Budget(_Strict):
    runs: int | None = Field(default=None, ge=1, description="every run of every step")
    trials: int | None = Field(default=None, ge=1, description="configurations of the search")
    hours: float | None = Field(default=None, gt=0, description="wall time; the search ends so that the rest fits in")
    run_minutes: float | None = Field(default=None, gt=0, description="a run that takes longer is ended and tried again")


What = Literal["all", "none"] | list[str]


class Kept(_Strict):
    """What of the runs stays on disk: `all`, `none`, names, or one of these per step (``{explore: none, keep: all}``)."""

    arrays: What | dict[str, What] = "all"
    curves: Literal["all", "none"] | dict[str, Literal["all", "none"]] = "all"
    weights: Literal["all", "none"] | dict[str, Literal["all", "none"]] = "all"
    products: Literal["all", "none"] = "all"

    @field_validator("arrays", "curves", "weights")
    @classmethod
    def _steps(cls, what: Any) -> Any:
        unknown = set(what) - set(NAMEABLE) if isinstance(what, dict) else set()
        if unknown:
            raise ValueError(f"there is no step {sorted(unknown)[0]!r}; steps are {', '.join(NAMEABLE)}")
        return what


class StudyFile(_Strict):
    """Everything that a study was asked, defaults included."""

    problem: str
    preset: str | None = None
    seed: int = Field(default=0, ge=0)
    data: Plain = Field(default_factory=dict)
    space: Plain = Field(default_factory=dict)
    conditions: list[str] | None = None
    goals: list[str] | None = None
    criteria: list[str] = Field(default_factory=list, description="what curves should show, such as 'val > 0.3 by 10'")
    tranches: dict[str, str] = Field(default_factory=dict, description="named rules such as 'f1 >= 0.7 and rmse <= 0.2'")
    inactive: list[str] = Field(
        default_factory=list, description="of an adopted sweep: 'margin where loss == nt-xent', as its values do nothing there"
    )
    replicates: int = Field(default=1, ge=1, description="draws of the data per configuration while searching")
    protocol: Steps = Steps()
    lag: int | None = Field(default=None, ge=1)
    executor: ExecutorSettings = ExecutorSettings()
    budget: Budget = Budget()
    keep: Kept = Kept()
    incumbent: Plain | None = None
    made: Plain = Field(default_factory=dict, description="versions, command and commit; written by the tool")

    @field_validator("goals")
    @classmethod
    def _goals(cls, goals: list[str] | None) -> list[str] | None:
        Goal.all_of(goals or ())
        return goals


def _nearest(key: str, model: type[BaseModel], path: tuple) -> str:
    """The nearest key of the section that `path` leads to."""
    for part in path:
        annotation = model.model_fields[part].annotation if isinstance(part, str) and part in model.model_fields else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    known = list(model.model_fields)
    return did_you_mean(key, known) or f"it has {', '.join(known)}."


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


def read_file(path: Path) -> Plain:
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


def merged(*layers: Settings) -> Plain:
    """Layers of plain data, later ones winning key by key; a parameter of the space is replaced whole."""
    result: Plain = {}
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


def complete(problem: Problem, written: Settings, source: str) -> StudyFile:
    """The study file with the problem's defaults and the preset under what was written."""
    preset = written.get("preset")
    if preset is not None and preset not in problem.presets:
        hint = did_you_mean(preset, problem.presets) or f"it has {', '.join(problem.presets) or 'none'}."
        raise StudyFileError(f"The problem {problem.name!r} has no preset {preset!r}; {hint}")
    written = _hoisted(problem, written)
    data = {name: option.default for name, option in problem.data.items()}
    chosen = problem.presets[preset] if preset else {}
    file = validated(merged({"data": data, "protocol": problem.protocol}, chosen, written), source)
    for key in file.data:
        if key not in problem.data:
            hint = did_you_mean(key, problem.data) or f"it has {', '.join(problem.data) or 'none'}."
            raise StudyFileError(f"The problem {problem.name!r} has no data option {key!r}; {hint}")
    return file


def _hoisted(problem: Problem, written: Settings) -> Plain:
    """A data option of the problem may also stand at the top of the file (``command: ...``)."""
    top = {key: value for key, value in written.items() if key in problem.data and key not in StudyFile.model_fields}
    rest = {key: value for key, value in written.items() if key not in top}
    return merged(rest, {"data": top}) if top else rest


def write_file(file: StudyFile) -> str:
    """The study file as YAML, keys in the order of the declaration."""
    return yaml.safe_dump(file.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
