"""Finds a codex and reads it: configuration, dialects, lock and standards. Every command on a codex starts here."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal

from codex.resources import data_root
from codex.shell.cache import ParseCache, cache_folder, compiler_digest, key
from codex.shell.reading import decoded, real_path
from codex.shell.tree import SourceTree, read_inside, read_tree, start_inside
from codex.workflow.unread_dialects import reads_nothing
from codex.workflow.unread_files import unread_files
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.globs import matches, unmatched
from skills_build.model.bundle import ClientLimits
from skills_build.model.config import CONFIG as CONFIG
from skills_build.model.config import Config, DialectUse
from skills_build.model.fleet import FleetSettings
from skills_build.model.release import RECORD, Released
from skills_build.model.standard import CANONICAL, Codex, LockedId, Standard
from skills_build.source.configuration import load_config, unknown_priority, unmatched_globs
from skills_build.source.dialect import Dialect, load_dialect
from skills_build.source.dialect_faults import unmatched_in_dialect
from skills_build.source.glob_findings import selects_sources
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
    """A name for the cache instead of the root's path, for a copy in a temporary folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """The result of parsing one file, as it is cached. A file that cannot be read has no standard."""

    standard: Standard | None
    findings: tuple[Finding, ...]


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


@dataclass(frozen=True, kw_only=True)
class ParsedCodex:
    """A codex after parsing and resolving ids, with all findings so far."""

    place: CodexFolder
    codex: Codex
    findings: tuple[Finding, ...]
    cached: int = 0
    read: int = field(default=0)


def find_codex_root(start: Path) -> Path:
    """Find the folder of the codex around `start`. Raises `CodexError` if there is none."""
    for folder in (start, *start.parents):
        for candidate in (folder, folder / "standards"):
            if (candidate / CONFIG).is_file():
                return candidate
    hint = "run `codexc init` to create one, or pass a directory of standards with `--root` and `--dialect`"
    raise CodexError(f"no `{CONFIG}` in `{start}` or above it", hint=hint)


