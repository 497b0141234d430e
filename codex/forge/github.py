"""GitHub and GitHub Enterprise Server: one GraphQL document for many repositories, git for files, REST for requests.

Sources: https://docs.github.com/graphql/reference, https://docs.github.com/rest/pulls, https://docs.github.com/rest/issues.
Commits go through git, which keeps modes, the parent and the lease in one push; the API would need three requests, and
cannot make a file executable.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

from codex.forge import responses
from codex.forge.base import FileWrite, GoneError, Probe, RepositoryHead
from codex.forge.git.cache import GitCache
from codex.forge.git.push import GitPusher
from codex.forge.lazy import LazyTip
from codex.forge.memo import Memo
from codex.http.client import Client, HttpError, UncertainError, converted
from codex.http.rate_limit import Clock, SystemClock
from codex.profile.model import Listing
from codex.shell.isolation import EndingError, isolated
from codex.sync.observed import ClosedRequest, MergeRequest, Target
from codex.sync.request_text import RequestText
from skills_build.errors import CodexError

MARK: Final = "<!-- codex:note -->"
_MOST: Final = 50
"""Repositories in one document."""
_TRIES: Final = 8
_MAY_WRITE: Final = frozenset({"WRITE", "MAINTAIN", "ADMIN"})
_METHODS: Final = ("MERGE", "SQUASH", "REBASE")
Found = TypeVar("Found")

_PARTS: Final = """
fragment tip on Ref { target { oid ... on Commit { message parents(first: 3) { nodes { oid } } } } }
fragment ended on PullRequest {
  number url body merged baseRefName isCrossRepository
  labels(first: 50) { nodes { name } }
}
fragment opened on PullRequest {
  id number url title body isDraft createdAt mergeable baseRefName isCrossRepository
  labels(first: 50) { nodes { name } }
  reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { combinedSlug } } } }
}
fragment seen on Repository {
  isArchived isMirror viewerPermission
  defaultBranchRef { name target { oid } }
  ours: ref(qualifiedName: $ref) { ...tip }
  opened: pullRequests(headRefName: $branch, states: [OPEN], first: 5) { nodes { ...opened } }
  ended: pullRequests(
    headRefName: $branch, states: [CLOSED, MERGED], first: 5, orderBy: {field: CREATED_AT, direction: DESC}
  ) { nodes { ...ended } }
}
"""
_VIEWER: Final = "query { viewer { login databaseId } }"
_AUTO: Final = """
mutation auto($id: ID!, $oid: GitObjectID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $oid, mergeMethod: $method}) {
    pullRequest { number }
  }
}
"""


class GitHubForge:
    """One host. `client` is of its API, `git` of the address that repositories are cloned from."""

    batch: Final = 100

    def __init__(
        self,
        client: Client,
        *,
        git: Client | None = None,
        authorities: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._client = client
        self._clock = clock or SystemClock()
        self._host = git or client
        self._pushing = GitPusher(self._host, authorities=authorities)
        self._git = self._pushing.reading
        self._browsing = GitCache(self._git)
        self._graphql = "../graphql" if client.base.endswith("/api/v3/") else "graphql"
        self._size = _MOST
        self._lock = threading.Lock()
        self._me = Memo(self._myself)
        self._written: set[str] = set()
        self._nodes: dict[tuple[str, int], str] = {}

    def whoami(self) -> str:
        """The login of the token's owner; of an App, the name of its bot."""
        return str(self._me()["login"])

    def _myself(self) -> Mapping[str, Any]:
        answer = self._client.graphql(self._graphql, _VIEWER)
        where = f"POST {self._client.base}{self._graphql}"
        found = converted(answer.data or {}, responses.GitHubWho, where=where).get("viewer")
        if not found:
            raise HttpError(f"{self._client.base}: GitHub does not say who we are: {answer.said}")
        return dict(found)

    def usage(self) -> Mapping[str, int]:
        """What the client used, and how often git was spoken to."""
        api, git = self._client.usage, self._git.usage
        return {
            "requests": api.requests,
            "writes": api.writes + self._pushing.pushes,
            "bytes": api.sent + api.received + git.sent + git.received,
            "git": self._pushing.count,
        }

    def close(self) -> None:
        """Close its connections."""
        self._client.close()
        self._host.close()

    def probe(self) -> Iterator[Probe]:
        """The host, the owner of the token, its scopes where it has any, and what is left of the limits."""
        limits = self._client.get("rate_limit")
        yield Probe(name="host", ok=True, found=f"GitHub at {self._client.base}")
        yield Probe(name="account", ok=True, found=self.whoami())
        yield self._token(self._client.get("user", accept=(403,)).headers.get("x-oauth-scopes"))
        left = limits.decode(responses.GitHubLimits)["resources"]
        told = ", ".join(
            f"{left[name]['remaining']:,} of {left[name]['limit']:,} {unit} left"
            for name, unit in (("core", "requests"), ("graphql", "points"))
        )
        yield Probe(name="limits", ok=all(left[name]["remaining"] for name in ("core", "graphql")), found=told)

    @staticmethod
    def _token(said: str | None) -> Probe:
        if said is None:
            return Probe(name="token", ok=True, found="fine-grained or of an App; GitHub does not tell what it may")
        scopes = [part.strip() for part in said.split(",")]
        may = bool({"repo", "public_repo"} & set(scopes))
        hint = "" if may else "it needs the scope `repo`"
        return Probe(name="token", ok=may, found=f"scopes {said or 'none'}", hint=hint)

    # What there is.

    def heads(self, targets: Sequence[Target], branch: str) -> Iterator[RepositoryHead | tuple[Target, CodexError]]:
        """Yield what each repository looks like, in order."""
        left = list(targets)
        while left:
            batch, left = left[: self._size], left[self._size :]
            try:
                found = self._bulk(batch, branch)
            except _TooMuchError as error:
                if len(batch) > 1:
                    self._size = max(1, len(batch) // 2)
                    left = batch + left
                else:
                    yield batch[0], HttpError(error.message, hint="try again later")
                continue
            except EndingError:
                raise
            except CodexError as error:
                yield from ((one, error) for one in batch)
                continue
            for number, target in enumerate(batch):
                yield self._one(target, branch, found.get(f"r{number}"))

    def _bulk(self, targets: Sequence[Target], branch: str) -> Mapping[str, Any]:
        """Repositories by their places in `targets`; those that are not there are left out."""
        variables: dict[str, object] = {"branch": branch, "ref": f"refs/heads/{branch}"}
        types, fields = ["$branch: String!", "$ref: String!"], []
        for number, one in enumerate(targets):
            owner, _, name = one.path.partition("/")
            variables |= {f"o{number}": owner, f"n{number}": name}
            types.append(f"$o{number}: String!, $n{number}: String!")
            other = ""
            if one.default_branch:
                variables[f"b{number}"] = f"refs/heads/{one.default_branch}"
                types.append(f"$b{number}: String!")
                other = f" base: ref(qualifiedName: $b{number}) {{ target {{ oid }} }}"
            fields.append(f"r{number}: repository(owner: $o{number}, name: $n{number}) {{ ...seen{other} }}")
        query = f"query heads({', '.join(types)}) {{ {' '.join(fields)} }}{_PARTS}"
        try:
            answer = self._client.graphql(self._graphql, query, variables)
        except HttpError as error:
            if error.status >= 500 or error.status == 413:
                raise _TooMuchError(error.message) from error
            raise
        kinds = {str(error.get("type")) for error in answer.errors or ()}
        if answer.data is None or kinds - {"NOT_FOUND", "FORBIDDEN"}:
            if any(word in answer.said.lower() for word in _TOO_MUCH):
                raise _TooMuchError(answer.said)
            raise HttpError(f"{self._client.base}: GitHub does not answer: {answer.said}")
        return {name: one for name, one in answer.data.items() if one}

    def _one(
        self, target: Target, branch: str, row: Mapping[str, Any] | None
    ) -> RepositoryHead | tuple[Target, CodexError]:
        def look() -> RepositoryHead:
            if row is None:
                raise _gone(target)
            where = f"POST {self._client.base}{self._graphql}: {target.path}"
            return self._head(target, branch, converted(row, responses.GitHubSeen, where=where))

        found = isolated(target.path, look)
        return (target, found) if isinstance(found, CodexError) else found

    def _head(self, target: Target, branch: str, row: Mapping[str, Any]) -> RepositoryHead:
        default = row.get("defaultBranchRef") or {}
        base = _oid(row.get("base") if target.default_branch else default)
        named = replace(
            target,
            default_branch=target.default_branch or default.get("name"),
            archived=target.archived or bool(row.get("isArchived")),
            mirror=target.mirror or bool(row.get("isMirror")),
            writable=target.writable and row.get("viewerPermission") in (None, *_MAY_WRITE),
        )
        tip = self._tip(named, row.get("ours"), base)
        goal = named.default_branch or ""
        opened, ended = (next(_into(goal, _nodes(row, name)), None) for name in ("opened", "ended"))
        return RepositoryHead(
            target=named,
            base=base,
            tip=tip,
            request=self._request(named, opened, tip, base) if opened else None,
            past=_past(ended) if ended else None,
        )

    def _tip(self, target: Target, row: Mapping[str, Any] | None, base: str | None) -> LazyTip | None:
        ours = _oid(row)
        if ours is None or base is None or row is None:
            return None
        commit = row["target"]
        parents = [one["oid"] for one in (commit.get("parents") or {}).get("nodes") or ()]
        self._browsing.expect(target, ours, (str(commit.get("message") or ""), parents))
        return LazyTip(self._browsing, target, ours, base)

    def _request(self, target: Target, one: Mapping[str, Any], tip: LazyTip | None, base: str | None) -> MergeRequest:
        """A request of which it is known whether it can be merged, if GitHub had time to find out."""
        number = int(one["number"])
        self._nodes[target.path, number] = one["id"]
        mergeable = {"MERGEABLE": True, "CONFLICTING": False}.get(one.get("mergeable") or "")
        if mergeable is None and tip is not None and tip.parent == base:
            mergeable = True
        elif mergeable is None and target.path not in self._written:
            answer = self._client.get(f"{_of(target)}/pulls/{number}")
            mergeable = answer.decode(responses.GitHubPull).get("mergeable")
        people = [node["requestedReviewer"] or {} for node in _nodes(one, "reviewRequests")]
        return MergeRequest(
            number=number,
            url=one["url"],
            title=one["title"],
            body=_lines(one["body"]),
            labels=tuple(node["name"] for node in _nodes(one, "labels")),
            reviewers=tuple(str(who.get("login") or who.get("combinedSlug")) for who in people if who),
            mergeable=mergeable,
            created=str(one["createdAt"])[:10],
        )

    def listing(self, target: Target, commit: str, along: Iterable[str] = ()) -> Listing:
        """The files of a commit; what a sync reads next comes along."""
        return self._browsing.listing(target, commit, along)

    def read(self, target: Target, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of some files of a commit, all of them in one exchange with git."""
        return self._browsing.read(target, commit, paths)

    # What is done.

    def commit(
        self,
        target: Target,
        branch: str,
        parent: str,
        files: Sequence[FileWrite],
        message: str,
        *,
        expected: str | None,
    ) -> str:
        """Make `branch` a commit on top of `parent`, by a push with a lease."""
        self._written.add(target.path)
        return self._pushing.rewrite(
            target,
            branch,
            parent,
            files,
            message,
            expected=expected,
            author=self._author,
            when=int(self._clock.now()),
            known=self._browsing.trees(target, parent),
        )

    @property
    def _author(self) -> str:
        """Who commits: the address by which GitHub knows the token's owner."""
        host = urlsplit(self._client.base).hostname or ""
        host = "github.com" if host == "api.github.com" else host
        login = self.whoami()
        return f"{login} <{self._me().get('databaseId') or 0}+{login}@users.noreply.{host}>"

    def delete_branch(self, target: Target, branch: str, *, expected: str) -> None:
        """Delete our branch: by a push, for the API does not compare."""
        self._pushing.delete(target, branch, expected=expected)

    def open_request(self, target: Target, branch: str, letter: RequestText, *, draft: bool) -> MergeRequest:
        """Open a request, or return the one that is open already."""
        self._written.add(target.path)
        base = target.default_branch or self._git.refs(target).default or ""
        sent = {"title": letter.title, "head": branch, "base": base, "body": letter.body, "draft": draft}
        row = self._opened(target, branch, sent)
        self._nodes[target.path, row["number"]] = row["node_id"]
        request = _rest_request(row)
        self._label(target, request, letter.labels)
        self._ask(target, request, letter.reviewers)
        if letter.assignees:
            place = f"{_of(target)}/issues/{request.number}/assignees"
            sent_people = {"assignees": list(letter.assignees)}
            _surely(lambda: self._client.send("POST", place, sent_people, accept=(404, 422)), _unknown)
        return replace(request, labels=tuple(dict.fromkeys((*request.labels, *letter.labels))))

    def _opened(self, target: Target, branch: str, sent: Mapping[str, object]) -> Mapping[str, Any]:
        """The request, new or not. GitHub may not see the branch yet, and not every repository has drafts."""
        find = partial(self._open, target, branch, sent["base"])
        for attempt in range(_TRIES):
            try:
                return _surely(partial(self._create, target, sent), find)
            except HttpError as error:
                if error.status != 422:
                    raise
                there = find()
                if there is not None:
                    return there
                if "draft" in error.body.lower() and sent["draft"]:
                    sent = {**sent, "draft": False}
                elif attempt < _TRIES - 1 and '"invalid"' in error.body.replace(" ", ""):
                    self._client.governor.back_off(attempt, "GitHub does not see the branch yet")
                elif attempt < _TRIES - 1 and "already exists" in error.body:
                    self._client.governor.back_off(attempt, "GitHub does not list the request yet")
                else:
                    raise
        raise AssertionError

    def _create(self, target: Target, sent: Mapping[str, object]) -> Mapping[str, Any]:
        answer = self._client.send("POST", f"{_of(target)}/pulls", sent)
        made: Mapping[str, Any] = answer.decode(responses.GitHubPull)
        return made

    def _open(self, target: Target, branch: str, base: object) -> Mapping[str, Any] | None:
        asked = {"state": "open", "head": f"{target.path.partition('/')[0]}:{branch}", "base": base}
        rows = self._client.get(f"{_of(target)}/pulls", asked).decode(list[responses.GitHubPull])
        return next(iter(rows), None)

    def _label(self, target: Target, request: MergeRequest, labels: Sequence[str]) -> None:
        """Add the labels that are missing; GitHub makes those that it does not know."""
        missing = [label for label in labels if label not in request.labels]
        if missing:
            place = f"{_of(target)}/issues/{request.number}/labels"
            _surely(lambda: self._client.send("POST", place, {"labels": missing}), _unknown)

    def _ask(self, target: Target, request: MergeRequest, people: Sequence[str]) -> None:
        """Ask those who were not asked yet for review, teams too; whoever may not be asked is passed over."""
        asked = {reviewer.lower() for reviewer in request.reviewers}
        missing = [one for one in people if one.lower() not in asked]
        place = f"{_of(target)}/pulls/{request.number}/requested_reviewers"

        def ask(names: Sequence[str]) -> bool:
            sent = {
                "reviewers": [name for name in names if "/" not in name],
                "team_reviewers": [name.rpartition("/")[2] for name in names if "/" in name],
            }
            answer = _surely(lambda: self._client.send("POST", place, sent, accept=(403, 404, 422)), _unknown)
            return answer.status < 400

        if missing and not ask(missing) and len(missing) > 1:
            for one in missing:
                ask([one])

    def auto_merge(self, target: Target, request: MergeRequest, *, expected: str) -> str:
        """Let GitHub merge once it may; what it may merge already, it does not put off, so that is merged now."""
        refused = ""
        for method in _METHODS:
            variables = {"id": self._node(target, request), "oid": expected, "method": method}
            answer = _surely(partial(self._client.graphql, self._graphql, _AUTO, variables, write=True), _unknown)
            if not answer.errors:
                return ""
            refused = answer.said
            if "clean status" in refused:
                return self._merged(target, request, expected)
            if "merge method" not in refused.lower() and "not allowed on this repository" not in refused:
                break
        return refused

    def required_approvals(self, target: Target, request: MergeRequest) -> int:
        """How many people must approve, by rulesets, or by the branch's protection where the token may read that.

        Sources: https://docs.github.com/rest/repos/rules#get-rules-for-a-branch,
        https://docs.github.com/rest/branches/branch-protection#get-branch-protection.
        """
        branch = quote(target.default_branch or "")
        rules = self._client.get(f"{_of(target)}/rules/branches/{branch}", {"per_page": 100}, accept=(403, 404))
        rows = rules.decode(list[responses.GitHubRule]) if rules.status == 200 else []
        counts = [_approvals(row.get("parameters")) for row in rows if row.get("type") == "pull_request"]
        if any(counts):
            return max(counts)
        protection = self._client.get(f"{_of(target)}/branches/{branch}/protection", accept=(403, 404))
        if protection.status != 200:
            return 0
        return _approvals(protection.decode(responses.GitHubProtection).get("required_pull_request_reviews"))

    def _merged(self, target: Target, request: MergeRequest, expected: str) -> str:
        place = f"{_of(target)}/pulls/{request.number}/merge"
        for method in _METHODS:
            sent = {"sha": expected, "merge_method": method.lower()}
            answer = _surely(partial(self._client.send, "PUT", place, sent, accept=(403, 405, 409, 422)), _unknown)
            if answer.status == 200:
                return ""
            if answer.status != 405:
                break
        return str(answer.decode(responses.Message).get("message"))

    def _node(self, target: Target, request: MergeRequest) -> str:
        key = target.path, request.number
        if key not in self._nodes:
            answer = self._client.get(f"{_of(target)}/pulls/{request.number}")
            self._nodes[key] = answer.decode(responses.GitHubPull)["node_id"]
        return self._nodes[key]

    def update_request(self, target: Target, request: MergeRequest, letter: RequestText) -> None:
        """Bring title and body up to date, and add labels and reviewers."""
        sent = {"body": letter.body, "title": letter.title}
        _surely(lambda: self._client.send("PATCH", f"{_of(target)}/pulls/{request.number}", sent), _unknown)
        self._label(target, request, letter.labels)
        self._ask(target, request, letter.reviewers)

    def comment(self, target: Target, request: MergeRequest, note: str) -> None:
        """Write our note, or change it."""
        place, text = f"{_of(target)}/issues/{request.number}/comments", f"{MARK}\n{note}"

        def ours() -> Mapping[str, Any] | None:
            pages = self._client.pages(place, {"per_page": 100})
            rows = (one for page in pages for one in page.decode(list[responses.CommentResponse]))
            marked = (row for row in rows if str(row.get("body") or "").startswith(MARK))
            return next((one for one in marked if _bare((one.get("user") or {}).get("login")) == me), None)

        me = _bare(self.whoami())
        found = ours()
        if found is None:
            _surely(lambda: self._client.send("POST", place, {"body": text}).decode(responses.CommentResponse), ours)
        elif _lines(found.get("body")).strip() != text.strip():
            there = f"{_of(target)}/issues/comments/{found['id']}"
            _surely(lambda: self._client.send("PATCH", there, {"body": text}), _unknown)

    def close_request(self, target: Target, request: MergeRequest) -> None:
        """Close a request."""
        sent = {"state": "closed"}
        _surely(lambda: self._client.send("PATCH", f"{_of(target)}/pulls/{request.number}", sent), _unknown)


_TOO_MUCH: Final = ("timeout", "timed out", "something went wrong", "resource limits", "node limit", "complexity")


class _TooMuchError(CodexError):
    """More was asked for at once than GitHub gives."""


def _surely(send: Callable[[], Found], look: Callable[[], Found | None]) -> Found:
    """Write; where the answer was lost, look whether it was carried out, and otherwise write once more."""
    try:
        return send()
    except UncertainError:
        found = look()
        return found if found is not None else send()


def _unknown() -> None:
    """Nobody has to look: the same write twice is one."""


def _of(target: Target) -> str:
    return f"repos/{target.path}"


def _oid(ref: Mapping[str, Any] | None) -> str | None:
    """The commit of a branch, if there is one."""
    return ((ref or {}).get("target") or {}).get("oid")


def _into(base: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the requests into this branch that are no fork's; what people open into others is theirs."""
    return (row for row in rows if row["baseRefName"] == base and not row["isCrossRepository"])


def _nodes(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [one for one in (row.get(name) or {}).get("nodes") or () if one]


def _approvals(rule: responses.GitHubReviews | None) -> int:
    """The number of approvals that a rule requires; 0 where it names none."""
    return (rule or {}).get("required_approving_review_count") or 0


def _bare(login: str | None) -> str:
    """A login; an App's has a mark in some answers and none in others."""
    return (login or "").removesuffix("[bot]").lower()


def _lines(text: str | None) -> str:
    """A text with plain ends of lines: browsers send others."""
    return (text or "").replace("\r\n", "\n")


def _past(one: Mapping[str, Any]) -> ClosedRequest:
    return ClosedRequest(
        number=int(one["number"]),
        url=one["url"],
        body=_lines(one["body"]),
        merged=bool(one["merged"]),
        labels=tuple(node["name"] for node in _nodes(one, "labels")),
    )


def _rest_request(row: Mapping[str, Any]) -> MergeRequest:
    teams = [f"{row['base']['repo']['owner']['login']}/{one['slug']}" for one in row.get("requested_teams") or ()]
    return MergeRequest(
        number=row["number"],
        url=row["html_url"],
        title=row["title"],
        body=_lines(row.get("body")),
        labels=tuple(one["name"] for one in row.get("labels") or ()),
        reviewers=(*(one["login"] for one in row.get("requested_reviewers") or ()), *teams),
        created=str(row.get("created_at") or "")[:10],
    )


def _gone(target: Target) -> GoneError:
    return GoneError(f"there is no repository `{target.path}`, or it may not be seen", hint="may the token read it?")
