"""Finds a codex and reads it: configuration, dialects, lock and standards. Every command on a codex starts here."""

import contextlib
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import field, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal

from codex.limits import BYTES_PER_SETTINGS
from codex.resources import data_root
from codex.shell.reading import decoded, real_path
from codex.shell.tree import SourceTree, read_inside, read_tree, start_inside
from codex.workflow.named_in_config import (
    dialect_file,
    known_lints,
    missing_dialects,
    no_dialect,
    refuse_outside,
    shipped_dialects,
    unknown_names,
)
from codex.workflow.unread_files import second_configurations, unread_texts
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.globs import matches
from skills_build.model.bundle import ClientLimits
from skills_build.model.codex import LockedId
from skills_build.model.config import CONFIG as CONFIG
from skills_build.model.config import Config, DialectUse
from skills_build.model.fleet import FleetSettings
from skills_build.model.release import RECORD, Released
from skills_build.model.standard import CANONICAL
from skills_build.source.configuration import load_config
from skills_build.source.dialect import Dialect, load_dialect
from skills_build.source.idlock import load_id_lock
from skills_build.source.text import excerpt

ID_LOCK: Final = "codex.ids.lock"
CHANGELOG: Final = "CHANGELOG.md"
_LOOKED_AT: Final = 200_000
"""The number of bytes of a file with another suffix in which rules are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """The options of the command line for where a codex is and how to read it."""

    root: Path | None = None
    dialects: tuple[str, ...] = ()
    lock: Path | None = None
    cache: bool = True
    as_of: str = ""
    dated: bool = False
    """Whether `--as-of` set the day, which is today otherwise."""
    cache_as: str = ""
    """A name for the cache instead of the path of the root, for a copy in a temporary folder."""
    known: MutableMapping[str, object] | None = field(default=None, compare=False, repr=False)
    """The results of parsing files in earlier passes over a codex in memory, by their keys in the cache."""


@dataclass(frozen=True, kw_only=True)
class CodexFolder:
    """A codex on disk. `config` has the settings of codex.yaml for the compiler, `fleet` those for fleet commands."""

    root: Path
    config: Config
    fleet: FleetSettings
    dialects: tuple[tuple[Dialect, tuple[str, ...]], ...]
    lock_path: Path
    locked: tuple[LockedId, ...]
    tree: SourceTree
    findings: tuple[Finding, ...]
    request: SourceOptions
    recorded: bytes | Literal["read"] | None = "read"
    """The record of releases to use instead of the one on disk."""
    changelog: str | None = None
    """The changelog that a release continues, instead of the one on disk."""

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The texts of all standards that were read."""
        return {path: excerpt(data) for path, data in self.tree.files.items()}

    @cached_property
    def unread(self) -> Mapping[str, str]:
        """The starts of the texts of the files that would be standards if they had other names."""
        return dict(unread_texts(self.tree.names, lambda path: self.dialect_of(path) is not None, self._start_of))

    @cached_property
    def readme(self) -> str:
        """The start of the README.md of the root if no dialect reads it; empty without one."""
        name = "README.md"
        if name not in self.tree.names or matches(name, self.config.exclude) or self.dialect_of(name) is not None:
            return ""
        return (self._start_of(name) or b"").decode("utf-8", "replace")

    @cached_property
    def second_configurations(self) -> tuple[Finding, ...]:
        """A finding for each file that looks like a second codex.yaml."""
        if not self.config.declared:
            return ()
        names = (name for name in self.tree.names if not matches(name, self.config.exclude))
        return tuple(second_configurations(names, self._start_of))

    def _start_of(self, path: str) -> bytes | None:
        with contextlib.suppress(OSError):
            return start_inside(self.root, self.root / path, _LOOKED_AT)
        return None

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """The texts of all files that findings are about, for excerpts: standards and configuration."""
        own = (use.use for use in self.config.dialects if use.use.endswith(".toml"))
        paths = {**{name: self.root / name for name in (CONFIG, *own)}, self.lock_path.name: self.lock_path}
        data = {name: read_inside(path.parent, path.name) for name, path in paths.items() if path.parent.is_dir()}
        return {**self.texts, **{name: excerpt(content) for name, content in data.items() if content is not None}}

    @cached_property
    def record(self) -> bytes | None:
        """The bytes of the record of releases, if there is one."""
        return read_inside(self.root, RECORD) if self.recorded == "read" else self.recorded

    @cached_property
    def released(self) -> Released | None:
        """The last release, if there is one. Raises `CodexError` if its record is damaged."""
        from skills_build.release.record import load_record

        return load_record(self.record, schema=schema("releases")) if self.record is not None else None

    def dialect_of(self, path: str) -> Dialect | None:
        """The dialect that reads a file; None if the file is not a standard."""
        if path in (CHANGELOG, CONFIG) or matches(path, self.config.exclude):
            return None
        for dialect, paths in self.dialects:
            if (not paths or matches(path, paths)) and hidden_names([path]) <= hidden_names(
                (*dialect.files.include, *paths)
            ):
                included = matches(path, dialect.files.include) and not matches(path, dialect.files.exclude)
                return dialect if included else None
        return None

    def references(self, dialect: Dialect, path: str) -> str:
        """The Markdown with link definitions that a dialect shares with a standard, preprocessed as it is."""
        files = self.tree.files
        folders = (name for row in dialect.links.folders if matches(path, (row.files,)) for name in row.references)
        names = dict.fromkeys((*dialect.links.references, *folders))
        text = "\n".join(files[name].decode("utf-8", "replace") for name in names if name in files)
        if not text or not dialect.preprocess:
            return text
        from skills_build.source.preprocess import preprocess

        return "\n".join(preprocess(text.splitlines(), dialect.preprocess))


