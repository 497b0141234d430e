"""Gitea, from 1.22, and Forgejo: git tells where branches are, gives files and moves branches; the API has requests.

Source: https://docs.gitea.com/api/, https://forgejo.org/docs/latest/user/api-usage/. The two differ in what their API
for files takes; commits go through git, which keeps modes, the parent and the lease, so that the rest is the same.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from codex.forge import responses
from codex.forge.base import FileWrite, GoneError, Probe, RacedError, RepositoryHead
from codex.forge.git.cache import GitCache
from codex.forge.git.inflate import OVERSIZED
from codex.forge.git.push import GitPusher
from codex.forge.lazy import LazyHead, LazyTip
from codex.forge.memo import Memo
from codex.http.client import Client, HttpError, UncertainError
from codex.http.rate_limit import Clock, SystemClock
from codex.http.threads import threads
from codex.limits import BYTES_PER_BLOB, ENTRIES_PER_TREE
from codex.profile.evidence import evidence_paths as evidence
from codex.profile.model import SUBMODULE, Listing, ListingEntry
from codex.shell.isolation import LimitError, check_time, isolated
from codex.sync.lock import LOCK
from codex.sync.observed import ClosedRequest, MergeRequest, Target
from codex.sync.request_text import RequestText
from codex.sync.settings import SETTINGS
from skills_build.errors import CodexError

MARK: Final = "<!-- codex:note -->"
_API: Final = "api/v1/"
_PAGE: Final = 50
"""Hosts give no longer pages of requests and labels, whatever is asked."""
_ENTRIES: Final = 1000
_WORKERS: Final = 8
_KEPT: Final = 64
_TRIES: Final = 8
_LOOKS: Final = 3
_COLOUR: Final = "#1f6feb"
_USUAL: Final = (SETTINGS, LOCK, "AGENTS.md", "CLAUDE.md")
"""What a sync reads of nearly every repository; it comes along with the listing."""
_REFUSALS: Final = {
    401: "the token may not merge here",
    403: "the token may not merge here",
    404: "the token may not merge here",
    405: "the host does not allow it",
    409: "the branch has moved, or it waits to be merged already",
    422: "it cannot be merged",
    423: "the repository is archived",
}
_DRAFT: Final = re.compile(r"^\s*(?:wip:|\[wip\])\s*", re.IGNORECASE)
Found = TypeVar("Found")
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class GiteaVariant:
    """Where the two differ: how a merge is asked for, and what narrows a list of requests to ours."""

    merge: str
    narrowed: Callable[[str, str], Mapping[str, str]]
    """Takes the names of the default branch and of ours."""


GITEA: Final = GiteaVariant(merge="do", narrowed=lambda base, _: {"base_branch": base})
FORGEJO: Final = GiteaVariant(merge="Do", narrowed=lambda base, ours: {"base": base, "head": ours})


class GiteaForge:
    """One host."""

    batch: Final = 100

    def __init__(
        self,
        client: Client,
        *,
        dialect: GiteaVariant = GITEA,
        authorities: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._client = client
        self._dialect = dialect
        self._clock = clock or SystemClock()
        self._pushing = GitPusher(client, authorities=authorities)
        self._git = self._pushing.reading
        self._browsing = GitCache(self._git)
        self._lock = threading.Lock()
        self._me = Memo(self._myself)
        self._listings: OrderedDict[tuple[str, str], Listing] = OrderedDict()
        self._texts: OrderedDict[tuple[str, str], dict[str, bytes]] = OrderedDict()
        self._labels: dict[str, dict[str, int]] = {}
        self._made: OrderedDict[tuple[str, str], str] = OrderedDict()
        """The parents of the commits that were made in this run."""

    def whoami(self) -> str:
        """The login of the token's owner."""
        return str(self._me()["login"])

    def _myself(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.get(f"{_API}user").decode(responses.GiteaUser)
        return found

    def usage(self) -> Mapping[str, int]:
        """What the client used, and how often git was spoken to."""
        api, git = self._client.usage, self._git.usage
        return {
            "requests": api.requests,
            "writes": api.writes + self._pushing.pushes,
            "bytes": api.sent + api.received + git.sent + git.received,
            "git": self._pushing.count,
        }

    def probe(self) -> Iterator[Probe]:
        """Version, and the owner of the token; hosts tell neither its scopes nor their limits."""
        version = self._client.get(f"{_API}version", accept=(401, 403, 404))
        known = (
            str(version.decode(responses.VersionResponse).get("version"))
            if version.status == 200
            else "of unknown version"
        )
        name = "Forgejo" if self._dialect is FORGEJO else "Gitea"
        yield Probe(name="host", ok=True, found=f"{name} {known} at {self._client.base}")
        yield Probe(name="account", ok=True, found=self.whoami())
        yield Probe(name="token", ok=True, found="accepted; the host does not tell its scopes")

    # What there is.

    def heads(self, targets: Sequence[Target], branch: str) -> Iterator[RepositoryHead | tuple[Target, CodexError]]:
        """Yield what each repository looks like, in order; several are asked at a time."""
        with threads(_WORKERS) as pool:
            yield from pool.map(lambda one: self._one(one, branch), targets)

    def _one(self, target: Target, branch: str) -> RepositoryHead | tuple[Target, CodexError]:
        found = isolated(target.path, lambda: self._head(target, branch))
        return (target, found) if isinstance(found, CodexError) else found

    def _head(self, target: Target, branch: str) -> RepositoryHead:
        """Where branches are takes one request; without our branch there is no open request to look for."""
        wanted = [one for one in (branch, target.default_branch) if one]
        refs = self._git.refs(target, *wanted)
        default = target.default_branch or refs.default
        named = replace(target, default_branch=default)
        base, ours = refs.heads.get(default or ""), refs.heads.get(branch)
        if base is None or default is None:
            return RepositoryHead(target=named, base=None)
        if ours is None:
            return LazyHead(target=named, base=base, past=lambda: self._looked_back(target, default, branch))
        self._browsing.expect(target, ours)
        tip = LazyTip(self._browsing, target, ours, base)
        first = self._first(target, default, branch)
        row = self._open(target, default, branch, first)
        if row is None:
            return RepositoryHead(target=named, base=base, tip=tip, past=self._past(target, default, branch, first))
        return RepositoryHead(target=named, base=base, tip=tip, request=self._settled(target, row, tip, base))

    def _looked_up(self, target: Target, base: str, branch: str) -> Mapping[str, Any] | None:
        """The open request from our branch."""
        return self._open(target, base, branch, self._first(target, base, branch))

    def _looked_back(self, target: Target, base: str, branch: str) -> ClosedRequest | None:
        """The last request from our branch that is not open."""
        return self._past(target, base, branch, self._first(target, base, branch))

    def _open(
        self, target: Target, base: str, branch: str, first: Mapping[str, Any] | None
    ) -> Mapping[str, Any] | None:
        """The open request, of which there is one at most."""
        if first is None or first["state"] == "open":
            return first
        return next(self._from(target, base, branch, first, "open"), None)

    def _past(self, target: Target, base: str, branch: str, first: Mapping[str, Any] | None) -> ClosedRequest | None:
        """The last of those that ended."""
        row = next(self._from(target, base, branch, first, "closed"), None) if first else None
        if row is None:
            return None
        return ClosedRequest(
            number=row["number"],
            url=row.get("html_url") or "",
            body=_lines(row.get("body")),
            merged=bool(row.get("merged")),
            labels=_names(row.get("labels"), "name"),
        )

    def _first(self, target: Target, base: str, branch: str) -> Mapping[str, Any] | None:
        """Some request from our branch, be it open or not: hosts do not say which of them they give."""
        place = f"{_of(target)}/pulls/{quote(base, safe='')}/{quote(branch)}"
        answer = self._client.get(place, accept=(404,))
        return answer.decode(responses.GiteaPull) if answer.status == 200 else None

    def _from(
        self, target: Target, base: str, branch: str, first: Mapping[str, Any], state: str
    ) -> Iterator[Mapping[str, Any]]:
        """The requests from our branch in this state, the newest first, if they are not older than `first`."""
        asked = {"state": state, "limit": _PAGE, **self._dialect.narrowed(base, branch)}
        pages = self._client.pages(f"{_of(target)}/pulls", asked)
        rows = (one for page in pages for one in page.decode(list[responses.GiteaPull]))
        least = first["number"] if first["state"] == state else 0
        near = takewhile(lambda one: one["number"] >= least, rows)
        return (one for one in near if _is_from(one, branch) and one["base"]["ref"] == base)

    def _settled(self, target: Target, row: Mapping[str, Any], tip: LazyTip, base: str) -> MergeRequest:
        """A request of which it is known whether it can be merged: hosts say no as long as they are at work."""
        request = _request(row)
        if request.mergeable or self._made.get((target.path, tip.commit), "") == base or tip.parent == base:
            return replace(request, mergeable=True)
        for attempt in range(_LOOKS):
            row = self._client.get(f"{_of(target)}/pulls/{request.number}").decode(responses.GiteaPull)
            if row.get("mergeable"):
                return replace(request, mergeable=True)
            self._client.governor.back_off(attempt, "the host checks whether a request can be merged")
        return request

    def _keep(self, where: OrderedDict[Key, Found], key: Key, value: Found, most: int = _KEPT) -> None:
        with self._lock:
            where[key] = value
            while len(where) > most:
                where.popitem(last=False)

    def listing(self, target: Target, commit: str, along: Iterable[str] = ()) -> Listing:
        """The files of a commit, with sizes, which git does not tell; what a sync reads next comes along."""
        key = target.path, commit
        with self._lock:
            known = self._listings.get(key)
        if known is None:
            known = dict(self._listed(target, commit))
            self._keep(self._listings, key, known)
            self.read(target, commit, (*_USUAL, *evidence(known)))
        return known

    def _listed(self, target: Target, commit: str) -> Iterator[tuple[str, ListingEntry]]:
        page, seen = 1, 0
        while True:
            asked = {"recursive": "true", "per_page": _ENTRIES, "page": page}
            found = self._found(target, f"git/trees/{commit}", asked).decode(responses.GiteaTree)
            rows = found.get("tree") or []
            if seen + len(rows) > ENTRIES_PER_TREE:
                raise LimitError(f"the commit has more than {ENTRIES_PER_TREE:,} files and folders")
            check_time()
            for row in rows:
                if row["type"] != "tree" and row["path"].isprintable():
                    yield row["path"], ListingEntry(size=row.get("size"), mode=int(row["mode"], 8), blob=row["sha"])
            page, seen = page + 1, seen + len(rows)
            if not rows or not (found.get("truncated") or seen < (found.get("total_count") or 0)):
                return

    def read(self, target: Target, commit: str, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of some files, all of them in one request."""
        key, wanted = (target.path, commit), list(dict.fromkeys(paths))
        if not wanted:
            return {}
        listing = self.listing(target, commit)
        blobs = {path: listing[path].blob or "" for path in wanted if _is_blob(listing.get(path))}
        with self._lock:
            texts = dict(self._texts.get(key, ()))
        large = [path for path in blobs if (listing[path].size or 0) > BYTES_PER_BLOB]
        texts |= dict.fromkeys(large, OVERSIZED)
        missing = {path: blob for path, blob in blobs.items() if path not in texts}
        if missing:
            texts |= self._blobs(target, commit, missing)
            self._keep(self._texts, key, texts)
        return {path: texts[path] for path in blobs}

    def _blobs(self, target: Target, commit: str, blobs: Mapping[str, str]) -> dict[str, bytes]:
        """Files by git, or one by one where its server gives no single files."""
        if len(blobs) > 1:
            try:
                found = self._git.blobs(target, blobs.values())
                return {path: found[blob] for path, blob in blobs.items()}
            except (HttpError, KeyError):
                pass
        return {path: self._found(target, f"raw/{quote(path)}", {"ref": commit}).body for path in blobs}

    def _found(self, target: Target, path: str, asked: Mapping[str, object]) -> Any:
        try:
            return self._client.get(f"{_of(target)}/{path}", asked)
        except HttpError as error:
            raise (_gone(target) if error.status == 404 else error) from error

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
        when = int(self._clock.now())
        made = self._pushing.rewrite(
            target, branch, parent, files, message, expected=expected, author=self._author, when=when
        )
        self._keep(self._made, (target.path, made), parent)
        return made

    @property
    def _author(self) -> str:
        """Who commits: whoever the token belongs to, or a host may refuse the commit."""
        me = self._me()
        return f"{me.get('full_name') or me['login']} <{me.get('email') or 'codexc@localhost'}>"

    def delete_branch(self, target: Target, branch: str, *, expected: str) -> None:
        """Delete our branch: by a push, for the API does not compare."""
        self._pushing.delete(target, branch, expected=expected)

    def open_request(self, target: Target, branch: str, letter: RequestText, *, draft: bool) -> MergeRequest:
        """Open a request, or return the one that is open already."""
        base = target.default_branch or self._git.refs(target).default or ""
        sent: dict[str, object] = {
            "head": branch,
            "base": base,
            "title": f"WIP: {letter.title}" if draft else letter.title,
            "body": letter.body,
            "labels": self._numbers(target, letter.labels),
            "assignees": list(letter.assignees),
        }
        find = partial(self._looked_up, target, base, branch)
        request = _request(_surely(lambda: self._opened(target, sent, find), find))
        self._ask(target, request, letter.reviewers)
        return request

    def _opened(
        self, target: Target, sent: dict[str, object], find: Callable[[], Mapping[str, Any] | None]
    ) -> Mapping[str, Any]:
        """Open a request. One person who may not be put in charge keeps nobody from reading it."""
        for attempt in range(_TRIES):
            try:
                answer = self._client.send("POST", f"{_of(target)}/pulls", sent)
                opened: Mapping[str, Any] = answer.decode(responses.GiteaPull)
            except HttpError as error:
                if error.status not in (404, 409, 422) or isinstance(error, UncertainError):
                    raise
                there = find()
                if there is not None:
                    return there
                if error.status == 422 and sent["assignees"]:
                    sent = {**sent, "assignees": []}
                elif error.status == 404 and attempt < _TRIES - 1:
                    self._client.governor.back_off(attempt, "the host does not see the branch yet")
                else:
                    raise
            else:
                return self._kept(target, str(sent["base"]), str(sent["head"]), opened)
        raise AssertionError

    def _kept(self, target: Target, base: str, branch: str, opened: Mapping[str, Any]) -> Mapping[str, Any]:
        """The request that stays: hosts open both of two that are asked for at once, and the first counts."""
        asked = {"state": "open", "limit": _PAGE, **self._dialect.narrowed(base, branch)}
        rows = self._client.get(f"{_of(target)}/pulls", asked).decode(list[responses.GiteaPull])
        ours = [row for row in rows if _is_from(row, branch) and row["base"]["ref"] == base]
        first: Mapping[str, Any] = min((opened, *ours), key=lambda one: int(one["number"]))
        if first["number"] != opened["number"]:
            self.close_request(target, _request(opened))
        return first

    def _numbers(self, target: Target, names: Iterable[str]) -> list[int]:
        """The ids of labels; those that are missing are made."""
        wanted = list(names)
        known = self._labels.get(target.path, {})
        if any(one not in known for one in wanted):
            known = self._labels[target.path] = self._labelled(target)
        for name in wanted:
            if name not in known:
                known[name] = _surely(partial(self._label, target, name), partial(self._number, target, name))
        return [known[one] for one in wanted]

    def _label(self, target: Target, name: str) -> int:
        """Make a label."""
        sent = {"name": name, "color": _COLOUR}
        return int(self._client.send("POST", f"{_of(target)}/labels", sent).decode(responses.WithId)["id"])

    def _number(self, target: Target, name: str) -> int | None:
        """The id of a label."""
        return self._labelled(target).get(name)

    def _labelled(self, target: Target) -> dict[str, int]:
        pages = self._client.pages(f"{_of(target)}/labels", {"limit": _PAGE})
        rows = [one for page in pages for one in page.decode(list[responses.GiteaLabel])]
        return {row["name"]: row["id"] for row in reversed(rows)}

    def _ask(self, target: Target, request: MergeRequest, people: Sequence[str]) -> None:
        """Ask those who were not asked yet for review; whoever is unknown, or may not be asked, is passed over."""
        asked = {reviewer.lower() for reviewer in request.reviewers}
        missing = [one for one in people if one.lower() not in asked]
        place = f"{_of(target)}/pulls/{request.number}/requested_reviewers"

        def ask(names: Sequence[str]) -> bool:
            answer = _surely(
                lambda: self._client.send("POST", place, {"reviewers": list(names)}, accept=(403, 404, 422)), _unknown
            )
            return answer.status < 400

        if missing and not ask(missing) and len(missing) > 1:
            for one in missing:
                ask([one])

    def auto_merge(self, target: Target, request: MergeRequest, *, expected: str) -> str:
        """Let the host merge once it may. What waits is merged wherever its branch is then, so we look where it is."""
        place = f"{_of(target)}/pulls/{request.number}"
        if (self._client.get(place).decode(responses.GiteaPull).get("head") or {}).get("sha") != expected:
            return _REFUSALS[409]
        sent = {
            self._dialect.merge: self._style(target),
            "merge_when_checks_succeed": True,
            "delete_branch_after_merge": True,
            "head_commit_id": expected,
        }
        for attempt in range(_LOOKS):
            answer = _surely(
                lambda: self._client.send("POST", f"{place}/merge", sent, accept=tuple(_REFUSALS)), _unknown
            )
            if answer.status != 405 or attempt == _LOOKS - 1:
                return _REFUSALS.get(answer.status, "")
            self._client.get(place)
            self._client.governor.back_off(attempt, "the host checks whether the request can be merged")
        raise AssertionError

    def required_approvals(self, target: Target, request: MergeRequest) -> int:
        """How many people must approve, by the protection of the default branch; `branch_protections` needs an owner.

        Source: https://docs.gitea.com/api/#tag/repository/operation/repoGetBranch
        """
        place = f"{_of(target)}/branches/{quote(target.default_branch or '')}"
        answer = self._client.get(place, accept=(403, 404))
        return (answer.decode(responses.GiteaBranch).get("required_approvals") or 0) if answer.status == 200 else 0

    def _style(self, target: Target) -> str:
        """How the repository merges."""
        found = self._found(target, "", {}).decode(responses.GiteaRepository)
        return str(found.get("default_merge_style") or "merge")

    def update_request(self, target: Target, request: MergeRequest, letter: RequestText) -> None:
        """Bring title and body up to date, and add labels and reviewers."""
        place = f"{_of(target)}/pulls/{request.number}"
        sent: dict[str, object] = {"body": letter.body}
        if letter.title != request.title:
            title = str(self._client.get(place).decode(responses.GiteaPull).get("title") or "")
            mark = _DRAFT.match(title)
            sent["title"] = f"{mark[0] if mark else ''}{letter.title}"
        _surely(lambda: self._client.send("PATCH", place, sent), _unknown)
        missing = [label for label in letter.labels if label not in request.labels]
        if missing:
            labels = {"labels": self._numbers(target, missing)}
            there = f"{_of(target)}/issues/{request.number}/labels"
            _surely(lambda: self._client.send("POST", there, labels), _unknown)
        self._ask(target, request, letter.reviewers)

    def comment(self, target: Target, request: MergeRequest, note: str) -> None:
        """Write our note, or change it."""
        place, text = f"{_of(target)}/issues/{request.number}/comments", f"{MARK}\n{note}"

        def ours() -> Mapping[str, Any] | None:
            rows = (one for page in self._client.pages(place) for one in page.decode(list[responses.CommentResponse]))
            marked = (row for row in rows if str(row.get("body") or "").startswith(MARK))
            return next((one for one in marked if (one.get("user") or {}).get("login") == self.whoami()), None)

        found = ours()
        if found is None:
            _surely(lambda: self._client.send("POST", place, {"body": text}).decode(responses.CommentResponse), ours)
        elif _lines(found.get("body")).strip() != text.strip():
            there = f"{_of(target)}/issues/comments/{found['id']}"
            _surely(lambda: self._client.send("PATCH", there, {"body": text}), _unknown)

    def close_request(self, target: Target, request: MergeRequest) -> None:
        """Close a request."""
        place = f"{_of(target)}/pulls/{request.number}"
        answer = _surely(lambda: self._client.send("PATCH", place, {"state": "closed"}, accept=(412,)), _unknown)
        if answer.status == 412:
            raise RacedError(f"{target.path}: request {request.number} was merged meanwhile", hint="run the sync again")


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
    return f"{_API}repos/{quote(target.path)}"


def _is_blob(entry: ListingEntry | None) -> bool:
    return entry is not None and entry.mode != SUBMODULE


def _is_from(row: Mapping[str, Any], branch: str) -> bool:
    """Whether a request is from this branch of the same repository, and no fork's."""
    head, base = row.get("head") or {}, row.get("base") or {}
    return head.get("ref") == branch and head.get("repo_id") == base.get("repo_id")


def _lines(text: str | None) -> str:
    """A text with plain ends of lines: browsers send others."""
    return (text or "").replace("\r\n", "\n")


def _names(rows: Any, key: str) -> tuple[str, ...]:
    return tuple(row[key] for row in rows or ())


def _request(row: Mapping[str, Any]) -> MergeRequest:
    return MergeRequest(
        number=row["number"],
        url=row.get("html_url") or "",
        title=_DRAFT.sub("", row.get("title") or ""),
        body=_lines(row.get("body")),
        labels=_names(row.get("labels"), "name"),
        reviewers=_names(row.get("requested_reviewers"), "login"),
        mergeable=bool(row.get("mergeable")),
        created=str(row.get("created_at") or "")[:10],
    )


def _gone(target: Target) -> GoneError:
    return GoneError(f"there is no repository `{target.path}`, or it may not be seen", hint="may the token read it?")
