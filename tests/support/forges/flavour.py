"""What makes one forge differ from another, as one value; `gitlab`, `github` and `gitea` each make theirs."""

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
    """Where its API begins, after the URL."""
    prefixes: tuple[str, ...]
    """All beginnings that are cut off before routes are looked up."""
    routes: tuple[Route, ...]
    git: GitWords
    token_of: Callable[[Request], str | None]
    unauthorised: Answer
    unknown: Answer
    """Said where there is no such endpoint."""
    request_ref: str
    settles_after: int
    closes_with_branch: bool
    """Whether a request is closed when its branch goes."""
    tagged: bool
    """Whether answers carry an `ETag`."""
    headers: Callable[[int], Headers]
    """What every answer carries, given how many requests there were."""
    bad_name: Answer
    """Said where git would not take the name of a branch."""
    gate: Callable[[Call], None]
    """Runs before a route is served; refuses by raising."""


def no_gate(call: Call) -> None:
    """Refuse nothing."""


def bearer(request: Request, *schemes: str) -> str | None:
    """The token of an `Authorization` header of one of these schemes."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() in schemes else None


def no_headers(count: int) -> Headers:
    return ()


def page_of(call: Call, *, size_name: str = "per_page", default: int = 20, limit: int = 100) -> tuple[int, int]:
    """The page and its size, as asked and as capped."""
    size = call.asked.number(size_name, default) or default
    size = max(1, min(size, limit, call.request.page_cap or limit))
    return max(1, call.asked.number("page", 1)), size


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
    """The users of these ids; unknown ones are passed over, as forges do."""
    return [user for number in numbers for user in users if user.id == number]
