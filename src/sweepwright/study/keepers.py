"""Keepers of a promise: one file each in a folder, found by the file's name; nothing else mentions them."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import TypeVar

from sweepwright.errors import did_you_mean
from sweepwright.study.study_file import StudyFileError

Promise = TypeVar("Promise")


@cache
def names_in(folder: str) -> tuple[str, ...]:
    """The names that a folder of keepers knows: its files, none of which is imported."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(import_module(folder).__path__)))


def keeper(folder: str, name: str, promise: type[Promise], what: str) -> Promise:
    """The keeper of a name: what its file calls KEEPER; a StudyFileError names the nearest where there is none."""
    known = names_in(folder)
    if name not in known:
        raise StudyFileError(
            f"There is no {what} {name!r}; {did_you_mean(name, known) or 'it is one of ' + ', '.join(known) + '.'}"
        )
    found = import_module(f"{folder}.{name}").KEEPER
    if not isinstance(found, promise):
        raise TypeError(f"{folder}.{name}.KEEPER is {found!r}, which is no {promise.__name__}.")
    return found