_OTHER_NAMES: Final = ("codex.yml", "Codex.yaml", ".codex.yaml", "codex.yaml.txt")
"""Names of files that were meant as the configuration."""


def find_codex_root(start: Path) -> Path:
    """Find the folder of the codex around `start`. Raises `CodexError` if there is none."""
    for folder in (start, *start.parents):
        for candidate in (folder, folder / "standards"):
            if (candidate / CONFIG).is_file():
                return candidate
    hint = "run `codexc init` to create a codex, or pass a directory of standards with `--root` and `--dialect`"
    for name in _OTHER_NAMES:
        found = next((folder / name for folder in (start, start / "standards") if (folder / name).is_file()), None)
        hint = f"rename `{found}` to `{CONFIG}`" if found else hint
    raise CodexError(f"no `{CONFIG}` in `{start}` or its parent directories", hint=hint)


def open_codex(options: SourceOptions) -> CodexFolder:
    """Read configuration, dialects, lock and files, without parsing the files."""
    root = codex_root(options)
    config, fleet, findings = read_config(root)
    if options.dialects:
        config = replace(config, dialects=())
    refuse_outside(config, root)
    uses = tuple(DialectUse(use=name) for name in options.dialects) or config.dialects
    missing = frozenset[str]() if options.dialects else missing_dialects(config, root)
    dialects = tuple(
        (no_dialect(use.use) if use.use in missing else used_dialect(use, root), use.paths) for use in uses
    )
    if not config.declared:
        config = replace(config, namespace=next((d.namespace for d, _ in dialects if d.namespace), config.namespace))
    if not options.dialects:
        dialects = (*dialects, (named_dialect(CANONICAL, root), ()))
    lock_path = options.lock or root / ID_LOCK
    locked, lock_findings = _read_lock(lock_path)
    place = CodexFolder(
        root=root,
        config=replace(config, lint=known_lints(config)),
        fleet=fleet,
        dialects=dialects,
        lock_path=lock_path,
        locked=locked,
        tree=SourceTree(files={}, names=frozenset(), findings=()),
        findings=(
            *findings,
            *lock_findings,
            *unknown_names(config, excerpt(read_inside(root, CONFIG) or b""), missing),
        ),
        request=options,
    )
    hidden = hidden_names(glob for dialect, paths in dialects for glob in (*dialect.files.include, *paths))
    tree = read_tree(root, lambda path: place.dialect_of(path) is not None, limit=config.budgets.file, hidden=hidden)
    complete = _with_references(root, tree, [dialect for dialect, _ in dialects])
    return replace(place, tree=complete, findings=(*place.findings, *tree.findings))


def hidden_names(globs: Iterable[str]) -> frozenset[str]:
    """The names that start with a dot in globs or paths, such as `.cursor`."""
    return frozenset(part for glob in globs for part in glob.split("/") if part.startswith(".") and part.strip("."))


