"""Reviews a change on this machine: from a base commit to the working tree, or a patch."""

from collections.abc import Callable, Iterable, Sequence
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
from codex.review.masking import Masking
from codex.review.model import Review
from codex.review.packet import MAX_TOKENS, not_asked, packet
from codex.review.packet_id import bound, packet_id, tokens_of
from codex.review.reported import MAX_REPORT, load_report, reported
from codex.review.review import (
    Selection,
    Setting,
    review,
    selection,
    with_further_rules,
    with_selection,
    with_verdicts,
)
from codex.review.unexamined import unexamined
from codex.review.verdicts import REVIEWER, load_answer, notes_on, verified, without_unseen
from codex.review.weakening import weakened
from codex.shell.listing import ListedRepository, open_repository
from codex.shell.reading import read_file, real_path
from codex.shell.revisions import MAX_DIFF, Revisions
from codex.sync.lock import LOCK
from codex.sync.settings import SETTINGS, Settings
from codex.workflow.audit import RepositoryFiles, detected_profile, own_paths, read_result_file, text_of
from codex.workflow.codex_folder import schema
from codex.workflow.head_files import HeadFiles
from codex.workflow.remote_change import RemoteChange
from codex.workflow.rules_source import FoundRules, bundle_rules, installed_rules, settings_from
from codex.workflow.trust import Trust
from skills_build.checks.base import ChangedFile, Gap, Subject
from skills_build.checks.patch import Patch, parse_patch
from skills_build.counts import counted
from skills_build.emit.registry import RULES
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.rules_file import RulesFile

if TYPE_CHECKING:
    from codex.workflow.gateway import GatewayOptions

