"""Bitbucket Cloud's API, as far as a bot with pull requests needs it, with its refusals.

Source: https://developer.atlassian.com/cloud/bitbucket/rest/, in the OpenAPI description from which the npm package
`@coderabbitai/bitbucket` is generated. Not in it: that a change without reviewers removes them, and how a reviewer is
refused, as Renovate handles it (https://github.com/renovatebot/renovate, lib/modules/platform/bitbucket/index.ts), and
how a missing branch is (https://github.com/TeamCodeStream/codestream/issues/391). What a second pull request from a
branch does is not described anywhere; here, it is refused. Its git has no filters
(https://jira.atlassian.com/browse/BSERV-11639).
"""

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from tests.support.forges import githttp
from tests.support.forges.bitbucket_views import (
    STATES,
    View,
    comment_view,
    pull_view,
    repository_view,
    status_view,
    user_view,
    uuid_of,
)
from tests.support.forges.flavour import Flavour, last_page, no_gate, no_headers, page_of
from tests.support.forges.state import MergeRequest, Note, Repository, User
from tests.support.forges.wire import Answer, Call, Fields, RefusedError, Request, Route, json_answer

_TERM = re.compile(r'([\w.]+) = "((?:[^"\\]|\\.)*)"')


def error_answer(status: int, message: str, **fields: list[str]) -> Answer:
    more = {"fields": fields} if fields else {}
    return json_answer({"type": "error", "error": {"message": message, **more}}, status)


def refused(status: int, message: str, **fields: list[str]) -> RefusedError:
    return RefusedError(error_answer(status, message, **fields))


def token_of(request: Request) -> str | None:
    """The token of an OAuth client, or the password of an API token."""
    return githttp.token_of(request)


# Finding what a call is about.


def repository_of(call: Call) -> Repository:
    repository = call.world.find(f"{call.parts['workspace']}/{call.parts['slug']}", call.user)
    if repository is None:
        raise refused(404, f"Repository {call.parts['workspace']}/{call.parts['slug']} not found")
    return repository


def unlocked(call: Call) -> Repository:
    """The repository, if its workspace is not read-only."""
    repository = repository_of(call)
    if repository.archived:
        raise refused(403, "This repository is in read-only mode")
    return repository


def request_of(call: Call, repository: Repository) -> MergeRequest:
    number = call.parts["id"]
    request = repository.request(int(number)) if number.isdecimal() else None
    if request is None:
        raise refused(404, "Pull request not found")
    return request


def listing(call: Call, rows: Sequence[object], limit: int = 100) -> Answer:
    """One page of a list, which links to the next in its body."""
    page, size = page_of(call, size_name="pagelen", default=10, limit=limit)
    shown: View = {"pagelen": size, "page": page, "size": len(rows), "values": rows[(page - 1) * size : page * size]}
    if page < last_page(len(rows), size):
        query = urlencode({**call.asked.values, "page": page + 1}, doseq=True)
        shown["next"] = f"{call.url}{call.request.path}?{query}"
    return json_answer(shown)


# Users and repositories.


def current_user(call: Call) -> Answer:
    return json_answer(user_view(call.user, call.url))


def show_repository(call: Call) -> Answer:
    return json_answer(repository_view(repository_of(call), call.url))


def _membership(call: Call, user: User) -> View:
    return {"type": "workspace_membership", "user": user_view(user, call.url)}


def _members(call: Call) -> list[User]:
    """Everybody but the bot: the user of an access token is no member, and neither is a stranger."""
    others = (user for user in call.world.users.values() if user is not call.world.bot)
    return [user for user in others if not user.name.startswith("stranger")]


def members(call: Call) -> Answer:
    return listing(call, [_membership(call, user) for user in _members(call)])


def member(call: Call) -> Answer:
    user = next((user for user in _members(call) if uuid_of(user.id) == call.parts["member"]), None)
    if user is None:
        raise refused(404, "not a member of this workspace")
    return json_answer(_membership(call, user))


