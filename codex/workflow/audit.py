"""Audits a repository on this machine, from its rules file or a bundle."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from codex import __version__
from codex.audit.applied_rule import applied_rules
from codex.audit.audit import Locator, audited_rules, notes_on_results
from codex.audit.inputs import Inputs
from codex.audit.model import Audit
from codex.audit.results.base import LinterResults
from codex.audit.results.registry import read_results
from codex.audit.source_text import read_otherwise
from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths
from codex.profile.model import SUBMODULE
from codex.profile.paths import is_handwritten
from codex.shell.listing import ListedRepository, open_repository
from codex.shell.reading import read_file, real_path
from codex.shell.repository import GitRepository
from codex.sync.facts import applied_profile
from codex.sync.lock import LOCK, Lock
from codex.sync.settings import SETTINGS, Settings
from codex.sync.settings_notes import waiver_notes
from codex.workflow.rules_source import FoundRules, bundle_rules, installed_rules
from codex.workflow.trust import Trust
from skills_build.checks.base import Gap, Subject
from skills_build.counts import counted
from skills_build.emit.registry import RULES
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import Profile

MAX_READ: Final = 256 * 1024 * 1024
"""Maximum total size of the files that one audit reads, in bytes."""
MAX_FILE: Final = 4 * 1024 * 1024
"""Maximum size of one file, in bytes; each check also limits the characters."""

MAX_RESULTS: Final = 256 * 1024 * 1024
"""Maximum size of one results file, in bytes."""
_BINARY_BYTES: Final = 8000
"""Number of bytes that Git examines to decide whether a file is binary (https://git-scm.com/docs/gitattributes,
"diff").
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What to audit: a repository, with a bundle or its own rules file, and results of linters as `TOOL:FILE`."""

    root: Path
    day: str
    bundle: str | None = None
    results: tuple[str, ...] = ()
    settings: Mapping[str, object] | None = None
    """The settings on the forge, if they were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRun:
    """The result of an audit, how the text of a file is read, and whether the repository has a file."""

    audit: Audit
    read: Callable[[str], str | Gap]
    is_file: Callable[[str], bool]


def run_audit(request: AuditRequest, trust: Trust) -> AuditRun:
    """Audit a repository. Raises `CodexError` if there are no rules, or results cannot be read."""
    repository = open_repository(request.root)
    found = repository_rules(request.root, repository, request.bundle, trust, request.day)
    rules = tuple(applied_rules(found.rules.standards))
    files = RepositoryFiles(repository, found.lock)
    locator = Locator(files.paths, str(real_path(request.root)))
    results = tuple(read_result_file(one) for one in request.results)
    commit = _clean_commit(request.root)
    inputs = Inputs(
        subject=Subject(paths=files.paths, read=files.read, settings=request.settings),
        results=results,
        located=locator.located,
        day=request.day,
        commit=commit,
    )
    audited = audited_rules(rules, inputs)
    on_results = notes_on_results(results, rules, locator.unknown)
    audit = Audit(
        codex=found.rules.codex,
        title=found.rules.title,
        codexc=__version__,
        as_of=request.day,
        commit=commit,
        rules=audited,
        notes=(*found.notes, *_waivers(found, request.day), *files.notes, *on_results),
    )
    return AuditRun(audit=audit, read=files.read, is_file=lambda path: path == "." or path in repository.listing)


def _waivers(found: FoundRules, day: str) -> Iterator[str]:
    ids = {rule.id for standard in found.rules.standards for rule in standard.rules}
    return waiver_notes(found.settings, ids, day, found.waiver_days)


def repository_rules(
    root: Path, repository: ListedRepository, bundle: str | None, trust: Trust, day: str
) -> FoundRules:
    """Return the rules of a checkout: from a bundle, or from its rules file."""

    def read(path: str) -> bytes | None:
        return repository.read([path]).get(path) if path in repository.listing else None

    if bundle is None:
        return installed_rules(read, day)
    return bundle_rules(bundle, read, trust, day, lambda settings: detected_profile(repository, settings))


