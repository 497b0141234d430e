"""Reads responses of hosts. A response that differs from the documentation is an error: nothing is guessed."""

from collections.abc import Mapping
from types import UnionType
from typing import Any

from codex.http.errors import HttpError
from codex.http.response import Response
from codex.http.urls import without_query

FieldTypes = type | UnionType


def as_object(response: Response, **fields: FieldTypes) -> Mapping[str, Any]:
    """Decode an object with these fields, of these types. Raises `HttpError` for anything else."""
    return _checked(response, response.decode(Any), fields)


def as_list(response: Response, **fields: FieldTypes) -> list[Mapping[str, Any]]:
    """Decode a list of such objects. Raises `HttpError` for anything else."""
    rows = response.decode(Any)
    if not isinstance(rows, list):
        raise _unexpected(response, "the response is not a list")
    return [_checked(response, row, fields) for row in rows]


def _checked(response: Response, value: Any, fields: Mapping[str, FieldTypes]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _unexpected(response, "the response is not a JSON object")
    for name, kind in fields.items():
        if name not in value or not isinstance(value[name], kind):
            raise _unexpected(response, f"the response has no valid `{name}`")
    return value


def _unexpected(response: Response, problem: str) -> HttpError:
    hint = "check that this is the URL of the API, and that no proxy changes the response"
    return HttpError(f"{without_query(response.url)}: {problem}", status=response.status, hint=hint)
