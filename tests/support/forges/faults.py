"""What goes wrong on forges, as values. `Forge.fail(match, fault, times)` arms one.

A fault either answers instead of the forge, or lets it work and then loses or changes the answer.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from tests.support.forges.wire import Answer, Headers, Request, json_answer, text_answer

Kind = Literal["gitlab", "github", "gitea", "forgejo", "bitbucket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to go wrong; its fields can be combined."""

    name: str
    answers: Callable[[Kind], Answer] | None = None
    """The response in place of the forge's own."""
    works: bool = False
    """The request is served first, and only its answer lost."""
    cut: bool = False
    """The connection is reset in the middle of the body."""
    skew: float = 0
    """Seconds that the `Date` header is off."""
    page_cap: int | None = None
    stale: bool = False
    drops: bool = False
    """The connection is closed without a byte."""
    before: Callable[[], object] | None = None
    """Done before the request is served, as if another client was quicker."""


def same(answer: Answer) -> Callable[[Kind], Answer]:
    """The same answer on every forge."""
    return lambda _: answer


def too_many(*, retry_after: int | str | None = 1, limit_headers: bool = True, remaining: int = 0) -> Fault:
    """429. GitLab's limits on projects, groups and users send no headers; `remaining` above 0 happens too.

    Source: https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
    """
    headers: Headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    limits = (("Limit", "600"), ("Remaining", str(remaining)), ("Observed", "601"), ("Reset", "1799999999"))

    def answers(kind: Kind) -> Answer:
        if kind == "github":
            extra = tuple((f"X-RateLimit-{name}", value) for name, value in limits) if limit_headers else ()
            text = "API rate limit exceeded for user ID 101."
            return json_answer({"message": text, "documentation_url": DOCS}, 429, headers + extra)
        extra = tuple((f"RateLimit-{name}", value) for name, value in limits) if limit_headers else ()
        return text_answer("Retry later\n", 429, headers + extra)

    return Fault(name="too-many", answers=answers)


DOCS = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"


def secondary_limit(*, retry_after: int | None = None, status: int = 403) -> Fault:
    """GitHub's second limit: 403 or 429, mostly without `Retry-After`; requests remain by its headers.

    Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
    """
    text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    headers: Headers = (("X-RateLimit-Remaining", "4711"),)
    if retry_after is not None:
        headers += (("Retry-After", str(retry_after)),)
    body = {"message": text, "documentation_url": DOCS, "status": str(status)}
    return Fault(name="secondary-limit", answers=same(json_answer(body, status, headers)))


def submitted_too_quickly() -> Fault:
    """GitHub's brake on new content, inside a GraphQL answer of status 200."""
    error = {"type": "UNPROCESSABLE", "message": "was submitted too quickly"}
    return Fault(name="too-quickly", answers=same(json_answer({"data": None, "errors": [error]})))


def stale_data() -> Fault:
    """GitHub's `STALE_DATA`, which also comes just after a reference was created."""
    error = {
        "type": "STALE_DATA",
        "path": ["createCommitOnBranch"],
        "message": f'Expected branch to point to "{"0" * 40}" but it did not.  Pull and try again.',
    }
    return Fault(
        name="stale-data", answers=same(json_answer({"data": {"createCommitOnBranch": None}, "errors": [error]}))
    )


def server_error(status: int = 502, *, after: bool = False) -> Fault:
    """A proxy's page in HTML; with `after`, the work was done nevertheless."""
    page = f"<html><head><title>{status}</title></head><body>{status}</body></html>\n".encode()
    answer = Answer(status=status, body=page, headers=(("Content-Type", "text/html"),))
    return Fault(name=f"server-error-{status}", answers=same(answer), works=after)


def reset_connection() -> Fault:
    """The work is done, and the connection reset in the middle of the answer's body."""
    return Fault(name="reset", works=True, cut=True)


def dropped(*, after: bool = False) -> Fault:
    """The connection is closed without an answer; with `after`, the work was done."""
    return Fault(name="dropped", works=after, drops=True)


def locked() -> Fault:
    """409: another request holds a lock, as GitLab answers after a push; try again."""
    wording: Mapping[Kind, object] = {"gitlab": {"message": "409 Conflict: Resource lock"}}

    def answers(kind: Kind) -> Answer:
        return json_answer(wording.get(kind, {"message": "Resource is locked"}), 409)

    return Fault(name="locked", answers=answers)


def over_quota() -> Fault:
    """413, as Forgejo answers where an organisation's quota is used up."""
    body = {"message": "quota exceeded", "user_id": 101, "user_name": "codex-bot"}
    return Fault(name="over-quota", answers=same(json_answer(body, 413)))


