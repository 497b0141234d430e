"""Proposes changes of rules as merge requests against the codex: one for each rule, joined if one is open."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from codex.forge.base import FileWrite, RepositoryHead
from codex.shell.atomic import write_file
from codex.shell.directory import scratch
from codex.shell.listing import ListedRepository
from codex.sync.edit_mapping import InstalledEdit, NotMapped, Proposed, map_edits
from codex.sync.observed import MergeRequest
from codex.sync.request_text import RequestText
from codex.workflow.codex_folder import CONFIG
from codex.workflow.own_repository import OwnRepository
from codex.workflow.propose import Standards, differences, read_standards
from codex.workflow.report_paths import STANDARDS
from skills_build import inert
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.paths import path_fault

BRANCH: Final = "codex/propose/"
_MOST: Final = 1024 * 1024
"""Maximum size of a file of the codex, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposingRepository:
    """A repository with edits of installed text. `authors` returns who made some of them, as `Name <address>`."""

    name: str
    edits: tuple[InstalledEdit, ...]
    authors: Callable[[Iterable[Proposed]], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRequest:
    """The merge request for a rule. `done` is `opened`, `joined`, `current` or `declined`."""

    rule: str
    repository: str
    done: str
    url: str


class CodexOnForge:
    """The repository of a codex on its forge, and its standards at each commit that is needed."""

    def __init__(self, own: OwnRepository, day: str) -> None:
        self._own, self._day = own, day
        self._known: dict[str, Standards] = {}

    def head(self, branch: str) -> RepositoryHead:
        """Return the head with one of our branches. Raises `CodexError` if the codex cannot be read, or is empty."""
        (found,) = self._own.forge.heads([self._own.target], branch)
        if not isinstance(found, RepositoryHead):
            raise found[1]
        if found.base is None:
            raise CodexError(f"`{self._own.target.path}` is empty", hint="pass the codex's repository")
        return found

    def standards(self, head: RepositoryHead, commit: str) -> Standards:
        """Return the standards at a commit."""
        if commit not in self._known:
            self._known[commit] = _standards(self._own.forge.fetch(head.target, commit, most=_MOST), self._day)
        return self._known[commit]

    def propose(self, source: ProposingRepository) -> Iterator[RuleRequest | NotMapped]:
        """Open or join a merge request for each rule that the edits change; yield each, and what cannot be mapped."""
        head = self.head(f"{BRANCH}none")
        assert head.base is not None
        standards = self.standards(head, head.base)
        proposed, rest = map_edits(source.edits, standards.rules, standards.texts)
        yield from rest
        for rule in dict.fromkeys(one.rule for one in proposed):
            yield self._request(rule, tuple(one for one in proposed if one.rule == rule), source)

    def _request(self, rule: str, proposed: Sequence[Proposed], source: ProposingRepository) -> RuleRequest:
        branch = BRANCH + re.sub(r"[^a-z0-9.-]+", "-", rule.lower()).strip(".-")
        head = self.head(branch)
        assert head.base is not None
        if head.request is None and head.past is not None and not head.past.merged:
            return RuleRequest(rule=rule, repository=source.name, done="declined", url=head.past.url)
        parent = head.base if head.request is None or head.tip is None else head.tip.commit
        standards = self.standards(head, parent)
        on_top, _ = map_edits(source.edits, standards.rules, standards.texts)
        changes = tuple(one for one in on_top if one.rule == rule)
        if changes:
            writes = [FileWrite(path=one.path, data=one.new) for one in differences(standards, changes)]
            message = _message(rule, source, proposed)
            expected = head.tip.commit if head.tip else None
            self._own.forge.commit(head.target, branch, parent, writes, message, expected=expected)
        if head.request is None:
            text = _text(rule, source, proposed)
            opened = self._own.forge.open_request(head.target, branch, text, draft=False)
            return RuleRequest(rule=rule, repository=source.name, done="opened", url=opened.url)
        listed = self._listed(head, head.request, source, proposed)
        done = "joined" if changes or listed else "current"
        return RuleRequest(rule=rule, repository=source.name, done=done, url=head.request.url)

    def _listed(
        self, head: RepositoryHead, request: MergeRequest, source: ProposingRepository, proposed: Sequence[Proposed]
    ) -> bool:
        """Add the repository to those in the text of an open merge request; return whether it was not there."""
        line = _line(source, proposed)
        if line in request.body.replace("\r\n", "\n").split("\n"):
            return False
        text = RequestText(title=request.title, body=f"{request.body.rstrip()}\n{line}\n")
        self._own.forge.update_request(head.target, request, text)
        return True


def _standards(repository: ListedRepository, day: str) -> Standards:
    """Return the standards among the files of a commit."""
    names = (f"{STANDARDS}/{CONFIG}", CONFIG)
    folder = next((name.removesuffix(CONFIG) for name in names if name in repository.listing), None)
    if folder is None:
        raise CodexError(f"the codex's repository has no `{CONFIG}`", hint="pass the repository of a codex")
    wanted = [
        path
        for path, entry in repository.listing.items()
        if path.startswith(folder) and entry.regular and not path_fault(path)
    ]
    with scratch() as root:
        for path, data in repository.read(wanted).items():
            write_file(root / path.removeprefix(folder), data)
        return replace(read_standards(root, day), folder=folder)


def _line(source: ProposingRepository, proposed: Sequence[Proposed]) -> str:
    places = ", ".join(dict.fromkeys(inert.code(f"{one.place}:{one.line}") for one in proposed))
    return f"- {inert.code(source.name)}: {places}"


def _text(rule: str, source: ProposingRepository, proposed: Sequence[Proposed]) -> RequestText:
    body = (
        f"The installed text of {inert.code(rule)} was changed in a repository. This is the same change in the "
        "standard: merge it to change the rule everywhere, or close it to keep the rule as it is.\n\n"
        f"Changed in:\n\n{_line(source, proposed)}\n"
    )
    return RequestText(title=_subject(rule, source), body=body)


def _message(rule: str, source: ProposingRepository, proposed: Sequence[Proposed]) -> str:
    credits_ = "".join(f"Co-authored-by: {author}\n" for author in source.authors(proposed))
    return f"{_subject(rule, source)}\n\n{credits_}".rstrip() + "\n"


def _subject(rule: str, source: ProposingRepository) -> str:
    return inert.subject(f"{rule}: change proposed by {source.name}")
