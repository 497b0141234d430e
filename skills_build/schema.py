"""Checks data against the published JSON Schemas. This is the only importer of jsonschema-rs.

The schemas under `validators/schemas/` are generated from types. `convert` turns valid data into frozen values.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, TypeVar

import jsonschema_rs
import msgspec

from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.schema_words import Words, described

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One violation of a schema: the path to the value, the problem, and the keyword that failed."""

    key: tuple[str | int, ...]
    message: str
    keyword: str
    help: str | None = None
    options: tuple[str, ...] = ()
    """All values that are allowed, if they are a list of words."""
    names: tuple[str, ...] = ()
    """The unexpected keys (`additionalProperties`) or the missing key (`required`)."""


MAX_VALUES: Final = 100_000
"""Number of values up to which all violations are listed. The statements of 600 rules contain 45,000."""
_FORMS: Final = frozenset({"anyOf", "oneOf", "oneOfNotValid"})
"""Keywords that a value of another type violates as well, which says nothing more."""


@lru_cache(maxsize=32)
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def violations(schema: str, data: object) -> tuple[Violation, ...]:
    """Check `data` (plain JSON values) against `schema` (JSON text, draft 2020-12) and return all violations in order.

    Data that the validator cannot represent, such as a lone surrogate or a thousand nested lists, violates any schema.
    For data of more than `MAX_VALUES` values, only the first violation is returned.
    """
    try:
        result = [_violation(error) for error in _errors(_validator(schema), data)]
    except ValueError as error:
        return (Violation(key=(), message=f"the data cannot be read: {error}", keyword="type"),)
    mistyped = {violation.key for violation in result if violation.keyword == "type"}
    result = [violation for violation in result if violation.keyword not in _FORMS or violation.key not in mistyped]
    return tuple(sorted(result, key=lambda v: ([str(k) for k in v.key], v.message)))


def _errors(validator: Any, data: object) -> list[Any]:
    """Return the errors of a validator, which makes all of them at once: each takes several kilobytes."""
    if not _is_large(data):
        return list(validator.iter_errors(data))
    try:
        validator.validate(data)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


def _is_large(data: object) -> bool:
    """Return whether data has more than `MAX_VALUES` values."""
    count, waiting = 0, [data]
    while waiting:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict | list):
            if count + len(waiting) + len(value) > MAX_VALUES:
                return True
            waiting.extend(value.values() if isinstance(value, dict) else value)
    return False


def _violation(error: Any) -> Violation:
    details = error.kind.as_dict()
    forms = details.get("context") or ()
    if error.kind.name in ("anyOf", "oneOf") and forms and all(forms):
        return _of_forms(error, forms)
    if error.kind.name == "propertyNames":  # about a key of the mapping, not about the mapping
        inner = details["error"]
        words = described(inner.kind.name, inner.kind.as_dict(), inner.instance, "this key is not allowed")
        help_ = words.help and words.help.replace("write ", "write the key as ", 1)
        return Violation(
            key=(*error.instance_path, inner.instance), message=words.message, help=help_, keyword=error.kind.name
        )
    names = details.get("unexpected") or [details.get("property")]
    words = described(error.kind.name, details, error.instance, error.message)
    return Violation(
        key=tuple(error.instance_path),
        message=words.message,
        help=words.help,
        options=words.options,
        keyword=error.kind.name,
        names=tuple(str(name) for name in names if name),
    )


def _of_forms(error: Any, forms: list[list[Any]]) -> Violation:
    """Return the violation of a value that has none of several forms: that of the form that it comes closest to."""
    place = list(error.instance_path)
    other_types = [
        inner for form in forms for inner in form if inner.kind.name == "type" and inner.instance_path == place
    ]
    types = [name for inner in other_types for name in inner.kind.as_dict()["types"]]
    close = [form for form in forms if not any(inner in other_types for inner in form)]
    missing = [inner.kind.as_dict()["property"] for form in close for inner in form if inner.kind.name == "required"]
    if not close:
        words, keyword = described("type", {"types": types}, error.instance, error.message), "type"
    elif missing:
        listed = " or ".join(f"`{name}`" for name in dict.fromkeys(missing))
        words, keyword = Words(f"{listed} is missing", f"add {listed}"), error.kind.name
    else:
        return _violation(close[0][0])
    return Violation(key=tuple(place), message=words.message, help=words.help, keyword=keyword)


def known_keys(schema: str, key: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that `schema` allows in the mapping at `key`, for suggestions."""
    whole = _parsed(schema)
    node = whole
    for part in key:
        node = _resolved(whole, node)
        below = node.get("properties", {}).get(part) if isinstance(part, str) else node.get("items")
        node = below or node.get("additionalProperties") or {}
    return tuple(_resolved(whole, node).get("properties", {})) if isinstance(node, dict) else ()


def deprecated_keys(schema: str, data: object) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return the deprecated keys in `data` (draft 2020-12, validation 9.3), each with its description."""
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
    return parse_json(schema)


def _resolved(whole: Any, node: Any) -> Any:
    """Follow a local `$ref` (`#/$defs/name`)."""
    while isinstance(node, dict) and "$ref" in node:
        target = whole
        for step in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node if isinstance(node, dict) else {}


def convert(data: object, kind: type[Value]) -> Value:
    """Convert data that passed its schema to a frozen value of `kind`.

    Raises `CodexError` if the schema and the type disagree, which is a bug in codexc.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise CodexError(f"the data matches its schema but not its type: {error}") from error
