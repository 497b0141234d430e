"""statements.json: every rule that ships as data, for reviewers and other programs.

Its contract is `skills_build.model.statements`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from skills_build.compile.digest import Digests
from skills_build.compile.prose import RuleRenderer, introduction, whole_body
from skills_build.compile.requirements import further_requirements
from skills_build.compile.surroundings import surroundings
from skills_build.emit.context import EmitContext
from skills_build.emit.json import document, dumps
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact, PlacedRule, Skill, SourceLine
from skills_build.model.check import CheckRow
from skills_build.model.standard import Audience, Form, Rule, Scope, Standard
from skills_build.model.statements import DocumentRow, NextStatus, ScopeRow, StatementRow, Statements
from skills_build.source.candidates import visible_text

SCHEMA = "urn:codexc:schema:statements:1"
_PARTS: Final = frozenset({"when", "use", "instead of", "except", "why", "how", "check", "see"})
"""Labels that have a key of their own."""
_LABEL_CASE: Final = re.compile(r"^\*\*[A-Z][a-z ]*:\*\*", re.MULTILINE)
_BODY_DEPTH: Final = 3
"""The depth of the heading above a body: headings in it are deeper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a rule is defined in the output, and its digests."""

    placed: PlacedRule
    skill: Skill | None
    """None for a rule for people."""
    artifact: str
    place: SourceLine
    digests: Digests


def statements(context: EmitContext, placements: Mapping[str, Placement]) -> Artifact:
    """Write statements.json: documents sorted by id, their statements in source order."""
    data = Statements(
        codex=context.config.namespace,
        version=context.version,
        documents=tuple(_documents(context, placements)),
    )
    return Artifact(path="statements.json", data=dumps(document(SCHEMA, data), depth=4))


def _documents(context: EmitContext, placements: Mapping[str, Placement]) -> Iterator[DocumentRow]:
    by_path: dict[str, list[PlacedRule]] = {}
    skill_by_path: dict[str, Skill] = {}
    for skill in context.plan.skills:
        for rule in skill.rules:
            by_path.setdefault(rule.standard.path, []).append(rule)
            skill_by_path[rule.standard.path] = skill
    for rule in context.plan.people.rules:
        by_path.setdefault(rule.standard.path, []).append(rule)
    for standard in sorted(context.codex.standards, key=lambda standard: (standard.id, standard.path)):
        if standard.path in by_path:
            rules = sorted(by_path[standard.path], key=lambda placed: placed.rule.span.line)
            yield _document(standard, rules, skill_by_path.get(standard.path), context, placements)


def _document(
    standard: Standard,
    rules: Sequence[PlacedRule],
    skill: Skill | None,
    context: EmitContext,
    placements: Mapping[str, Placement],
) -> DocumentRow:
    domain = context.config.domains.get(standard.domain)
    renderer = RuleRenderer(standard, context.links)
    return DocumentRow(
        id=standard.id,
        title=visible_text(standard.title),
        status=standard.status.at(context.as_of),
        domain=standard.domain,
        owner=standard.owner or (domain.owner if domain else None),
        skill=skill.name if skill else "",
        source=standard.source,
        path=standard.path,
        href=context.links.url(standard.path) or standard.path,
        reviewed=standard.reviewed,
        review_every=standard.review_every,
        applies_to=_scope(standard.scope),
        priority=standard.priority,
        licence=standard.licence,
        attribution=standard.attribution,
        statements=tuple(_statement(rule, renderer, placements[rule.rule.id], context) for rule in rules),
    )


def _statement(placed: PlacedRule, renderer: RuleRenderer, placement: Placement, context: EmitContext) -> StatementRow:
    rule, sections = placed.rule, placed.standard.sections
    section = sections[rule.section].title if rule.section < len(sections) else placed.standard.title
    return StatementRow(
        id=rule.id,
        slug=rule.slug,
        level=rule.level,
        status=placed.status,
        next=_next(placed, context.as_of),
        text=renderer.demand(rule),
        section=section,
        when=renderer.label(rule, "when"),
        use=renderer.label(rule, "use"),
        instead_of=renderer.label(rule, "instead of"),
        except_=renderer.label(rule, "except"),
        applies_to=_scope(placed.scope),
        stages=rule.stages,
        why=renderer.label(rule, "why"),
        how=renderer.label(rule, "how"),
        check=renderer.label(rule, "check"),
        see=renderer.label(rule, "see"),
        requirements=further_requirements(rule),
        href=context.links.heading_url(placed.standard.path, rule.anchor) or placement.artifact,
        digest=placement.digests.norm,
        lead_in=introduction(rule) or None,
        around=surroundings(rule, placed.standard),
        columns=renderer.columns(rule),
        maps_to=rule.maps_to or None,
        decided_by=rule.decided_by or None,
        selected_by=rule.selected_by or None,
        audience=None if rule.audience is Audience.CODE else rule.audience,
        origin=rule.origin or None,
        body=_body(rule, renderer),
        checks=_checks(rule, placed.standard.path),
    )


def _body(rule: Rule, renderer: RuleRenderer) -> str | None:
    """Return the rendered body of a rule, None if its labels and columns are all of it."""
    if rule.form is Form.ROW or not rule.body.strip():
        return None
    parts = sorted((label for label in rule.labels if label.name in _PARTS), key=lambda label: label.span)
    in_parts = " ".join(f"**{label.name}:** {label.text}" for label in parts)
    if in_parts.split() == _LABEL_CASE.sub(lambda match: match[0].lower(), rule.body).split():
        return None
    return renderer.body(rule, whole_body(rule), _BODY_DEPTH).strip("\n")


def _checks(rule: Rule, path: str) -> tuple[CheckRow, ...] | None:
    if not rule.checks:
        return None
    from skills_build.checks.read import check_rows

    return check_rows(rule, path) or None


def _next(placed: PlacedRule, as_of: str) -> NextStatus | None:
    """Return the status that the rule will have on a future day, if one is scheduled."""
    dated = placed.rule.status or placed.standard.status
    return NextStatus(status=dated.then, on=dated.on) if dated.then and dated.on and as_of < dated.on else None


def _scope(scope: Scope) -> ScopeRow:
    return ScopeRow(
        languages=scope.languages,
        technologies=scope.technologies,
        paths=scope.paths,
        when=scope.when,
        kinds=scope.kinds or None,
    )
