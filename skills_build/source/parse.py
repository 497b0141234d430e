"""Parses one file into a document and its standard. The result depends on no other file, so it can be cached."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from skills_build.diagnostics import Finding
from skills_build.frozen import dataclass
from skills_build.model.config import Config
from skills_build.model.non_rules import NearMiss
from skills_build.model.standard import Rule, Section, Standard
from skills_build.source import front_matter
from skills_build.source.accounting import ParsedParts, ledger
from skills_build.source.assemble import Assembler
from skills_build.source.body import Reading, read_body
from skills_build.source.candidates import visible_text
from skills_build.source.conflicts import conflict_findings
from skills_build.source.dialect import Dialect, PartRules
from skills_build.source.document import Block, Document, FrontMatter
from skills_build.source.front_values import front_values
from skills_build.source.glob_findings import invalid_in_front_matter
from skills_build.source.id_marks import id_forms
from skills_build.source.label_findings import misplaced_findings
from skills_build.source.later_front_matter import later_front_matter
from skills_build.source.markdown import ParsedMarkdown, parse_markdown
from skills_build.source.marks import MarkReader
from skills_build.source.mentions import mentions
from skills_build.source.near_misses import NearMissFinder, joined_headings
from skills_build.source.preprocess import preprocess
from skills_build.source.rules import RuleReader
from skills_build.source.struck import struck_rules
from skills_build.source.suppress import suppressions, unread_suppressions
from skills_build.source.text import decode

_START: Final = 400
"""Number of characters of a file in which front matter is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedStandard:
    """The result of parsing one file. `document` is None if the file cannot be read at all."""

    document: Document | None
    findings: tuple[Finding, ...]


def parse_standard(
    path: str, data: bytes, dialect: Dialect, config: Config, *, schema: str, shared: str = ""
) -> ParsedStandard:
    """Parse one standard. `schema` is the JSON Schema of front matter, `shared` is Markdown with link definitions.

    A file of the canonical dialect without front matter and rules is not a standard, but still a document.
    """
    text, findings = decode(path, data, limit=config.budgets.file)
    if text is None:
        return ParsedStandard(document=None, findings=findings)
    raw = tuple(text.split("\n"))
    conflicts = conflict_findings(raw, path=path)
    strict = dialect.document.strict
    front, front_findings = front_matter.split_front_matter(raw, path=path, strict=strict, conflicts=conflicts)
    lines = preprocess(("",) * front.last + raw[front.last :], dialect.preprocess)
    parsed = parse_markdown(lines, shared=shared)
    strict_findings = (
        front_matter.check_strict(front, schema, path=path, start=text[:_START], cause=config.cause("dialects"))
        if strict
        else ()
    )
    facts = front_matter.front_matter_facts(path, front, _title(parsed), text, dialect)
    finder = NearMissFinder(id_forms(facts.id, dialect.id, canonical=strict), canonical=strict)
    mark_reader = MarkReader(path, facts, dialect, lines, finder)
    rule_reader = RuleReader(path, facts, dialect, lines)
    assembler = Assembler(lines, parsed, front.last, dialect)
    rules, sections = assembler.assemble(path, mark_reader, rule_reader)
    standard = replace(
        _without_text(path, facts, dialect),
        why=_why(sections, parsed.blocks, lines, dialect.parts),
        sections=tuple(replace(s, title=s.title or facts.title) for s in sections),
        rules=rules,
        without_level=mark_reader.without_level,
        links=assembler.links,
        definitions=tuple(sorted(parsed.definitions.items())),
        anchors=assembler.anchors,
        suppressions=suppressions(parsed.comments, front, parsed.blocks, raw),
        near_misses=_near_misses(finder, parsed, rules, mark_reader),
        places=front_matter.places(front),
        ledger=ledger(_parts(raw, lines, parsed, front, assembler), dialect),
        mentions=mentions(parsed.blocks, rules),
    )
    document = Document(
        path=path, raw=text, lines=lines, blocks=parsed.blocks, comments=parsed.comments, front=front, standard=standard
    )
    rule_findings = (*_misplaced(document, assembler, strict=strict), *mark_reader.findings, *rule_reader.findings)
    findings = (
        *findings,
        *conflicts,
        *front_findings,
        *strict_findings,
        *_of_values(document, strict_findings, strict=strict),
    )
    unread = unread_suppressions(parsed.comments, front, raw, path=path)
    return ParsedStandard(
        document=document, findings=(*findings, *unread, *rule_findings, *_only_context(standard, dialect))
    )


