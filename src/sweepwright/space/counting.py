"""How many configurations a space has: exact, without visiting them one by one and never by sampling.

Parameters that nothing links are counted apart and multiplied. Where a condition, a bound or a constraint links some,
the one that most others wait for is fixed to each of its values in turn, which takes the rest apart again.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sweepwright.space.slots import Constraint, Slot

Rule = tuple[Constraint, int | None, frozenset[str]]


def count(slots: Sequence[Slot], constraints: Sequence[Constraint], stage: int | None, given: Mapping[str, Any]) -> float:
    """How many configurations of one stage (None: of all) there are, some parameters being given."""
    counted = {slot.name: slot for slot in slots if slot.name not in given and stage in (None, slot.parameter.stage)}
    longest = max((slot.index + 1 for slot in slots if slot.index is not None), default=1)
    rules: list[Rule] = []
    for rule in constraints:
        for index in range(longest) if rule.repeated else [None]:
            reads = frozenset(name.replace("{i}", str(index)) for name in rule.over if name != "{i}")
            if reads <= set(counted) | set(given):
                rules.append((rule, index, reads))
    return _count(frozenset(counted), counted, rules, dict(given), {})


def _count(names: frozenset[str], slots: dict[str, Slot], rules: list[Rule], values: dict[str, Any], memo: dict) -> float:
    total: float = 1
    for part, own_rules in _parts(names, slots, rules, values):
        total *= _count_part(part, slots, own_rules, values, memo)
        if total == 0:
            return 0
    return total


def _parts(names: frozenset[str], slots: dict[str, Slot], rules: list[Rule], values: dict[str, Any]):
    """Split `names` into sets that no condition, bound or open constraint links."""
    leader = {name: name for name in names}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    links = [slots[name].reads | {name} for name in names] + [reads for _, _, reads in rules]
    for link in links:
        inside = sorted(link & names)
        for other in inside[1:]:
            leader[find(other)] = find(inside[0])
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(find(name), set()).add(name)
    for group in groups.values():
        yield frozenset(group), [rule for rule in rules if rule[2] & group]


def _count_part(part: frozenset[str], slots: dict[str, Slot], rules: list[Rule], values: dict[str, Any], memo: dict) -> float:
    context = frozenset().union(*(slots[name].reads for name in part), *(reads for _, _, reads in rules)) - part
    key = (part, tuple(sorted((name, values.get(name, _INACTIVE)) for name in context)).__repr__())
    if key not in memo:
        memo[key] = _branch(part, slots, rules, values, memo)
    return memo[key]


_INACTIVE = "(inactive)"


def _branch(part: frozenset[str], slots: dict[str, Slot], rules: list[Rule], values: dict[str, Any], memo: dict) -> float:
    if not rules and len(part) == 1:
        (name,) = part
        slot = slots[name]
        return slot.parameter.count(values, slot.index) if slot.active(values) else 1
    # Only a parameter whose own needs are known can be fixed; among those the one that links most others.
    ready = [name for name in part if not slots[name].reads & part]
    weight = {n: sum(n in slots[m].reads for m in part) + sum(n in reads for _, _, reads in rules) for n in ready}
    name = max(sorted(ready), key=lambda n: weight[n])
    slot, rest = slots[name], part - {name}
    if not slot.active(values):
        kept = [rule for rule in rules if name not in rule[2]]
        return _count(rest, slots, kept, values, memo)
    if math.isinf(slot.parameter.count(values, slot.index)):
        return math.inf
    total: float = 0
    for value in slot.parameter.options(values, slot.index):
        fixed = {**values, name: value}
        open_rules, broken = [], False
        for rule, index, reads in rules:
            if reads & rest:
                open_rules.append((rule, index, reads))
            elif all(n in fixed for n in reads) and not rule.holds(fixed, index):
                broken = True
                break
        if not broken:
            total += _count(rest, slots, open_rules, fixed, memo)
    return total
