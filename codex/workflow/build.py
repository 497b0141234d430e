"""Builds a codex: checks it, plans and emits, validates the output, and writes it atomically."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex.shell.atomic import must_be_replaceable, recover_interrupted, replace_tree, write_file
from codex.shell.locking import locked
from codex.shell.reading import read_file, real_path
from codex.shell.walking import files_below
from codex.workflow.check import CheckResult, check
from codex.workflow.codex_folder import CodexFolder, default_out, schema
from codex.workflow.parsing import Progress
from codex.workflow.report_paths import folder_in_repository
from skills_build.diagnostics import Diagnostic, Severity
from skills_build.emit.committed import MANIFEST, committed
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.bundle import Artifact, Plan
from skills_build.model.codex import Codex
from skills_build.model.config import LintSettings
from skills_build.model.release import Released, ReleaseEntry
from skills_build.source.idlock import dump_id_lock

if TYPE_CHECKING:
    from skills_build.compile.coverage import Coverage

ALWAYS: Final = ("CX060", "CX061", "CX062", "CX601", "CX604", "CX605", "CX110", "CX111", "CX512", "CX513", "CX7")
"""Lints that stop every build: nothing to build, hidden characters, injections, secrets, output that clients refuse."""
_SCHEMAS: Final = {"statements.json": "statements", "manifest.json": "manifest", "changes.json": "changes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """The options of a build.

    `released` is the release that versions continue from, if not the one in the record; `entry` makes the build a
    release itself, whose version is given to all skills and rules that have changed.
    """

    out: Path
    targets: tuple[str, ...] = ()
    force: bool = False
    released: Released | None = None
    entry: ReleaseEntry | None = None
    ignore_errors: bool = False
    """Build in spite of errors, to compare the output and never to write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """The result of a build in memory. Without artifacts, there were errors."""

    checked: CheckResult
    options: BuildOptions
    diagnostics: tuple[Diagnostic, ...]
    output_diagnostics: tuple[Diagnostic, ...] = ()
    """The diagnostics of the output."""
    stopped: tuple[Diagnostic, ...] = ()
    """The diagnostics that stopped the build."""
    plan: Plan | None = None
    codex: Codex | None = None
    coverage: "Coverage | None" = None
    artifacts: tuple[Artifact, ...] = ()
    lock: str = ""
    marketplace: bytes | None = None

    @property
    def place(self) -> CodexFolder:
        """The codex."""
        return self.checked.loaded.place

    @property
    def sources(self) -> Mapping[str, str]:
        """The texts for excerpts."""
        return self.checked.sources

    @property
    def files_outside(self) -> dict[Path, bytes]:
        """Files outside the output folder: the lock of ids, and the marketplace file in the repository's root."""
        files: dict[Path, bytes] = {}
        if self.place.config.declared or self.place.request.lock:
            files[self.place.lock_path] = self.lock.encode()
        if self.marketplace is not None and real_path(self.options.out) == real_path(default_out(self.place.root)):
            files[self.options.out.parent / ".claude-plugin" / "marketplace.json"] = self.marketplace
        return files


def build(
    place: CodexFolder, settings: LintSettings, options: BuildOptions, *, progress: Progress = iter
) -> BuildResult:
    """Build in memory. A build that is stopped has no artifacts.

    In a codex, any error stops a build; in a corpus without a codex.yaml, only what must not reach an agent.
    """
    return build_checked(check(place, settings, progress=progress), settings, options)


def build_checked(checked: CheckResult, settings: LintSettings, options: BuildOptions) -> BuildResult:
    """Build a codex that has been checked, as `build` does."""
    unbuilt = BuildResult(checked=checked, options=options, diagnostics=checked.diagnostics)
    stopped = tuple(d for d in checked.diagnostics if _stops(d, unbuilt.place, options))
    if stopped:
        return replace(unbuilt, stopped=stopped)
    return _emitted(unbuilt, settings)


def _emitted(unbuilt: BuildResult, settings: LintSettings) -> BuildResult:
    from codex.workflow.compile import Stamp, compiled
    from skills_build.emit.plugin import marketplace

    checked, options = unbuilt.checked, unbuilt.options
    stamp = Stamp(targets=options.targets, released=options.released, entry=options.entry)
    made = compiled(checked, settings, stamp)
    diagnostics = (*checked.diagnostics, *made.diagnostics)
    reported = replace(unbuilt, diagnostics=diagnostics, output_diagnostics=made.diagnostics)
    stopped = tuple(d for d in made.diagnostics if _stops(d, unbuilt.place, options))
    if stopped:
        return replace(reported, stopped=stopped)
    _validate(made.files)
    return replace(
        reported,
        plan=made.plan,
        codex=made.codex,
        coverage=made.coverage,
        artifacts=made.files,
        lock=dump_id_lock(made.codex.ids),
        marketplace=marketplace(made.config, _version(made.files)) if made.config.declared else None,
    )


def _version(files: Sequence[Artifact]) -> str:
    """The version of a build, from its manifest."""
    manifest = next(file.data for file in files if file.path == MANIFEST)
    return str(parse_json(manifest)["version"])


