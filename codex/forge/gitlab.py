"""GitLab, from 17.10: one GraphQL document for many repositories, git for files and rewrites, REST for the rest.

Sources: https://docs.gitlab.com/api/graphql/reference/, https://docs.gitlab.com/api/commits/,
https://docs.gitlab.com/api/merge_requests/. What is read in bulk is the tips and requests; what our branch's commit
changed is read only when somebody asks for it.
"""

import base64
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from codex.forge import responses
from codex.forge.base import FileWrite, GoneError, Probe, RacedError, RepositoryHead
from codex.forge.git.cache import GitCache
from codex.forge.git.objects import listing_of
from codex.forge.git.push import GitPusher
from codex.forge.lazy import LazyTip
from codex.forge.memo import Memo
from codex.http.client import Client, HttpError, UncertainError, converted
from codex.http.rate_limit import Clock, SystemClock
from codex.profile.model import LINK, SUBMODULE, Listing, ListingEntry
from codex.shell.isolation import EndingError, isolated
from codex.sync.lock import blob_id
from codex.sync.observed import ClosedRequest, MergeRequest, Target
from codex.sync.request_text import RequestText
from skills_build.errors import CodexError

Found = TypeVar("Found")

MARK: Final = "<!-- codex:note -->"
_API: Final = "api/v4/"
_GRAPHQL: Final = "api/graphql"
_MOST: Final = 50
"""GitLab takes no more full paths in one query."""
_TRIES: Final = 8
_LOOKS: Final = 2
"""How often a request that is said to be there is looked for again; 409 may mean something else."""
_UNKNOWN: Final = frozenset({"preparing", "unchecked", "checking", "approvals_syncing"})
_REFUSALS: Final = {
    401: "the token may not merge here",
    403: "the token may not merge here",
    405: "GitLab does not allow it",
    406: "GitLab does not allow it",
    409: "the branch has moved",
    422: "it cannot be merged",
}
_DRAFT: Final = re.compile(r"^\s*(?:draft:|\[draft\]|\(draft\))\s*", re.IGNORECASE)

_HEADS: Final = """
query heads($paths: [String!], $branch: String!, $branches: [String!], $first: Int) {
  projects(fullPaths: $paths, first: $first) {
    nodes {
      id fullPath archived mergeRequestsEnabled userPermissions { pushCode }
      repository { empty rootRef base: commit(ref: "HEAD") { sha } tip: commit(ref: $branch) { sha } }
      mergeRequests(sourceBranches: $branches, first: 5) {
        nodes {
          iid webUrl title description state draft createdAt detailedMergeStatus sourceProjectId targetBranch
          labels(first: 50) { nodes { title } }
          reviewers(first: 20) { nodes { username } }
        }
      }
    }
  }
}
"""


