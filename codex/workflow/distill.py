"""Drafts standards from prose documents: reads their demands, has models shorten them, and keeps what is proven."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from codex.distill.compaction import Compaction, Refusal
from codex.distill.compare import Relation, overlap, relations
from codex.distill.draft import Distilled, Draft
from codex.distill.page import DraftPage, DraftRule, one_line, page_text, stated_id, statement
from codex.distill.sentences import Demand, LeftOut, Reading, read_document
from codex.shell.reading import read_file, real_path
from codex.shell.repository import GitRepository
from codex.workflow.codex_folder import CodexFolder, ParsedCodex, parse_all
from codex.workflow.distill_models import Shortening
from codex.workflow.importing import parse_canonical
from codex.workflow.scaffold import require_new_id, standard_path, suggested_id, write_all
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.standard import Codex, Standard
from skills_build.source.candidates import visible_text
from skills_build.source.document import Document
from skills_build.source.slug import slug
from skills_build.source.text import decode

_SAME: Final = 0.4
"""The share of words from which a program believes a model that a rule exists already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillRequest:
    """What to draft: documents, and the directory, domain and (for one document) id of the drafts."""

    files: tuple[Path, ...]
    out: Path
    domain: str
    id: str | None = None


def distill(place: CodexFolder, request: DistillRequest, shortening: Shortening | None) -> Distilled:
    """Draft standards in memory. Raises `CodexError` for a document that cannot be read, and for a taken id or path."""
    if request.id is not None and len(request.files) > 1:
        raise CodexError("`--id` is for one document", hint="distill them one by one, or leave out `--id`")
    parsed = parse_all(place)
    if place.config.domains and request.domain not in place.config.domains:
        known = ", ".join(f"`{name}`" for name in place.config.domains)
        raise CodexError(f"there is no domain `{request.domain}`", hint=f"use one of {known}, or add it to codex.yaml")
    drafts: list[Draft] = []
    for file in request.files:
        drafter = _Drafter(place, parsed, request, shortening, drafts)
        drafts.append(drafter.draft(file))
    return Distilled(drafts=tuple(drafts), notes=tuple(shortening.notes()) if shortening else ())


def write_drafts(place: CodexFolder, drafts: Sequence[Draft]) -> None:
    """Write the drafts, as new files."""
    write_all({Path(draft.path): draft.text for draft in drafts if draft.text}, root=place.root)


class _Drafter:
    def __init__(
        self,
        place: CodexFolder,
        parsed: ParsedCodex,
        request: DistillRequest,
        shortening: Shortening | None,
        earlier: Sequence[Draft],
    ) -> None:
        self._place, self._parsed, self._request, self._shortening = place, parsed, request, shortening
        self._earlier = earlier
        new = (_standard(standard_path(Path(draft.path), place), draft.text) for draft in earlier if draft.text)
        self._codex = replace(parsed.codex, standards=(*parsed.codex.standards, *new))

    def draft(self, file: Path) -> Draft:
        """Draft a standard from a document."""
        document, source = _document(self._place, file), cited(self._place, file)
        path, id_ = self._target(file)
        reading = read_document(document)
        short: Mapping[int, Compaction] = {}
        refused: tuple[Refusal, ...] = ()
        if self._shortening is not None and reading.demands:
            short, refused = self._shortening.shorten(source, reading.demands, self._codex)
        page = DraftPage(
            id=id_,
            title=_title(document) or file.stem,
            domain=self._request.domain,
            source=source,
            rules=tuple(_rules(id_, reading.demands, short)),
        )
        return self._compared(path, page, reading, refused)

    def _target(self, file: Path) -> tuple[Path, str]:
        path = self._request.out / f"{slug(file.stem, most=60) or 'draft'}.md"
        id_ = self._request.id or suggested_id(file)
        standard_path(path, self._place)
        if os.path.lexists(path) or any(draft.path == str(path) for draft in self._earlier):
            raise CodexError(
                f"`{path}` already exists", hint="pass another directory with `--out`; nothing was written"
            )
        taken = {draft.page.id: draft.source for draft in self._earlier}
        if id_ in taken:
            raise CodexError(
                f"the id `{id_}` is taken by the draft of `{taken[id_]}`", hint="distill it alone, with `--id`"
            )
        require_new_id(id_, self._parsed.codex)
        return path, id_

    def _compared(self, path: Path, page: DraftPage, reading: Reading, refused: tuple[Refusal, ...]) -> Draft:
        """Leave out what exists, number the rest, and list what may contradict an existing rule."""
        inside = standard_path(path, self._place)
        page, reading = _writable(inside, page, reading)
        covered = [*_cited(page, self._codex), *self._covered(inside, page), *_named(page, self._codex, same=True)]
        gone = {one.draft for one in covered}
        kept = _numbered(page, [rule for rule in page.rules if str(rule.demand.number) not in gone])
        text = page_text(kept) if kept.rules else ""
        found: tuple[Relation, ...] = ()
        if text:
            found = relations(self._codex, _standard(inside, text), self._place.request.as_of).contradictions
        return Draft(
            path=str(path),
            page=kept,
            text=text,
            reading=reading,
            covered=tuple({one.draft: one for one in reversed(covered)}.values()),
            contradictions=(*found, *_named(kept, self._codex, same=False)),
            refused=refused,
        )

    def _covered(self, inside: str, page: DraftPage) -> Iterator[Relation]:
        """Yield the demands that an existing rule covers; `draft` is the number of the demand."""
        if not page.rules:
            return
        numbers = {rule.id: str(rule.demand.number) for rule in page.rules}
        words = replace(page, rules=tuple(replace(rule, compaction=None) for rule in page.rules))
        for one in relations(self._codex, _standard(inside, page_text(words)), self._place.request.as_of).covered:
            if one.draft in numbers:
                yield replace(one, draft=numbers[one.draft])


