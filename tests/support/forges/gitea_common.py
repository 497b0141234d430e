"""Shared by all requests to the fake Gitea and Forgejo: errors, tokens, lists, and the objects that a path names."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.forges import githttp
from tests.support.forges.flavour import bearer, last_page, links, neighbours, page_of
from tests.support.forges.state import MergeRequest, Repository
from tests.support.forges.wire import Answer, Call, Headers, RefusedError, Request, json_answer

DOCS = "/api/swagger"


MISSING = {"message": "The target couldn't be found.", "url": DOCS, "errors": []}


PAGE_LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where the two differ."""

    version: str
    operations: frozenset[str]
    force: str
    """The field that lets `new_branch` overwrite a branch."""
    merge: str
    """The field with the merge method."""
    reviewers: bool
    """Whether a new pull request may name its reviewers."""


GITEA_DIALECT = Dialect(
    version="1.27.1",
    operations=frozenset({"create", "update", "upload", "rename", "delete"}),
    force="force_push",
    merge="do",
    reviewers=True,
)


FORGEJO_DIALECT = Dialect(
    version="16.0.1+gitea-1.22.0",
    operations=frozenset({"create", "update", "delete"}),
    force="force_overwrite_new_branch",
    merge="Do",
    reviewers=False,
)


def refused(status: int, message: str) -> RefusedError:
    return RefusedError(json_answer({"message": message, "url": DOCS}, status))


def absent() -> RefusedError:
    return RefusedError(json_answer(MISSING, 404))


def token_of(request: Request) -> str | None:
    return bearer(request, "token", "bearer") or githttp.token_of(request) or request.asked.text("token") or None


# Finding what a call is about.


def repository_of(call: Call) -> Repository:
    repository = call.world.find(f"{call.parts['owner']}/{call.parts['repo']}", call.user)
    if repository is None:
        raise absent()
    return repository


def readable(call: Call) -> Repository:
    """The repository, if it is not archived, and thus locked."""
    repository = repository_of(call)
    if repository.archived:
        raise refused(423, f"{repository.path} is archived")
    return repository


def writable(call: Call) -> Repository:
    """The repository, if this user may change it."""
    repository = readable(call)
    if not call.world.may_write(repository, call.user):
        raise refused(403, "user should have a permission to write to a repo")
    return repository


def request_of(call: Call, repository: Repository) -> MergeRequest:
    number = call.parts["index"]
    request = repository.request(int(number)) if number.isdecimal() else None
    if request is None:
        raise absent()
    return request


def listing(call: Call, rows: Sequence[object]) -> Answer:
    """One page of a list, of at most fifty rows."""
    page, size = page_of(call, size_name="limit", default=30, limit=PAGE_LIMIT)
    pages = neighbours(page, last_page(len(rows), size), "next", "last", "first", "prev")
    headers: Headers = (("X-Total-Count", str(len(rows))),)
    headers += (("Link", links(call, pages, "limit", size)),) if pages else ()
    return json_answer(rows[(page - 1) * size : page * size], headers=headers)
