"""Telling the columns of a sweep apart: hyperparameters, measures, seeds, conditions; by what was said, by prefix, by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from sweepwright.choosing.frame import MEASURE, PARAMETER
from sweepwright.errors import did_you_mean
from sweepwright.exchange.adopt.source import AdoptError, ColumnRole, Source
from sweepwright.nouns.goal import Goal

PREFIXES = {
    "params_": ColumnRole.PARAMETER,
    "params.": ColumnRole.PARAMETER,
    "config.": ColumnRole.PARAMETER,
    "hp.": ColumnRole.PARAMETER,
}
PREFIXES |= {
    PARAMETER: ColumnRole.PARAMETER,
    "summary.": ColumnRole.MEASURE,
    "metrics.": ColumnRole.MEASURE,
    MEASURE: ColumnRole.MEASURE,
}
PREFIXES |= {"user_attrs_": ColumnRole.LABEL, "system_attrs_": ColumnRole.LABEL, "tags.": ColumnRole.LABEL}
KNOWN = {
    ColumnRole.STATE: ("state", "status", "ending"),
    ColumnRole.SEED: ("seed", "rng_seed", "random_seed", "random_state"),
    ColumnRole.PAIRED_BY: ("fold", "split", "replicate", "repeat", "repetition"),
    ColumnRole.SECONDS: ("seconds", "duration", "runtime", "elapsed_time", "wall_time"),
    ColumnRole.STARTED: ("started", "datetime_start", "created", "start_time"),
    ColumnRole.LABEL: ("trial", "number", "run", "run_id", "id", "name", "run_name", "notes", "user", "tags", "sweep", "index",
                 "datetime_complete", "study", "study_name", "unnamed 1"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user said about the columns: goals, names or patterns per role, and what does nothing where."""

    goals: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    seed: str | None = None
    condition: str | None = None
    paired_by: str | None = None
    inactive: tuple[str, ...] = ()