def too_complex() -> Fault:
    """A query that asks for too much at once: the batch must become smaller.

    Source: https://docs.gitlab.com/api/graphql/#limits, https://docs.github.com/graphql/overview/rate-limits-and-node-limits-for-the-graphql-api
    """
    texts: Mapping[Kind, str] = {
        "gitlab": "Query has complexity of 301, which exceeds max complexity of 250",
        "github": "Something went wrong while executing your query. This may be the result of a timeout.",
    }
    return Fault(
        name="too-complex", answers=lambda kind: json_answer({"errors": [{"message": texts.get(kind, "too complex")}]})
    )


def too_many_values() -> Fault:
    """An answer in JSON that would take much memory to parse."""
    return Fault(name="too-many-values", answers=same(Answer(body=b'{"data":{"x":[' + b"[]," * 2_000_000 + b"1]}}")))


def late_branch() -> Fault:
    """A branch just pushed is not visible yet to what opens merge requests.

    Source: https://github.com/renovatebot/renovate/issues/44498
    """
    invalid = {"resource": "PullRequest", "field": "head", "code": "invalid"}
    missing = json_answer({"message": "The target couldn't be found.", "url": "", "errors": []}, 404)
    wording: Mapping[Kind, Answer] = {
        "gitlab": json_answer({"message": {"source_branch": ["does not exist"]}}, 400),
        "github": json_answer({"message": "Validation Failed", "errors": [invalid], "documentation_url": DOCS}, 422),
        "gitea": missing,
        "forgejo": missing,
        "bitbucket": json_answer({"type": "error", "error": {"message": "source: branch not found: codex/sync"}}, 400),
    }
    return Fault(name="late-branch", answers=lambda kind: wording[kind])


def stale_list() -> Fault:
    """Lists of merge requests are answered from before `fail` was called."""
    return Fault(name="stale-list", works=True, stale=True)


def page_cap(size: int) -> Fault:
    """Pages are no longer than this, whatever was asked."""
    return Fault(name="page-cap", works=True, page_cap=size)


def expired_token() -> Fault:
    """401, as for a token that has run out."""
    wording: Mapping[Kind, object] = {
        "gitlab": {
            "error": "invalid_token",
            "error_description": "Token is expired. You can either do re-authorization or token refresh.",
        },
        "github": {"message": "Bad credentials", "documentation_url": DOCS, "status": "401"},
        "bitbucket": {"type": "error", "error": {"message": "Access token expired."}},
    }
    other = {"message": "user does not exist [uid: 0, name: ]", "url": ""}
    return Fault(name="expired-token", answers=lambda kind: json_answer(wording.get(kind, other), 401))


def clock_skew(seconds: float) -> Fault:
    """The forge's clock is ahead (or, below zero, behind)."""
    return Fault(name="clock-skew", works=True, skew=seconds)


def interposed(action: Callable[[], object]) -> Fault:
    """Another client acts after a request is sent and before it is served."""
    return Fault(name="interposed", works=True, before=action)


Match = str | Callable[[Request], bool]
"""`"POST */merge_requests"`: a method (or `*`) and a pattern of the path; a third word is a GraphQL root field."""


def fits(match: Match, request: Request) -> bool:
    """Whether a fault is meant for a request."""
    if callable(match):
        return match(request)
    method, _, rest = match.partition(" ")
    path, _, root_field = rest.partition(" ")
    return (
        method in ("*", request.method)
        and fnmatchcase(request.path, path or "*")
        and (not root_field or root_field in request.root_fields)
    )


@dataclass(slots=True)
class Armed:
    """A fault, and how often it happens."""

    match: Match
    fault: Fault
    times: int
    per_path: bool
    seen: Counter[str] = field(default_factory=Counter)

    def take(self, request: Request) -> Fault | None:
        if not fits(self.match, request):
            return None
        key = f"{request.method} {request.path} {subject(request)}" if self.per_path else ""
        if self.seen[key] >= self.times:
            return None
        self.seen[key] += 1
        return self.fault


def subject(request: Request) -> str:
    """What a request is about, beyond its path: its source branch."""
    sent = request.sent
    return sent.text("source_branch") or sent.text("head") or json.dumps(sent.inner("variables").values, sort_keys=True)


@dataclass(slots=True)
class Throttle:
    """A limit that is really counted: more than N requests in M seconds meet the fault."""

    match: Match
    fault: Fault
    allowed: int
    seconds: float
    clock: Callable[[], float]
    served: list[float] = field(default_factory=list)

    def take(self, request: Request) -> Fault | None:
        if not fits(self.match, request):
            return None
        now = self.clock()
        self.served = [moment for moment in self.served if moment > now - self.seconds]
        if len(self.served) >= self.allowed:
            return self.fault
        self.served.append(now)
        return None


class Faults:
    """The faults that are armed; the first that fits and is not used up is taken."""

    def __init__(self) -> None:
        self._armed: list[Armed | Throttle] = []
        self._lock = threading.Lock()

    def arm(self, armed: Armed | Throttle) -> None:
        with self._lock:
            self._armed.append(armed)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def take(self, request: Request) -> Fault | None:
        with self._lock:
            return next((fault for armed in self._armed if (fault := armed.take(request))), None)
