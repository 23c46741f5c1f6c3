"""A command as a template: split into words once, then filled, so that no value ever meets a shell."""

import re
import shlex
from collections.abc import Sequence
from typing import Any

from sweepwright.errors import InputError
from sweepwright.space import Configuration

PLACE = re.compile(r"\{([^{}\s]+)\}")
GIVEN = ("seed", "data_seed", "run", "replicate", "draw", "fold", "folds", "condition", "effort", "threads", "device", "out")


class TemplateError(InputError):
    """A command that cannot be filled."""


def words(template: str | Sequence[str]) -> list[str]:
    """The words of a command: a list is taken as it is, text is split as a shell would, quotes and all.

    >>> words("Rscript fit.R --title 'two words' {lr}")
    ['Rscript', 'fit.R', '--title', 'two words', '{lr}']
    """
    if not isinstance(template, str):
        found = [str(word) for word in template]
    else:
        try:
            found = shlex.split(template)
        except ValueError as error:
            raise TemplateError(f"The command {template!r} cannot be split into words: {error}.") from None
    if not found:
        raise TemplateError("The command is empty. Write for example: command: python train.py --lr {lr} --out {out}")
    return found


def filled(template: Sequence[str], values: Configuration) -> list[str]:
    """The words with every ``{name}`` replaced; a parameter that takes no part is written ``none``.

    >>> filled(["fit", "--lr={lr}", "{title}"], {"lr": 0.001, "title": "a; rm -rf *"})
    ['fit', '--lr=0.001', 'a; rm -rf *']
    """
    return [PLACE.sub(lambda match: text_of(values[match[1]]), word) for word in template]


def places(template: Sequence[str]) -> list[str]:
    """The names that a command asks for, each once.

    >>> places(["fit", "--lr={lr}", "{out}/x", "{lr}"])
    ['lr', 'out']
    """
    return list(dict.fromkeys(name for word in template for name in PLACE.findall(word)))


def text_of(value: Any) -> str:
    """A value as a command sees it: numbers in full precision, true and false, none.

    >>> text_of(1e-5), text_of(True), text_of(None), text_of(3)
    ('1e-05', 'true', 'none', '3')
    """
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return repr(value) if isinstance(value, float) else str(value)
