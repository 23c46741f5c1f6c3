"""The ground: the one kind of error that people read, a sentence with what was wrong, what was found and what to do."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Input that cannot be used. The command prints the message alone and exits with 2."""


def did_you_mean(name: object, known: Iterable[object], written: Callable[[str], str] = repr, most: int = 1) -> str:
    """The question that names the nearest of what is known; empty where nothing is near.

    >>> did_you_mean("explor", ["audit", "explore"]), did_you_mean("x", ["audit"])
    ("did you mean 'explore'?", '')
    """
    near = get_close_matches(str(name), [str(other) for other in known], most)
    return f"did you mean {' or '.join(map(written, near))}?" if near else ""


def has_no(where: object, kind: str, name: object, known: Iterable[object], most: int = 12) -> str:
    """The sentence for a name that is not there: the nearest one, else what is there.

    >>> has_no("studies/demo", "measure", "rsme", ["f1", "rmse"]), has_no("It", "measure", "x", ["f1", "rmse"])
    ("studies/demo has no measure 'rsme'; did you mean 'rmse'?", "It has no measure 'x'. It has f1, rmse.")
    """
    names = [str(other) for other in known]
    hint = did_you_mean(name, names)
    there = f"{', '.join(names[:most])}{' ...' if len(names) > most else ''}" if names else "none"
    return f"{where} has no {kind} {str(name)!r}" + (f"; {hint}" if hint else f". It has {there}.")


def no_space(path: object) -> str:
    """The sentence of a full disk or quota."""
    return f"There is no space left to write {path}. Nothing that had ended is lost: free some space, and the same command goes on."