def used_dialect(use: DialectUse, root: Path) -> Dialect:
    """The dialect that codex.yaml or the command line names, with the level that is set there."""
    dialect = named_dialect(use.use, root)
    if not use.level:
        return dialect
    return replace(dialect, level=replace(dialect.level, default=use.level), digest=f"{dialect.digest}{use.level}")


def codex_root(options: SourceOptions) -> Path:
    """Return the folder of the codex that the options specify, or of the one around the working directory."""
    if options.root is None:
        return find_codex_root(Path.cwd())
    if not options.root.is_dir():
        raise CodexError(f"`{options.root}` is not a folder", hint="set the standards directory with `--root`")
    inside = options.root / "standards"
    if not (options.root / CONFIG).is_file() and (inside / CONFIG).is_file():
        return inside
    return options.root


def read_config(root: Path) -> tuple[Config, FleetSettings, tuple[Finding, ...]]:
    """Read the codex.yaml in `root`, for the compiler and for the fleet commands; all defaults where there is none.

    Raises `CodexError` where the file cannot be read.
    """
    path = root / CONFIG
    try:
        data = read_inside(root, CONFIG, max_bytes=BYTES_PER_SETTINGS)
    except OSError as error:
        raise CodexError(f"`{path}` cannot be read: {error.strerror}") from error
    if data is None:
        return Config(namespace=_namespace(root)), FleetSettings(), ()
    return parsed_config(decoded(data, path).removeprefix("\ufeff"))


@lru_cache(maxsize=4)
def parsed_config(text: str) -> tuple[Config, FleetSettings, tuple[Finding, ...]]:
    """Parse the text of a codex.yaml once in a run, for the codex and for its trust."""
    return load_config(text, path=CONFIG, schema=schema("codex"))


def _namespace(root: Path) -> str:
    from skills_build.source.slug import slug

    return slug(real_path(root).name, most=24) or "codex"


def read_lock(path: Path) -> tuple[LockedId, ...]:
    """The ids of a lock; none if there is no such file. Raises `CodexError` if it cannot be read."""
    locked, findings = _read_lock(path)
    if findings:
        raise CodexError(f"`{path}`: {findings[0].message}", hint=findings[0].help)
    return locked


def _read_lock(path: Path) -> tuple[tuple[LockedId, ...], tuple[Finding, ...]]:
    data = read_inside(path.parent, path.name)
    if data is None:
        return (), ()
    return load_id_lock(data.decode("utf-8", "replace"), path=path.name, schema=schema("ids-lock"))


def _with_references(root: Path, tree: SourceTree, dialects: Iterable[Dialect]) -> SourceTree:
    """Add the files whose link definitions a dialect shares with all standards."""
    rules = [dialect.links for dialect in dialects]
    references = {path for one in rules for path in one.references}
    references |= {path for one in rules for row in one.folders for path in row.references}
    texts = {path: read_inside(root, path) or b"" for path in sorted(references & tree.names) if path not in tree.files}
    return replace(tree, files={**tree.files, **texts}) if texts else tree


@cache
def schema(name: str) -> str:
    """The text of a published JSON Schema."""
    return (data_root("validators") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")


def named_dialect(name: str, root: Path) -> Dialect:
    """A bundled dialect, or one in a TOML file relative to the working directory or the codex."""
    path = dialect_file(name, root)
    if path is None:
        names = ", ".join(f"`{one}`" for one in shipped_dialects())
        raise CodexError(f"no dialect `{name}`", hint=f"use a TOML file, or one of {names}")
    text = (read_inside(path.parent, path.name, max_bytes=BYTES_PER_SETTINGS) or b"").decode("utf-8", "replace")
    return load_dialect(text, name=path.stem, schema=schema("dialect"))


def limits() -> tuple[ClientLimits, ...]:
    """The limits of each client, from the bundled table."""
    from skills_build.model.limits import load_limits

    return load_limits((data_root("validators") / "clients.toml").read_text(encoding="utf-8"))


def default_out(place_root: Path) -> Path:
    """The output folder without `--out`: `dist` next to the folder of standards."""
    return (place_root.parent if place_root.name == "standards" else place_root) / "dist"


def bundles_of(place: CodexFolder, chosen: Path | None = None) -> Path:
    """Return the folder of bundles."""
    return chosen or default_out(place.root).parent / "build" / "bundles"
