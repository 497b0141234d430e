"""The requests and responses of Bitbucket Cloud that the fake has, as its OpenAPI description has them.

The description is not part of this repository. The table was made by hand from the types in the npm package
`@coderabbitai/bitbucket` 1.1.4 (dist/cloud/openapi/openapi-typescript.d.ts), which are generated from it, and covers
what codexc uses; see also https://developer.atlassian.com/cloud/bitbucket/rest/.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from tests.support.forges.wire import Answer, Request

Shape = Mapping[str, object]
TEXT, NUMBER, FLAG = str, int, bool
LINKS: Shape = {"html": {"href": TEXT, "name": TEXT}, "self": {"href": TEXT, "name": TEXT}}
RAW: Shape = {"raw": TEXT, "markup": TEXT, "html": TEXT}
ACCOUNT: Shape = {
    **dict.fromkeys(("type", "uuid", "created_on", "display_name", "account_id", "account_status", "nickname"), TEXT),
    **dict.fromkeys(("has_2fa_enabled", "is_staff"), FLAG),
    "links": LINKS,
}
BRANCH: Shape = {"type": TEXT, "name": TEXT, "default_merge_strategy": TEXT, "merge_strategies": [TEXT]}
REPOSITORY: Shape = {
    **dict.fromkeys(("type", "uuid", "full_name", "name", "description", "language", "scm", "fork_policy"), TEXT),
    **dict.fromkeys(("created_on", "updated_on"), TEXT),
    **dict.fromkeys(("is_private", "has_issues", "has_wiki"), FLAG),
    "size": NUMBER,
    "mainbranch": BRANCH,
    "owner": ACCOUNT,
    "links": LINKS,
}
END: Shape = {"branch": BRANCH, "commit": {"hash": TEXT}, "repository": REPOSITORY}
PULL: Shape = {
    **dict.fromkeys(("type", "title", "state", "reason", "created_on", "updated_on"), TEXT),
    **dict.fromkeys(("id", "comment_count", "task_count"), NUMBER),
    **dict.fromkeys(("draft", "close_source_branch", "queued"), FLAG),
    "summary": RAW,
    "author": ACCOUNT,
    "closed_by": ACCOUNT,
    "source": END,
    "destination": END,
    "merge_commit": {"hash": TEXT},
    "reviewers": [ACCOUNT],
    "participants": [{"type": TEXT, "user": ACCOUNT, "role": TEXT, "approved": FLAG, "state": TEXT}],
    "links": LINKS,
}
SENT_PULL: Shape = {**PULL, "description": TEXT}
"""`description` is in the text of the description alone, under "Other fields"."""
COMMENT: Shape = {
    **dict.fromkeys(("type", "created_on", "updated_on"), TEXT),
    **dict.fromkeys(("deleted", "pending"), FLAG),
    "id": NUMBER,
    "content": RAW,
    "user": ACCOUNT,
    "inline": {"path": TEXT, "from": NUMBER, "to": NUMBER},
    "parent": {"type": TEXT, "id": NUMBER},
    "links": LINKS,
}
STATUS: Shape = {
    **dict.fromkeys(("type", "uuid", "key", "refname", "url", "state", "name", "description"), TEXT),
    **dict.fromkeys(("created_on", "updated_on"), TEXT),
    "links": LINKS,
}
MEMBERSHIP: Shape = {"type": TEXT, "user": ACCOUNT, "links": LINKS}
RESTRICTION: Shape = {
    **dict.fromkeys(("type", "kind", "branch_match_kind", "branch_type", "pattern"), TEXT),
    **dict.fromkeys(("id", "value"), NUMBER),
    "users": [ACCOUNT],
    "groups": [{"type": TEXT}],
    "links": LINKS,
}
ERROR: Shape = {"type": TEXT, "error": {"message": TEXT, "detail": TEXT, "data": {}, "fields": None}}
"""`fields` is not described: Renovate reads it (lib/modules/platform/bitbucket/index.ts)."""


def page_of(shape: Shape) -> Shape:
    """A page of a list."""
    numbers = dict.fromkeys(("page", "pagelen", "size"), NUMBER)
    return {**numbers, "next": TEXT, "previous": TEXT, "values": [shape]}


REPO = "/repositories/{workspace}/{slug}"
PULLS = f"{REPO}/pullrequests"
COMMENTS = f"{PULLS}/{{id}}/comments"
OPERATIONS: Mapping[str, tuple[Shape | None, int, Shape]] = {
    "GET /user": (None, 200, ACCOUNT),
    "GET /workspaces/{workspace}/members": (None, 200, page_of(MEMBERSHIP)),
    "GET /workspaces/{workspace}/members/{member}": (None, 200, MEMBERSHIP),
    f"GET {REPO}": (None, 200, REPOSITORY),
    f"GET {REPO}/branch-restrictions": (None, 200, page_of(RESTRICTION)),
    f"GET {REPO}/commit/{{commit}}/statuses": (None, 200, page_of(STATUS)),
    f"GET {PULLS}": (None, 200, page_of(PULL)),
    f"POST {PULLS}": (SENT_PULL, 201, PULL),
    f"GET {PULLS}/{{id}}": (None, 200, PULL),
    f"PUT {PULLS}/{{id}}": (SENT_PULL, 200, PULL),
    f"POST {PULLS}/{{id}}/decline": (None, 200, PULL),
    f"GET {COMMENTS}": (None, 200, page_of(COMMENT)),
    f"POST {COMMENTS}": (COMMENT, 201, COMMENT),
    f"PUT {COMMENTS}/{{comment}}": (COMMENT, 200, COMMENT),
}
"""Of each request: what is sent, the status if all is well, and the response."""


def check(rows: Iterable[tuple[Request, Answer, str]]) -> list[str]:
    """All that is wrong with a log, each thing once."""
    return sorted({fault for request, answer, template in rows for fault in _faults(request, answer, template)})


def _faults(request: Request, answer: Answer, template: str) -> Iterator[str]:
    name = f"{request.method} {template}"
    operation = OPERATIONS.get(name)
    if operation is None:
        yield f"not described: {name}"
        return
    sent, status, shape = operation
    if answer.status >= 400:
        yield from _misfits(f"{name} {answer.status}", ERROR, answer.json)
        return
    if answer.status != status:
        yield f"status not described: {name} {answer.status}"
    if request.body and json.loads(request.body):
        yield from _misfits(f"{name} sent", sent or {}, json.loads(request.body))
    yield from _misfits(f"{name} {answer.status}", shape, answer.json)


def _misfits(where: str, shape: object, value: object) -> Iterator[str]:
    if isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{where}: not a list"
            return
        for item in value:
            yield from _misfits(f"{where}[]", shape[0], item)
    elif isinstance(shape, Mapping):
        if not isinstance(value, dict):
            yield f"{where}: not an object"
            return
        for key, inside in value.items():
            if key not in shape:
                yield f"{where}/{key}: not described"
            else:
                yield from _misfits(f"{where}/{key}", shape[key], inside)
    elif isinstance(shape, type) and type(value) is not shape:
        yield f"{where}: {type(value).__name__}, not {shape.__name__}"
