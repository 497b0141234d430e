"""A fake forge for tests: its API and git on loopback, its inside for the test, its faults to order.

Usage:

    with running("gitlab", tmp_path) as forge:
        forge.add_repository("acme/shop", files={"README.md": "# Shop\\n"})
        ...  # drive forge.url with forge.token
        assert [entry.path for entry in forge.log if entry.writes] == []
"""

import contextlib
import hashlib
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from tests.support.forges import bitbucket, bitbucket_shapes, gitea, githttp, github, gitlab
from tests.support.forges.bare import BadNameError, Bare
from tests.support.forges.contract import check
from tests.support.forges.faults import Armed, Fault, Faults, Kind, Match, Throttle
from tests.support.forges.flavour import Flavour
from tests.support.forges.forking import delete_repository, make_fork
from tests.support.forges.log import Entry
from tests.support.forges.server import Delivery, serving
from tests.support.forges.state import Access, MergeRequest, Repository, User, World
from tests.support.forges.wire import Answer, Call, RefusedError, Request, routed, text_answer

FLAVOURS: Mapping[Kind, Flavour] = MappingProxyType(
    {
        "gitlab": gitlab.FLAVOUR,
        "github": github.FLAVOUR,
        "gitea": gitea.GITEA,
        "forgejo": gitea.FORGEJO,
        "bitbucket": bitbucket.FLAVOUR,
    }
)


