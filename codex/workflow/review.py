"""Reviews a change on this machine: from a base commit to the working tree, or a patch."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from codex import __version__
from codex.audit.applied_rule import AppliedRule, applied_rules
from codex.audit.audit import Locator, notes_on_results
from codex.audit.inputs import Inputs
from codex.profile.paths import is_handwritten
from codex.review.change import Change, is_reviewed, reviewed
from codex.review.findings import Sides
from codex.review.model import Review
from codex.review.packet import not_asked, packet
from codex.review.review import Selection, Setting, review, selection, text_of_patch, with_verdicts
from codex.review.verdicts import load_verdicts, notes_on, verified
from codex.review.weakening import weakened
from codex.shell.listing import ListedRepository, open_repository
from codex.shell.reading import read_file, real_path
from codex.shell.revisions import MAX_DIFF, Revisions
from codex.sync.lock import LOCK
from codex.sync.settings import SETTINGS, Settings
from codex.workflow.audit import RepositoryFiles, detected_profile, own_paths, read_result_file, text_of
from codex.workflow.rules_source import FoundRules, bundle_rules, installed_rules, settings_from
from codex.workflow.trust import Trust
from skills_build.checks.base import ChangedFile, Gap, Subject
from skills_build.checks.patch import Patch, parse_patch
from skills_build.emit.registry import RULES
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.rules_file import RulesFile

if TYPE_CHECKING:
    from codex.workflow.gateway import GatewayOptions

MAX_ANSWER: Final = 16 * 1024 * 1024
"""Bytes of the answer of a reviewer."""
BINARY_START: Final = 8000
"""The bytes at the start of a file in which git looks for a NUL, to see whether it is binary."""
OWN: Final = (LOCK, SETTINGS, RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """What to review: a change since `base`, or a `patch`; with a bundle or the rules of the base."""

    root: Path
    day: str
    base: str | None = None
    patch: bytes | None = None
    bundle: str | None = None
    results: tuple[str, ...] = ()
    every: bool = False
    """Whether rules count that apply to changed files, although no changed line is what they are about."""


class Reviewing:
    """A review with what its packet and its verdicts need."""

    def __init__(self, request: ReviewRequest, trust: Trust) -> None:
        self._request = request
        self._trust = trust

    def run(self) -> Review:
        """Review the change. Raises `CodexError` if it or the rules cannot be read."""
        found, sides = self._found, self._sides
        revisions = self._revisions
        head = revisions.head if revisions and revisions.is_clean() else None
        setting = Setting(
            codex=found.rules.codex,
            title=found.rules.title,
            codexc=__version__,
            day=self._request.day,
            base=revisions.base if revisions else None,
            head=head,
        )
        unmapped = notes_on_results(sides.head.results, self._rules, self._locator.unknown)
        notes = (*found.notes, *self._notes(), *unmapped)
        return review(self._selection, self._change, setting, tuple(self._weakened()), notes, tuple(self._unread()))

    def packet(self, tokens: int) -> dict[str, Any]:
        """Return what a reviewer needs, within a number of tokens."""
        return packet(
            self._selection.rules,
            self._change,
            title=self._found.rules.title,
            tokens=tokens,
            not_asked=tuple(not_asked(self._selection)),
        )

    def with_verdicts(self, found: Review, file: Path) -> Review:
        """Add what a reviewer answered, as far as the change shows it."""
        try:
            data = read_file(file, max_bytes=MAX_ANSWER)
        except OSError as error:
            raise CodexError(f"`{file}` cannot be read: {error.strerror or error}") from error
        result = verified(load_verdicts(data, name=str(file)), self._selection.rules, self._change, self._request.day)
        return with_verdicts(found, result.findings, complete=result.complete, notes=tuple(notes_on(result)))

    def with_models(self, found: Review, options: "GatewayOptions") -> Review:
        """Add what models find, as far as the change shows it. Where no model is allowed, nothing is sent."""
        from codex.gateway.question import DeniedError
        from codex.workflow.gateway import Reviewed, gateway_settings, open_gateway
        from codex.workflow.model_review import ask_models

        root = self._revisions.root if self._revisions else self._request.root
        settings = gateway_settings(options, Reviewed(root=root, read=self._reader()))
        try:
            gateway = open_gateway(settings, options, "review", self._found.settings.sensitivity)
        except DeniedError as error:
            return with_verdicts(found, (), complete=True, notes=(f"nothing was sent to a model: {error.message}",))
        with closing(gateway):
            result = ask_models(
                gateway,
                self._selection.rules,
                self._change,
                title=self._found.rules.title,
                day=self._request.day,
                tokens=settings.packet,
            )
        return with_verdicts(found, result.findings, complete=result.complete, notes=result.notes)

    @cached_property
    def _revisions(self) -> Revisions | None:
        return Revisions.of(self._request.root, self._request.base) if self._request.base is not None else None

    @cached_property
    def _working_tree(self) -> ListedRepository:
        return open_repository(self._revisions.root if self._revisions else self._request.root)

    @cached_property
    def _patch(self) -> Patch:
        if self._revisions is not None:
            return self._complete(parse_patch(self._revisions.diff()), self._revisions)
        data = self._request.patch or b""
        if len(data) > MAX_DIFF:
            raise CodexError(f"the patch has more than {MAX_DIFF:,} bytes", hint="review it in parts")
        patch = parse_patch(data.decode("utf-8", "replace"))
        if data.strip() and not (patch.files or patch.commits or patch.faults):
            hint = "write one with `git diff --no-color`, in UTF-8"
            raise CodexError("this is not a patch: no file of it can be read", hint=hint)
        return patch

    def _complete(self, patch: Patch, revisions: Revisions) -> Patch:
        """Add the lines that git does not show: of text that an attribute calls binary, and of files that move."""
        repository = self._working_tree
        binary = [path for path in patch.binary if is_reviewed(path) and path in repository.listing]
        texts = [path for path, data in repository.read(binary).items() if b"\0" not in data[:BINARY_START]]
        moved = [one.path for one in patch.files if _comes_from_outside(one)]
        if not texts and not moved:
            return patch
        whole = {one.path: one for one in parse_patch(revisions.whole_diff([*texts, *moved])).files}
        files = {**{one.path: one for one in patch.files}, **whole}
        return replace(patch, files=tuple(files.values()), binary=tuple(p for p in patch.binary if p not in whole))

    @cached_property
    def _change(self) -> Change:
        commits = self._revisions.commits() if self._revisions else self._patch.commits
        lock = self._found.lock
        return reviewed(self._patch.files, commits, self._patch.binary, own_paths(lock))

    @cached_property
    def _found(self) -> FoundRules:
        """The rules, settings and lock of the base, or of the directory for a patch."""
        read = self._reader()
        if self._request.bundle is None:
            return installed_rules(read, self._request.day)
        repository = open_repository(self._request.root)
        return bundle_rules(
            self._request.bundle, read, self._trust, self._request.day, lambda s: detected_profile(repository, s)
        )

    def _reader(self) -> Callable[[str], bytes | None]:
        revisions = self._revisions
        if revisions is not None:
            return lambda path: revisions.read(revisions.base, path)
        repository = self._working_tree
        return lambda path: repository.read([path]).get(path) if path in repository.listing else None

    @cached_property
    def _rules(self) -> tuple[AppliedRule, ...]:
        return tuple(applied_rules(self._found.rules.standards))

    @cached_property
    def _selection(self) -> Selection:
        return selection(self._rules, self._sides, every=self._request.every)

    @cached_property
    def _sides(self) -> Sides:
        change = self._change
        files = self._head_files()
        root = self._revisions.root if self._revisions else self._request.root
        self._locator = Locator(files.paths, str(real_path(root)))
        head = Inputs(
            subject=Subject(paths=files.paths, read=files.read, commits=change.commits, change=change.files),
            results=tuple(read_result_file(one) for one in self._request.results),
            located=self._locator.located,
            day=self._request.day,
            commit=self._revisions.head if self._revisions else None,
        )
        return Sides.of(head, self._base_subject(), change)

    def _head_files(self) -> "HeadFiles":
        repository = RepositoryFiles(self._working_tree, self._found.lock)
        return HeadFiles(self._change, repository, patched=self._revisions is not None)

    def _base_subject(self) -> Subject | None:
        revisions = self._revisions
        if revisions is None:
            return None

        def read(path: str) -> str | Gap:
            data = revisions.read(revisions.fork, path)
            return Gap(path=path, why="it cannot be read") if data is None else text_of(path, data)

        own = own_paths(self._found.lock)
        paths = (path for path in revisions.paths(revisions.fork) if path not in own and is_handwritten(path))
        return Subject(paths=tuple(paths), read=read)

    def _weakened(self) -> Iterable[Any]:
        revisions = self._revisions
        touched = {one.path for one in self._patch.files}
        touched |= {one.old for one in self._patch.files if one.old}
        if revisions is None or touched.isdisjoint(OWN):
            return ()
        repository = self._working_tree

        def read(path: str) -> bytes | None:
            return repository.read([path]).get(path) if path in repository.listing else None

        settings = _or_none(lambda: settings_from(read))
        rules: RulesFile | None = self._found.rules
        if self._request.bundle is None and not touched.isdisjoint((LOCK, RULES)):
            installed = _or_none(lambda: installed_rules(read, self._request.day))
            rules = installed.rules if installed else None
        base: tuple[Settings, RulesFile] = (self._found.settings, self._found.rules)
        return weakened(base, (settings, rules), (SETTINGS, RULES))

    def _unread(self) -> Iterable[str]:
        """Yield what of the change was not read."""
        yield from (f"line {fault.line} of the change: {fault.why}" for fault in self._patch.faults[:20])
        if self._revisions is None:
            for one in self._patch.files:
                if _comes_from_outside(one) and not one.added:
                    yield f"{one.path} is moved from {one.old}, which is not reviewed, and the patch has no lines of it"

    def _notes(self) -> Iterable[str]:
        if self._revisions is None and not (self._patch.files or self._patch.binary):
            yield "the patch changes no file"
        if self._revisions is not None and (count := self._revisions.untracked()):
            what = "file is" if count == 1 else "files are"
            yield f"{count:,} {what} not reviewed, because git does not track {'it' if count == 1 else 'them'}"


def _comes_from_outside(one: ChangedFile) -> bool:
    """Return whether a file that counts was moved from a place where it did not."""
    moved = one.old is not None and one.old != one.path
    return moved and not one.deleted and is_reviewed(one.path) and not is_reviewed(one.old or "")


def _or_none(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except CodexError:
        return None


class HeadFiles:
    """The files after a change. Where only a patch is known, a file has the lines that the patch shows."""

    def __init__(self, change: Change, repository: RepositoryFiles, *, patched: bool) -> None:
        self._changed: Mapping[str, Any] = {one.path: one for one in change.files}
        self._repository = repository
        self._patched = patched
        deleted = {path for path, one in self._changed.items() if one.deleted}
        renamed = {one.old for one in change.files if one.old is not None and one.old != one.path}
        gone = deleted if patched else deleted | renamed
        known = dict.fromkeys(path for path in repository.paths if path not in gone)
        self.paths = tuple(known | dict.fromkeys(path for path in self._changed if path not in deleted))

    def read(self, path: str) -> str | Gap:
        """Return the text of a file."""
        changed = self._changed.get(path)
        if changed is None or self._patched:
            return self._repository.read(path)
        whole = self._repository.read(path)
        if isinstance(whole, str):
            lines = whole.split("\n")
            if all(number <= len(lines) and lines[number - 1] == text for number, text in changed.added):
                return whole
        text = text_of_patch(changed.added)
        return Gap(path=path, why=text.why) if isinstance(text, Gap) else text
