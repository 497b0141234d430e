"""Parses all standards of a codex, and keeps the result of each file until it or its settings change."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace

from codex.shell.cache import ParseCache, cache_folder, compiler_digest, key
from codex.shell.reading import real_path
from codex.workflow.codex_folder import CodexFolder, schema
from codex.workflow.named_in_config import names_nothing
from codex.workflow.unread_dialects import reads_nothing
from codex.workflow.unread_files import rules_in_readme, unread_files
from skills_build.diagnostics import Finding
from skills_build.frozen import dataclass
from skills_build.globs import unmatched
from skills_build.model.codex import Codex
from skills_build.model.config import CONFIG, Config
from skills_build.model.standard import Standard
from skills_build.source.configuration import unmatched_globs
from skills_build.source.dialect import Dialect
from skills_build.source.dialect_faults import unmatched_in_dialect
from skills_build.source.glob_findings import selects_sources

Progress = Callable[[Sequence[str]], Iterable[str]]
"""Wraps a sequence of paths to show the progress of a loop over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """The result of parsing one file, as it is cached. A file that cannot be read has no standard."""

    standard: Standard | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class ParsedCodex:
    """A codex after parsing and resolving ids, with all findings so far."""

    place: CodexFolder
    codex: Codex
    findings: tuple[Finding, ...]
    cached: int = 0
    read: int = field(default=0)


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
    own = (
        *_unmatched(place),
        *unread_files(place.unread),
        *_in_readme(place, codex),
        *place.second_configurations,
        *reads_nothing(place, standards),
        *names_nothing(place.config, place.fleet, place.sources.get(CONFIG, ""), codex),
    )
    findings = (*place.findings, *own, *(f for p in parsed for f in p.findings))
    return ParsedCodex(place=place, codex=codex, findings=findings, cached=cache.hits, read=len(paths))


def _in_readme(place: CodexFolder, codex: Codex) -> Iterator[Finding]:
    """Yield the findings about the README.md of the root of a codex that has a configuration."""
    if place.config.declared and place.readme:
        known = {entry.id for entry in (*codex.ids, *codex.locked)}
        yield from rules_in_readme(place.readme, known | {rule.id for s in codex.standards for rule in s.rules})


def _unmatched(place: CodexFolder) -> Iterator[Finding]:
    """Yield a finding for each glob of codex.yaml and of the codex's own dialects that matches none of its files."""
    config = place.config
    lint_paths = filter(selects_sources, config.lint.per_path)
    globs = (*config.exclude, *(glob for use in config.dialects for glob in use.paths), *lint_paths)
    nothing_read = config.exclude and not any(place.dialect_of(path) for path in place.tree.files)
    if nothing_read or unmatched(globs, place.tree.names):
        yield from unmatched_globs(place.sources.get(CONFIG, ""), place.tree.names, path=CONFIG)
    for use in config.dialects:
        if use.use.endswith(".toml") and use.use in place.sources:
            yield from unmatched_in_dialect(place.sources[use.use], place.tree.names, path=use.use)


def resolved(place: CodexFolder, standards: Iterable[Standard]) -> Codex:
    """The standards with their ids resolved against the lock."""
    from codex.workflow.linked_files import linked_hidden_files, origin_files
    from skills_build.source.resolve import resolve

    forms = {dialect.name: dialect.id.form for dialect, _ in place.dialects}
    read = tuple(standards)
    files = place.tree.names | linked_hidden_files(place.root, read) | origin_files(place.root, read)
    return resolve(read, locked=place.locked, files=files, forms=forms, texts={**place.texts, **place.unread})


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
        known = self._place.request.known
        cached = known.get(entry) if known is not None else self._cache.get(entry)
        if isinstance(cached, ParsedFile):
            return cached
        new = self._parse(path, data, dialect, references)
        if known is None:
            self._cache.put(entry, new)
        else:
            known[entry] = new
        return new

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

    return replace(config, lint=LintSettings(), skills={}, profiles={}, targets=(), priority=(), whole=())
