"""Finding a problem by name (Python entry points) or by address (`module:NAME`, `file.py:NAME`)."""

import importlib
import importlib.util
import sys
import traceback
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from sweepwright.errors import InputError, did_you_mean
from sweepwright.nouns.phase import Step
from sweepwright.nouns.problem import Problem

GROUP = "sweepwright.problems"
ADOPTED = (
    "sweepwright.exchange.adopt.problem:PROBLEM"  # what an adopted study names: found, but not listed, as it cannot be run
)
ADOPTED_NAME = Step.ADOPTED.value  # an adopted study names its problem as the step of its runs
ADOPTED_IN_0_1_0 = "sweepwright.study.adopt.problem:PROBLEM"


class ProblemNotFound(InputError):
    """No problem has this name or stands at this address."""


def installed() -> dict[str, str]:
    """The problems that are installed: name -> address."""
    return {point.name: point.value for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def full_address(name: str) -> str:
    """The address behind a problem's name; a file's address is made absolute, so that workers find it too."""
    if name in (ADOPTED_NAME, ADOPTED_IN_0_1_0):
        return ADOPTED
    if ":" not in name:
        known = installed()
        if name not in known:
            hint = did_you_mean(name, known)
            raise ProblemNotFound(
                f"There is no problem called {name!r}{f'; {hint}' if hint else '.'} "
                f"Installed: {', '.join(known) or 'none'}. A problem of your own is written as file.py:NAME."
            )
        return known[name]
    place, _, attribute = name.rpartition(":")
    return f"{Path(place).resolve()}:{attribute}" if place.endswith(".py") else name


@cache
def find(address: str) -> Problem:
    """The problem at a full address."""
    place, _, attribute = address.rpartition(":")
    try:
        module = _load_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    except ModuleNotFoundError as error:
        raise ProblemNotFound(_missing(place, error)) from None
    problem = getattr(module, attribute, None)
    if not isinstance(problem, Problem):
        found = [name for name, value in vars(module).items() if isinstance(value, Problem)]
        raise ProblemNotFound(f"{place} has no Problem called {attribute!r}. It has {', '.join(found) or 'none'}.")
    return problem


def _missing(place: str, error: ModuleNotFoundError) -> str:
    if error.name and place.startswith("sweepwright.problems.") and not error.name.startswith("sweepwright"):
        extra = place.split(".")[2]
        return f"The problem {extra!r} needs the package {error.name!r}, which is not installed. Run: pip install 'sweepwright[{extra}]'"
    return f"{place!r} cannot be imported: {error}."


def _load_file(path: Path):
    if not path.is_file():
        raise ProblemNotFound(f"There is no file {path}.")
    name = f"_sweepwright_problem_{path.stem}"
    if name in sys.modules and getattr(sys.modules[name], "__file__", None) == str(path):
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ProblemNotFound(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a file of the user's may raise anything
        del sys.modules[name]
        line = next(
            (f" (line {f.lineno})" for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == str(path)), ""
        )
        raise ProblemNotFound(f"{path} cannot be loaded{line}: {type(error).__name__}: {error}") from error
    return module