class Forge:
    """A forge that runs."""

    def __init__(self, flavour: Flavour, folder: Path) -> None:
        self.flavour = flavour
        self.world = World(
            folder,
            request_ref=flavour.request_ref,
            settles_after=flavour.settles_after,
            closes_with_branch=flavour.closes_with_branch,
        )
        self.url = ""
        self.log: list[Entry] = []
        self.unknown: list[str] = []
        self.bugs: list[str] = []
        self._faults = Faults()
        self._guard = threading.Lock()
        self._count = 0
        self._last: int | None = None

    @property
    def kind(self) -> Kind:
        return self.flavour.kind

    @property
    def api(self) -> str:
        """Where the API begins."""
        return self.url + self.flavour.api

    @property
    def token(self) -> str:
        return self.world.bot.token

    @property
    def human(self) -> User:
        """A person who works here; not the bot."""
        return self.world.user_named("ada")

    def user(self, name: str) -> User:
        """The user of this name, created if need be, with a token of their own."""
        return self.world.user_named(name)

    def git_url(self, path: str) -> str:
        """Where to clone from; the token goes into a header."""
        return f"{self.url}/{path}.git"

    def clone_url(self, path: str, user: User | None = None) -> str:
        """Where to clone from, with a name and a token in it: for tests that call git."""
        who = user or self.world.bot
        return self.git_url(path).replace("://", f"://{who.name}:{who.token}@")

    # What there is.

    def add_repository(
        self,
        path: str,
        *,
        files: Mapping[str, str | bytes] | None = None,
        archived: bool = False,
        empty: bool = False,
        mirror: bool = False,
        requests_enabled: bool = True,
        access: Access = "write",
        default_branch: str = "main",
        protected: Sequence[str] = (),
        labels: Sequence[str] = (),
        required_approvals: int = 0,
    ) -> Repository:
        """A repository with one commit of these files by a human (a README if none are given)."""
        with self.world.lock:
            repository = self.world.add_repository(path, default_branch)
            if not self.flavour.filters:
                config = repository.bare.folder / "config"
                config.write_text(
                    config.read_text(encoding="utf-8").replace("allowFilter = true", "allowFilter = false")
                )
            if not empty:
                content = {"README.md": f"# {repository.name}\n"} if files is None else files
                bare = repository.bare
                bare.plant(default_branch, bare.changed(None, as_bytes(content), "Begin", self.human.author))
            repository.archived, repository.mirror, repository.access = archived, mirror, access
            repository.requests_enabled, repository.protected = requests_enabled, frozenset(protected)
            repository.required_approvals = required_approvals
            githttp.protect(repository, self.flavour.git.protected)
            for name in labels:
                self.world.add_label(repository, name)
            return repository

    def repository(self, path: str) -> Repository:
        return self.world.repositories[path.lower()]

    def bare(self, path: str) -> Bare:
        """The git of a repository."""
        return self.repository(path).bare

    def files(self, path: str, branch: str | None = None) -> dict[str, str]:
        """What a branch holds."""
        repository = self.repository(path)
        bare = repository.bare
        entries = bare.files(bare.tip(branch or repository.default_branch))
        return {name: bare.read(entry.oid).decode() for name, entry in entries.items() if entry.kind == "blob"}

    def requests(self, path: str) -> tuple[MergeRequest, ...]:
        return tuple(self.repository(path).requests)

    def merge_request(self, path: str, number: int) -> MergeRequest:
        request = self.repository(path).request(number)
        assert request is not None, f"no request {number} in {path}"
        return request

    # What humans do.

    def human_commit(
        self, path: str, branch: str, files: Mapping[str, str | bytes | None], message: str = "Change by hand"
    ) -> str:
        """A human's commit on a branch (created if need be); returns its id."""
        with self.world.lock:
            return self.world.commit(self.repository(path), branch, as_bytes(files), by=self.human, message=message)

    def open_request(self, path: str, source: str, target: str, *, title: str, description: str) -> int:
        """A human opens a request; returns its number."""
        with self.world.lock:
            by, repository = self.human, self.repository(path)
            opened = self.world.open_request(
                repository, by, source=source, target=target, title=title, description=description
            )
            return opened.number

    def close_request(self, path: str, number: int, by: User | None = None) -> None:
        with self.world.lock:
            self.world.set_state(self.merge_request(path, number), "closed", by or self.human)

    def reopen_request(self, path: str, number: int) -> None:
        with self.world.lock:
            self.world.set_state(self.merge_request(path, number), "opened", self.human)

    def merge(self, path: str, number: int, *, delete_branch: bool = False) -> str:
        """A human merges; answers the merge commit."""
        with self.world.lock:
            repository, request = self.repository(path), self.merge_request(path, number)
            commit = self.world.merge(repository, request, self.human)
            assert commit is not None, f"request {number} of {path} conflicts"
            if delete_branch:
                self.delete_branch(path, request.source)
            return commit

    def fork(self, path: str, owner: str, name: str = "") -> Repository:
        """Somebody forks a repository."""
        with self.world.lock:
            return make_fork(self.world, self.repository(path), owner, name or self.repository(path).name)

    def delete_repository(self, path: str) -> None:
        """Delete a repository. GitHub keeps pull requests from it open."""
        with self.world.lock:
            delete_repository(self.world, path, closes=self.kind != "github")

    def delete_branch(self, path: str, branch: str) -> None:
        with self.world.lock:
            self.repository(path).bare.set_ref(f"refs/heads/{branch}", None)
            self.world.refresh(self.repository(path))

    def edit(self, path: str, number: int, *, title: str | None = None, description: str | None = None) -> None:
        """A human writes another title or text."""
        with self.world.lock:
            request = self.merge_request(path, number)
            request.title = request.title if title is None else title
            request.description = request.description if description is None else description
            request.updated = self.world.clock()

    def label(self, path: str, number: int, *names: str) -> None:
        """A human puts labels on a request, by comments where there are no labels."""
        with self.world.lock:
            repository, request = self.repository(path), self.merge_request(path, number)
            if "labels" in self.flavour.lacks:
                for name in names:
                    self.world.add_note(request, self.human, name)
                return
            for name in names:
                if name not in repository.labels:
                    self.world.add_label(repository, name)
                if name not in request.labels:
                    request.labels.append(name)
            request.updated = self.world.clock()

    def comment(self, path: str, number: int, text: str) -> None:
        with self.world.lock:
            self.world.add_note(self.merge_request(path, number), self.human, text)

    def archive(self, path: str) -> None:
        self.repository(path).archived = True

    # What goes wrong.

    def fail(self, match: Match, fault: Fault, times: int = 1, *, per_path: bool = False) -> None:
        """Let the next `times` requests that match go wrong; with `per_path`, as many of every path and branch."""
        if fault.stale:
            self.world.remember()
        self._faults.arm(Armed(match, fault, times, per_path))

    def throttle(self, match: Match, fault: Fault, *, allowed: int, seconds: float) -> None:
        """Let requests that match fail as long as `allowed` of them were served in the last `seconds`.

        Time is that of `world.clock`, which a test may replace.
        """
        self._faults.arm(Throttle(match, fault, allowed, seconds, lambda: self.world.clock()))

    def heal(self) -> None:
        """Disarm every fault."""
        self._faults.clear()
        self.kill_after(None)

    def kill_after(self, count: int | None) -> None:
        """Answer `count` more requests, then drop every connection unserved; `None` goes on as usual."""
        with self._guard:
            self._count, self._last = 0, count

    # What was asked.

    @property
    def write_log(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.log if entry.writes)

    def forget(self) -> None:
        """Clear the log."""
        with self._guard:
            self.log.clear()

    def check_contract(self, folder: Path) -> list[str]:
        """Hold every request and answer in the log against the forge's published description."""
        rows = [
            (entry.request, entry.answer, entry.template) for entry in self.log if not entry.fault and entry.template
        ]
        return bitbucket_shapes.check(rows) if self.kind == "bitbucket" else check(folder / f"{self.kind}.json", rows)

    # How it answers.

    def deliver(self, request: Request) -> Delivery:
        """Serve one request as the network sees it."""
        started = time.perf_counter()
        with self._guard:
            self._count += 1
            number = len(self.log)
            killed = self._last is not None and self._count > self._last
        if killed:
            self._note(Entry(request=request, answer=NOTHING, fault="killed", delivered=False))
            return Delivery(answer=NOTHING, drops=True)
        fault = self._faults.take(request)
        answer, template = self._work(request, fault)
        if fault is not None and fault.answers is not None:
            answer = fault.answers(self.kind)
        else:
            answer = conditional(request, answer) if self.flavour.tagged else answer
            answer = replace(answer, headers=answer.headers + self.flavour.headers(number))
        drops = fault is not None and fault.drops
        self._note(
            Entry(
                request=request,
                answer=answer,
                fault=fault.name if fault else "",
                template=template,
                delivered=not drops and not (fault is not None and fault.cut),
                seconds=time.perf_counter() - started,
            )
        )
        if fault is None:
            return Delivery(answer=answer)
        return Delivery(answer=answer, drops=drops, cut=fault.cut, skew=fault.skew)

    def _note(self, entry: Entry) -> None:
        with self._guard:
            self.log.append(entry)

    def _work(self, request: Request, fault: Fault | None) -> tuple[Answer, str]:
        if fault is not None:
            if not fault.works:
                return NOTHING, ""
            if fault.before is not None:
                fault.before()
            request = replace(request, page_cap=fault.page_cap, stale=fault.stale)
        try:
            if githttp.split(request.path) is not None:
                return githttp.serve_git(request, self.world, self.flavour.git, self.url), ""
            return self._serve_api(request)
        except Exception:
            with self._guard:
                self.bugs.append(f"{request.method} {request.path}\n{traceback.format_exc()}")
            return text_answer("the fake is at fault: see Forge.bugs\n", 500), ""

    def _serve_api(self, request: Request) -> tuple[Answer, str]:
        flavour = self.flavour
        short = request.path
        for prefix in flavour.prefixes:
            if short.startswith(prefix):
                short = short.removeprefix(prefix)
                break
        method = "GET" if request.method == "HEAD" else request.method
        matched = routed(flavour.routes, replace(request, path=short, method=method))
        if matched is None:
            with self._guard:
                self.unknown.append(f"{request.method} {request.path}")
            return flavour.unknown, ""
        route, parts = matched
        token = flavour.token_of(request)
        user = self.world.user_of_token(token) if token else None
        if user is None:
            return flavour.unauthorised, route.template
        call = Call(request=request, world=self.world, user=user, url=self.url, parts=parts)
        with self.world.lock:
            try:
                flavour.gate(call)
                return route.serve(call), route.template
            except BadNameError:
                return flavour.bad_name, route.template
            except RefusedError as refused:
                return refused.answer, route.template


NOTHING = Answer(status=0)


def conditional(request: Request, answer: Answer) -> Answer:
    """Give an answer its `ETag`; 304 where the client has it already."""
    if request.method != "GET" or answer.status != 200 or githttp.split(request.path) is not None:
        return answer
    tag = f'W/"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(status=304, headers=(("ETag", tag),))
    return replace(answer, headers=(*answer.headers, ("ETag", tag)))


def as_bytes(files: Mapping[str, str | bytes | None]) -> dict[str, bytes | None]:
    return {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}


@contextlib.contextmanager
def running(kind: Kind, folder: Path, configure: Callable[[World], None] | None = None) -> Iterator[Forge]:
    """Run a forge on a free port; its repositories lie below `folder`. A fault of its own fails the test."""
    forge = Forge(FLAVOURS[kind], folder / kind)
    if configure is not None:
        configure(forge.world)
    try:
        with serving(forge.deliver) as url:
            forge.url = url
            yield forge
    finally:
        forge.world.close()
    assert not forge.bugs, "\n".join(forge.bugs)