def open_codex(options: SourceOptions) -> CodexFolder:
    """Read configuration, dialects, lock and files, without parsing the files."""
    root = codex_root(options)
    config, fleet, findings = read_config(root)
    if options.dialects:
        config = replace(config, dialects=())
    uses = tuple(DialectUse(use=name) for name in options.dialects) or config.dialects
    dialects = tuple((used_dialect(use, root), use.paths) for use in uses)
    if not config.declared:
        config = replace(config, namespace=next((d.namespace for d, _ in dialects if d.namespace), config.namespace))
    if not options.dialects:
        dialects = (*dialects, (named_dialect(CANONICAL, root), ()))
    lock_path = options.lock or root / ID_LOCK
    locked, lock_findings = _read_lock(lock_path)
    place = CodexFolder(
        root=root,
        config=config,
        fleet=fleet,
        dialects=dialects,
        lock_path=lock_path,
        locked=locked,
        tree=SourceTree(files={}, names=frozenset(), findings=()),
        findings=(*findings, *lock_findings),
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
        raise CodexError(f"`{options.root}` is not a folder", hint="set the folder of the standards with `--root`")
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
        data = read_inside(root, CONFIG)
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
    shipped = data_root("templates") / "dialects" / f"{name}.toml"
    candidates = [Path(name), root / name] if name.endswith(".toml") or "/" in name else [shipped]
    path = next((p for p in candidates if p.is_file()), None)
    if path is None:
        names = ", ".join(f"`{p.stem}`" for p in sorted((data_root("templates") / "dialects").glob("*.toml")))
        raise CodexError(f"no dialect `{name}`", hint=f"use a TOML file, or one of {names}")
    text = (read_inside(path.parent, path.name) or b"").decode("utf-8", "replace")
    return load_dialect(text, name=path.stem, schema=schema("dialect"))


def limits() -> tuple[ClientLimits, ...]:
    """The limits of each client, from the bundled table."""
    from skills_build.model.limits import load_limits

    return load_limits((data_root("validators") / "clients.toml").read_text(encoding="utf-8"))


Progress = Callable[[Sequence[str]], Iterable[str]]
"""Wraps a sequence of paths to show the progress of a loop over it."""


def parse_all(place: CodexFolder, *, progress: Progress = iter) -> ParsedCodex:
    """Parse and lint every file that is not in the cache, and resolve all ids."""
    cache: ParseCache[ParsedFile] = ParseCache(
        cache_folder() if place.request.cache else None, _cache_name(place), ParsedFile
    )
    reader = _Reader(place, cache)
    paths = [path for path in sorted(place.tree.files) if place.dialect_of(path) is not None]
    parsed = [reader.parsed(path) for path in progress(paths)]
    cache.save()
    standards = [p.standard for p in parsed if p.standard is not None]
    codex = resolved(place, standards)
    own = (*_unmatched(place), *_unread(place), *reads_nothing(place, standards), *_unknown_priority(place, codex))
    findings = (*place.findings, *own, *(f for p in parsed for f in p.findings))
    return ParsedCodex(place=place, codex=codex, findings=findings, cached=cache.hits, read=len(paths))


def _unknown_priority(place: CodexFolder, codex: Codex) -> tuple[Finding, ...]:
    """The findings for ids in `priority` of codex.yaml that no rule has, now or before."""
    known = {rule.id for standard in codex.standards for rule in standard.rules} | {entry.id for entry in codex.locked}
    if all(id_ in known for id_ in place.config.priority):
        return ()
    return unknown_priority(place.sources[CONFIG], known, path=CONFIG)


def _unmatched(place: CodexFolder) -> Iterator[Finding]:
    """Yield a finding for each glob of codex.yaml and of the codex's own dialects that matches none of its files."""
    config = place.config
    lint_paths = filter(selects_sources, config.lint.per_path)
    globs = (*config.exclude, *(glob for use in config.dialects for glob in use.paths), *lint_paths)
    if unmatched(globs, place.tree.names):
        yield from unmatched_globs(place.sources.get(CONFIG, ""), place.tree.names, path=CONFIG)
    for use in config.dialects:
        if use.use.endswith(".toml") and use.use in place.sources:
            yield from unmatched_in_dialect(place.sources[use.use], place.tree.names, path=use.use)


def _unread(place: CodexFolder) -> Iterator[Finding]:
    """Yield a finding for each file that would be a standard with another suffix."""

    def start_of(path: str) -> bytes | None:
        with contextlib.suppress(OSError):
            return start_inside(place.root, place.root / path, _LOOKED_AT)
        return None

    yield from unread_files(place.tree.names, lambda path: place.dialect_of(path) is not None, start_of)


def resolved(place: CodexFolder, standards: Iterable[Standard]) -> Codex:
    """The standards with their ids resolved against the lock."""
    from codex.workflow.linked_files import linked_hidden_files
    from skills_build.source.resolve import resolve

    forms = {dialect.name: dialect.id.form for dialect, _ in place.dialects}
    read = tuple(standards)
    files = place.tree.names | linked_hidden_files(place.root, read)
    return resolve(read, locked=place.locked, files=files, forms=forms, texts=place.texts)


def _cache_name(place: CodexFolder) -> str:
    return f"parsed-{key(place.request.cache_as or str(real_path(place.root)))[:16]}"


class _Reader:
    """Parses files, or takes their results from the cache."""

    def __init__(self, place: CodexFolder, cache: ParseCache[ParsedFile]) -> None:
        self._place = place
        self._cache = cache
        self._stamp = key(compiler_digest(), repr(replace_volatile(place.config)), place.request.as_of)
        self._schema = schema("front-matter")
        self._check_schema = schema("check")

    def parsed(self, path: str) -> ParsedFile:
        """The result of parsing a file."""
        dialect = self._place.dialect_of(path)
        assert dialect is not None
        data = self._place.tree.files[path]
        references = self._place.references(dialect, path)
        entry = key(self._stamp, path, dialect.digest, references, data)
        cached = self._cache.get(entry)
        if cached is None:
            cached = self._parse(path, data, dialect, references)
            self._cache.put(entry, cached)
        return cached

    def _parse(self, path: str, data: bytes, dialect: Dialect, references: str) -> ParsedFile:
        from skills_build.lint.base import Context
        from skills_build.lint.run import check_document, mark_foreign_code
        from skills_build.source.parse import parse_standard

        config = self._place.config
        reading = parse_standard(path, data, dialect, config, schema=self._schema, shared=references)
        if reading.document is None:
            return ParsedFile(standard=None, findings=reading.findings)
        context = Context(config=config, as_of=self._place.request.as_of, check_schema=self._check_schema)
        findings = check_document(reading.document, context)
        return ParsedFile(
            standard=reading.document.standard,
            findings=(*mark_foreign_code(reading.findings, reading.document), *findings),
        )


def replace_volatile(config: Config) -> Config:
    """The configuration without settings that no parsed file depends on, so that changing them keeps the cache."""
    from skills_build.model.config import LintSettings

    return replace(config, lint=LintSettings(), skills={}, profiles={}, targets=(), priority=())
