"""statements.json: every rule that ships as data, for reviewers and other machines.

Its contract is `skills_build.model.statements`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from skills_build.compile.digest import Digests
from skills_build.compile.prose import Prose
from skills_build.emit.context import EmitContext
from skills_build.emit.json import document, dumps
from skills_build.model.bundle import Artifact, PlacedRule, Skill, SourceLine
from skills_build.model.standard import Scope, Standard
from skills_build.model.statements import DocumentRow, NextStatus, ScopeRow, StatementRow, Statements
from skills_build.source.candidates import visible_text

SCHEMA = "urn:codexc:schema:statements:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a rule is defined in the output, and its digests."""

    one: PlacedRule
    skill: Skill
    artifact: str
    place: SourceLine
    digests: Digests


def statements(edition: EmitContext, placements: Mapping[str, Placement]) -> Artifact:
    """Write statements.json: documents by id, their statements in source order."""
    data = Statements(
        codex=edition.config.namespace,
        version=edition.version,
        documents=tuple(_documents(edition, placements)),
    )
    return Artifact(path="statements.json", data=dumps(document(SCHEMA, data), depth=4))


def _documents(edition: EmitContext, placements: Mapping[str, Placement]) -> Iterator[DocumentRow]:
    by_path: dict[str, list[PlacedRule]] = {}
    homes: dict[str, Skill] = {}
    for skill in edition.plan.skills:
        for rule in skill.rules:
            by_path.setdefault(rule.standard.path, []).append(rule)
            homes[rule.standard.path] = skill
    for standard in sorted(edition.codex.standards, key=lambda standard: (standard.id, standard.path)):
        if standard.path in by_path:
            yield _document(standard, by_path[standard.path], homes[standard.path], edition, placements)


def _document(
    standard: Standard,
    rules: Sequence[PlacedRule],
    skill: Skill,
    edition: EmitContext,
    placements: Mapping[str, Placement],
) -> DocumentRow:
    domain = edition.config.domains.get(standard.domain)
    prose = Prose(standard, edition.links)
    return DocumentRow(
        id=standard.id,
        title=visible_text(standard.title),
        status=standard.status.at(edition.as_of),
        domain=standard.domain,
        owner=standard.owner or (domain.owner if domain else None),
        skill=skill.name,
        source=standard.source,
        path=standard.path,
        href=edition.links.url(standard.path) or standard.path,
        reviewed=standard.reviewed,
        review_every=standard.review_every,
        applies_to=_scope(standard.scope),
        priority=standard.priority,
        statements=tuple(_statement(rule, prose, placements[rule.rule.id], edition.as_of) for rule in rules),
    )


def _statement(one: PlacedRule, prose: Prose, placement: Placement, as_of: str) -> StatementRow:
    rule, sections = one.rule, one.standard.sections
    section = sections[rule.section].title if rule.section < len(sections) else one.standard.title
    return StatementRow(
        id=rule.id,
        slug=rule.slug,
        level=rule.level,
        status=one.status,
        next=_next(one, as_of),
        text=prose.demand(rule),
        section=section,
        when=prose.label(rule, "when"),
        use=prose.label(rule, "use"),
        instead_of=prose.label(rule, "instead of"),
        except_=prose.label(rule, "except"),
        applies_to=_scope(one.scope),
        stages=rule.stages,
        why=prose.label(rule, "why"),
        how=prose.label(rule, "how"),
        check=prose.label(rule, "check"),
        see=prose.label(rule, "see"),
        href=placement.place.url or f"{placement.artifact}#L{placement.place.line}",
        digest=placement.digests.norm,
    )


def _next(one: PlacedRule, as_of: str) -> NextStatus | None:
    """The status that the rule will have on a day to come."""
    dated = one.rule.status or one.standard.status
    return NextStatus(status=dated.then, on=dated.on) if dated.then and dated.on and as_of < dated.on else None


def _scope(scope: Scope) -> ScopeRow:
    return ScopeRow(
        languages=scope.languages,
        technologies=scope.technologies,
        paths=scope.paths,
        when=scope.when,
    )
