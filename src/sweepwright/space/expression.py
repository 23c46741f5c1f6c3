"""Conditions, bounds and constraints as short expressions in a whitelisted grammar: nothing else can run."""

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sweepwright.errors import InputError
from sweepwright.space.values import Configuration

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_UNARY: dict[type, Callable[[Any], Any]] = {ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos}
CALLS: dict[str, Callable[..., Any]] = {"min": min, "max": max}
_QUOTED = re.compile(r"`(?:[^`]|``)+`")
_WORDS = {"true": True, "false": False, "none": None}


@dataclass(frozen=True)
class Expression:
    """Comparison, arithmetic, ``in``, ``and``, ``or``, ``not``, ``min``, ``max`` over parameters; nothing else.

    A member of a repeated group is written with brackets: ``kernel[0]``, or ``kernel[i]`` where the index is known. A name that
    is no identifier is written in backquotes: `` `val loss` ``.

    >>> Expression("layers > 2 and loss in ('dice', 'bce')")({"layers": 3, "loss": "dice"})
    True
    >>> sorted(Expression("min(24, kernel[0] * d)").reads)
    ['d', 'kernel/0']
    """

    text: str

    def __post_init__(self) -> None:
        self._check(self.tree)

    @cached_property
    def tree(self) -> ast.expr:
        """The expression as Python parses it; names in backquotes stand as identifiers (`name_of`)."""
        try:
            return ast.parse(_QUOTED.sub(lambda match: self._identifier(match[0]), self.text), mode="eval").body
        except (SyntaxError, ValueError) as error:
            raise InputError(f"{self.text!r} is not an expression: {error}. Write for example \"loss == 'dice'\".") from None

    def name_of(self, node: ast.Name) -> str:
        """The name that stands there, without backquotes."""
        return self._quoted.get(node.id, node.id)

    @cached_property
    def _quoted(self) -> dict[str, str]:
        found = [match[0] for match in _QUOTED.finditer(self.text)]
        return {f"_quoted_{k}": name[1:-1].replace("``", "`") for k, name in enumerate(dict.fromkeys(found))}

    def _identifier(self, quoted: str) -> str:
        name = quoted[1:-1].replace("``", "`")
        return next(identifier for identifier, own in self._quoted.items() if own == name)

    def _check(self, node: ast.AST) -> None:
        allowed = (
            ast.BinOp,
            ast.UnaryOp,
            ast.BoolOp,
            ast.Compare,
            ast.Name,
            ast.Constant,
            ast.Tuple,
            ast.List,
            ast.Call,
            ast.Subscript,
        )
        problem = None
        if not isinstance(node, allowed):
            problem = type(node).__name__
        elif isinstance(node, ast.Call) and not (
            isinstance(node.func, ast.Name) and node.func.id in CALLS and not node.keywords
        ):
            problem = "a call other than min and max"
        elif isinstance(node, ast.BinOp) and type(node.op) not in _BINARY:
            problem = type(node.op).__name__
        elif isinstance(node, ast.Subscript) and not (
            isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Constant | ast.Name)
        ):
            problem = "brackets other than name[index]"
        if problem:
            raise InputError(
                f"The expression {self.text!r} uses {problem}. Only comparison, arithmetic, in, and, or, not, min and max are possible."
            )
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr) and not (isinstance(node, ast.Call) and child is node.func):
                self._check(child)

    @cached_property
    def reads(self) -> frozenset[str]:
        """The parameters that the expression needs; ``kernel[i]`` is ``kernel/{i}``."""
        found: set[str] = set()

        def visit(node: ast.AST) -> None:
            if isinstance(node, ast.Subscript):
                found.add(_member(node, None))
            elif isinstance(node, ast.Name):
                if node.id not in CALLS and node.id.lower() not in _WORDS and node.id != "i":
                    found.add(self.name_of(node))
            else:
                for child in ast.iter_child_nodes(node):
                    visit(child)

        visit(self.tree)
        return frozenset(found)

    def __call__(self, values: Configuration, index: int | None = None) -> Any:
        """The value of the expression; a KeyError names a parameter that has no value."""

        def run(node: ast.expr) -> Any:
            match node:
                case ast.Constant(value=value):
                    return value
                case ast.Name(id="i") if index is not None:
                    return index
                case ast.Name():
                    name = self.name_of(node)
                    return _WORDS[name.lower()] if name not in values and name.lower() in _WORDS else values[name]
                case ast.Subscript():
                    return values[_member(node, index)]
                case ast.Tuple(elts=parts) | ast.List(elts=parts):
                    return tuple(run(part) for part in parts)
                case ast.UnaryOp(op=op, operand=operand):
                    return _UNARY[type(op)](run(operand))
                case ast.BinOp(left=left, op=op, right=right):
                    return _BINARY[type(op)](run(left), run(right))
                case ast.BoolOp(op=ast.And(), values=parts):
                    return all(run(part) for part in parts)
                case ast.BoolOp(values=parts):
                    return any(run(part) for part in parts)
                case ast.Compare(left=left, ops=ops, comparators=others):
                    sides = [run(left), *map(run, others)]
                    return all(_COMPARE[type(op)](a, b) for op, a, b in zip(ops, sides, sides[1:], strict=False))
                case ast.Call(func=ast.Name(id=name), args=arguments):
                    return CALLS[name](*map(run, arguments))
            raise InputError(f"{self.text!r} cannot be evaluated.")

        return run(self.tree)

    def __str__(self) -> str:
        return self.text


def _member(node: ast.Subscript, index: int | None) -> str:
    assert isinstance(node.value, ast.Name)
    if isinstance(node.slice, ast.Name):
        return f"{node.value.id}/{{i}}" if index is None else f"{node.value.id}/{index}"
    assert isinstance(node.slice, ast.Constant)
    return f"{node.value.id}/{node.slice.value}"
