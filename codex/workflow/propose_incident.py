"""Drafts rules from an incident review: each in the standard that fits best, with its quote and its origin."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from codex.distill.compaction import Compaction, unanswered
from codex.distill.fit import Fits, Nearness, fault
from codex.distill.incident import read_incident
from codex.distill.page import DraftPage, DraftRule
from codex.distill.proposal import ChangedStandard, Proposal, ProposedRule
from codex.distill.rule_text import rule_place, rule_text, with_rules
from codex.distill.sentences import LeftOut, Reading, shown
from codex.shell.atomic import write_file
from codex.shell.reading import decoded, real_path
from codex.shell.repository import GitRepository
from codex.workflow.codex_folder import CodexFolder, schema
from codex.workflow.distill_models import Shortening
from codex.workflow.parsing import parse_all
from codex.workflow.prose_drafts import already_there, contradictions, draft_rules, read_prose, title_of, writable
from codex.workflow.scaffold import standard_path
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.lint.free_ids import FreeIds
from skills_build.model.codex import Codex
from skills_build.model.standard import Standard
from skills_build.source.document import Document
from skills_build.source.origins import is_url, origin_problem, written_path
from skills_build.source.parse import parse_standard
from skills_build.source.text import normalised_text, with_line_endings_of

MAX_DEMANDS: Final = 200
"""Maximum number of requirements that are read from a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRequest:
    """The review of an incident. `standard` gets all rules; None for the one that fits each.

    `origin` is a link or a path that the rules name; None for the path of the file, which is then in the repository.
    """

    file: Path
    standard: Path | None = None
    origin: str | None = None


def propose_from(place: CodexFolder, request: IncidentRequest, shortening: Shortening | None) -> Proposal:
    """Draft rules in memory. Raises `CodexError` for a document that cannot be read, and without a valid origin."""
    return _Proposer(place, request).proposal(shortening)


def write_proposal(place: CodexFolder, proposal: Proposal) -> None:
    """Write the changed standards."""
    for change in proposal.changes:
        write_file(place.root / change.path, change.new, root=place.root)


