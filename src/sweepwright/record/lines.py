"""Frozen values as JSON and back, by the types of their fields: how an event becomes a line of the ledger.

What a type says is what is accepted: a field that is missing, unknown or of another type is a ValueError that names it. A
field that has its default is not written. A dataclass inside another writes its fields among those of the outer one; a
NamedTuple becomes a list in the order of its fields.
"""

import collections.abc
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Protocol, TypeGuard, Union, get_args, get_origin, get_type_hints

from sweepwright.nouns.ending import Ending
from sweepwright.nouns.phase import Phase
from sweepwright.nouns.verdict import Verdict

PLAIN: Mapping[type, tuple[type, ...]] = {int: (int,), float: (int, float), str: (str,), bool: (bool,)}
WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
BY_NAME = (Ending, Verdict)  # their values are sentences, which may be worded anew


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one type are written as JSON, and read from it; reading may raise a ValueError."""

    write: Callable[[Any], object]
    read: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    codec: Codec
    default: object
    required: bool
    inner: type | None = None  # a dataclass, whose fields stand among those of the outer one


def as_fields(value: object) -> dict[str, object]:
    """The fields of a frozen value as JSON, without those that have their default."""
    found: dict[str, object] = {}
    for field in _fields_of(type(value)):
        own = getattr(value, field.name)
        if field.inner is not None:
            found |= as_fields(own)
        elif field.required or own != field.default:
            found[field.name] = field.codec.write(own)
    return found


def from_fields(kind: type, found: Mapping[str, object]) -> Any:
    """The value of a class that these fields give; a ValueError says which field is wrong."""
    value, taken = _read(kind, found)
    if taken < len(found):
        known = _names_of(kind)
        raise ValueError(f"has an unknown field {next(name for name in found if name not in known)!r}")
    return value


def _read(kind: type, found: Mapping[str, object]) -> tuple[Any, int]:
    """A value, and how many of the fields it took."""
    values: dict[str, object] = {}
    taken = 0
    for field in _fields_of(kind):
        if field.inner is not None:
            values[field.name], inner = _read(field.inner, found)
            taken += inner
        elif field.name in found:
            taken += 1
            try:
                values[field.name] = field.codec.read(found[field.name])
            except ValueError as error:
                raise ValueError(f"{field.name} {error}") from None
        elif field.required:
            raise ValueError(f"lacks {field.name}")
    return kind(**values), taken


@cache
def _fields_of(kind: type) -> tuple[_Field, ...]:
    hints = get_type_hints(kind)
    found: list[_Field] = []
    for field in fields(kind):
        hint = hints[field.name]
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        inner = hint if _is_frozen(hint) and hint is not Phase else None
        codec = Codec(_same, _same) if inner else codec_of(hint)
        found.append(_Field(field.name, codec, default, default is MISSING, inner))
    return tuple(found)


@cache
def _names_of(kind: type) -> frozenset[str]:
    names = [_names_of(field.inner) if field.inner is not None else {field.name} for field in _fields_of(kind)]
    return frozenset[str]().union(*names)


@cache
def codec_of(kind: Any) -> Codec:
    """The codec of a type: numbers, texts, enums, phases, and tuples, mappings, NamedTuples and unions with None of them."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return Codec(_same, _same)
    if kind in PLAIN:
        return _plain(kind)
    if kind is Phase:
        return Codec(str, lambda value: Phase.of(_text(value)))
    if _is_enum(kind):
        return _enum(kind)
    if _is_frozen(kind):
        return Codec(as_fields, lambda value: from_fields(kind, _object(value)))
    if _is_named_tuple(kind):
        return _fixed([codec_of(hint) for hint in get_type_hints(kind).values()], lambda values: kind(*values))
    if origin in (Union, UnionType) and len(arguments) == 2 and NoneType in arguments:
        return _optional(codec_of(next(argument for argument in arguments if argument is not NoneType)))
    if origin in (Union, UnionType) and all(argument in (*PLAIN, NoneType) for argument in arguments):
        return _plain(*arguments)
    if origin is tuple and arguments[-1] is ...:
        return _sequence(codec_of(arguments[0]))
    if origin is tuple:
        return _fixed([codec_of(argument) for argument in arguments], tuple)
    if origin is collections.abc.Mapping:
        return _mapping(codec_of(arguments[1]))
    raise TypeError(f"No field of a line may be a {kind}.")


class _Made(Protocol):
    """The class of a NamedTuple."""

    def __call__(self, *values: object) -> object: ...


def _is_named_tuple(kind: object) -> TypeGuard[_Made]:
    return isinstance(kind, type) and hasattr(kind, "_make")


def _is_enum(kind: object) -> TypeGuard[type[Enum]]:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _is_frozen(kind: object) -> TypeGuard[type]:
    return isinstance(kind, type) and is_dataclass(kind)


def _same(value: object) -> object:
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"needs a text, but is {value!r}")
    return value


def _object(value: object) -> dict[str, object]:
    if not is_object(value):
        raise ValueError(f"needs names with values, but is {value!r}")
    return value


def _list(value: object) -> list[object]:
    if not is_list(value):
        raise ValueError(f"needs a list, but is {value!r}")
    return value


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether what was read is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Whether what was read is a JSON list."""
    return isinstance(value, list)


def _plain(*kinds: type) -> Codec:
    allowed = {own for kind in kinds for own in PLAIN.get(kind, (kind,))}
    words = " or ".join(WORDS[kind] for kind in kinds if kind in WORDS)

    def read(value: object) -> object:
        if type(value) not in allowed:
            raise ValueError(f"needs {words}, but is {value!r}")
        return value

    return Codec(_same, read)


def _enum(kind: type[Enum]) -> Codec:
    by_name = issubclass(kind, BY_NAME) or not issubclass(kind, StrEnum)

    def read(value: object) -> Enum:
        try:
            return kind[str(value)] if by_name else kind(value)
        except (KeyError, ValueError):
            raise ValueError(f"names no {kind.__name__}: {value!r}") from None

    return Codec((lambda value: value.name) if by_name else (lambda value: value.value), read)


def _optional(inner: Codec) -> Codec:
    return Codec(
        lambda value: None if value is None else inner.write(value), lambda value: None if value is None else inner.read(value)
    )


def _sequence(inner: Codec) -> Codec:
    def read(value: object) -> tuple[object, ...]:
        return tuple(map(inner.read, _list(value)))

    return Codec(lambda value: list(map(inner.write, value)), read)


def _mapping(inner: Codec) -> Codec:
    def write(value: Mapping[str, object]) -> dict[str, object]:
        return dict(value) if inner.write is _same else {key: inner.write(item) for key, item in value.items()}

    def read(value: object) -> dict[str, object]:
        found = _object(value)
        return found if inner.read is _same else {key: inner.read(item) for key, item in found.items()}

    return Codec(write, read)


def _fixed(codecs: list[Codec], made: Callable[[list[object]], object]) -> Codec:
    def read(value: object) -> object:
        found = _list(value)
        if len(found) != len(codecs):
            raise ValueError(f"needs a list of {len(codecs)} values, but is {value!r}")
        return made([codec.read(item) for codec, item in zip(codecs, found, strict=True)])

    return Codec(lambda value: [codec.write(item) for codec, item in zip(codecs, value, strict=True)], read)