def _of_values(document: Document, known: tuple[Finding, ...], *, strict: bool) -> Iterator[Finding]:
    """Yield the findings about the values of the front matter; `known` are those of its schema."""
    root, path = document.front.root, document.path
    if root:
        yield from invalid_in_front_matter(root, path=path)
        if strict:
            lines = document.raw.split("\n")
            yield from front_values(root, lines, known, path=path)
            yield from later_front_matter(document.blocks, lines, path=path)


def _misplaced(document: Document, assembler: Assembler, *, strict: bool) -> tuple[Finding, ...]:
    """Return the findings about labels that belong to no rule, in a file that is a standard."""
    if not (strict and (document.front.last or document.standard.rules)):
        return ()
    return tuple(misplaced_findings(document.blocks, assembler.marks, assembler.owner, path=document.path))


def _only_context(standard: Standard, dialect: Dialect) -> Iterator[Finding]:
    """Yield a finding for a file without rules whose dialect does not define how binding its text is."""
    if dialect.level.context and not standard.rules:
        count = standard.without_level
        what = f"{count} instructions are" if count > 1 else "its instruction is" if count else "its text is"
        yield Finding(
            code="CX063",
            message=f"`{dialect.name}` does not set a level, so {what} context and not rules",
            path=standard.path,
            help="add `level: SHOULD`, or a different level, next to `use:` in codex.yaml",
        )


def _parts(
    raw: Sequence[str], lines: Sequence[str], parsed: ParsedMarkdown, front: FrontMatter, assembler: Assembler
) -> ParsedParts:
    return ParsedParts(
        raw=raw,
        lines=lines,
        blocks=parsed.blocks,
        comments=parsed.comments,
        definitions=frozenset(parsed.definitions),
        front=front,
        marks=assembler.marks,
        owner=assembler.owner,
        starts=assembler.starts,
    )


def _near_misses(
    finder: NearMissFinder, parsed: ParsedMarkdown, rules: Sequence[Rule], reader: MarkReader
) -> tuple[NearMiss, ...]:
    """Return text that looks like a rule: candidates that are not rules, and text outside all candidates."""
    spans = [rule.mark or rule.span for rule in rules]
    spans += [finding.span for finding in reader.findings] + [miss.span for miss in reader.misses]
    read = frozenset(line for span in spans for line in range(span.line, span.end_line + 1))
    own = {place.line for place in spans[: len(rules)]}
    misses = tuple(miss for miss in reader.misses if miss.code != "CX033" or miss.span.line not in own)
    misses = (*misses, *joined_headings(parsed.blocks, rules), *struck_rules(parsed.blocks, rules))
    misses = (*misses, *finder.in_blocks(parsed.blocks, read))
    return tuple(sorted(misses, key=lambda miss: miss.span))


def _title(parsed: ParsedMarkdown) -> str:
    heading = next((b for b in parsed.blocks if b.kind == "heading" and b.inline), None)
    return visible_text(heading.inline.text) if heading and heading.inline else ""


def _without_text(path: str, facts: front_matter.FrontMatterFacts, dialect: Dialect) -> Standard:
    """Return a standard with the facts of its front matter, before its text is read."""
    return Standard(
        path=path,
        id=facts.id,
        title=facts.title,
        domain=facts.domain,
        status=facts.status,
        dialect=dialect.name,
        id_derived=facts.id_derived,
        owner=facts.owner,
        reviewed=facts.reviewed,
        review_every=facts.review_every,
        permalink=facts.permalink,
        source=facts.source,
        stages=facts.stages,
        decided_by=facts.decided_by,
        audience=facts.audience,
        origin=facts.origin,
        scope=facts.scope,
        skill=facts.skill,
        priority=facts.priority,
        change=facts.change,
        licence=dialect.licence.spdx or None,
        attribution=dialect.licence.attribution or None,
    )


def _why(sections: Sequence[Section], blocks: Sequence[Block], lines: Sequence[str], parts: PartRules) -> str | None:
    """Return the rationale of the standard: a **Why:** paragraph in its introduction."""
    if not sections or "**Why" not in sections[0].text:
        return None
    first = sections[0].line
    last = first + sections[0].text.count("\n")
    intro = [b for b in blocks if first <= b.first <= last and b.kind == "paragraph"]
    return next((lb.text for lb in read_body(intro, lines, Reading(rules=parts)).labels if lb.name == "why"), None)
