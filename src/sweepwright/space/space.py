"""The declared hyperparameters: which values, when active, in which stage, and which combinations are possible."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sweepwright.errors import InputError, did_you_mean
from sweepwright.space.counting import count
from sweepwright.space.expression import Expression
from sweepwright.space.parameters import Parameter, Repeat
from sweepwright.space.slots import ConfigurationError, Constraint, Slot, identity_of
from sweepwright.space.values import Configuration, Value


@dataclass(frozen=True, init=False, repr=False)
class Space:
    """A frozen declaration of hyperparameters.

    >>> from sweepwright.space import Choice, Float, Int
    >>> space = Space(loss=Choice("dice", "focal"), gamma=Float(0, 5, when="loss == 'focal'"), depth=Int(2, 4))
    >>> dict(space.canonical({"depth": 3.0, "loss": "dice", "gamma": 2.0}))
    {'loss': 'dice', 'depth': 3}
    """

    entries: Mapping[str, Parameter | Repeat]
    constraints: tuple[Constraint, ...] = field(default=())

    def __init__(
        self,
        *items: Repeat | Mapping[str, Parameter] | Mapping[str, Parameter | Repeat],
        constraints: Sequence[Constraint] = (),
        **parameters: Parameter,
    ):
        entries: dict[str, Parameter | Repeat] = {}
        for item in items:
            found = {item.name: item} if isinstance(item, Repeat) else dict(item)
            entries |= found
        entries |= parameters
        for name, entry in entries.items():
            if not isinstance(entry, Parameter | Repeat):
                raise TypeError(f"{name} is {entry!r}. A space holds Float, Int, Choice, Factorization, Fixed or Repeat.")
        object.__setattr__(self, "entries", entries)
        object.__setattr__(self, "constraints", tuple(constraints))
        self._check_references()

    def __repr__(self) -> str:
        return f"Space({', '.join(self.entries)})"

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __getitem__(self, name: str) -> Parameter | Repeat:
        return self.entries[name]

    def _check_references(self) -> None:
        known = set(self.entries) | {f"{n}/{{i}}" for n, e in self.entries.items() if isinstance(e, Repeat)} | {"{i}"}
        for owner, reads in self._references():
            for name in reads:
                base = name.split("/")[0]
                if name not in known and not (base in self.entries and isinstance(self.entries[base], Repeat)):
                    hint = did_you_mean(name, known)
                    raise InputError(f"{owner} refers to {name!r}, which is not in the space{f' ({hint})' if hint else ''}.")
        self._slots_in_order()

    def _references(self) -> Iterator[tuple[str, frozenset[str]]]:
        for name, entry in self.entries.items():
            yield name, entry.reads
            if isinstance(entry, Repeat):
                yield name, entry.of.reads
        for rule in self.constraints:
            yield f"The constraint {rule.sentence!r}", frozenset(rule.over)

    def constrain(self, rule: str | Callable[..., bool], sentence: str, over: Sequence[str] = ()) -> "Space":
        """This space without the configurations that break `rule`: they are never trained, and never failed runs."""
        reads = tuple(over) or (tuple(sorted(Expression(rule).reads)) if isinstance(rule, str) else ())
        if not reads:
            raise InputError(f"The constraint {sentence!r} needs over=, the parameters that it reads.")
        if isinstance(rule, str):
            Expression(rule)
        return Space(self.entries, constraints=(*self.constraints, Constraint(rule, sentence, reads)))

    def override(self, changes: Mapping[str, Parameter | Repeat]) -> "Space":
        """This space with some parameters narrowed, fixed or added."""
        return Space({**self.entries, **changes}, constraints=self.constraints)

    # --- order and activity -------------------------------------------------------------------------------------------

    def _longest(self, group: Repeat) -> int:
        """The largest count that a group can have, so that every member has a place of its own."""
        if not isinstance(group.count, str):
            return group.count
        expression = Expression(group.count)
        names = sorted(expression.reads)
        ranges = [list(self._parameter(name).options({}, None)) for name in names]
        best = 0

        def visit(i: int, values: dict[str, Any]) -> None:
            nonlocal best
            if i == len(names):
                best = max(best, int(expression(values)))
                return
            for value in ranges[i]:
                visit(i + 1, {**values, names[i]: value})

        visit(0, {})
        return best

    def _parameter(self, name: str) -> Parameter:
        entry = self.entries[name]
        assert isinstance(entry, Parameter)
        return entry

    def _slots(self) -> Iterator[Slot]:
        for name, entry in self.entries.items():
            if isinstance(entry, Repeat):
                for i in range(self._longest(entry)):
                    yield Slot(f"{name}/{i}", entry.of, i, entry)
            else:
                yield Slot(name, entry)

    def _slots_in_order(self) -> tuple[Slot, ...]:
        """Every slot after those that it reads, otherwise as declared; a circle is an error."""
        cached = self.__dict__.get("_ordered")
        if cached is not None:
            return cached
        waiting, done, order = list(self._slots()), set(), []
        names = {slot.name for slot in waiting}
        while waiting:
            ready = next((slot for slot in waiting if (slot.reads & names) <= done), None)
            if ready is None:
                raise InputError(f"These parameters wait for each other: {', '.join(slot.name for slot in waiting)}.")
            waiting.remove(ready)
            done.add(ready.name)
            order.append(ready)
        self.__dict__["_ordered"] = tuple(order)
        return self.__dict__["_ordered"]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every parameter that a configuration can have, groups unrolled, dependencies first."""
        return self._slots_in_order()

    def canonical(self, configuration: Configuration) -> dict[str, Value]:
        """The configuration with inactive parameters dropped, values normalised, in stable order.

        Two configurations that cannot differ become the same one. Raises ConfigurationError for a missing, unknown or
        impossible value; constraints are not checked here (see `broken`).
        """
        names = [slot.name for slot in self.slots]
        for name in configuration:
            if name not in names:
                hint = did_you_mean(name, names)
                raise ConfigurationError(
                    f"{name!r} is not in the space{f'; {hint}' if hint else '.'} It has {', '.join(names)}."
                )
        found: dict[str, Value] = {}
        for slot in self.slots:
            if not slot.active(found):
                continue
            if slot.name not in configuration:
                options = (
                    list(slot.parameter.options(found, slot.index)) if slot.parameter.count(found, slot.index) == 1 else []
                )
                if not options:
                    raise ConfigurationError(f"The configuration has no value for {slot.name!r}, which is active in it.")
                found[slot.name] = options[0]
                continue
            try:
                found[slot.name] = slot.parameter.normal(configuration[slot.name], found, slot.index)
            except (ValueError, TypeError) as error:
                raise ConfigurationError(f"{slot.name} {error}.") from None
        return {name: found[name] for name in names if name in found}

    def broken(self, configuration: Configuration) -> str | None:
        """The sentence of the first constraint that a canonical configuration breaks, or None."""
        for rule in self.constraints:
            for index in self._indices(rule, configuration):
                try:
                    if not rule.holds(configuration, index):
                        return rule.sentence
                except KeyError:  # a constraint over inactive parameters does not bind
                    continue
        return None

    def _indices(self, rule: Constraint, values: Configuration) -> Sequence[int | None]:
        if not rule.repeated:
            return [None]
        groups = [self.entries[name.split("/")[0]] for name in rule.over if name.endswith("/{i}")]
        lengths = [group.length(values) for group in groups if isinstance(group, Repeat)]
        return list(range(min(lengths, default=0)))

    def identity(self, configuration: Configuration) -> str:
        """The hash of the canonical form: runs of one identity are replicates of one trial."""
        return identity_of(self.canonical(configuration))

    # --- visiting -----------------------------------------------------------------------------------------------------

    def grid(self) -> Iterator[dict[str, Value]]:
        """Every configuration of the grid, constraints respected, in the order of declaration (last parameter fastest)."""

        def visit(i: int, values: dict[str, Value]) -> Iterator[dict[str, Value]]:
            if i == len(self.slots):
                if self.broken(values) is None:
                    yield self.canonical(values)
                return
            slot = self.slots[i]
            if not slot.active(values):
                yield from visit(i + 1, values)
                return
            for value in slot.parameter.grid(values, slot.index):
                yield from visit(i + 1, {**values, slot.name: value})

        return visit(0, {})

    def at(self, units: Mapping[str, float]) -> dict[str, Value]:
        """The configuration at a point of the unit cube: one coordinate in [0, 1) per slot, active or not."""
        values: dict[str, Value] = {}
        for slot in self.slots:
            if slot.active(values):
                values[slot.name] = slot.parameter.from_unit(units[slot.name], values, slot.index)
        return self.canonical(values)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The slots that can take more than one value."""
        return tuple(slot.name for slot in self.slots if slot.parameter.reads or slot.parameter.count({}, slot.index) > 1)

    def size(self, stage: int | None = None, given: Mapping[str, Any] | None = None) -> float:
        """The exact number of configurations (`inf` with a Float): independent parts multiplied, shared ones summed over.

        With `stage`, parameters of other stages are not counted; `given` fixes parameters that the counted ones read.
        """
        return count(self.slots, self.constraints, stage, given or {})

    def one_stage(self, stage: int) -> "Space":
        """The parameters of one stage, constraints that read others left out."""
        entries = {n: e for n, e in self.entries.items() if (e.of if isinstance(e, Repeat) else e).stage == stage}
        kept = tuple(c for c in self.constraints if all(name.split("/")[0] in entries or name == "{i}" for name in c.over))
        return Space(entries, constraints=kept)  # type: ignore[arg-type]