@dataclass(slots=True)
class Columns:
    """What each column is; `parameters` and `measures` map short names to columns."""

    goals: tuple[Goal, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    single: dict[ColumnRole, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def tell_apart(source: Source, asked: Wishes) -> Columns:
    """The role of every column; an AdoptError names a column that fits two, is missing, or cannot be what it should be."""
    rows = source.rows
    names = {str(column): source.names.get(str(column), _short(str(column))) for column in rows}
    found = Columns(goals=tuple(_by_short_name(goal, names) for goal in _goals(asked.goals)))
    roles = _roles(source, asked, found.goals, names, found.notes)
    for column, role in roles.items():
        if role in (ColumnRole.PARAMETER, ColumnRole.MEASURE):
            values = rows[column].dropna()
            constant = values.map(str).nunique() <= 1
            complete = len(values) == len(rows) or len(values) == 0
            if role is ColumnRole.PARAMETER and constant and complete:
                found.constants[column] = str(values.iloc[0]) if len(values) else "empty"
            elif role is ColumnRole.MEASURE and len(values) == 0 and not _is_goal(names[column], found.goals):
                found.constants[column] = "empty"
            else:
                target = found.parameters if role is ColumnRole.PARAMETER else found.measures
                key = names[column] if names[column] not in target else column
                target[key] = column
        elif role is ColumnRole.LABEL:
            found.labels.append(column)
        elif role is ColumnRole.UNUSED:
            found.unused.append(column)
        else:
            found.single[role] = column
    for goal in found.goals:
        stated = source.directions.get(goal.name)
        if stated is not None and stated != str(goal.direction):
            raise AdoptError(f"The storage says that {goal.name} is to be {stated}, but the goal says {goal.direction}.")
    _check(source, found)
    return found


def _short(column: str) -> str:
    prefix = next((p for p in PREFIXES if column.startswith(p) and len(column) > len(p)), "")
    return column.removeprefix(prefix)


def _goals(texts: Sequence[str]) -> tuple[Goal, ...]:
    try:
        return Goal.all_of(texts)
    except ValueError as error:
        raise AdoptError(str(error)) from None


def _by_short_name(goal: Goal, names: Mapping[str, str]) -> Goal:
    """A goal that was asked for by its column (``summary.f1``), under the name by which its measure is known (``f1``)."""
    short = names.get(goal.name, goal.name)
    if list(names.values()).count(short) != 1:
        return goal
    return Goal(short, goal.direction, bound=goal.bound, worth=goal.worth)


def _is_goal(name: str, goals: Sequence[Goal]) -> bool:
    return any(goal.name == name for goal in goals)


def _roles(
    source: Source, asked: Wishes, goals: Sequence[Goal], names: Mapping[str, str], notes: list[str]
) -> dict[str, ColumnRole]:
    """What was said first, then what the format says, then prefixes, then well-known names."""
    said: dict[str, ColumnRole] = {}
    textual: list[str] = []
    single = {ColumnRole.SEED: asked.seed, ColumnRole.CONDITION: asked.condition, ColumnRole.PAIRED_BY: asked.paired_by}
    wishes: list[tuple[ColumnRole, Iterable[str]]] = [
        (ColumnRole.PARAMETER, asked.parameters),
        (ColumnRole.MEASURE, asked.measures),
    ]
    wishes += [(role, (name,)) for role, name in single.items() if name is not None]
    for role, patterns in wishes:
        for pattern in patterns:
            for column in _matching(pattern, names, role):
                if role is ColumnRole.MEASURE and column != pattern and not _numeric(source.rows[column]):
                    textual.append(column)
                else:
                    _take(said, column, role)
    for goal in goals:
        for column in _matching(goal.name, names, ColumnRole.MEASURE, pattern=False):
            _take(said, column, ColumnRole.MEASURE)
    if textual:
        columns = list(dict.fromkeys(textual))
        more = f" and {len(columns) - 3} more columns hold" if len(columns) > 3 else " hold" if len(columns) > 1 else " holds"
        notes.append(f"{', '.join(columns[:3])}{more} text and are no measures")
    own: dict[str, ColumnRole] = {}
    for column in names:
        own[column] = source.roles.get(column) or _by_prefix(column) or ColumnRole.UNUSED
    for column, role in said.items():
        if {own[column], role} == {ColumnRole.PARAMETER, ColumnRole.MEASURE} or (
            own[column] is ColumnRole.PARAMETER and role in (ColumnRole.SEED, ColumnRole.CONDITION, ColumnRole.PAIRED_BY)
        ):
            raise AdoptError(
                f"The column {column!r} fits two roles: {own[column]} by its {'format' if column in source.roles else 'prefix'}, "
                f"{role} by what was asked. Rename it, or leave it out of the options."
            )
    found = {column: said.get(column, own[column]) for column in names}
    taken = {*said.values(), *source.roles.values()}
    for role, known in KNOWN.items():
        for column in names:
            if found[column] is ColumnRole.UNUSED and names[column].lower() in known:
                found[column] = role if role not in taken or role is ColumnRole.LABEL else ColumnRole.LABEL
                taken.add(role)
    for role in (
        ColumnRole.CONDITION,
        ColumnRole.SEED,
        ColumnRole.PAIRED_BY,
        ColumnRole.STATE,
        ColumnRole.SECONDS,
        ColumnRole.STARTED,
    ):
        holders = [column for column, own_role in found.items() if own_role is role]
        for column in holders[:-1] if holders and holders[-1] in said else holders[1:]:
            found[column] = ColumnRole.LABEL
    if "value" in names and found["value"] is ColumnRole.UNUSED:
        found["value"] = ColumnRole.MEASURE
    return found


def _take(said: dict[str, ColumnRole], column: str, role: ColumnRole) -> None:
    if said.get(column, role) is not role:
        raise AdoptError(f"The column {column!r} fits two roles: {said[column]} and {role}. Name it in one option only.")
    said[column] = role


def _matching(wanted: str, names: Mapping[str, str], role: ColumnRole, pattern: bool = True) -> list[str]:
    """The columns that a name or a pattern (``hp.*``) means; an AdoptError suggests the nearest name."""
    exact = [column for column, short in names.items() if wanted in (column, short)]
    if len(exact) > 1 and wanted in exact:
        exact = [wanted]
    if exact:
        return exact
    if pattern and any(mark in wanted for mark in "*?"):
        found = [column for column, short in names.items() if fnmatchcase(column, wanted) or fnmatchcase(short, wanted)]
        if found:
            return found
    shown = list(dict.fromkeys(names.values()))
    has = f"it has {', '.join(shown[:12])}{' ...' if len(shown) > 12 else ''}."
    hint = did_you_mean(wanted, [*names, *names.values()]) or has
    raise AdoptError(f"The sweep has no column {wanted!r} for a {role}; {hint}")


def _by_prefix(column: str) -> ColumnRole | None:
    return next((role for prefix, role in PREFIXES.items() if column.startswith(prefix) and len(column) > len(prefix)), None)


def _check(source: Source, found: Columns) -> None:
    """Goals, hyperparameters and numbers must be there."""
    if not found.goals:
        numeric = [name for name, column in found.measures.items() if pd.api.types.is_numeric_dtype(source.rows[column])]
        numeric += [c for c in found.unused if pd.api.types.is_numeric_dtype(source.rows[c]) and source.rows[c].nunique() > 1]
        raise AdoptError(
            f"A sweep is adopted to choose from it: name at least one goal, e.g. --goal '{(numeric or ['f1'])[0]} higher'. "
            f"Columns with numbers: {', '.join(numeric[:12]) or 'none'}{' ...' if len(numeric) > 12 else ''}."
        )
    if not found.parameters:
        constant = f" ({', '.join(found.constants)} never change)" if found.constants else ""
        raise AdoptError(
            f"No column is known to be a hyperparameter that varies{constant}. Name them with --param 'lr,batch*', or give the columns the "
            f"prefix params_, config. or hp. Columns: {', '.join(found.unused[:12])}{' ...' if len(found.unused) > 12 else ''}."
        )
    for name, column in found.measures.items():
        values = source.rows[column]
        numbers = pd.to_numeric(values.map(as_number, na_action="ignore"), errors="coerce")
        bad = (
            values.notna()
            & numbers.isna()
            & ~values.map(lambda v: str(v).lower() in ("nan", "none", ""), na_action="ignore").eq(True)
        )
        if bad.any():
            at = int(np.flatnonzero(bad.to_numpy())[0])
            raise AdoptError(
                f"The measure {name!r} holds {str(values.iloc[at])[:40]!r} in row {at + source.first_line}, which is no number. "
                "Mend it, or leave it empty."
            )


def _numeric(column: pd.Series) -> bool:
    return (
        not column.notna().any()
        or pd.api.types.is_numeric_dtype(column)
        or pd.api.types.is_bool_dtype(column.dropna().infer_objects())
    )


def as_number(value: object) -> object:
    """A truth value as 0 or 1; everything else as it is."""
    return float(value) if isinstance(value, bool | np.bool_) else value