def branch_restrictions(call: Call) -> Answer:
    repository = repository_of(call)
    rules: list[View] = []
    if repository.required_approvals:
        approvals = {"pattern": repository.default_branch, "value": repository.required_approvals}
        rules.append({"kind": "require_approvals_to_merge", **approvals})
    rules += [{"kind": kind, "pattern": name} for name in sorted(repository.protected) for kind in ("push", "force")]
    common = {"type": "branchrestriction", "branch_match_kind": "glob", "users": [], "groups": []}
    return listing(call, [{"id": number, **common, **rule} for number, rule in enumerate(rules, 1)])


# Pull requests.


def pulls(call: Call) -> Answer:
    """By default the open ones; `q` narrows."""
    repository = repository_of(call)
    asked = call.asked.values.get("state", "OPEN")
    states = asked if isinstance(asked, list) else [asked]
    wanted = dict(_TERM.findall(call.asked.text("q")))
    rows = [
        pull_view(request, repository, call)
        for request in call.listed(repository)
        if STATES[request.state] in states
        and wanted.get("source.branch.name", request.source) == request.source
        and wanted.get("destination.branch.name", request.target) == request.target
        and wanted.get("author.uuid", uuid_of(request.author.id)) == uuid_of(request.author.id)
    ]
    return listing(call, rows, limit=50)


def show_pull(call: Call) -> Answer:
    repository = repository_of(call)
    return json_answer(pull_view(request_of(call, repository), repository, call, whole=True))


def _branch(sent: Fields, side: str) -> str:
    return sent.inner(side).inner("branch").text("name")


def create_pull(call: Call) -> Answer:
    repository, sent = unlocked(call), call.sent
    source, target = _branch(sent, "source"), _branch(sent, "destination") or repository.default_branch
    if not sent.text("title"):
        raise refused(400, "title: This field is required.", title=["This field is required."])
    for side, name in (("source", source), ("destination", target)):
        if repository.bare.tip(name) is None:
            raise refused(400, f"{side}: branch not found: {name}", **{side: [f"branch not found: {name}"]})
    base, head = repository.bare.tip(target) or "", repository.bare.tip(source) or ""
    if repository.open_from(source, target) or not repository.bare.count_between(base, head):
        raise refused(400, "There are no changes to be pulled")
    reviewers = reviewers_of(call, call.user)
    opened = call.world.open_request(
        repository,
        call.user,
        source=source,
        target=target,
        title=sent.text("title"),
        description=sent.text("description"),
    )
    opened.draft, opened.reviewers = sent.flag("draft"), reviewers
    return json_answer(pull_view(opened, repository, call, whole=True), 201)


def reviewers_of(call: Call, author: User) -> list[User]:
    """The accounts that are named; one that cannot review refuses them all."""
    users = {uuid_of(user.id): user for user in _members(call)}
    named = [row.text("uuid") for row in call.sent.records("reviewers")]
    if uuid_of(author.id) in named:
        text = f"{author.name} is the author and cannot be included as a reviewer."
        raise refused(400, f"reviewers: {text}", reviewers=[text])
    if any(uuid not in users for uuid in named):
        raise refused(400, "reviewers: Malformed reviewers list", reviewers=["Malformed reviewers list"])
    return [users[uuid] for uuid in named]


def edit_pull(call: Call) -> Answer:
    repository, sent = unlocked(call), call.sent
    request = request_of(call, repository)
    if request.state != "opened":
        raise refused(400, "Only open pull requests can be mutated")
    request.reviewers = reviewers_of(call, request.author)
    request.title = sent.text("title") or request.title
    request.description = sent.text("description", request.description)
    request.draft = sent.flag("draft") if "draft" in sent else request.draft
    request.updated = call.world.clock()
    return json_answer(pull_view(request, repository, call, whole=True))


def decline(call: Call) -> Answer:
    repository = unlocked(call)
    request = request_of(call, repository)
    if request.state != "opened":
        raise refused(400, "This pull request is already closed.")
    call.world.set_state(request, "closed", call.user)
    return json_answer(pull_view(request, repository, call, whole=True))


