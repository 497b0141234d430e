"""Imports a corpus of another dialect: converts it to the canonical format, gives every rule an id, keeps all text."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from codex.shell.tree import read_inside
from codex.workflow.codex_folder import CONFIG, ID_LOCK, CodexFolder, named_dialect, read_lock, schema
from codex.workflow.import_links import Moves, Original, linked_files, new_paths, relinked
from codex.workflow.parsing import resolved
from codex.workflow.unread_dialects import reads_nothing
from skills_build.diagnostics import Finding
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.codex import LockedId
from skills_build.model.config import Config
from skills_build.model.standard import CANONICAL, Standard
from skills_build.source.convert import convert_standard
from skills_build.source.convert_marks import moved_anchors
from skills_build.source.document import Document
from skills_build.source.idlock import dump_id_lock
from skills_build.source.import_ids import new_lock, with_canonical_ids
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import pages_by_permalink
from skills_build.source.slug import slug
from skills_build.vocabulary import known

LARGEST_COPY: Final = 5_000_000
"""Maximum size of an image or other linked file that is copied, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """The documents of a corpus by path, and its standards with the ids that they have there."""

    place: CodexFolder
    documents: Mapping[str, Document]
    standards: Mapping[str, Standard]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """The files of the new codex by path, and the id of each rule now and before (empty if it had none).

    `copied` are the linked files, by new path; `origins` maps the path of each standard to that of its original.
    """

    texts: Mapping[str, str]
    config: str
    lock: tuple[LockedId, ...]
    copied: Mapping[str, bytes]
    ids: tuple[tuple[str, str], ...]
    origins: Mapping[str, str]
    skipped: tuple[str, ...]
    withdrawn: tuple[LockedId, ...]
    rules: Mapping[str, tuple[str, ...]]
    """The ids of the rules of each converted standard, tombstones included."""
    unread: tuple[Finding, ...] = ()
    """Findings about dialects that find nothing; nothing should be written then."""

    @property
    def files(self) -> dict[str, bytes]:
        """All files of the new codex by path."""
        texts = {CONFIG: self.config, **self.texts, ID_LOCK: dump_id_lock(self.lock)}
        return {**self.copied, **{path: text.encode() for path, text in texts.items()}}


def import_corpus(place: CodexFolder, out: Path) -> ImportResult:
    """Convert every standard of a codex in memory. The ids of an earlier import to `out` are kept."""
    corpus = _read(place)
    previous = read_lock(out / ID_LOCK)
    paths = new_paths(corpus.documents)
    placed = [replace(s, path=paths[path]) for path, s in corpus.standards.items()]
    new = dict(zip(corpus.standards, with_canonical_ids(placed, previous), strict=True))
    copies = _copies(corpus, paths)
    moves = new_paths(corpus.documents, copies)
    lock, gone = new_lock(list(new.values()), previous, day=place.request.as_of)
    texts = _converted(corpus, new, moves, gone)
    return ImportResult(
        texts={paths[path]: text for path, text in texts.items()},
        config=_config(corpus, list(new.values()), read_inside(out, CONFIG)),
        lock=lock,
        copied={moves[path]: data for path, data in copies.items()},
        ids=_ids(corpus.standards, new),
        origins={new: old for old, new in paths.items()},
        skipped=corpus.skipped,
        withdrawn=tuple(entry for entry in gone if entry.id in {e.id for e in previous if not e.withdrawn}),
        unread=tuple(reads_nothing(place, list(corpus.standards.values()))),
        rules={paths[path]: _rule_ids(one, gone) for path, one in new.items() if not _is_own(one)},
    )


def _ids(old: Mapping[str, Standard], new: Mapping[str, Standard]) -> tuple[tuple[str, str], ...]:
    """Return the id of each rule now and before."""
    pairs = (pair for path in new for pair in zip(new[path].rules, old[path].rules, strict=True))
    return tuple((now.id, before.id if before.id_written else "") for now, before in pairs)


def _rule_ids(standard: Standard, gone: Sequence[LockedId]) -> tuple[str, ...]:
    buried = (entry.id for entry in gone if entry.file == standard.path)
    return (*(rule.id for rule in standard.rules), *buried)


def _read(place: CodexFolder) -> Corpus:
    documents: dict[str, Document] = {}
    skipped = []
    for path, data in sorted(place.tree.files.items()):
        dialect = place.dialect_of(path)
        if dialect is None:
            continue
        shared = place.references(dialect, path)
        document = parse_standard(
            path, data, dialect, place.config, schema=schema("front-matter"), shared=shared
        ).document
        if document is None:
            skipped.append(path)
        else:
            documents[path] = document
    codex = resolved(place, [d.standard for d in documents.values()])
    standards = {s.path: s for s in codex.standards}
    return Corpus(place=place, documents=documents, standards=standards, skipped=tuple(skipped))


def _original(corpus: Corpus, path: str) -> Original:
    dialect = corpus.place.dialect_of(path)
    assert dialect is not None
    pages = pages_by_permalink(corpus.standards.values())
    return Original(standard=corpus.documents[path].standard, dialect=dialect, pages=pages)


