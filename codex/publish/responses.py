"""Reads what hosts answer. A host that answers otherwise than documented is told so: nothing is guessed."""

from collections.abc import Mapping
from types import UnionType
from typing import Any

from codex.http.client import HttpError, Response

FieldTypes = type | UnionType


def as_object(answer: Response, **fields: FieldTypes) -> Mapping[str, Any]:
    """An object that has these fields, of these kinds. Raises `HttpError` for anything else."""
    return _checked(answer, answer.decode(Any), fields)


def as_list(answer: Response, **fields: FieldTypes) -> list[Mapping[str, Any]]:
    """A list of such objects. Raises `HttpError` for anything else."""
    found = answer.decode(Any)
    if not isinstance(found, list):
        raise _odd(answer, "no list")
    return [_checked(answer, one, fields) for one in found]


def _checked(answer: Response, found: Any, fields: Mapping[str, FieldTypes]) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise _odd(answer, "no object")
    for name, kind in fields.items():
        if name not in found or not isinstance(found[name], kind):
            raise _odd(answer, f"without a usable `{name}`")
    return found


def _odd(answer: Response, how: str) -> HttpError:
    hint = "is it the host's API, or a proxy that stands before it?"
    return HttpError(f"{answer.url.partition('?')[0]}: the answer is {how}", status=answer.status, hint=hint)