class GitLabForge:
    """One GitLab."""

    batch: Final = 100

    def __init__(self, client: Client, *, authorities: Path | None = None, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock or SystemClock()
        self._pushing = GitPusher(client, authorities=authorities)
        self._browsing = GitCache(self._pushing.reading)
        self._size = _MOST
        self._graphql = True
        self._lock = threading.Lock()
        self._me = Memo(self._myself)
        self._people: dict[str, int | None] = {}
        self._drafts: dict[tuple[str, int], bool] = {}
        self._written: set[str] = set()

    def whoami(self) -> str:
        """The name of the token's owner."""
        return str(self._me()["username"])

    def _myself(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.get(f"{_API}user").decode(responses.GitLabUser)
        return found

    def usage(self) -> Mapping[str, int]:
        """What the client used, and how often git was spoken to."""
        used = self._client.usage
        return {
            "requests": used.requests,
            "writes": used.writes,
            "bytes": used.sent + used.received,
            "git": self._pushing.count,
        }

    def probe(self) -> Iterator[Probe]:
        """Version, owner and scopes of the token, and what is left of the limits."""
        version = self._client.get(f"{_API}version", accept=(401, 403, 404))
        known = (
            str(version.decode(responses.VersionResponse).get("version"))
            if version.status == 200
            else "of unknown version"
        )
        yield Probe(name="host", ok=True, found=f"GitLab {known} at {self._client.base}")
        yield Probe(name="account", ok=True, found=self.whoami())
        yield self._token()
        left = {key: version.headers.get(f"ratelimit-{key}", "") for key in ("remaining", "limit")}
        told = f"{left['remaining']} of {left['limit']} requests left" if left["limit"] else "the host tells none"
        yield Probe(name="limits", ok=left["remaining"] != "0", found=told)

    def _token(self) -> Probe:
        answer = self._client.get(f"{_API}personal_access_tokens/self", accept=(400, 401, 403, 404))
        if answer.status != 200:
            return Probe(name="token", ok=True, found="of a kind that does not tell its scopes")
        said = answer.decode(responses.GitLabToken)
        scopes, ends = list(said.get("scopes") or ()), said.get("expires_at") or "never"
        may = "api" in scopes and said.get("active", True)
        hint = "" if may else "it needs the scope `api`"
        return Probe(name="token", ok=may, found=f"scopes {', '.join(scopes)}; expires {ends}", hint=hint)

    # What there is.

    def heads(self, targets: Sequence[Target], branch: str) -> Iterator[RepositoryHead | tuple[Target, CodexError]]:
        """Yield what each repository looks like, in order."""
        left = list(targets)
        while left:
            batch, left = left[: self._size], left[self._size :]
            try:
                found = self._bulk(batch, branch) if self._graphql else None
            except _TooMuchError:
                if len(batch) > 1:
                    self._size = max(1, len(batch) // 2)
                    left = batch + left
                    continue
                found = None
            except EndingError:
                raise
            except CodexError as error:
                yield from ((one, error) for one in batch)
                continue
            for target in batch:
                yield self._one(target, branch, found)

    def _one(
        self, target: Target, branch: str, several: Mapping[str, Mapping[str, Any]] | None
    ) -> RepositoryHead | tuple[Target, CodexError]:
        def look() -> RepositoryHead:
            if several is None:
                return self._alone(target, branch)
            project = several.get(target.path.lower())
            if project is None:
                raise _gone(target)
            root = (project.get("repository") or {}).get("rootRef")
            if target.default_branch not in (None, root):
                return self._alone(target, branch)
            where = f"POST {self._client.base}{_GRAPHQL}: {target.path}"
            return self._head(target, converted(project, responses.GitLabSeen, where=where), branch)

        found = isolated(target.path, look)
        return (target, found) if isinstance(found, CodexError) else found

    def _bulk(self, targets: Sequence[Target], branch: str) -> dict[str, Mapping[str, Any]] | None:
        """Many repositories by their paths in lower case; None where this GitLab cannot tell."""
        paths = [target.path for target in targets]
        variables = {"paths": paths, "branch": f"refs/heads/{branch}", "branches": [branch], "first": len(paths)}
        try:
            answer = self._client.graphql(_GRAPHQL, _HEADS, variables)
        except HttpError as error:
            if error.status == 404:
                self._graphql = False
                return None
            if error.status >= 500 or error.status == 413:
                raise _TooMuchError(error.message) from error
            raise
        where = f"POST {self._client.base}{_GRAPHQL}"
        data = converted(answer.data or {}, responses.GitLabData, where=where)
        nodes, said = (data.get("projects") or {}).get("nodes"), answer.said
        if any(word in said.lower() for word in ("complexity", "timeout", "timed out", "too large")):
            raise _TooMuchError(said)
        if nodes is None or answer.errors:
            if "doesn't exist on type" in said or "isn't defined" in said:
                self._graphql = False
            return None
        return {
            path.lower(): node
            for node in nodes
            if isinstance(node, dict) and isinstance(path := node.get("fullPath"), str)
        }

    def _head(self, target: Target, project: Mapping[str, Any], branch: str) -> RepositoryHead:
        repository = project.get("repository") or {}
        base = (repository.get("base") or {}).get("sha")
        tip = (repository.get("tip") or {}).get("sha")
        own = str(project["id"]).rpartition("/")[2]
        requests = [
            one
            for one in (project.get("mergeRequests") or {}).get("nodes") or ()
            if str(one.get("sourceProjectId")) == own
        ]
        named = replace(
            target,
            default_branch=repository.get("rootRef") or target.default_branch,
            archived=target.archived or bool(project.get("archived")),
            requests_off=target.requests_off or project.get("mergeRequestsEnabled") is False,
            writable=target.writable and (project.get("userPermissions") or {}).get("pushCode") is not False,
        )
        flat = [
            {
                **request,
                "labels": [label["title"] for label in (request.get("labels") or {}).get("nodes") or ()],
                "reviewers": [user["username"] for user in (request.get("reviewers") or {}).get("nodes") or ()],
                "status": str(request.get("detailedMergeStatus") or "").lower(),
            }
            for request in requests
        ]
        return self._seen(named, base, tip, flat)

    def _alone(self, target: Target, branch: str) -> RepositoryHead:
        """What one repository looks like, by REST."""
        project = self._project(target)
        default = target.default_branch or project.get("default_branch")
        named = replace(
            target,
            default_branch=default,
            archived=target.archived or bool(project.get("archived")),
            requests_off=target.requests_off or project.get("merge_requests_access_level") == "disabled",
        )
        base = self._tip(target, default) if default else None
        tip = self._tip(target, branch) if base else None
        asked = {"source_branch": branch, "state": "all", "order_by": "created_at", "sort": "desc", "per_page": 10}
        answer = self._client.get(f"{_of(target)}/merge_requests", asked, accept=(403, 404))
        rows = answer.decode(list[responses.GitLabMergeRequest]) if answer.status == 200 else []
        flat = [_flat(row) for row in rows if row.get("source_project_id") == project["id"]]
        return self._seen(named, base, tip, flat)

    def _seen(
        self, target: Target, base: str | None, tip: str | None, rows: Sequence[Mapping[str, Any]]
    ) -> RepositoryHead:
        ours = [row for row in rows if row["targetBranch"] == target.default_branch]  # others are of people
        first = next((one for one in ours if one["state"] == "opened"), None)
        ended = next((one for one in ours if one["state"] in ("closed", "merged")), None)
        if tip and base:
            self._browsing.expect(target, tip)
        return RepositoryHead(
            target=target,
            base=base,
            tip=LazyTip(self._browsing, target, tip, base) if tip and base else None,
            request=self._request(target, self._checked(target, first)) if first else None,
            past=_past(ended) if ended else None,
        )

    def _checked(self, target: Target, one: Mapping[str, Any]) -> Mapping[str, Any]:
        """A request of which GitLab knows whether it can be merged. It looks only when one request is read by REST.

        One that was written in this run is left to the next: GitLab has hardly begun.
        """
        if one["status"] not in _UNKNOWN or target.path in self._written:
            return one
        answer = self._client.get(f"{_of(target)}/merge_requests/{one['iid']}")
        return _flat(answer.decode(responses.GitLabMergeRequest))

    def _request(self, target: Target, one: Mapping[str, Any]) -> MergeRequest:
        number, title = int(one["iid"]), str(one["title"])
        self._drafts[target.path, number] = bool(one.get("draft"))
        return MergeRequest(
            number=number,
            url=one["webUrl"],
            title=_DRAFT.sub("", title) if one.get("draft") else title,
            body=one.get("description") or "",
            labels=tuple(one["labels"]),
            reviewers=tuple(one["reviewers"]),
            mergeable={"conflict": False, "need_rebase": False}.get(one["status"]),
            created=str(one.get("createdAt") or "")[:10],
        )

    def _project(self, target: Target) -> Mapping[str, Any]:
        answer = self._client.get(_of(target), accept=(404,))
        if answer.status == 404:
            raise _gone(target)
        found: Mapping[str, Any] = answer.decode(responses.GitLabProject)
        return found

    def _tip(self, target: Target, branch: str) -> str | None:
        """Where a branch is."""
        answer = self._client.get(f"{_of(target)}/repository/branches/{quote(branch, safe='')}", accept=(404,))
        return str(answer.decode(responses.GitLabBranch)["commit"]["id"]) if answer.status == 200 else None

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
        """Make `branch` a commit on top of `parent`: a new one by one request, another by a push with a lease."""
        self._written.add(target.path)
        known = self._browsing.trees(target, parent)
        listed = listing_of(known, parent)
        before = {file.path: listed[file.path] for file in files if file.path in listed}
        odd = any(one.mode in (LINK, SUBMODULE) for one in before.values())
        if expected is not None or odd:
            return self._pushing.rewrite(
                target, branch, parent, files, message, expected=expected, author=self._author(),
                when=int(self._clock.now()), known=known,
            )  # fmt: skip
        sent = {
            "branch": branch,
            "start_sha": parent,
            "commit_message": message,
            "actions": [action for file in files for action in _actions(file, before.get(file.path))],
        }

        blobs = {
            file.path: None if file.data is None else blob_id(file.data)
            for file in files
            if file.data is not None or file.path in before
        }

        def made() -> str | None:
            tip = self._tip(target, branch)
            if tip is None:
                return None
            said, parents = self._browsing.commit_of(target, tip)
            if parents != [parent] or said.strip() != message.strip():
                raise _raced(target, branch)
            changed = self._browsing.changes(target, parent, tip)
            if {path: one and one.blob for path, one in changed.items()} != blobs:
                raise _raced(target, branch)
            return tip

        try:
            return self._surely(
                lambda: str(
                    self._write("POST", f"{_of(target)}/repository/commits", sent).decode(responses.GitLabCommit)["id"]
                ),
                made,
            )
        except HttpError as error:
            if error.status == 400 and self._tip(target, branch) is not None:
                raise _raced(target, branch) from error
            raise

    def _author(self) -> str:
        """Who commits by git: whoever the token belongs to, or a host may refuse the commit."""
        me = self._me()
        address = me.get("commit_email") or me.get("email") or me.get("public_email") or "codexc@localhost"
        return f"{me.get('name') or me['username']} <{address}>"

    def open_request(self, target: Target, branch: str, letter: RequestText, *, draft: bool) -> MergeRequest:
        """Open a request, or return the one that is open already."""
        self._written.add(target.path)
        goal = target.default_branch or self._project(target).get("default_branch") or ""
        sent = {
            "source_branch": branch,
            "target_branch": goal,
            "title": f"Draft: {letter.title}" if draft else letter.title,
            "description": letter.body,
            "labels": ",".join(letter.labels),
            "remove_source_branch": True,
            "reviewer_ids": self._numbers(letter.reviewers),
            "assignee_ids": self._numbers(letter.assignees),
        }
        for attempt in range(_TRIES):
            try:
                answer = self._surely(
                    lambda: self._write("POST", f"{_of(target)}/merge_requests", sent).decode(
                        responses.GitLabMergeRequest
                    ),
                    lambda: self._open(target, branch, goal),
                )
            except HttpError as error:
                if error.status == 409:
                    found = self._open(target, branch, goal)
                    if found is None and attempt < _LOOKS:
                        self._client.governor.back_off(attempt, "GitLab does not list the request yet")
                        continue
                    if found is None:
                        raise
                    answer = found
                elif error.status == 400 and "source_branch" in error.body and attempt < _TRIES - 1:
                    self._client.governor.back_off(attempt, "GitLab does not see the branch yet")
                    continue
                else:
                    raise
            return self._request(target, _flat(answer))
        raise AssertionError

    def auto_merge(self, target: Target, request: MergeRequest, *, expected: str) -> str:
        """Let GitLab merge once it may. It says 405 where that is not allowed, and until it has looked at a request.

        It looks when the request is read.
        """
        place = f"{_of(target)}/merge_requests/{request.number}/merge"
        sent = {"auto_merge": True, "merge_when_pipeline_succeeds": True, "should_remove_source_branch": True}
        for attempt in range(_TRIES):
            try:
                self._surely(lambda: self._write("PUT", place, {**sent, "sha": expected}), lambda: None)
            except HttpError as error:
                if error.status == 405 and attempt < _TRIES - 1:
                    self._client.get(f"{_of(target)}/merge_requests/{request.number}")
                    self._client.governor.back_off(attempt, "GitLab looks whether the request can be merged")
                    continue
                if error.status in (401, 403, 405, 406, 409, 422):
                    return _REFUSALS.get(error.status, error.message)
                raise
            return ""
        raise AssertionError

    def required_approvals(self, target: Target, request: MergeRequest) -> int:
        """How many people must approve a request, by all rules for it. GitLab's free tier has none and names none.

        Source: https://docs.gitlab.com/api/merge_request_approvals/#retrieve-approval-state-for-a-merge-request
        """
        answer = self._client.get(f"{_of(target)}/merge_requests/{request.number}/approvals", accept=(401, 403, 404))
        return (answer.decode(responses.GitLabApprovals).get("approvals_required") or 0) if answer.status == 200 else 0

    def _open(self, target: Target, branch: str, goal: str) -> Mapping[str, Any] | None:
        asked = {"source_branch": branch, "target_branch": goal, "state": "opened", "order_by": "created_at"}
        rows = self._client.get(f"{_of(target)}/merge_requests", asked).decode(list[responses.GitLabMergeRequest])
        return next((row for row in rows if row.get("source_project_id") == row.get("target_project_id")), None)

    def update_request(self, target: Target, request: MergeRequest, letter: RequestText) -> None:
        """Bring title, description, labels and reviewers up to date."""
        sent: dict[str, object] = {"description": letter.body}
        if letter.title != request.title:
            draft = self._drafts.get((target.path, request.number), False)
            sent["title"] = f"Draft: {letter.title}" if draft else letter.title
        if set(letter.labels) - set(request.labels):
            sent["add_labels"] = ",".join(letter.labels)
        new = [reviewer for reviewer in letter.reviewers if reviewer not in request.reviewers]
        numbers = self._numbers(new)
        if numbers:
            old = self._numbers(request.reviewers)
            if len(old) == len(request.reviewers):
                sent["reviewer_ids"] = [*old, *numbers]
        self._put(target, request, sent)

    def _put(self, target: Target, request: MergeRequest, sent: Mapping[str, object]) -> None:
        """Change a request; the same change twice is one."""
        place = f"{_of(target)}/merge_requests/{request.number}"
        self._surely(lambda: self._write("PUT", place, sent), lambda: None)

    def comment(self, target: Target, request: MergeRequest, note: str) -> None:
        """Write our note, or change it."""
        place = f"{_of(target)}/merge_requests/{request.number}/notes"
        text = f"{MARK}\n{note}"

        def ours() -> Mapping[str, Any] | None:
            pages = self._client.pages(place, {"per_page": 100, "sort": "asc"})
            rows = (one for page in pages for one in page.decode(list[responses.GitLabNote]))
            return next(
                (row for row in rows if MARK in row["body"] and row["author"]["username"] == self.whoami()), None
            )

        found = ours()
        if found is None:
            self._surely(lambda: self._write("POST", place, {"body": text}).decode(responses.GitLabNote), ours)
        elif found["body"].strip() != text.strip():
            number = found["id"]
            self._surely(lambda: self._write("PUT", f"{place}/{number}", {"body": text}), lambda: None)

    def close_request(self, target: Target, request: MergeRequest) -> None:
        """Close a request."""
        self._put(target, request, {"state_event": "close"})

    def delete_branch(self, target: Target, branch: str, *, expected: str) -> None:
        """Delete our branch: by a push, for the API does not compare."""
        self._pushing.delete(target, branch, expected=expected)

    def _numbers(self, names: Iterable[str]) -> list[int]:
        """The ids of people; whoever is unknown is passed over."""
        found = []
        for name in names:
            if name not in self._people:
                rows = self._client.get(f"{_API}users", {"username": name}, accept=(403, 404))
                users = rows.decode(list[responses.GitLabPerson]) if rows.status == 200 else []
                self._people[name] = next(
                    (user["id"] for user in users if user["username"].lower() == name.lower()), None
                )
            number = self._people[name]
            found += [number] if number is not None else []
        return found

    def _write(self, method: str, path: str, sent: Mapping[str, object]) -> Any:
        """Write; again where GitLab says that somebody else holds what is to be written."""
        for attempt in range(_TRIES):
            try:
                return self._client.send(method, path, sent)
            except HttpError as error:
                if error.status != 409 or "lock" not in error.body.lower() or attempt == _TRIES - 1:
                    raise
                self._client.governor.back_off(attempt, "GitLab holds a lock")
        raise AssertionError

    @staticmethod
    def _surely(send: Callable[[], Found], look: Callable[[], Found | None]) -> Found:
        """Write; where the answer was lost, look whether it was carried out, and otherwise write once more."""
        try:
            return send()
        except UncertainError:
            found = look()
            return found if found is not None else send()


class _TooMuchError(CodexError):
    """More was asked for at once than GitLab gives."""


def _of(target: Target) -> str:
    return f"{_API}projects/{quote(target.path, safe='')}"


def _actions(one: FileWrite, before: ListingEntry | None) -> Iterator[dict[str, object]]:
    if one.data is None:
        if before is not None:
            yield {"action": "delete", "file_path": one.path}
        return
    action: dict[str, object] = {
        "action": "create" if before is None else "update",
        "file_path": one.path,
        "encoding": "base64",
        "content": base64.b64encode(one.data).decode(),
    }
    runs = bool(one.mode & 0o111)
    if runs != bool(before is not None and before.mode & 0o111):
        action["execute_filemode"] = runs
    yield action


def _flat(one: Mapping[str, Any]) -> dict[str, Any]:
    """A request of REST, with the names that a request of GraphQL has."""
    return {
        "iid": one["iid"],
        "targetBranch": one["target_branch"],
        "webUrl": one["web_url"],
        "title": one["title"],
        "description": one.get("description"),
        "state": one["state"],
        "draft": one.get("draft", False),
        "createdAt": one.get("created_at"),
        "labels": list(one.get("labels") or ()),
        "reviewers": [user["username"] for user in one.get("reviewers") or ()],
        "status": one.get("detailed_merge_status") or "",
    }


def _past(one: Mapping[str, Any]) -> ClosedRequest:
    return ClosedRequest(
        number=int(one["iid"]),
        url=one["webUrl"],
        body=one.get("description") or "",
        merged=one["state"] == "merged",
        labels=tuple(one["labels"]),
    )


def _gone(target: Target) -> GoneError:
    return GoneError(f"there is no repository `{target.path}`, or it may not be seen", hint="may the token read it?")


def _raced(target: Target, branch: str) -> RacedError:
    return RacedError(f"`{branch}` of {target.path} has moved meanwhile", hint="run the sync again")
