"""Shared by all requests to the fake GitLab: errors, tokens, lists, and the objects that a path names."""

from collections.abc import Sequence

from tests.support.forges.flavour import bearer, last_page, links, neighbours, page_of
from tests.support.forges.gitlab_views import (
    View,
)
from tests.support.forges.state import MergeRequest, Repository
from tests.support.forges.wire import Answer, Call, Headers, RefusedError, Request, json_answer

API = "/api/v4"


def refused(status: int, message: object) -> RefusedError:
    return RefusedError(json_answer({"message": message}, status))


def invalid(text: str) -> RefusedError:
    """GitLab's answer where a parameter is wrong before anything is tried."""
    return RefusedError(json_answer({"error": text}, 400))


def not_found(what: str) -> RefusedError:
    return refused(404, f"404 {what} Not Found")


def token_of(request: Request) -> str | None:
    return request.headers.get("private-token") or bearer(request, "bearer")


# Finding what a call is about.


def project_of(call: Call) -> Repository:
    repository = call.world.find(call.parts["id"], call.user)
    if repository is None:
        raise not_found("Project")
    return repository


def writable(call: Call) -> Repository:
    """The project, if this user may change it."""
    repository = project_of(call)
    if repository.archived or not call.world.may_write(repository, call.user):
        raise refused(403, "403 Forbidden")
    return repository


def request_of(call: Call, repository: Repository) -> MergeRequest:
    request = repository.request(int(call.parts["iid"])) if call.parts["iid"].isdecimal() else None
    if request is None or not repository.requests_enabled:
        raise not_found("Merge Request") if repository.requests_enabled else refused(403, "403 Forbidden")
    return request


def pushable(repository: Repository, branch: str) -> None:
    if branch in repository.protected:
        raise refused(403, "403 Forbidden - You are not allowed to push into this branch")


# Lists.


def listing(call: Call, rows: Sequence[View], *, offset_limit: int | None = None) -> Answer:
    """One page of a list, with GitLab's headers; the total is left out where it is large.

    Source: https://docs.gitlab.com/api/rest/#pagination
    """
    page, size = page_of(call)
    if offset_limit is not None and (page - 1) * size > offset_limit:
        text = f"Offset pagination has a maximum allowed offset of {offset_limit} for requests that return objects"
        raise RefusedError(json_answer({"error": f"{text} of type Project."}, 405))
    shown = rows[(page - 1) * size : page * size]
    last = last_page(len(rows), size)
    counted = len(rows) <= call.world.counted_up_to
    pages = {**neighbours(page, last, "prev", "next"), "first": 1, **({"last": last} if counted else {})}
    headers: Headers = (
        ("Link", links(call, pages, size=size)),
        ("X-Page", str(page)),
        ("X-Per-Page", str(size)),
        ("X-Next-Page", str(page + 1) if page < last else ""),
        ("X-Prev-Page", str(page - 1) if page > 1 else ""),
    )
    if counted:
        headers += (("X-Total", str(len(rows))), ("X-Total-Pages", str(last)))
    return json_answer(shown, headers=headers)
