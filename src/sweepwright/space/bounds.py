"""One grammar for bounds, in goals, tranches and criteria: ``f1 >= 0.7 and `val loss` < 0.2``.

A name is written as it is, or in backquotes: `` `f1[ADCCM]` ``, `` `eval/f1-macro` ``. It needs them where it holds words or
signs of the grammar itself; a backquote inside is written twice.
"""

import ast
import re
import unicodedata
from dataclasses import dataclass
from keyword import iskeyword

from sweepwright.errors import InputError
from sweepwright.space.expression import CALLS, Expression

SIGNS = {ast.GtE: ">=", ast.LtE: "<=", ast.Gt: ">", ast.Lt: "<"}
TURNED = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}
QUOTED = r"`(?:[^`]|``)+`"
_NAME = rf"(?:{QUOTED}|[^`]*?[^`\s])"
_BOUND = re.compile(rf"\s*(?P<name>{_NAME})\s*(?P<sign>>=|<=|>|<)\s*(?P<number>\S+)\s*", re.DOTALL)
_AND = re.compile(rf"({QUOTED})|\s+and\s+")


@dataclass(frozen=True, slots=True)
class Bound:
    """A name, a sign (``>=``, ``<=``, ``>``, ``<``) and a number."""

    name: str
    sign: str
    number: float

    def __str__(self) -> str:
        return f"{written(self.name)} {self.sign} {number_text(self.number)}"


def bounds(text: str) -> list[Bound]:
    """The bounds that a text joins by ``and``; an InputError says what is no bound.

    >>> bounds("f1 >= 0.7 and `val loss` < .2"), bounds("0.1 <= f1 <= 0.9")[1]
    ([Bound(name='f1', sign='>=', number=0.7), Bound(name='val loss', sign='<', number=0.2)], Bound(name='f1', sign='<=', number=0.9))
    """
    return [bound for part in _parts(text) for bound in _bounds(part, text)]


def written(name: str) -> str:
    """A name as the grammar reads it: in backquotes unless it is an identifier that Python reads as it stands, and no word of its."""
    plain = name.isidentifier() and unicodedata.normalize("NFKC", name) == name and not iskeyword(name)
    return name if plain and name not in CALLS else quoted(name)


def quoted(name: str) -> str:
    """A name in backquotes."""
    return "`" + name.replace("`", "``") + "`"


def unquoted(text: str) -> str:
    """The name that a text writes, with or without backquotes."""
    text = text.strip()
    return text[1:-1].replace("``", "`") if re.fullmatch(QUOTED, text, re.DOTALL) else text


def number_text(value: float) -> str:
    """The shortest text that is read as the same number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _parts(text: str) -> list[str]:
    """What stands between ``and``s, those in backquotes apart."""
    found, start = [], 0
    for match in _AND.finditer(text):
        if match[1] is None:
            found.append(text[start : match.start()])
            start = match.end()
    return [*found, text[start:]]


def _bounds(part: str, whole: str) -> list[Bound]:
    plain = _BOUND.fullmatch(part)
    if plain is not None and _number(plain["number"]) is None:
        plain = None
    if plain is None or any(sign in _outside(plain["name"]) for sign in "<>"):  # perhaps chained, or the number comes first
        try:
            return _of_expression(Expression(part))
        except InputError:
            if plain is None:
                text = f"{part.strip()!r} in {whole!r} is no bound. Write for example f1 >= 0.7, or `val loss` < 0.2."
                raise InputError(text) from None
    return [Bound(unquoted(plain["name"]), plain["sign"], float(plain["number"]))]


def _outside(text: str) -> str:
    """A text without what stands in backquotes."""
    return re.sub(QUOTED, "", text)


def _of_expression(expression: Expression) -> list[Bound]:
    """The bounds of a comparison, which may be chained: ``0.1 <= f1 <= 0.9``."""
    tree = expression.tree
    if not isinstance(tree, ast.Compare):
        raise InputError("no comparison")
    sides = [tree.left, *tree.comparators]
    found = []
    for operator, left, right in zip(tree.ops, sides, sides[1:], strict=False):
        sign = SIGNS.get(type(operator))
        if sign is not None and isinstance(left, ast.Name):
            found.append(Bound(expression.name_of(left), sign, _value(right)))
        elif sign is not None and isinstance(right, ast.Name):
            found.append(Bound(expression.name_of(right), TURNED[sign], _value(left)))
        else:
            raise InputError("no bound")
    return found


def _value(node: ast.expr) -> float:
    try:
        value = Expression(ast.unparse(node))({})
    except (KeyError, TypeError, ArithmeticError):
        raise InputError("no number") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("no number")
    return float(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