MAX_ANSWER: Final = 16 * 1024 * 1024
"""Maximum size of a reviewer's response, in bytes."""
BINARY_START: Final = 8000
"""Number of bytes at the start of a file in which Git looks for a NUL to decide whether it is binary."""
OWN: Final = (LOCK, SETTINGS, RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """The change to review: since `base`, a `patch`, or one on a forge; with a bundle or the rules of the base."""

    root: Path
    day: str
    base: str | None = None
    patch: bytes | None = None
    remote: RemoteChange | None = None
    """The change on a forge; the rules and settings are those of `base`, and the checkout is not part of it."""
    bundle: str | None = None
    results: tuple[str, ...] = ()
    every: bool = False
    """Whether to include rules that apply to changed files, but do not match any changed line."""
    posted: bool = False
    """Whether this run posts its findings, so that those in renamed files have to keep their threads."""


class Reviewing:
    """A review with the data for its packet and its verdicts."""

    def __init__(self, request: ReviewRequest, trust: Trust) -> None:
        self._request = request
        self._trust = trust

    def run(self) -> Review:
        """Review the change. Raises `CodexError` if it or the rules cannot be read."""
        found, sides = self._found, self._sides
        revisions, remote, origin = self._revisions, self._request.remote, self._origin
        head = remote.head if remote else revisions.head if revisions and revisions.is_clean() else None
        setting = Setting(
            codex=found.rules.codex,
            title=found.rules.title,
            codexc=__version__,
            day=self._request.day,
            base=origin.base if origin else None,
            head=head,
        )
        unmapped = notes_on_results(sides.head.results, self._rules, self._locator.unknown)
        notes = (*found.notes, *self._notes(), *unmapped)
        made = review(self._selection, self._change, setting, tuple(self._weakened()), notes, tuple(self._unread()))
        return replace(made, asked=sides.head.linters)

    def packet(self, tokens: int) -> dict[str, Any]:
        """Return the packet for a reviewer, within a number of tokens."""
        tokens = min(tokens, MAX_TOKENS)
        selected, base = self._selection, self._origin.base if self._origin else None
        made = packet(
            selected.rules,
            self._change,
            title=self._found.rules.title,
            tokens=tokens,
            not_asked=tuple(not_asked(selected)),
            others=selected.others,
        )
        return bound(made, packet_id(tokens, selected, self._change, base=base, codex=self._found.rules.codex))

    def with_report(self, found: Review, file: Path) -> Review:
        """Add the findings that a job without secrets reports. Raises `CodexError` if anything in it is false."""
        remote = self._request.remote
        assert remote is not None
        data = _read(file, MAX_REPORT)
        report = load_report(data, name=str(file), schema=schema("review"), head=remote.head)
        more = reported(report, found, self._rules, self._change, self._request.day)
        return with_verdicts(found, more, complete=report.complete, notes=(), asked=report.asked)

    def with_verdicts(self, found: Review, file: Path) -> Review:
        """Add the verdicts of a reviewer that the change supports.

        A response that names no packet approves nothing, but its violations count. Raises `CodexError` if it names
        another packet than that of this change, these rules and this version.
        """
        chosen, answer = self._selection, load_answer(_read(file, MAX_ANSWER), name=str(file))
        result = verified(answer.verdicts, chosen.rules, self._change, self._request.day, others=chosen.others)
        if answer.packet:
            result = without_unseen(result, self._answered(answer.packet, str(file)), chosen.rules, self._change)
            asked, notes = (REVIEWER,) if result.complete else (), tuple(notes_on(result))
            return with_verdicts(found, result.findings, complete=result.complete, notes=notes, asked=asked)
        note = (
            f"`{file}` does not identify its packet, so it cannot approve anything: "
            "copy the key `packet` from the packet to this file"
        )
        return with_verdicts(found, result.findings, complete=False, notes=(note, *notes_on(result)))

    def unexamined(self, made: Review, texts: Sequence[str]) -> frozenset[str]:
        """Return the fingerprints of findings of the rules in some texts that a review cannot have found."""
        return unexamined(made, self._rules, self._change, texts)

    def _answered(self, id_: str, name: str) -> dict[str, Any]:
        """Return the packet that a response names. Raises `CodexError` if it is not the one that is printed now."""
        tokens = tokens_of(id_)
        made = self.packet(tokens) if tokens else None
        if made is not None and made["packet"] == id_:
            return made
        request = self._request
        origin = f"--base {request.base}" if request.base is not None else "--patch FILE"
        again = f"`codexc review {origin} --packet {tokens or 4000}`"
        hint = f"print the packet again, with the same options, and respond to the new packet: {again}"
        what = "the change, its base, the rules, the options or codexc itself has changed"
        raise CodexError(f"`{name}` is the response to a different packet: {what}", hint=hint)

    def with_models(self, found: Review, options: "GatewayOptions") -> Review:
        """Add the findings of models that the change supports. If no model is allowed, nothing is sent."""
        from codex.gateway.asking import Asking
        from codex.gateway.question import DeniedError
        from codex.workflow.gateway import Reviewed, gateway_settings, open_gateway
        from codex.workflow.model_review import Asked, ModelReview
        from codex.workflow.model_selection import ask_for_rules

        root = self._revisions.root if self._revisions else self._request.root
        settings = gateway_settings(options, Reviewed(root=root, read=self._reader()))
        sensitivity = self._found.settings.sensitivity
        try:
            gateway = open_gateway(settings, options, "review", sensitivity, optional=("select",))
        except DeniedError as error:
            return with_verdicts(found, (), complete=True, notes=(f"nothing was sent to a model: {error.message}",))
        asked = Asked(
            change=self._change,
            masking=Masking(self._change),
            title=self._found.rules.title,
            day=self._request.day,
            tokens=settings.packet,
        )
        asking, selected = Asking(gateway), self._selection
        reviewing = ModelReview(asking, asked)
        with closing(gateway):
            reviewing.ask(selected.rules)
            further = ask_for_rules(asking, selected, asked)
            selected = with_further_rules(selected, further.reasons)
            reviewing.ask([one for one in selected.rules if one.applied.rule.id in further.reasons])
        result = reviewing.result()
        notes = (*asking.notes(), *result.notes, *further.notes, *asked.masking.notes())
        if settings.tasks.select and not gateway.may_ask("select"):
            notes += ("no rules were selected: the sensitivity class does not allow a model for the task `select`",)
        asked_all, whole = with_selection(found, selected), (REVIEWER,) if result.whole else ()
        return with_verdicts(asked_all, result.findings, complete=result.complete, notes=notes, asked=whole)

    @property
    def maintainers(self) -> tuple[str, ...]:
        """The accounts listed in the settings of the base: their answers on the merge request count."""
        return self._found.settings.maintainers

    @cached_property
    def _origin(self) -> Revisions | None:
        """The base, from which rules and settings come."""
        return Revisions.of(self._request.root, self._request.base) if self._request.base is not None else None

    @property
    def _revisions(self) -> Revisions | None:
        """The change in this checkout, if it is what is reviewed."""
        return self._origin if self._request.remote is None else None

    @cached_property
    def _working_tree(self) -> ListedRepository:
        if self._request.remote is not None:
            return self._request.remote.files
        return open_repository(self._revisions.root if self._revisions else self._request.root)

    @cached_property
    def _patch(self) -> Patch:
        if self._revisions is not None:
            return self._complete(parse_patch(self._revisions.diff()), self._revisions)
        remote = self._request.remote
        if remote is not None:
            return self._complete(parse_patch(remote.diff.decode("utf-8", "replace")), None)
        data = self._request.patch or b""
        if len(data) > MAX_DIFF:
            raise CodexError(f"the patch is larger than {MAX_DIFF:,} bytes", hint="review the patch in parts")
        patch = parse_patch(data.decode("utf-8", "replace"))
        if data.strip() and not (patch.files or patch.commits or patch.submodules or patch.faults):
            hint = "create a patch with `git diff --no-color`, in UTF-8"
            raise CodexError("the input is not a patch: it contains no readable file", hint=hint)
        return patch

    def _complete(self, patch: Patch, revisions: Revisions | None) -> Patch:
        """Add the lines that git does not show: of text that an attribute calls binary, and of files that move."""
        repository = self._working_tree
        binary = [path for path in patch.binary if is_reviewed(path) and path in repository.listing]
        texts = [path for path, data in repository.read(binary).items() if b"\0" not in data[:BINARY_START]]
        moved = [one.path for one in patch.files if _comes_from_outside(one)]
        if not texts and not moved:
            return patch
        whole = {one.path: one for one in self._whole([*texts, *moved], revisions)}
        files = {**{one.path: one for one in patch.files}, **whole}
        return replace(patch, files=tuple(files.values()), binary=tuple(p for p in patch.binary if p not in whole))

    def _whole(self, paths: Sequence[str], revisions: Revisions | None) -> Iterable[ChangedFile]:
        """Return files with all that changes in them; without the other side, every line counts as added."""
        if revisions is not None:
            return parse_patch(revisions.whole_diff(paths)).files
        texts = self._working_tree.read(paths).items()
        return [ChangedFile(path=path, added=_numbered(data.decode("utf-8", "replace"))) for path, data in texts]

    @cached_property
    def _change(self) -> Change:
        commits = self._revisions.commits() if self._revisions else self._patch.commits
        lock = self._found.lock
        moves = self._revisions.moves() if self._revisions and self._request.posted else ()
        return reviewed(self._patch.files, commits, self._patch.binary, own_paths(lock), moves)

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
        revisions = self._origin
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
        change, files, remote = self._change, self._head_files, self._request.remote
        head = Inputs(
            subject=Subject(paths=files.paths, read=files.read, commits=change.commits, change=change.files),
            results=tuple(read_result_file(one) for one in self._request.results),
            located=self._locator.located,
            day=self._request.day,
            commit=remote.head if remote else self._revisions.head if self._revisions else None,
        )
        return Sides.of(head, self._base_subject(), change)

    @cached_property
    def _locator(self) -> Locator:
        root = self._origin.root if self._origin else self._request.root
        return Locator(self._head_files.paths, str(real_path(root)))

    @cached_property
    def _head_files(self) -> HeadFiles:
        repository = RepositoryFiles(self._working_tree, self._found.lock)
        return HeadFiles(self._change, repository, patched=self._origin is not None)

    def _base_subject(self) -> Subject | None:
        revisions = self._origin
        if revisions is None:
            return None

        def read(path: str) -> str | Gap:
            data = revisions.read(revisions.fork, path)
            return Gap(path=path, why="the file cannot be read") if data is None else text_of(path, data)

        own = own_paths(self._found.lock)
        paths = (path for path in revisions.paths(revisions.fork) if path not in own and is_handwritten(path))
        return Subject(paths=tuple(paths), read=read)

    def _weakened(self) -> Iterable[Any]:
        touched = {one.path for one in self._patch.files}
        touched |= {one.old for one in self._patch.files if one.old}
        if self._origin is None or touched.isdisjoint(OWN):
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
        """Yield notes on the parts of the change that were not read."""
        yield from (f"line {fault.line} of the change: {fault.why}" for fault in self._patch.faults[:20])
        if self._origin is None:
            for one in self._patch.files:
                if _comes_from_outside(one) and not one.added:
                    yield f"{one.path} was moved from {one.old}, which is not reviewed; the patch omits its lines"

    def _notes(self) -> Iterable[str]:
        for path in self._patch.submodules:
            yield f"{path} is a submodule: the files in it are not reviewed"
        if self._revisions is None and not (self._patch.files or self._patch.binary or self._patch.submodules):
            yield "the patch does not change any files"
        if self._request.remote is not None:
            yield "commit messages are not read from the forge"
        if self._revisions is not None and (count := self._revisions.untracked()):
            yield f"{counted(count, 'untracked file is', 'untracked files are')} not reviewed"


def _comes_from_outside(one: ChangedFile) -> bool:
    """Return whether a file was moved from a place that is not reviewed to one that is."""
    moved = one.old is not None and one.old != one.path
    return moved and not one.deleted and is_reviewed(one.path) and not is_reviewed(one.old or "")


def _read(file: Path, most: int) -> bytes:
    try:
        return read_file(file, max_bytes=most)
    except OSError as error:
        raise CodexError(f"`{file}` cannot be read: {error.strerror or error}") from error


def _numbered(text: str) -> tuple[tuple[int, str], ...]:
    lines = text.split("\n")
    return tuple(enumerate(lines[:-1] if lines[-1] == "" else lines, start=1))


def _or_none(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except CodexError:
        return None