def _stops(diagnostic: Diagnostic, place: CodexFolder, options: BuildOptions) -> bool:
    error = diagnostic.severity is Severity.ERROR and not options.ignore_errors
    return error and (place.config.declared or diagnostic.code.startswith(ALWAYS))


def _validate(files: Sequence[Artifact]) -> None:
    """Validate the output against the published schemas; a violation is a bug of codexc."""
    from skills_build.schema import violations

    for artifact in files:
        name = _SCHEMAS.get(artifact.path)
        faults = violations(schema(name), parse_json(artifact.data)) if name else ()
        if faults:
            place = ".".join(str(part) for part in faults[0].key)
            raise RuntimeError(f"{artifact.path} breaks its schema at `{place}`: {faults[0].message}")


def write_build(built: BuildResult) -> tuple[Path, ...]:
    """Write a build; returns the changed files outside the output folder.

    The output folder is replaced last: another run may lock it from then on.
    """
    _refuse_sources(built.options.out, built.place)
    with locked(built.options.out):
        for place in (built.options.out, *built.files_outside):
            recover_interrupted(place)
        refuse_foreign_output(built)
        changed = tuple(path for path, data in built.files_outside.items() if _differs(path, data))
        for path in changed:
            write_file(path, built.files_outside[path], root=_root_of(path, built))
        replace_tree(built.options.out, committed(built.artifacts), force=built.options.force)
    return changed


def refuse_foreign_output(built: BuildResult) -> None:
    """Raise `CodexError` if `write_build` would refuse to replace the output folder, which has files of others."""
    written = (artifact.path for artifact in built.artifacts)
    must_be_replaceable(built.options.out, written, force=built.options.force)


def _root_of(path: Path, built: BuildResult) -> Path:
    """The folder in which no link on the path of a file is followed."""
    out = built.options.out.parent
    return out if path.is_relative_to(out) else path.parent


def _refuse_sources(out: Path, place: CodexFolder) -> None:
    """Refuse to replace a folder that contains the standards, even with `force`."""
    root, output = real_path(place.root), real_path(out)
    inside = f"{output.relative_to(root).as_posix()}/" if output.is_relative_to(root) and output != root else ""
    if root.is_relative_to(output) or (inside and any(path.startswith(inside) for path in place.tree.files)):
        raise CodexError(f"`{out}` contains the standards", hint="choose another directory with `--out`")


def _differs(path: Path, data: bytes) -> bool:
    return not path.is_file() or read_file(path) != data


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDifference:
    """A file before and after a change, such as on disk and in a build; None if it does not exist."""

    path: str
    old: bytes | None
    new: bytes | None


def drift(built: BuildResult) -> tuple[FileDifference, ...]:
    """The differences between a build and the output, lock and marketplace file on disk.

    Git may have converted line ends when it checked the files out, so those of text files do not count.
    """
    out = built.options.out
    new = {a.path: a.data for a in committed(built.artifacts)}
    old = {p.relative_to(out).as_posix(): read_file(p) for p in _files(out)}
    changes = [FileDifference(path=f"{out.name}/{p}", old=old.get(p), new=new.get(p)) for p in sorted({*old, *new})]
    for path, data in built.files_outside.items():
        on_disk = read_file(path) if path.is_file() else None
        changes.append(FileDifference(path=path.name, old=on_disk, new=data))
    return tuple(c for c in changes if _with_lf(c.old) != _with_lf(c.new))


def _with_lf(data: bytes | None) -> bytes | None:
    """The content as git has it after converting CRLF to LF. A file with a NUL byte is binary, as it is to git."""
    return data if data is None or b"\r" not in data or b"\0" in data else data.replace(b"\r\n", b"\n")


def _files(folder: Path) -> Iterator[Path]:
    paths = (folder / name for name in sorted(files_below(folder)))
    return (path for path in paths if path.is_file() or path.is_symlink())


def unified_diff(changes: Sequence[FileDifference]) -> str:
    """Format changes as a unified diff."""
    import difflib

    parts: list[str] = []
    for change in changes:
        old, new = _lines(change.old), _lines(change.new)
        names = ("/dev/null" if change.old is None else f"a/{change.path}", f"b/{change.path}")
        last = "/dev/null" if change.new is None else names[1]
        parts.extend(difflib.unified_diff(old, new, names[0], last))
    return "".join(part if part.endswith("\n") else f"{part}\n\\ No newline at end of file\n" for part in parts)


def codex_diff(root: Path, changes: Sequence[FileDifference]) -> str:
    """Format changes to files of the codex in `root` as a diff that `git apply` takes at the top of the repository."""
    folder = folder_in_repository(root)
    return unified_diff([replace(change, path=f"{folder}{change.path}") for change in changes])


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines(keepends=True)


__all__ = [
    "BuildOptions",
    "BuildResult",
    "CodexError",
    "build",
    "codex_diff",
    "drift",
    "unified_diff",
    "write_build",
]