class _Proposer:
    def __init__(self, place: CodexFolder, request: IncidentRequest) -> None:
        self._place, self._request = place, request
        self._codex = parse_all(place).codex
        self._standards = {standard.path: standard for standard in self._codex.standards}
        self._chosen = self._standard_of(request.standard) if request.standard else None
        self._free = FreeIds(self._codex)

    def proposal(self, shortening: Shortening | None) -> Proposal:
        """Read the document, compare it with the codex, and write its new demands into standards."""
        document, source = read_prose(self._place, self._request.file)
        origin = self._origin()
        reading = _limited(read_incident(document))
        short, refused = shortening.shorten(source, reading.demands, self._codex) if shortening else ({}, ())
        page, reading = self._page(document, source, reading, short)
        day = self._place.request.as_of
        covered = already_there(page, _inside(page), self._codex, day)
        opposed = contradictions(page, _inside(page), self._codex, day)
        gone = {one.draft for one in covered} | {one.draft for one in opposed}
        new = [rule for rule in page.rules if gone.isdisjoint((rule.id, str(rule.demand.number)))]
        placed, unplaced = self._placed(new, document)
        changes, written, lost = self._changes(placed, origin)
        numbers = {rule.id: str(rule.demand.number) for rule in page.rules}
        return Proposal(
            source=source,
            origin=origin,
            reading=replace(reading, left_out=(*reading.left_out, *lost)),
            rules=written,
            covered=tuple({one.draft: one for one in reversed(covered)}.values()),
            contradictions=tuple(replace(one, draft=numbers[one.draft]) for one in opposed if one.draft in numbers),
            unplaced=unplaced,
            refused=refused,
            unanswered=unanswered(reading.demands, short, refused) if shortening else (),
            changes=changes,
            notes=tuple(shortening.notes()) if shortening else (),
        )

    def _page(
        self, document: Document, source: str, reading: Reading, short: Mapping[int, Compaction]
    ) -> tuple[DraftPage, Reading]:
        """Return the demands as a page of their own, on which they are compared with the codex."""
        id_ = _free_prefix(self._codex)
        page = DraftPage(
            id=id_,
            title=title_of(document) or self._request.file.stem,
            domain="general",
            source=source,
            rules=tuple(draft_rules(id_, reading.demands, short)),
        )
        return writable(_inside(page), page, reading)

    def _standard_of(self, path: Path) -> Standard:
        inside = standard_path(path, self._place)
        found = self._standards.get(inside)
        if found is None:
            hint = "create the standard first, with `codexc new`"
            raise CodexError(f"`{path}` is not a standard in this codex", hint=hint)
        if why := fault(found):
            raise CodexError(f"no rules can be added to `{path}`: {why}", hint="choose another standard")
        return found

    def _origin(self) -> str:
        """Return what the rules name: the option, or the path of the file in the repository, from its top."""
        given, file = self._request.origin, self._request.file
        if given is not None:
            if problem := origin_problem(given):
                raise CodexError(f"`--origin`: {problem.message}", hint=problem.help)
            if is_url(given):
                return given
            file = Path(given)
        top = _top(self._place)
        real = real_path(file)
        if not real.is_relative_to(top) or not os.path.lexists(real):
            hint = "pass the link to the review with `--origin URL`, or add the file to the repository"
            raise CodexError(f"`{file}` is not in the repository of the codex", hint=hint)
        return real.relative_to(top).as_posix()

    def _placed(
        self, rules: Sequence[DraftRule], document: Document
    ) -> tuple[list[ProposedRule], tuple[DraftRule, ...]]:
        """Choose a standard and an id for each rule; return those that no standard fits, too."""
        fits, nearness = None if self._chosen else Fits(self._codex), Nearness(self._codex)
        placed, unplaced = list[ProposedRule](), list[DraftRule]()
        for rule in rules:
            found = fits.of(rule.demand.sentence, document.raw) if fits else ()
            standard = self._chosen or (found[0].standard if found else None)
            if standard is None:
                unplaced.append(rule)
                continue
            placed.append(
                ProposedRule(
                    rule=replace(rule, id=self._free.next(standard.id)),
                    path=standard.path,
                    standard=standard.id,
                    words=found[0].words if found else (),
                    others=tuple(fit.standard.id for fit in found[1:4]),
                    near=nearness.of(rule.demand.sentence, most=3),
                )
            )
        return placed, tuple(unplaced)

    def _changes(
        self, placed: Sequence[ProposedRule], origin: str
    ) -> tuple[tuple[ChangedStandard, ...], tuple[ProposedRule, ...], tuple[LeftOut, ...]]:
        """Write the rules into their standards; a rule that would be read as a different one is left out."""
        changes, written = list[ChangedStandard](), list[ProposedRule]()
        for path in sorted({one.path for one in placed}):
            kept: Sequence[ProposedRule] = [one for one in placed if one.path == path]
            new = self._written(path, kept, origin)
            if new is None:
                kept = self._sound(path, kept, origin)
                new = self._written(path, kept, origin) if kept else None
            if new is not None:
                changes.append(ChangedStandard(path=path, old=self._place.tree.files[path], new=new))
                written += kept
        lost = tuple(_lost(one) for one in placed if one not in written)
        return tuple(changes), tuple(written), lost

    def _sound(self, path: str, rules: Sequence[ProposedRule], origin: str) -> Sequence[ProposedRule]:
        """Return those of some rules that are read as they are meant, where not all are; halves are tried, so that
        few texts are parsed."""
        half = len(rules) // 2
        found = list[ProposedRule]()
        for part in (rules[:half], rules[half:]) if half else ():
            found += part if self._written(path, part, origin) is not None else self._sound(path, part, origin)
        return found

    def _written(self, path: str, rules: Sequence[ProposedRule], origin: str) -> bytes | None:
        """Return a standard with new rules; None if it is not read as its own rules and the new ones."""
        standard = self._standards[path]
        original = decoded(self._place.tree.files[path], path)
        text = normalised_text(original)
        where = rule_place(text, standard)
        inside = os.path.relpath(_top(self._place) / origin, self._folder(path))
        named = origin if is_url(origin) else written_path(inside)
        texts = [rule_text(one.rule, standard=standard, origin=named, depth=where.depth) for one in rules]
        new = with_line_endings_of(original, with_rules(text, where, texts)).encode()
        dialect = self._place.dialect_of(path)
        assert dialect is not None
        reading = parse_standard(path, new, dialect, self._place.config, schema=schema("front-matter"))
        read = {rule.id: rule for rule in reading.document.standard.rules} if reading.document else {}
        drafts = {one.rule.id: one.rule.demand.level for one in rules}
        kept = {rule.id: (rule.level, rule.statement, rule.body.strip()) for rule in standard.rules}
        same = {id_: (rule.level, rule.statement, rule.body.strip()) for id_, rule in read.items() if id_ not in drafts}
        sound = all(id_ in read and read[id_].level is level and read[id_].origin for id_, level in drafts.items())
        return new if sound and kept == same and reading.document is not None else None

    def _folder(self, path: str) -> Path:
        return (real_path(self._place.root) / path).parent


def _limited(reading: Reading) -> Reading:
    """Return a reading with at most `MAX_DEMANDS` demands; the others are left out."""
    rest = reading.demands[MAX_DEMANDS:]
    why = f"only the first {MAX_DEMANDS} requirements are read: split the document"
    lost = (LeftOut(line=one.span.line, text=shown(one.quote), why=why) for one in rest)
    return replace(reading, demands=reading.demands[:MAX_DEMANDS], left_out=(*reading.left_out, *lost))


def _inside(page: DraftPage) -> str:
    """Return a path for a page that no file of the codex has, as its id is free."""
    return f"{page.id.lower()}.md"


def _lost(one: ProposedRule) -> LeftOut:
    why = f"the requirement cannot be written to {one.path} as a rule: add the rule by hand"
    return LeftOut(line=one.rule.demand.span.line, text=shown(one.rule.demand.quote), why=why)


def _top(place: CodexFolder) -> Path:
    repository = GitRepository.around(place.root)
    return real_path(repository.root if repository else place.root)


def _free_prefix(codex: Codex) -> str:
    """Return an id that no standard has, for the page on which demands are compared with the codex."""
    taken = {standard.id for standard in codex.standards}
    return next(name for name in ("INCIDENT", *(f"INCIDENT{n}" for n in range(len(taken) + 1))) if name not in taken)