# Comments and build statuses.


def comments(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    return listing(call, [comment_view(note, request, repository, call.url) for note in request.notes])


def create_comment(call: Call) -> Answer:
    repository, sent = unlocked(call), call.sent
    request = request_of(call, repository)
    note = call.world.add_note(request, call.user, sent.inner("content").text("raw"))
    note.parent = sent.inner("parent").number("id") or None
    return json_answer(comment_view(note, request, repository, call.url), 201)


def edit_comment(call: Call) -> Answer:
    repository = unlocked(call)
    request = request_of(call, repository)
    note = next((note for note in request.notes if str(note.id) == call.parts["comment"]), None)
    if note is None:
        raise refused(404, "Comment not found")
    if note.author != call.user:
        raise refused(403, "You do not have access to change this comment")
    note.body, note.updated = call.sent.inner("content").text("raw", note.body), call.world.clock()
    return json_answer(comment_view(note, request, repository, call.url))


def statuses(call: Call) -> Answer:
    """One for each key: a new status replaces the one before."""
    rows = repository_of(call).statuses.get(call.parts["commit"], [])
    return listing(call, [status_view(status) for status in {row.name: row for row in rows}.values()])


# Labels, which are comments here.


def is_label(note: Note, bot: User) -> bool:
    return note.author != bot and re.fullmatch(r"[a-z-]+", note.body) is not None


def labels_of(request: MergeRequest, bot: User) -> list[str]:
    """The labels that nobody has answered."""
    answered = {note.parent for note in request.notes}
    return [note.body for note in request.notes if is_label(note, bot) and note.id not in answered]


def notes_of(request: MergeRequest, bot: User) -> list[str]:
    """The comments that are neither labels nor answers to them."""
    return [note.body for note in request.notes if not is_label(note, bot) and note.parent is None]


def pushed(_: githttp.Push) -> tuple[str, ...]:
    """Say nothing to the pusher."""
    return ()


REPO = "/repositories/{workspace}/{slug}"
PULL = f"{REPO}/pullrequests/{{id}}"
ROUTES = (
    Route("GET", "/user", current_user),
    Route("GET", "/workspaces/{workspace}/members", members),
    Route("GET", "/workspaces/{workspace}/members/{member}", member),
    Route("GET", REPO, show_repository),
    Route("GET", f"{REPO}/branch-restrictions", branch_restrictions),
    Route("GET", f"{REPO}/commit/{{commit}}/statuses", statuses),
    Route("GET", f"{REPO}/pullrequests", pulls),
    Route("POST", f"{REPO}/pullrequests", create_pull),
    Route("GET", PULL, show_pull),
    Route("PUT", PULL, edit_pull),
    Route("POST", f"{PULL}/decline", decline),
    Route("GET", f"{PULL}/comments", comments),
    Route("POST", f"{PULL}/comments", create_comment),
    Route("PUT", f"{PULL}/comments/{{comment}}", edit_comment),
)

FLAVOUR = Flavour(
    kind="bitbucket",
    api="/2.0",
    prefixes=("/2.0",),
    routes=ROUTES,
    git=githttp.GitWords(
        realm="Atlassian Bitbucket",
        absent="Repository not found\n",
        archived="This repository is in read-only mode.\n",
        read_only="Forbidden\n",
        protected="Permission denied to update protected branch",
        pushed=pushed,
    ),
    token_of=token_of,
    unauthorised=error_answer(401, "Token is invalid, expired, or not supported for this endpoint."),
    unknown=error_answer(404, "Resource not found"),
    request_ref="refs/pull-requests/{number}/from",
    settles_after=0,
    closes_with_branch=False,
    tagged=False,
    headers=no_headers,
    bad_name=error_answer(400, "source: branch not found"),
    gate=no_gate,
    filters=False,
    lacks=frozenset({"labels", "assignees", "auto-merge", "archives", "switches"}),
)
