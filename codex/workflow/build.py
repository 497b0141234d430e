"""Builds a codex: checks it, plans and emits, validates what was emitted, writes it whole or not at all."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from codex.resources import data_root
from codex.shell.atomic import locked, recover_interrupted, replace_tree, write_file
from codex.workflow.check import CheckResult, check
from codex.workflow.codex_folder import CodexFolder, Progress, limits, schema
from skills_build.diagnostics import Diagnostic, Severity
from skills_build.errors import CodexError
from skills_build.lint.apply_settings import to_diagnostics
from skills_build.lint.base import Context, Stage
from skills_build.lint.run import check_output
from skills_build.model.bundle import Artifact, Output, Plan
from skills_build.model.config import LintSettings
from skills_build.model.release import UNRELEASED, Released, ReleaseEntry
from skills_build.source.idlock import dump_id_lock
from skills_build.source.resolve import disambiguated

ALWAYS: Final = ("CX601", "CX604", "CX605", "CX110", "CX111", "CX512", "CX513", "CX7")
"""What stops every build: hidden characters, injections, secrets, and output that no client would take."""
VALIDATED: Final = {"statements.json": "statements", "manifest.json": "manifest", "changes.json": "changes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What to build and where to.

    `released` is the release that versions continue from, if not the one on record; `entry` makes the build a release
    itself, whose version is given to all that has changed.
    """

    out: Path
    targets: tuple[str, ...] = ()
    force: bool = False
    released: Released | None = None
    entry: ReleaseEntry | None = None
    to_look: bool = False
    """Build in spite of errors, for comparing and never for writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """Everything one build made, before any of it is written. Without artifacts there were errors."""

    place: CodexFolder
    order: BuildOptions
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    of_output: tuple[Diagnostic, ...] = ()
    """What only a build can see: findings about the files it made."""
    stopped: tuple[Diagnostic, ...] = ()
    """What kept the build from making anything."""
    plan: Plan | None = None
    artifacts: tuple[Artifact, ...] = ()
    lock: str = ""
    marketplace: bytes | None = None

    @property
    def beside(self) -> dict[Path, bytes]:
        """Files outside the output folder: the lock of ids and the marketplace file at the repository's root."""
        files: dict[Path, bytes] = {}
        if self.place.config.declared or self.place.request.lock:
            files[self.place.lock_path] = self.lock.encode()
        if self.marketplace is not None and self.order.out.resolve() == default_out(self.place.root).resolve():
            files[self.order.out.parent / ".claude-plugin" / "marketplace.json"] = self.marketplace
        return files


def build(place: CodexFolder, settings: LintSettings, order: BuildOptions, *, progress: Progress = iter) -> BuildResult:
    """Make everything in memory. What stops a build leaves no artifacts.

    Any error does in a codex; in a corpus without a codex.yaml, which others wrote and nobody has adopted yet, only
    what must not reach an agent.
    """
    checked = check(place, settings, progress=progress)
    bare = BuildResult(place=place, order=order, diagnostics=checked.diagnostics, sources=checked.sources)
    stopped = tuple(d for d in checked.diagnostics if _stops(d, place, order))
    if stopped:
        return replace(bare, stopped=stopped)
    return _made(checked, settings, bare)


def _made(checked: CheckResult, settings: LintSettings, bare: BuildResult) -> BuildResult:
    from skills_build.compile.plan import make_plan
    from skills_build.emit.emit import emit
    from skills_build.emit.plugin import marketplace
    from skills_build.emit.registry import with_needed

    place, codex, order = bare.place, disambiguated(checked.loaded.codex), bare.order
    config = replace(place.config, targets=order.targets or with_needed(place.config.targets))
    as_of = place.request.as_of
    made = make_plan(codex, config, as_of=as_of, limits=limits())
    released = order.released or place.released
    version = order.entry.version if order.entry else released.after() if released else UNRELEASED
    files = emit(
        made,
        codex,
        config,
        as_of=as_of,
        version=version,
        templates=templates(),
        released=released,
        entry=order.entry,
    )
    output = Output(
        skills=made.skills,
        fragments=made.fragments,
        artifacts=files,
        limits=limits(),
        files={a.path: a.data for a in files},
    )
    context = Context(config=config, as_of=as_of, limits=limits())
    found = to_diagnostics(
        (*made.findings, *check_output(output, context)), settings, codex.standards, ran=(Stage.OUTPUT,)
    )
    diagnostics = (*checked.diagnostics, *found)
    stopped = tuple(d for d in found if _stops(d, place, order))
    if stopped:
        return replace(bare, diagnostics=diagnostics, of_output=found, stopped=stopped)
    _validate(files)
    return replace(
        bare,
        diagnostics=diagnostics,
        of_output=found,
        plan=made,
        artifacts=files,
        lock=dump_id_lock(codex.ids),
        marketplace=marketplace(config, _version(files)) if config.declared else None,
    )


