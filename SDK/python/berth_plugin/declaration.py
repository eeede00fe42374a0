"""How dataclasses become JSON, come from it, and describe themselves as JSON Schema."""

import dataclasses
import functools
import types
import typing
from typing import Any, ClassVar, Literal, Union

from .timestamp import Timestamp


def member(name: str | None = None, **options: Any) -> Any:
    """A dataclass field with another name on the wire than its own in camel case."""
    return dataclasses.field(metadata={"name": name} if name else {}, **options)


class Request:
    """The parameters of one method."""

    METHOD: ClassVar[str]
    SUMMARY: ClassVar[str]
    RESULT: ClassVar[Any]


class Driver:
    """What answers the methods of a kind."""

    KIND: ClassVar[str]
    METHODS: ClassVar[dict[str, type[Request]]]

    def configure(self, configuration: dict[str, Any]) -> None:
        """Takes a changed configuration while running. Not defined: a change needs a restart."""
        raise NotImplementedError

    def stats(self) -> Any:
        """Figures of the driver's own for `plugin.stats`."""
        return None

    def stop(self) -> None:
        """Runs before the process ends in an orderly way, when no handler runs any more."""


class Mismatch(Exception):
    """JSON that is not what the declaration says; the message names the member."""


@dataclasses.dataclass(frozen=True)
class Field:
    name: str
    wire: str
    type: Any
    required: bool


@functools.cache
def fields(declared: type) -> tuple[Field, ...]:
    """The members of a dataclass. What may be None may be absent; everything else is required."""
    hints = typing.get_type_hints(declared)
    return tuple(
        Field(field.name, field.metadata.get("name") or _camel(field.name), hints[field.name],
              not _is_optional(hints[field.name]))
        for field in dataclasses.fields(declared))


def _camel(name: str) -> str:
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(part.capitalize() for part in rest)


def _is_optional(kind: Any) -> bool:
    return typing.get_origin(kind) in (Union, types.UnionType) and type(None) in typing.get_args(kind)


# MARK: To JSON

def encode(value: Any) -> Any:
    """JSON of a dataclass, or of lists and dictionaries of them; members that are None are left out."""
    if dataclasses.is_dataclass(value):
        pairs = ((field.wire, getattr(value, field.name)) for field in fields(type(value)))
        return {name: encode(member) for name, member in pairs if member is not None}
    if isinstance(value, Timestamp):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {name: encode(item) for name, item in value.items()}
    return {} if value is None else value


# MARK: From JSON

_SCALARS = {str: "a string", bool: "true or false", int: "an integer", float: "a number"}


def decode(kind: Any, value: Any, path: str = "") -> Any:
    """A value of the declared type. Raises Mismatch; unknown members are ignored, as the protocol wants."""
    if kind is Any:
        return value
    if _is_optional(kind):
        rest = next(part for part in typing.get_args(kind) if part is not type(None))
        return None if value is None else decode(rest, value, path)
    if dataclasses.is_dataclass(kind):
        return _decode_object(typing.cast(type, kind), value, path)
    if kind is Timestamp:
        return _decode_timestamp(value, path)
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        _expect(value in parts, path, f"one of {', '.join(parts)}")
        return value
    if origin is list:
        _expect(isinstance(value, list), path, "an array")
        return [decode(parts[0], item, f"{path}[{index}]") for index, item in enumerate(value)]
    if origin is dict:
        _expect(isinstance(value, dict), path, "an object")
        return {name: decode(parts[1], item, f"{path}.{name}") for name, item in value.items()}
    _expect(isinstance(value, kind) and (kind is bool or not isinstance(value, bool)), path, _SCALARS[kind])
    # What the other side keeps in 64 bits is not made larger here.
    _expect(kind is not int or -(1 << 63) <= value < 1 << 63, path, "an integer of 64 bits")
    return value


def _decode_object(kind: type, value: Any, path: str) -> Any:
    _expect(isinstance(value, dict), path, "an object")
    arguments = {}
    for field in fields(kind):
        inner = f"{path}.{field.wire}" if path else field.wire
        if field.wire in value:
            arguments[field.name] = decode(field.type, value[field.wire], inner)
        else:
            _expect(not field.required, inner, "a value")
    return kind(**arguments)


def _decode_timestamp(value: Any, path: str) -> Timestamp:
    _expect(isinstance(value, str), path, "a time")
    try:
        return Timestamp.parse(value)
    except (ValueError, OverflowError) as error:
        raise Mismatch(f"{path}: {error}") from None


def _expect(holds: bool, path: str, what: str) -> None:
    if not holds:
        raise Mismatch(f"{path}: {what} expected" if path else f"{what} expected")


# MARK: Description

def schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a declared type."""
    if kind is None:
        return {"type": "object"}
    if kind is Any:
        return {}
    if _is_optional(kind):
        return schema(next(part for part in typing.get_args(kind) if part is not type(None)))
    if dataclasses.is_dataclass(kind):
        return _object_schema(typing.cast(type, kind))
    if kind is Timestamp:
        return {"type": "string", "format": "date-time", "examples": ["2026-11-23T10:00:00.000000000Z"]}
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return {"type": "string", "enum": list(parts)}
    if origin is list:
        return {"type": "array", "items": schema(parts[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(parts[1])}
    return {"type": {str: "string", bool: "boolean", int: "integer", float: "number"}[kind]}


def _object_schema(kind: type) -> dict[str, Any]:
    members = fields(kind)
    described: dict[str, Any] = {
        "type": "object", "properties": {field.wire: schema(field.type) for field in members}}
    if required := [field.wire for field in members if field.required]:
        described["required"] = required
    return described


def description(request: type[Request]) -> dict[str, Any]:
    """One method of an OpenRPC document."""
    return {
        "name": request.METHOD,
        "summary": request.SUMMARY,
        "paramStructure": "by-name",
        "params": [
            {"name": field.wire, "required": field.required, "schema": schema(field.type)}
            for field in fields(request)],
        "result": {"name": "result", "schema": schema(request.RESULT)},
    }
