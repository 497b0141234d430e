"""Reads prose documents for drafts, and compares the demands in them with the rules that exist."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from codex.distill.compaction import Compaction
from codex.distill.compare import Relation, overlap, relations
from codex.distill.page import DraftPage, DraftRule, one_line, page_text, stated_id, statement
from codex.distill.sentences import Demand, LeftOut, Reading
from codex.shell.reading import read_file, real_path
from codex.shell.repository import GitRepository
from codex.workflow.codex_folder import CodexFolder
from codex.workflow.importing import parse_canonical
from skills_build.characters import visible
from skills_build.errors import CodexError
from skills_build.model.codex import Codex
from skills_build.model.standard import Standard
from skills_build.source.candidates import visible_text
from skills_build.source.document import Document
from skills_build.source.origins import written_path
from skills_build.source.text import decode

_SAME: Final = 0.4
"""Minimum share of common words for accepting a model's claim that a rule already exists."""


def read_prose(place: CodexFolder, file: Path) -> tuple[Document, str]:
    """Return a document, and how it is cited: its path in the repository of the codex, otherwise its name.

    Raises `CodexError` if it cannot be read or cited.
    """
    cited = _cited_as(place, file)
    return _document(place, file), cited


def committed_origin(place: CodexFolder, file: Path, draft: Path) -> str:
    """Return the path of a document from the file of a draft; empty unless the repository of the codex contains it."""
    repository = GitRepository.around(place.root)
    if repository is None or not real_path(file).is_relative_to(real_path(repository.root)):
        return ""
    if repository.head() is None or repository.read("HEAD", _cited_as(place, file)) is None:
        return ""
    return written_path(Path(os.path.relpath(real_path(file), real_path(draft.parent))).as_posix())


def already_there(page: DraftPage, inside: str, codex: Codex, day: str) -> list[Relation]:
    """Return the demands that exist as rules; `draft` is the number of the demand. `inside` is the path of the page."""
    return [*_cited(page, codex), *_covered(page, inside, codex, day), *_named(page, codex, same=True)]


def contradictions(page: DraftPage, inside: str, codex: Codex, day: str) -> tuple[Relation, ...]:
    """Return the existing rules that the rules of a page may contradict."""
    if not page.rules:
        return ()
    found = relations(codex, parsed_draft(inside, page_text(page)), day).contradictions
    return (*found, *_named(page, codex, same=False))


def _covered(page: DraftPage, inside: str, codex: Codex, day: str) -> Iterator[Relation]:
    """Yield the demands of which an existing rule has nearly the same words."""
    if not page.rules:
        return
    numbers = {rule.id: str(rule.demand.number) for rule in page.rules}
    words = replace(page, rules=tuple(replace(rule, compaction=None) for rule in page.rules))
    for one in relations(codex, parsed_draft(inside, page_text(words)), day).covered:
        if one.draft in numbers:
            yield replace(one, draft=numbers[one.draft])


def draft_rules(id_: str, demands: Sequence[Demand], short: Mapping[int, Compaction]) -> Iterator[DraftRule]:
    """Yield a rule for each demand, with its compaction if there is one."""
    for demand in demands:
        yield DraftRule(id=f"{id_}-{demand.number}", demand=demand, compaction=short.get(demand.number))


def _named(page: DraftPage, codex: Codex, *, same: bool) -> Iterator[Relation]:
    """Yield a model's claims about existing rules. A claim that a rule already exists only counts if their words are
    similar.
    """
    existing = {rule.id: rule for standard in codex.standards for rule in standard.rules}
    for rule in page.rules:
        name = (rule.compaction.same_as if same else rule.compaction.contradicts) if rule.compaction else ""
        other = existing.get(name)
        if other is None or (same and overlap(statement(rule.demand), other.statement) < _SAME):
            continue
        draft = str(rule.demand.number) if same else rule.id
        yield Relation(draft=draft, existing=other.id, statement=other.statement, why="according to the model")


def _cited(page: DraftPage, codex: Codex) -> Iterator[Relation]:
    """Yield the demands that end in the id of an existing rule: they cite it."""
    existing = {rule.id: rule for standard in codex.standards for rule in standard.rules}
    for rule in page.rules:
        other = existing.get(stated_id(rule.demand))
        if other is not None:
            number = str(rule.demand.number)
            yield Relation(draft=number, existing=other.id, statement=other.statement, why="the sentence cites this id")


def parsed_draft(path: str, text: str) -> Standard:
    """Return the standard that a draft is read as."""
    document = parse_canonical(path, text)
    if document is None:
        raise CodexError(f"the draft `{path}` cannot be read", hint="report this as a bug, and attach the document")
    return document.standard


def writable(path: str, page: DraftPage, reading: Reading) -> tuple[DraftPage, Reading]:
    """Leave out demands that are not parsed as the intended rules, and list them."""
    if not page.rules:
        return page, reading
    read = Counter((rule.id, rule.level) for rule in parsed_draft(path, page_text(page)).rules)
    lost = [rule.demand for rule in page.rules if read[rule.id, rule.demand.level] != 1]
    why = "the sentence cannot become a rule: write it as plain text, in one paragraph"
    left_out = tuple(LeftOut(line=one.span.line, text=one_line(one.quote)[:160], why=why) for one in lost)
    page = replace(page, rules=tuple(rule for rule in page.rules if rule.demand not in lost))
    if page.rules and len(parsed_draft(path, page_text(page)).rules) != len(page.rules):
        raise CodexError(f"the draft of `{page.source}` would be read as different rules", hint="report this as a bug")
    return page, replace(reading, left_out=(*reading.left_out, *left_out))


def _document(place: CodexFolder, file: Path) -> Document:
    try:
        data = read_file(file, max_bytes=place.config.budgets.file)
    except OSError as error:
        raise CodexError(f"`{file}` cannot be read: {error.strerror or error}") from error
    text, findings = decode(file.name, data, limit=place.config.budgets.file)
    document = parse_canonical(file.name, text) if text is not None else None
    if document is None or text is None:
        message = findings[0].message if findings else "the file is not Markdown"
        raise CodexError(f"`{file}` cannot be read: {message}")
    return document


def title_of(document: Document) -> str:
    """Return the first heading of a document, empty without one."""
    heading = next((block for block in document.walk() if block.kind == "heading" and block.inline), None)
    return visible_text(heading.inline.text) if heading and heading.inline else ""


def _cited_as(place: CodexFolder, file: Path) -> str:
    """Return how a document is cited: its path in the repository of the codex, otherwise its name."""
    repository = GitRepository.around(place.root)
    top = repository.root if repository else place.root
    real = real_path(file)
    name = real.relative_to(real_path(top)).as_posix() if real.is_relative_to(real_path(top)) else file.name
    if not name.isprintable():
        hint = "rename the file: its name contains control characters, line breaks or hidden characters"
        raise CodexError(f"a draft cannot cite the file name `{visible(name)}`", hint=hint)
    return name