def _version(files: Sequence[Artifact]) -> str:
    """The version that a build has given itself: that of its manifest."""
    manifest = next(file.data for file in files if file.path == "manifest.json")
    return str(json.loads(manifest)["version"])


def _stops(diagnostic: Diagnostic, place: CodexFolder, order: BuildOptions) -> bool:
    error = diagnostic.severity is Severity.ERROR and not order.to_look
    return error and (place.config.declared or diagnostic.code.startswith(ALWAYS))


def templates() -> dict[str, str]:
    """Every template that ships, by its path below `templates/`."""
    root = data_root("templates")
    return {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in sorted(root.rglob("*.j2"))}


def _validate(files: Sequence[Artifact]) -> None:
    """Check what was made against our own published schemas; a violation is a fault of ours."""
    from skills_build.schema import violations

    for artifact in files:
        name = VALIDATED.get(artifact.path)
        wrong = violations(schema(name), json.loads(artifact.data)) if name else ()
        if wrong:
            place = ".".join(str(part) for part in wrong[0].key)
            raise RuntimeError(f"{artifact.path} breaks its schema at `{place}`: {wrong[0].message}")


def write_build(built: BuildResult) -> tuple[Path, ...]:
    """Write what was built; returns the files beside the output folder that changed."""
    _apart_from_sources(built.order.out, built.place)
    with locked(built.order.out):
        recover_interrupted(built.order.out)
        replace_tree(built.order.out, built.artifacts, force=built.order.force)
        changed = tuple(path for path, data in built.beside.items() if _differs(path, data))
        for path in changed:
            write_file(path, built.beside[path], root=_root_of(path, built))
    return changed


def _root_of(path: Path, built: BuildResult) -> Path:
    """The folder below which a file beside the output is reached through no link."""
    out = built.order.out.parent
    return out if path.is_relative_to(out) else path.parent


def _apart_from_sources(out: Path, place: CodexFolder) -> None:
    """Refuse to replace a folder that holds standards, even by force."""
    root, goal = place.root.resolve(), out.resolve()
    inside = f"{goal.relative_to(root).as_posix()}/" if goal.is_relative_to(root) and goal != root else ""
    if root.is_relative_to(goal) or (inside and any(path.startswith(inside) for path in place.tree.files)):
        raise CodexError(f"`{out}` holds the standards themselves", hint="name another folder with `--out`")


def _differs(path: Path, data: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != data


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDifference:
    """How one file on disk differs from what a build would write; None stands for no file."""

    path: str
    old: bytes | None
    new: bytes | None


def drift(built: BuildResult) -> tuple[FileDifference, ...]:
    """How the output on disk, the lock and the marketplace file differ from this build."""
    out = built.order.out
    new = {a.path: a.data for a in built.artifacts}
    old = {p.relative_to(out).as_posix(): p.read_bytes() for p in _files(out)}
    changes = [FileDifference(path=f"{out.name}/{p}", old=old.get(p), new=new.get(p)) for p in sorted({*old, *new})]
    for path, data in built.beside.items():
        on_disk = path.read_bytes() if path.is_file() else None
        changes.append(FileDifference(path=path.name, old=on_disk, new=data))
    return tuple(c for c in changes if c.old != c.new)


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file() or p.is_symlink()) if folder.is_dir() else iter(())


def unified_diff(changes: Sequence[FileDifference]) -> str:
    """Changes as a unified diff."""
    import difflib

    parts: list[str] = []
    for change in changes:
        old, new = _lines(change.old), _lines(change.new)
        names = ("/dev/null" if change.old is None else f"a/{change.path}", f"b/{change.path}")
        last = "/dev/null" if change.new is None else names[1]
        parts.extend(difflib.unified_diff(old, new, names[0], last))
    return "".join(part if part.endswith("\n") else f"{part}\n\\ No newline at end of file\n" for part in parts)


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines(keepends=True)


def recorded_as_of(out: Path) -> str | None:
    """The day that the output on disk was built for, so that a check does not drift overnight."""
    manifest = read_output_manifest(out)
    day = manifest.get("as_of") if manifest else None
    return day if isinstance(day, str) else None


def read_output_manifest(out: Path) -> dict[str, Any] | None:
    """The manifest of an output folder, or None where there is none that can be read."""
    try:
        data = json.loads((out / "manifest.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def default_out(place_root: Path) -> Path:
    """Where a codex's output goes unless `--out` says otherwise: `dist` beside the folder of standards."""
    return (place_root.parent if place_root.name == "standards" else place_root) / "dist"


__all__ = ["BuildOptions", "BuildResult", "CodexError", "build", "default_out", "drift", "unified_diff", "write_build"]
