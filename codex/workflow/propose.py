"""Finds manual edits to text that codexc installed in a checkout, and maps them to the standards."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from codex.shell.git_process import run_git, safe_options
from codex.shell.listing import open_repository
from codex.sync.block import OwnedBlock, UnusableFile, find_block
from codex.sync.changeset import ObservedFile
from codex.sync.edit_mapping import InstalledEdit, NotMapped, Proposed, RuleSource, applied
from codex.sync.lock import LOCK, Lock, load_lock
from codex.workflow.build import FileDifference
from codex.workflow.codex_folder import CONFIG, CodexFolder, SourceOptions, open_codex, schema
from codex.workflow.parsing import parse_all
from codex.workflow.report_paths import STANDARDS, folder_in_repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass

_HISTORY: Final = 200
"""Number of commits that are searched for the installed text of a block."""
_AUTHOR: Final = re.compile(r"(?P<name>[^<>\x00-\x1f\x7f]{1,100}) <(?P<mail>[^<>@\s]{1,100}@[^<>@\s]{1,200})>")
_NOBODY: Final = "not.committed.yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """The rules of a codex and where they are; `texts` are the standards by path. `folder` is where they are in a
    checkout of the codex, with a slash at the end, or empty."""

    folder: str
    rules: Mapping[str, RuleSource]
    texts: Mapping[str, str]


def read_standards(checkout: Path, day: str) -> Standards:
    """Read the standards of a codex in a checkout: at its root, or in its folder `standards`.

    Raises `CodexError` if there are none.
    """
    below = not (checkout / CONFIG).is_file() and (checkout / STANDARDS / CONFIG).is_file()
    place = open_codex(SourceOptions(root=checkout / STANDARDS if below else checkout, as_of=day, cache=False))
    standards = standards_of(place)
    if not standards.rules:
        raise CodexError("the codex has no rules", hint="pass a checkout of the codex, or the URL of its repository")
    return standards


def standards_of(place: CodexFolder) -> Standards:
    """Return the standards of an opened codex."""
    rules = {
        rule.id: RuleSource(id=rule.id, path=standard.path, first=rule.span.line, last=rule.end_line)
        for standard in parse_all(place).codex.standards
        for rule in standard.rules
        if rule.tombstone is None
    }
    texts = {path: data.decode("utf-8", "replace") for path, data in place.tree.files.items()}
    return Standards(folder=folder_in_repository(place.root), rules=rules, texts=texts)


def differences(standards: Standards, proposed: Iterable[Proposed]) -> tuple[FileDifference, ...]:
    """Return the standards before and after what is proposed."""
    by_path: dict[str, list[Proposed]] = {}
    for one in proposed:
        by_path.setdefault(one.path, []).append(one)
    return tuple(
        FileDifference(
            path=standards.folder + path,
            old=standards.texts[path].encode(),
            new=applied(standards.texts[path], ones).encode(),
        )
        for path, ones in sorted(by_path.items())
    )


def checkout_edits(root: Path) -> tuple[tuple[InstalledEdit, ...], tuple[NotMapped, ...]]:
    """Return the manual edits to installed text in a checkout, and what cannot be compared."""
    repository = open_repository(root)
    known = repository.read([path for path in (LOCK,) if path in repository.listing])
    if LOCK not in known:
        raise CodexError(f"there is no `{LOCK}` in `{root}`", hint="pass a checkout in which a codex is installed")
    lock = load_lock(known[LOCK], schema=schema("lock"))
    owned = [path for path in (*lock.files, *lock.blocks) if path in repository.listing]
    return edits_of(lock, repository.read(owned), _CheckoutOriginals(root, lock))


class _CheckoutOriginals:
    """What codexc installed, from the history of a checkout."""

    missing: Final = "the clone may be shallow (run `git fetch --unshallow`)"

    def __init__(self, root: Path, lock: Lock) -> None:
        self._root, self._lock = root, lock

    def file(self, path: str) -> str | None:
        """Return the text of an installed file; None if the history does not have it."""
        try:
            return _decoded(run_git(self._root, "cat-file", "blob", self._lock.files[path].blob))
        except CodexError:
            return None

    def block(self, path: str) -> str | None:
        """Return the text of an installed block; None if the history does not have it."""
        try:
            commits = run_git(self._root, "log", f"-{_HISTORY}", "--format=%H", "--", path).decode("ascii", "replace")
            for commit in commits.split():
                found = find_block(run_git(self._root, "cat-file", "blob", f"{commit}:./{path}"))
                if isinstance(found, OwnedBlock) and found.sealed and found.digest == self._lock.blocks[path]:
                    return found.text
        except CodexError:
            return None
        return None


class Originals:
    """What codexc installed, as known texts of files and blocks."""

    missing: Final = "the bundle of the installed version was not found, or the repository's profile has changed"

    def __init__(self, files: Mapping[str, str], blocks: Mapping[str, str]) -> None:
        self._files, self._blocks = files, blocks

    def file(self, path: str) -> str | None:
        """Return the text of an installed file; None if it is not known."""
        return self._files.get(path)

    def block(self, path: str) -> str | None:
        """Return the text of an installed block; None if it is not known."""
        return self._blocks.get(path)


def edits_of(
    lock: Lock, files: Mapping[str, bytes], originals: "_CheckoutOriginals | Originals"
) -> tuple[tuple[InstalledEdit, ...], tuple[NotMapped, ...]]:
    """Return the edits of installed files and blocks, and what cannot be compared."""
    found = [*_file_edits(lock, files, originals), *_block_edits(lock, files, originals)]
    edits = tuple(one for one in found if isinstance(one, InstalledEdit))
    return edits, tuple(one for one in found if isinstance(one, NotMapped))


def _file_edits(
    lock: Lock, files: Mapping[str, bytes], originals: "_CheckoutOriginals | Originals"
) -> Iterator[InstalledEdit | NotMapped]:
    for path, owned in sorted(lock.files.items()):
        data = files.get(path)
        if data is None:
            yield NotMapped(place=path, line=1, reason="the installed file was deleted")
        elif not ObservedFile.file(data).holds(owned.blob):
            if not path.endswith((".md", ".mdc")):
                yield NotMapped(place=path, line=1, reason="only edits to Markdown can be mapped to rules")
                continue
            yield _edit(path, originals.file(path), _decoded(data), 1, originals.missing)


def _block_edits(
    lock: Lock, files: Mapping[str, bytes], originals: "_CheckoutOriginals | Originals"
) -> Iterator[InstalledEdit | NotMapped]:
    for path, digest in sorted(lock.blocks.items()):
        data = files.get(path)
        found = find_block(data) if data is not None else None
        if data is None or found is None:
            yield NotMapped(place=path, line=1, reason="the installed block was removed")
        elif isinstance(found, UnusableFile):
            yield NotMapped(place=path, line=found.line or 1, reason=found.reason)
        elif not (found.sealed and found.digest == digest):
            line = (_decoded(data) or "")[: found.start].count("\n") + 2
            yield _edit(path, originals.block(path), found.text, line, originals.missing)


def _edit(path: str, old: str | None, new: str | None, line: int, missing: str) -> InstalledEdit | NotMapped:
    if new is None:
        return NotMapped(place=path, line=line, reason="the file is not UTF-8")
    if old is None:
        reason = "the installed text was not found: the clone may be shallow (run `git fetch --unshallow`)"
        return NotMapped(place=path, line=line, reason=reason)
    return InstalledEdit(path=path, old=old, new=new, line=line)


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None


class CheckoutAuthors:
    """Who made changes in a checkout, by `git blame`."""

    def __init__(self, root: Path) -> None:
        self._blamed = lru_cache(maxsize=None)(lambda path: tuple(_blame(root, path)))

    def of(self, proposed: Iterable[Proposed]) -> tuple[str, ...]:
        """Return the authors of changes, as `Name <address>`. A change that is not committed has none."""
        rows = (
            row for one in proposed for row in self._blamed(one.place)[one.line - 1 : one.line - 1 + max(one.count, 1)]
        )
        return tuple(dict.fromkeys(row for row in rows if row))


def _blame(root: Path, path: str) -> Iterator[str]:
    """Yield the author of each line of a file; an empty text for a line that is not committed."""
    try:
        options = (word for option in safe_options(root) for word in ("-c", option))
        output = run_git(root, *options, "blame", "--line-porcelain", "--", path).decode("utf-8", "replace")
    except CodexError:
        return
    name = mail = ""
    for line in output.split("\n"):
        if line.startswith("author "):
            name = line.removeprefix("author ")
        elif line.startswith("author-mail "):
            mail = line.removeprefix("author-mail ")
        elif line.startswith("\t"):
            yield author(name, mail) if _NOBODY not in mail else ""


def author(name: str, mail: str) -> str:
    """Return an author as `Name <address>`; empty if it is no valid one, because others write it into commits."""
    text = f"{name.strip()} {mail.strip()}"
    return text if _AUTHOR.fullmatch(text) else ""
