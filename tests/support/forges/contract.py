"""Holds requests and answers against a forge's published OpenAPI description (`openapi/` of the shared test data)."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator

from tests.support.forges.wire import Answer, Request

BEYOND = frozenset(
    {
        "GET /api/v4/projects/{}/merge_requests/{}/notes",
        "PUT /api/v4/projects/{}/merge_requests/{}/notes/{}",
        "GET /api/v4/projects/{}/merge_requests/{}/approvals",
        "GET /api/v4/projects/{}/repository/commits/{}",
        "GET /api/v4/users",
        "POST /api/v4/projects/{}/fork",
        "POST /repos/{}/{}/forks",
        "GET /orgs/{}/labels",
        "POST /api/graphql",
        "POST /graphql",
        "GET /api/v4/projects/{}/merge_requests/{}/discussions",
        "POST /api/v4/projects/{}/merge_requests/{}/discussions",
        "PUT /api/v4/projects/{}/merge_requests/{}/discussions/{}",
        "PUT /api/v4/projects/{}/merge_requests/{}/discussions/{}/notes/{}",
        "GET /api/v4/projects/{}/repository/commits/{}/statuses",
        "POST /api/v4/projects/{}/statuses/{}",
        "GET /repos/{}/{}/pulls/{}/comments",
        "POST /repos/{}/{}/pulls/{}/comments",
        "PATCH /repos/{}/{}/pulls/comments/{}",
        "GET /repos/{}/{}/commits/{}/status",
        "GET /repos/{}/{}/commits/{}/check-runs",
        "POST /repos/{}/{}/statuses/{}",
        "GET /repos/{}/{}/pulls/{}/reviews",
        "POST /repos/{}/{}/pulls/{}/reviews",
        "GET /repos/{}/{}/pulls/{}/reviews/{}/comments",
        "GET /repos/{}/{}/commits/{}/statuses",
        "PATCH /repos/{}/{}/issues/comments/{}",
        "GET /repos/{}/{}/rules/branches/{}",
        "GET /repos/{}/{}/branches/{}/protection",
        "DELETE /repos/{}/{}/issues/{}/labels/{}",
    }
)
"""What the trimmed descriptions do not hold: only the libraries that drive these check their form."""

FLAWS = (
    # GitHub's own labels without a description say null, and its description of a list of pull requests denies it.
    re.compile(r"labels/\d+/description: None (is not of type 'string'|for not nullable)"),
    # A commit by an unknown author has no author; `nullable` next to `oneOf` is not understood.
    re.compile(r"(author|committer): None is not valid under any of the given schemas"),
    # PyGithub sends a bare list of labels, which GitHub's description allows in words only.
    re.compile(r"issues/\{number\}/labels 200 sent: : \["),
    # An error fits two forms of which every field is optional, where one is asked for.
    re.compile(r"is valid under each of"),
)
"""Where a description contradicts what its forge really answers."""

HOLES = re.compile(r"\{\w+(\.\.\.)?\}")


class Contract:
    """One description; its schemas are plain JSON, so this is the door where types end."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        base = document["servers"][0]["url"].rstrip("/")
        self.operations: dict[tuple[str, str], Mapping[str, Any]] = {
            (method.upper(), shape(path)): operation
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        }
        self.base = base
        self._validators: dict[str, OAS30Validator] = {}

    def resolve(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in value:
            node: Any = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
            value = node
        return value

    def schema(self, holder: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The JSON schema of a body."""
        content: Mapping[str, Any] = self.resolve(holder).get("content", {})
        kinds = [kind for kind in ("application/json", "text/html") if kind in content] or list(content)
        schema: Mapping[str, Any] | None = content[kinds[0]].get("schema") if kinds else None
        return schema

    def faults(self, where: str, schema: Mapping[str, Any], value: object) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = OAS30Validator({**schema, "components": self.document["components"]})
        faults = self._validators[key].iter_errors(value)
        texts = [f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message}" for error in faults]
        return [text[:500] for text in texts if not any(flaw.search(text) for flaw in FLAWS)]

    def check(self, request: Request, answer: Answer, template: str) -> list[str]:
        """What is wrong with one exchange."""
        where = f"{request.method} {template} {answer.status}"
        operation = self.operations.get((request.method, shape(template)))
        if operation is None:
            name = f"{request.method} {shape(template)}"
            return [] if name in BEYOND else [f"not described: {name}"]
        faults: list[str] = []
        body = operation.get("requestBody")
        if body is not None and request.body and answer.status < 400:
            schema = self.schema(body)
            faults += self.faults(f"{where} sent", schema, json.loads(request.body)) if schema else []
        described = operation["responses"].get(str(answer.status))
        if described is None:
            return faults if answer.status >= 300 else [*faults, f"status not described: {where}"]
        schema = self.schema(described)
        is_json = (answer.header("Content-Type") or "").startswith("application/json")
        if not (schema and is_json and answer.body):
            return faults
        value = without_nulls(answer.json) if self.base == "/api/v1" else answer.json
        return faults + self.faults(where, schema, value)


def shape(path: str) -> str:
    """A template without the names of its holes."""
    return HOLES.sub("{}", path)


@cache
def contract(path: Path) -> Contract:
    return Contract(json.loads(path.read_text(encoding="utf-8"), object_hook=without_hint))


def without_nulls(value: object) -> object:
    """Gitea and Forgejo send null for what is not there; their descriptions, made for Swagger 2, cannot say so."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value if item is not None] if isinstance(value, list) else value


def without_hint(part: dict[str, Any]) -> dict[str, Any]:
    """A part without `discriminator`, a hint that the validator takes for a rule and that arrays cannot follow."""
    return {name: value for name, value in part.items() if name != "discriminator"}


def check(path: Path, rows: Iterable[tuple[Request, Answer, str]]) -> list[str]:
    """All that is wrong with a log, each thing once."""
    description = contract(path)
    faults: list[str] = []
    for request, answer, template in rows:
        faults += description.check(request, answer, template)
    return sorted(set(faults))
