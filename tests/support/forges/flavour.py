"""The differences between forges, as one value; `gitlab`, `github`, `gitea` and `bitbucket` each have theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.support.forges.faults import Kind
from tests.support.forges.githttp import GitWords
from tests.support.forges.state import User
from tests.support.forges.wire import Answer, Call, Headers, Request, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One kind of forge."""

    kind: Kind
    api: str
    """The prefix of its API, after the URL."""
    prefixes: tuple[str, ...]
    """All prefixes that are removed before a route is looked up."""
    routes: tuple[Route, ...]
    git: GitWords
    token_of: Callable[[Request], str | None]
    unauthorised: Answer
    unknown: Answer
    """The response where there is no such endpoint."""
    request_ref: str
    settles_after: int
    closes_with_branch: bool
    """Whether a merge request is closed when its branch is deleted."""
    tagged: bool
    """Whether responses have an `ETag`."""
    headers: Callable[[int], Headers]
    """The headers of every response, given the number of requests so far."""
    bad_name: Answer
    """The response to a branch name that git does not allow."""
    gate: Callable[[Call], None]
    """Runs before a route is served; refuses by raising."""
    filters: bool = True
    """Whether its git has filters of objects."""
    lacks: frozenset[str] = frozenset()
    """What it has not: `labels`, `assignees`, `auto-merge`, `archives` (of repositories), and `switches` that disable
    merge requests."""


def no_gate(call: Call) -> None:
    """Refuse nothing."""


def bearer(request: Request, *schemes: str) -> str | None:
    """The token of an `Authorization` header of one of these schemes."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() in schemes else None


def no_headers(count: int) -> Headers:
    return ()


def page_of(call: Call, *, size_name: str = "per_page", default: int = 20, limit: int = 100) -> tuple[int, int]:
    """The requested page and its size, up to the limit."""
    size = call.asked.number(size_name, default) or default
    size = max(1, min(size, limit, call.request.page_cap or limit))
    return max(1, call.asked.number("page", 1)), size


def last_page(count: int, size: int) -> int:
    """The number of the last page of a list; an empty list has one page."""
    return max(1, -(-count // size))


def neighbours(page: int, last: int, *relations: str) -> dict[str, int]:
    """The pages that a page links to, of these relations and in this order, as far as there are such pages."""
    numbers = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    absent = {"first", "prev"} if page <= 1 else set()
    absent |= {"next", "last"} if page >= last else set()
    return {relation: numbers[relation] for relation in relations if relation not in absent}


def links(call: Call, pages: dict[str, int], size_name: str = "per_page", size: int | None = None) -> str:
    """The `Link` header to other pages of the same list."""
    links = []
    for name, page in pages.items():
        query = {**call.asked.values, "page": str(page)}
        if size is not None:
            query[size_name] = str(size)
        links.append(f'<{call.url}{call.request.path}?{urlencode(query, doseq=True)}>; rel="{name}"')
    return ", ".join(links)


def named(users: tuple[User, ...], numbers: tuple[int, ...]) -> list[User]:
    """The users of these ids; unknown ones are ignored, as by forges."""
    return [user for number in numbers for user in users if user.id == number]
