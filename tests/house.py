"""Measures of the house: circles, long files, long functions. `python tests/house.py` prints them with their ceilings.

A ceiling only falls: a measure above it fails the test, and one below it asks for a lower ceiling.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
PACKAGE = "sweepwright"
MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION = 300, 60
WRITTEN = (".py", ".js", ".html", ".css", ".j2", ".md")
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> Mapping[str, tuple[Path, ast.Module]]:
    """Every module of the package by name: its file and its syntax tree."""
    found = {}
    for path in sorted((SOURCE / PACKAGE).rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        found[name] = (path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def imports() -> dict[str, set[str]]:
    """Which module imports which: also inside functions, and for types only."""
    known = modules()
    found: dict[str, set[str]] = {}
    for name, (_, tree) in known.items():
        own = found.setdefault(name, set())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                own |= {alias.name for alias in node.names} & known.keys()
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    own |= {inner if inner in known else node.module} & known.keys()
    return found


def circles() -> list[str]:
    """Modules that import each other, directly or through others: the strongly connected parts of the graph (Tarjan)."""
    graph, order, low, stack, found = imports(), {}, {}, [], []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            part = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(part) > 1 or name in graph[name]:
                found.append(" <-> ".join(sorted(part)))

    for name in graph:
        if name not in order:
            visit(name)
    return found


def long_files() -> list[str]:
    """Files that hold more than one reads in a sitting: modules, scripts, templates and styles of the page."""
    files = sorted(path for path in (SOURCE / PACKAGE).rglob("*") if path.suffix in WRITTEN)
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    return [f"{path.relative_to(SOURCE)}: {count}" for path, count in lengths.items() if count > MOST_LINES_OF_A_FILE]


def long_functions() -> list[str]:
    """Functions that do not fit on a screen."""
    return [
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}: {lines}"
        for path, tree in (modules()[name] for name in modules())
        for node in ast.walk(tree)
        if isinstance(node, FUNCTION)
        and node.end_lineno is not None
        and (lines := node.end_lineno - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]


def _places(wanted: Callable[[ast.AST], bool]) -> Iterator[str]:
    for path, tree in modules().values():
        for node in ast.walk(tree):
            if wanted(node):
                yield f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}"


def nearest_names() -> list[str]:
    """Places that look for the nearest name themselves (one is enough)."""
    return list(_places(lambda n: isinstance(n, ast.Call) and getattr(n.func, "id", "") == "get_close_matches"))


def pokes() -> list[str]:
    """Places that reach into an object's `__dict__` from outside."""
    return list(
        _places(lambda n: isinstance(n, ast.Attribute) and n.attr == "__dict__" and getattr(n.value, "id", "") != "self")
    )


def levels() -> list[str]:
    """Places that say what the level of an interval is (one is enough)."""
    return list(
        _places(
            lambda n: (
                isinstance(n, ast.Assign)
                and any(getattr(target, "id", "") == "LEVEL" for target in n.targets)
                and isinstance(n.value, ast.Constant)
            )
        )
    )


STEPS = ("audit", "explore", "exploit", "finalists", "confirm", "adopted")


def _texts(home: str) -> Iterator[tuple[str, str]]:
    """Every text of the code outside one module, with its place: no docstrings, and no keys (those of partial study files)."""
    for name, (path, tree) in modules().items():
        if name == f"{PACKAGE}.{home}":
            continue
        keys = {key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
        said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in keys and node not in said:
                yield node.value, f"{path.relative_to(SOURCE)}:{node.lineno}"


def steps() -> list[str]:
    """Names of steps, and of parts of them, that stand as text: `nouns/phase.py` alone writes and reads them."""
    own = _texts("nouns.phase")
    return [place for text, place in own if text in STEPS or text.startswith(tuple(f"{step}/" for step in STEPS))]


def columns() -> list[str]:
    """Names of columns of measures and hyperparameters that stand as text: `choosing/frame.py` alone writes and reads them."""
    return [place for text, place in _texts("choosing.frame") if text.startswith(("measure.", "param."))]


def anything() -> list[str]:
    """Places where `Any` stands for a type."""
    return list(_places(lambda n: isinstance(n, ast.Name) and n.id == "Any"))


def silenced() -> list[str]:
    """Places where the type checker is overruled: casts and comments."""
    casts = _places(lambda n: isinstance(n, ast.Call) and getattr(n.func, "id", "") == "cast")
    lines = (
        f"{path.relative_to(SOURCE)}:{number}"
        for path, _ in modules().values()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "# type: ignore" in line or "# pyright:" in line
    )
    return [*casts, *lines]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A measure of the house, what it must not exceed, and where it stands."""

    name: str
    most: int
    found: Callable[[], list[str]]
    shown: int = 20  # places that are printed


CEILINGS = (
    Ceiling("circles of imports", 0, circles),
    Ceiling(f"files over {MOST_LINES_OF_A_FILE} lines", 0, long_files),
    Ceiling(f"functions over {MOST_LINES_OF_A_FUNCTION} lines", 0, long_functions),
    Ceiling("searches for the nearest name", 1, nearest_names),
    Ceiling("pokes into another object's __dict__", 0, pokes),
    Ceiling("levels of intervals", 1, levels),
    Ceiling("names of steps as text", 0, steps),
    Ceiling("names of columns as text", 0, columns),
    Ceiling("Any for a type", 140, anything, shown=0),
    Ceiling("overruled type checks", 21, silenced),
)


def main() -> None:
    """Print every measure, and where it stands."""
    for ceiling in CEILINGS:
        places = ceiling.found()
        print(f"{ceiling.name:<40} {len(places):4d} (at most {ceiling.most})")
        for place in places[: ceiling.shown]:
            print(f"    {place}")


if __name__ == "__main__":
    main()
