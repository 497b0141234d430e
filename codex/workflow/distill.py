"""Drafts standards from prose documents: reads their demands, lets models shorten them, and keeps verified results."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codex.distill.compaction import Compaction, Refusal, unanswered
from codex.distill.draft import Distilled, Draft
from codex.distill.page import DraftPage, DraftRule, page_text
from codex.distill.sentences import Reading, read_document
from codex.shell.reading import real_path
from codex.workflow.codex_folder import CodexFolder
from codex.workflow.distill_models import Shortening
from codex.workflow.parsing import ParsedCodex, parse_all
from codex.workflow.prose_drafts import (
    already_there,
    committed_origin,
    contradictions,
    draft_rules,
    parsed_draft,
    read_prose,
    title_of,
    writable,
)
from codex.workflow.scaffold import require_new_id, standard_path, suggested_id, write_all
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.source.slug import slug


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
        raise CodexError(
            "`--id` can only be used with one document", hint="distill the documents one by one, or leave out `--id`"
        )
    parsed = parse_all(place)
    if place.config.domains and request.domain not in place.config.domains:
        known = ", ".join(f"`{name}`" for name in place.config.domains)
        raise CodexError(
            f"there is no domain `{request.domain}`", hint=f"use one of {known}, or add the domain to codex.yaml"
        )
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
        new = (parsed_draft(standard_path(Path(draft.path), place), draft.text) for draft in earlier if draft.text)
        self._codex = replace(parsed.codex, standards=(*parsed.codex.standards, *new))

    def draft(self, file: Path) -> Draft:
        """Draft a standard from a document."""
        self._require_prose(file)
        document, source = read_prose(self._place, file)
        path, id_ = self._target(file)
        reading = read_document(document)
        short: Mapping[int, Compaction] = {}
        refused: tuple[Refusal, ...] = ()
        if self._shortening is not None and reading.demands:
            short, refused = self._shortening.shorten(source, reading.demands, self._codex)
        page = DraftPage(
            id=id_,
            title=title_of(document) or file.stem,
            domain=self._request.domain,
            source=source,
            rules=tuple(draft_rules(id_, reading.demands, short)),
            origin=committed_origin(self._place, file, path),
        )
        missing = unanswered(reading.demands, short, refused) if self._shortening else ()
        return replace(self._compared(path, page, reading, refused), unanswered=missing)

    def _require_prose(self, file: Path) -> None:
        """Raise `CodexError` if a document is a standard of the codex: its sentences would be rules twice."""
        top, real = real_path(self._place.root), real_path(file)
        inside = real.relative_to(top).as_posix() if real.is_relative_to(top) else ""
        if inside in self._place.tree.files:
            raise CodexError(
                f"`{file}` is in the standards directory, so it is read as a standard",
                hint=f"move the document out of `{self._place.root}`, or add `{inside}` to `exclude` in codex.yaml",
            )

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
                f"the id `{id_}` is already used by the draft of `{taken[id_]}`",
                hint="distill the document separately, with `--id`",
            )
        require_new_id(id_, self._parsed.codex)
        return path, id_

    def _compared(self, path: Path, page: DraftPage, reading: Reading, refused: tuple[Refusal, ...]) -> Draft:
        """Leave out what exists, number the rest, and list what may contradict an existing rule."""
        inside = standard_path(path, self._place)
        page, reading = writable(inside, page, reading)
        day = self._place.request.as_of
        covered = already_there(page, inside, self._codex, day)
        gone = {one.draft for one in covered}
        kept = _numbered(page, [rule for rule in page.rules if str(rule.demand.number) not in gone])
        text = page_text(kept) if kept.rules else ""
        return Draft(
            path=str(path),
            page=kept,
            text=text,
            reading=reading,
            covered=tuple({one.draft: one for one in reversed(covered)}.values()),
            contradictions=contradictions(kept, inside, self._codex, day),
            refused=refused,
        )


def _numbered(page: DraftPage, rules: Sequence[DraftRule]) -> DraftPage:
    """Return a page with these rules, with ids in their order."""
    return replace(page, rules=tuple(replace(rule, id=f"{page.id}-{n}") for n, rule in enumerate(rules, start=1)))