def _copies(corpus: Corpus, imported: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files that standards link to and that are no standards, such as pictures, by path."""
    names = corpus.place.tree.names
    wanted = {
        path
        for source, document in corpus.documents.items()
        for path in linked_files(_original(corpus, source), document.raw, names)
    }
    found = {path: _content(corpus.place.root, path) for path in sorted(wanted - set(imported))}
    return {path: data for path, data in found.items() if data is not None and len(data) <= LARGEST_COPY}


def _content(root: Path, path: str) -> bytes | None:
    try:
        return read_inside(root, path)
    except (CodexError, OSError):
        return None


def _converted(
    corpus: Corpus, new: Mapping[str, Standard], paths: Mapping[str, str], gone: Sequence[LockedId]
) -> dict[str, str]:
    """Return the text of each standard in the canonical format, with links that lead to the new places."""
    texts = {path: _text(corpus.documents[path], new[path], gone) for path in new}
    documents = {path: parse_canonical(paths[path], text) for path, text in texts.items()}
    anchors = {path: moved_anchors(corpus.documents[path], d) for path, d in documents.items() if d}
    moves = Moves(paths=paths, anchors=anchors, names=corpus.place.tree.names)
    return {
        path: texts[path]
        if document is None or _is_own(new[path])
        else relinked(document, _original(corpus, path), moves)
        for path, document in documents.items()
    }


@cache
def parse_canonical(path: str, text: str) -> Document | None:
    """Parse the text of a standard in the canonical format; an import does so once for each text."""
    canonical = named_dialect(CANONICAL, Path())
    return parse_standard(path, text.encode(), canonical, Config(), schema=schema("front-matter")).document


def _is_own(standard: Standard) -> bool:
    return standard.dialect == CANONICAL


def _text(document: Document, standard: Standard, gone: Sequence[LockedId]) -> str:
    if _is_own(standard):
        return document.raw
    foreign = [rule.id for rule in standard.rules if rule.id.rpartition("-")[0] != standard.id]
    notes = (
        ["codexc: allow-file foreign-id-prefix: rules keep their ids when they move to another file"] if foreign else []
    )
    text = convert_standard(document, standard, domain=_domain(standard), notes=notes)
    buried = [entry for entry in gone if entry.file == standard.path]
    return text + "".join(["\n## Withdrawn\n", *map(_tombstone, buried)] if buried else [])


def _tombstone(entry: LockedId) -> str:
    title = entry.title.replace("\n", " ").strip()
    return f"\n### {title} ({entry.id})\n\n**Withdrawn:** {entry.withdrawn}.\n"


def _domain(standard: Standard) -> str:
    return slug(standard.domain, most=48) or "general"


def _config(corpus: Corpus, standards: Sequence[Standard], existing: bytes | None) -> str:
    """Return codex.yaml: the existing one with the domains that it lacks, that of a canonical corpus, or a new one."""
    names = sorted({_domain(standard) for standard in standards})
    if existing is not None:
        return _with_domains(existing.decode("utf-8", "replace"), names)
    config, own = corpus.place.config, read_inside(corpus.place.root, CONFIG)
    if own is not None and all(_is_own(standard) for standard in standards):
        return own.decode("utf-8", "replace")
    rows = [row for name in names for row in _domain_rows(name, config)]
    own_words = sorted({*config.technologies, *_unknown_technologies(standards)})
    words = ["", f"technologies: [{', '.join(map(_yaml, own_words))}]"] if own_words else []
    return "\n".join([f"namespace: {config.namespace}", *(["", "domains:", *rows] if rows else []), *words, ""])


def _unknown_technologies(standards: Sequence[Standard]) -> Iterator[str]:
    """Yield the technologies in the scopes of standards that are not published, such as those of a dialect's tiers."""
    scopes = (scope for one in standards for scope in (one.scope, *(rule.scope for rule in one.rules)))
    yield from (word for scope in scopes for word in scope.technologies if word not in known("technologies"))


def _domain_rows(name: str, config: Config) -> Iterable[str]:
    domain = config.domains.get(name)
    facts = {
        "title": domain.title if domain else name.replace("-", " ").capitalize(),
        "owner": domain.owner if domain else None,
        "description": domain.description if domain else None,
    }
    key = name if name[0].isalpha() else json.dumps(name)
    yield f"  {key}:"
    yield from (f"    {k}: {_yaml(v)}" for k, v in facts.items() if v)


def _yaml(text: str) -> str:
    plain = text.replace(" ", "").isalpha() and text.lower() not in ("true", "false", "null", "yes", "no", "on", "off")
    return text if plain else json.dumps(text, ensure_ascii=False)


def _with_domains(text: str, names: Sequence[str]) -> str:
    from codex.workflow.codex_folder import parsed_config

    declared = parsed_config(text)[0].domains
    rows = [row for name in names if declared and name not in declared for row in _domain_rows(name, Config())]
    lines = text.split("\n")
    place = next((n for n, line in enumerate(lines) if line.rstrip() == "domains:"), None)
    return text if place is None or not rows else "\n".join([*lines[: place + 1], *rows, *lines[place + 1 :]])
