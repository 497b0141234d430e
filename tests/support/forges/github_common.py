"""Shared by all requests to the fake GitHub: errors, tokens, lists, and the objects that a path names."""

from collections.abc import Callable, Sequence

from tests.support.forges import githttp
from tests.support.forges.flavour import bearer, last_page, links, neighbours, page_of
from tests.support.forges.github_views import (
    View,
)
from tests.support.forges.state import MergeRequest, Repository
from tests.support.forges.wire import Answer, Call, Headers, RefusedError, Request, json_answer

DOCS = "https://docs.github.com/rest"


MODES = ("100644", "100755", "040000", "160000", "120000")


RESET = 4_000_000_000


def refused(status: int, message: str, *errors: object) -> RefusedError:
    body: View = {"message": message, "documentation_url": DOCS, "status": str(status)}
    return RefusedError(json_answer({**body, "errors": list(errors)} if errors else body, status))


def invalid(resource: str, **error: str) -> RefusedError:
    """422 with one error."""
    return refused(422, "Validation Failed", {"resource": resource, **error})


def token_of(request: Request) -> str | None:
    return bearer(request, "bearer", "token") or githttp.token_of(request)


def needs_agent(call: Call) -> None:
    """GitHub refuses requests without a user agent.

    Source: https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent
    """
    if not call.request.headers.get("user-agent"):
        raise refused(
            403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
        )


# Finding what a call is about.


def repository_of(call: Call) -> Repository:
    repository = call.world.find(f"{call.parts['owner']}/{call.parts['repo']}", call.user)
    if repository is None:
        raise refused(404, "Not Found")
    return repository


def readable(call: Call) -> Repository:
    """The repository, if it is not archived."""
    repository = repository_of(call)
    if repository.archived:
        raise refused(403, "Repository was archived so is read-only.")
    return repository


def writable(call: Call) -> Repository:
    """The repository, if this user may change it."""
    repository = readable(call)
    if not call.world.may_write(repository, call.user):
        raise refused(403, "Resource not accessible by personal access token")
    return repository


def filled(repository: Repository) -> Repository:
    """A repository that is not empty, as the Git database requires."""
    if repository.is_empty:
        raise refused(409, "Git Repository is empty.")
    return repository


def request_of(call: Call, repository: Repository) -> MergeRequest:
    number = call.parts["number"]
    request = repository.request(int(number)) if number.isdecimal() else None
    if request is None:
        raise refused(404, "Not Found")
    return request


def listing(
    call: Call, rows: Sequence[object], wrap: Callable[[Sequence[object]], object] = lambda rows: rows
) -> Answer:
    """One page of a list, which may be in an object; `Link` leads to the others."""
    page, size = page_of(call, default=30)
    pages = neighbours(page, last_page(len(rows), size), "prev", "first", "next", "last")
    headers: Headers = (("Link", links(call, pages, size=size)),) if pages else ()
    return json_answer(wrap(rows[(page - 1) * size : page * size]), headers=headers)
