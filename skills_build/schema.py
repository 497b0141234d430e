"""The only importer of jsonschema-rs: data checked against our published JSON Schemas.

The schemas under `validators/schemas/` are generated from types; what passes becomes frozen values by `convert`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import jsonschema_rs
import msgspec

from skills_build.errors import CodexError

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One place where data breaks its schema: the path to it, what is wrong, and which keyword says so."""

    key: tuple[str | int, ...]
    message: str
    keyword: str
    names: tuple[str, ...] = ()
    """The keys that should not be there (`additionalProperties`) or the one that is missing (`required`)."""


@lru_cache(maxsize=32)
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def violations(schema: str, data: object) -> tuple[Violation, ...]:
    """Check `data` (plain JSON values) against `schema` (JSON text, draft 2020-12); all violations, in order.

    Data that no validator can hold, such as half of a surrogate pair or a thousand lists in one another, breaks any.
    """
    try:
        result = [_violation(error) for error in _validator(schema).iter_errors(data)]
    except ValueError as error:
        return (Violation(key=(), message=f"it cannot be read: {error}", keyword="type"),)
    return tuple(sorted(result, key=lambda v: ([str(k) for k in v.key], v.message)))


def _violation(error: Any) -> Violation:
    details = error.kind.as_dict()
    names = details.get("unexpected") or [details.get("property")]
    return Violation(
        key=tuple(error.instance_path),
        message=error.message,
        keyword=error.kind.name,
        names=tuple(str(name) for name in names if name),
    )


def known_keys(schema: str, key: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that `schema` knows for the mapping at `key`, for suggestions."""
    whole = _parsed(schema)
    node = whole
    for part in key:
        node = _resolved(whole, node)
        below = node.get("properties", {}).get(part) if isinstance(part, str) else node.get("items")
        node = below or node.get("additionalProperties") or {}
    return tuple(_resolved(whole, node).get("properties", {})) if isinstance(node, dict) else ()


def deprecated_keys(schema: str, data: object) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The keys of `data` that `schema` calls deprecated (draft 2020-12, validation 9.3), each with its description."""
    whole = _parsed(schema)
    return tuple(_deprecated(whole, whole, data, ()))


def _deprecated(whole: Any, node: Any, data: object, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if not isinstance(data, dict):
        return
    properties = _resolved(whole, node).get("properties", {})
    for name in sorted(properties.keys() & data.keys()):
        below = properties[name]
        if below.get("deprecated"):
            yield (*key, name), str(below.get("description", ""))
        yield from _deprecated(whole, below, data[name], (*key, name))


@lru_cache(maxsize=32)
def _parsed(schema: str) -> Any:
    return json.loads(schema)


def _resolved(whole: Any, node: Any) -> Any:
    """Follow a local `$ref` (`#/$defs/name`)."""
    while isinstance(node, dict) and "$ref" in node:
        target = whole
        for step in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node if isinstance(node, dict) else {}


def convert(data: object, kind: type[Value]) -> Value:
    """Turn data that passed its schema into a frozen value of `kind`.

    Raises `CodexError` where the schema and the type disagree, which is a fault of ours.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise CodexError(f"data passed its schema but not its type: {error}") from error
