"""The door to graphql-core: a forge's own schema, really parsed, checked and run.

A field `diffHeadSha` is read from the attribute `diff_head_sha` of whatever was found so far, called with the field's
arguments in the same spelling where it can be called. An unknown field is an error, as on the real thing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    graphql_sync,
)

from tests.support.forges.bare import BadNameError
from tests.support.forges.wire import Answer, Call, json_answer

Shaped = Callable[[Mapping[str, object]], Mapping[str, object]]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@cache
def schema_of(name: str) -> GraphQLSchema:
    """The schema in `<name>.graphql` next to this file; arguments arrive in Python's spelling."""
    text = (Path(__file__).parent / f"{name}.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            for label, field in kind.fields.items():
                field.out_name = snake(label)
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__"):
            for spot in kind.fields.values():
                for label, argument in spot.args.items():
                    argument.out_name = snake(label)
    return schema


def resolve(source: object, info: GraphQLResolveInfo[Call], **arguments: object) -> object:
    """The value of a field."""
    name = snake(info.field_name)
    value = source.get(name) if isinstance(source, Mapping) else getattr(source, name)
    try:
        return value(info.context, **arguments) if callable(value) else value
    except BadNameError as error:
        raise problem("Reference name is not valid", "UNPROCESSABLE") from error


def run(name: str, call: Call, root: object, shaped: Shaped = lambda error: error) -> Answer:
    """Run the document of a call; errors of any kind are an answer of status 200."""
    sent = call.sent
    variables: Any = sent.inner("variables").values
    result = graphql_sync(
        schema_of(name),
        sent.text("query"),
        root_value=root,
        context_value=call,
        variable_values=variables,
        operation_name=sent.text("operationName") or None,
        field_resolver=resolve,
    )
    reraise(result.errors)
    value: dict[str, object] = {} if result.data is None and result.errors else {"data": result.data}
    if result.errors:
        value["errors"] = [shaped(dict(error.formatted)) for error in result.errors]
    return json_answer(value)


def reraise(errors: Sequence[GraphQLError] | None) -> None:
    """A fault of the fake's own is no answer."""
    for error in errors or ():
        cause = error.original_error
        if cause is not None and not isinstance(cause, GraphQLError):
            raise cause


class Connection:
    """A list in pages, by cursors that are places in it."""

    def __init__(
        self, rows: Sequence[object], first: int | None = None, after: str | None = None, limit: int = 100
    ) -> None:
        start = int(after) if after and after.isdecimal() else 0
        size = min(first if first is not None else limit, limit)
        self.nodes = list(rows[start : start + size])
        self.total_count = self.count = len(rows)
        end = start + len(self.nodes)
        self.page_info = {
            "has_next_page": end < len(rows),
            "has_previous_page": start > 0,
            "start_cursor": str(start),
            "end_cursor": str(end) if self.nodes else None,
        }


def problem(message: str, kind: str | None = None) -> GraphQLError:
    """An error of one field; `kind` is GitHub's `type`."""
    return GraphQLError(message, extensions={"type": kind} if kind else None)