def detected_profile(repository: ListedRepository, settings: Settings) -> Profile:
    """Return the profile by which the rules of a bundle are selected."""
    contents = repository.read(evidence_paths(repository.listing))
    return applied_profile(build_profile(repository.listing, contents), settings)


class RepositoryFiles:
    """The files of a repository that are audited, read when they are needed, each once.

    Generated and vendored files are left out, and so are those that codexc writes.
    """

    def __init__(self, repository: ListedRepository, lock: Lock | None) -> None:
        own = own_paths(lock)
        self._repository = repository
        self._left = MAX_READ
        self._cache: dict[str, str | Gap] = {}
        kept = [path for path, entry in sorted(repository.listing.items()) if entry.regular and path not in own]
        self.paths = tuple(path for path in kept if is_handwritten(path))
        self._left_out = len(kept) - len(self.paths)

    @property
    def notes(self) -> Iterable[str]:
        """What was not read."""
        if self._left_out:
            yield f"left out {counted(self._left_out, 'generated or vendored file')}"
        if self._repository.left_out:
            yield self._repository.left_out
        for path, entry in sorted(self._repository.listing.items()):
            if entry.mode == SUBMODULE:
                yield f"{path} is a submodule: the files in it are not audited"

    def read(self, path: str) -> str | Gap:
        """Return the text of a file, or the reason why it has none."""
        if path not in self._cache:
            self._cache[path] = self._read(path)
        return self._cache[path]

    def _read(self, path: str) -> str | Gap:
        if path not in self._repository.listing:
            return Gap(path=path, why="the file does not exist")
        size = self._repository.listing[path].size
        if size is not None and size > MAX_FILE:
            return Gap(path=path, why=f"the file is larger than {MAX_FILE:,} bytes")
        if size is not None and size > self._left:
            return Gap(path=path, why=f"more than {MAX_READ:,} bytes were read")
        if self._left <= 0:
            return Gap(path=path, why=f"more than {MAX_READ:,} bytes were read")
        data = self._repository.read([path]).get(path)
        if data is None:
            return Gap(path=path, why="the file cannot be read")
        self._left -= len(data)
        return text_of(path, data)


_LFS: Final = b"version https://git-lfs.github.com/spec/"


def text_of(path: str, data: bytes) -> str | Gap:
    """Return the text of a file. Bytes that are not UTF-8 become U+FFFD; a binary file has no text, and neither has one
    that programs read differently.

    The pointer of Git LFS is not the text of its file (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
    """
    if data.startswith(_LFS):
        return Gap(path=path, why="the file is a Git LFS pointer")
    if b"\0" in data[:_BINARY_BYTES]:
        return Gap(path=path, why="the file is binary")
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    why = read_otherwise(path, text)
    return text if why is None else Gap(path=path, why=why)


def own_paths(lock: Lock | None) -> frozenset[str]:
    """Return the files of a repository that codexc writes whole."""
    return frozenset({LOCK, SETTINGS, RULES, *(lock.files if lock else ())})


def read_result_file(argument: str) -> LinterResults:
    """Read an argument `TOOL:FILE`. Raises `CodexError` if the file is missing or not a result of that linter."""
    tool, separator, file = argument.partition(":")
    if not separator or not file:
        raise CodexError(
            f"`--results {argument}` does not contain a file name",
            hint="write the value as `TOOL:FILE`, such as ruff:ruff.json",
        )
    return read_results(tool, result_bytes(file), name=file)


def result_bytes(file: str) -> bytes:
    """Read a file of results. Raises `CodexError` if that fails."""
    try:
        return read_file(Path(file), max_bytes=MAX_RESULTS)
    except OSError as error:
        raise CodexError(f"`{file}` cannot be read: {error.strerror or error}") from error


def _clean_commit(root: Path) -> str | None:
    """Return the commit that is checked out; None if it is not the state of the files."""
    repository = GitRepository.around(root)
    if repository is None:
        return None
    try:
        return None if repository.changed() else repository.head()
    except CodexError:
        return None


def in_states(audit: Audit, states: Sequence[str]) -> Audit:
    """Return an audit with only the rules in these states; all without any."""
    return replace(audit, rules=tuple(rule for rule in audit.rules if rule.state in states)) if states else audit