def _rules(id_: str, demands: Sequence[Demand], short: Mapping[int, Compaction]) -> Iterator[DraftRule]:
    for demand in demands:
        yield DraftRule(id=f"{id_}-{demand.number}", demand=demand, compaction=short.get(demand.number))


def _named(page: DraftPage, codex: Codex, *, same: bool) -> Iterator[Relation]:
    """Yield what a model says about existing rules. That a rule exists already counts only if their words are alike."""
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
            yield Relation(draft=number, existing=other.id, statement=other.statement, why="it has this id")


def _standard(path: str, text: str) -> Standard:
    document = parse_canonical(path, text)
    if document is None:
        raise CodexError(f"the draft `{path}` cannot be read", hint="report this with the document")
    return document.standard


def _writable(path: str, page: DraftPage, reading: Reading) -> tuple[DraftPage, Reading]:
    """Leave out the demands that are not read back as the rules that they are written as, and say so."""
    if not page.rules:
        return page, reading
    read = Counter((rule.id, rule.level) for rule in _standard(path, page_text(page)).rules)
    lost = [rule.demand for rule in page.rules if read[rule.id, rule.demand.level] != 1]
    why = "it cannot be written as a rule: write it in plain text, in one paragraph"
    left_out = tuple(LeftOut(line=one.span.line, text=one_line(one.quote)[:160], why=why) for one in lost)
    page = replace(page, rules=tuple(rule for rule in page.rules if rule.demand not in lost))
    if page.rules and len(_standard(path, page_text(page)).rules) != len(page.rules):
        raise CodexError(f"`{page.source}`: its text would be read as other rules", hint="report this as a bug")
    return page, replace(reading, left_out=(*reading.left_out, *left_out))


def _numbered(page: DraftPage, rules: Sequence[DraftRule]) -> DraftPage:
    """Return a page with these rules, with ids in their order."""
    return replace(page, rules=tuple(replace(rule, id=f"{page.id}-{n}") for n, rule in enumerate(rules, start=1)))


def _document(place: CodexFolder, file: Path) -> Document:
    try:
        data = read_file(file, max_bytes=place.config.budgets.file)
    except OSError as error:
        raise CodexError(f"`{file}` cannot be read: {error.strerror or error}") from error
    text, findings = decode(file.name, data, limit=place.config.budgets.file)
    document = parse_canonical(file.name, text) if text is not None else None
    if document is None or text is None:
        message = findings[0].message if findings else "it is not Markdown"
        raise CodexError(f"`{file}` cannot be read: {message}")
    return document


def _title(document: Document) -> str:
    heading = next((block for block in document.walk() if block.kind == "heading" and block.inline), None)
    return visible_text(heading.inline.text) if heading and heading.inline else ""


def cited(place: CodexFolder, file: Path) -> str:
    """Return how a document is cited: its path in the repository of the codex, otherwise its name."""
    repository = GitRepository.around(place.root)
    top = repository.root if repository else place.root
    real = real_path(file)
    return real.relative_to(real_path(top)).as_posix() if real.is_relative_to(real_path(top)) else file.name
