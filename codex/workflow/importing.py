"""Imports a corpus of another dialect: converts it to the canonical format, gives every rule an id, keeps all text."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codex.shell.atomic import write_file
from codex.workflow.codex_folder import CONFIG, ID_LOCK, CodexFolder, named_dialect, resolved, schema
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.config import Config
from skills_build.model.standard import LockedId, Standard
from skills_build.source.convert import convert_standard, moved_anchors, relinked, with_canonical_ids
from skills_build.source.document import Document
from skills_build.source.idlock import dump_id_lock
from skills_build.source.parse import parse_standard
from skills_build.source.resolve import resolve
from skills_build.source.slug import slug


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """The files of the new codex by path, and the id of each rule now and before (empty if it had none)."""

    files: Mapping[str, str]
    ids: tuple[tuple[str, str], ...]
    standards: int
    skipped: tuple[str, ...]


def import_corpus(place: CodexFolder) -> ImportResult:
    """Convert every standard of a codex in memory. Files that cannot be read are listed as skipped."""
    front_matter_schema = schema("front-matter")
    documents: dict[str, Document] = {}
    skipped = []
    for path, data in sorted(place.tree.files.items()):
        dialect = place.dialect_of(path)
        if dialect is None:
            continue
        document = parse_standard(path, data, dialect, place.config, schema=front_matter_schema).document
        if document is None:
            skipped.append(path)
        else:
            documents[path] = document
    old = {s.path: s for s in resolved(place, [d.standard for d in documents.values()]).standards}
    new = {s.path: s for s in with_canonical_ids(_distinct(list(old.values())))}
    texts = _converted(documents, new, front_matter_schema)
    ids = tuple(
        (now.id, before.id if before.id_written else "")
        for path in new
        for now, before in zip(new[path].rules, old[path].rules, strict=True)
    )
    files = {CONFIG: _config(place, list(new.values())), **texts, ID_LOCK: _lock(list(new.values()))}
    return ImportResult(files=files, ids=ids, standards=len(new), skipped=tuple(skipped))


def _distinct(standards: Sequence[Standard]) -> list[Standard]:
    """Standards with distinct ids: if two share one, the later gets a suffix."""
    seen: set[str] = set()
    result = []
    for standard in standards:
        id_, number = standard.id, 1
        while id_ in seen:
            number += 1
            id_ = f"{standard.id}-{number}X"
        seen.add(id_)
        result.append(replace(standard, id=id_))
    return result


def _converted(
    documents: Mapping[str, Document], new: Mapping[str, Standard], front_matter_schema: str
) -> dict[str, str]:
    canonical = named_dialect("canonical", Path())
    texts = {p: convert_standard(d, new[p], domain=_domain(new[p])) for p, d in documents.items()}
    reparsed = {
        p: parse_standard(p, t.encode(), canonical, Config(), schema=front_matter_schema).document
        for p, t in texts.items()
    }
    moved = {p: moved_anchors(documents[p].standard, d.standard) for p, d in reparsed.items() if d}
    return {p: relinked(d, moved) if d else texts[p] for p, d in reparsed.items()}


def _domain(standard: Standard) -> str:
    return slug(standard.domain, most=48) or "general"


def _config(place: CodexFolder, standards: Sequence[Standard]) -> str:
    names = sorted({_domain(standard) for standard in standards})
    rows = "".join(f"  {name}:\n    title: {name.replace('-', ' ').capitalize()}\n" for name in names)
    return f"namespace: {place.config.namespace}\n\ndomains:\n{rows}"


def _lock(standards: Sequence[Standard]) -> str:
    """The lock of the new codex: new ids, and the former names of rules as slugs."""
    codex = resolve([replace(s, rules=tuple(replace(r, id_written=True) for r in s.rules)) for s in standards])
    slugs = {rule.id: rule.slug for standard in standards for rule in standard.rules if rule.slug}
    entries: list[LockedId] = []
    taken: set[str] = set()
    for entry in codex.ids:
        former_slug = slugs.get(entry.id, entry.slug)
        entries.append(replace(entry, slug=former_slug if former_slug not in taken else entry.slug))
        taken.add(entries[-1].slug)
    return dump_id_lock(entries)


def write_import(result: ImportResult, out: Path) -> None:
    """Write the new codex. Raises `CodexError` if one of its files exists already."""
    existing = [path for path in result.files if os.path.lexists(out / path)]
    if existing:
        names = ", ".join(f"`{path}`" for path in existing[:3])
        raise CodexError(f"{names} exist already in `{out}`", hint="use an empty folder with `--out`")
    for path, text in result.files.items():
        write_file(out / path, text.encode(), root=out)


__all__ = ["ImportResult", "import_corpus", "write_import"]
