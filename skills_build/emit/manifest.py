"""manifest.json: the output of one build and its sources, for tools that verify, compare and select.

`skills_build.emit.committed` has the form in which a build writes it into a repository.

Its contract is `skills_build.model.manifest`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from skills_build.compile.catalogue import catalogue_coverage
from skills_build.compile.delivery import delivered_skills
from skills_build.compile.ranking import IdKey, id_key, prefix
from skills_build.emit.agents_md import fragment_path
from skills_build.emit.context import EmitContext
from skills_build.emit.json import document, dumps
from skills_build.emit.statements import Placement
from skills_build.emit.tree import sha256, tree_digest
from skills_build.model.bundle import Artifact, Skill
from skills_build.model.config import Profile, SkillSettings
from skills_build.model.manifest import (
    ClientRow,
    DeliveryRow,
    FragmentBudgets,
    FragmentRow,
    Manifest,
    ProfileRow,
    QuoteRow,
    RuleRow,
    SkillRow,
    TombstoneRow,
)
from skills_build.model.standard import Status, status_on

SCHEMA = "urn:codexc:schema:manifest:1"
GENERATOR: Final = "codexc"
BUDGETS = ("fragment", "fragment_hard", "fragment_lines", "fragment_tokens")
"""The budgets that a fragment made for a repository must keep."""


def build_manifest(
    context: EmitContext, artifacts: Sequence[Artifact], placements: Mapping[str, Placement]
) -> Artifact:
    """Write manifest.json for all other `artifacts` of a build."""
    by_path = {artifact.path: artifact for artifact in artifacts}
    data = Manifest(
        namespace=context.config.namespace,
        title=context.config.title,
        version=context.version,
        as_of=context.as_of,
        generator=GENERATOR,
        tree=tree_digest(artifacts),
        targets=context.config.targets,
        priority=context.config.priority,
        budgets=FragmentBudgets(**{name: getattr(context.config.budgets, name) for name in BUDGETS}),
        delivery=DeliveryRow(
            mode=context.config.delivery.mode,
            source=context.config.delivery.source,
            claude_md=context.config.delivery.claude_md,
        ),
        waiver_days=context.config.waivers.max_days,
        delivered=delivered_skills(context.plan.skills, context.config),
        profiles={name: _profile(profile) for name, profile in sorted(context.config.profiles.items())},
        clients=tuple(_client(context, number) for number in range(len(context.plan.limits))),
        skills=tuple(_skill(skill, context) for skill in context.plan.skills),
        fragments=tuple(_fragments(context, by_path)),
        rules=tuple(_rule(placements[key], context) for key in sorted(placements, key=_by_prefix)),
        quotes=tuple(_quotes(artifacts)),
        tombstones=tuple(_tombstones(context)),
        drafts=tuple(_drafts(context)),
    )
    return Artifact(path="manifest.json", data=dumps(document(SCHEMA, data), depth=2))


def _profile(profile: Profile) -> ProfileRow:
    return ProfileRow(**{**asdict(profile), "decided_by": profile.decided_by or None, "kinds": profile.kinds or None})


def _client(context: EmitContext, number: int) -> ClientRow:
    limits = context.plan.limits[number]
    coverage = catalogue_coverage(context.plan.skills, limits)
    return ClientRow(
        client=coverage.client,
        skills=coverage.skills,
        listed=coverage.listed,
        whole=coverage.whole,
        catalogue_chars=coverage.chars,
        limit=coverage.limit,
    )


def _skill(skill: Skill, context: EmitContext) -> SkillRow:
    files = context.skill_files[skill.name]
    settings = context.config.skills.get(skill.key, SkillSettings())
    return SkillRow(
        name=skill.name,
        key=skill.key,
        title=skill.title,
        description=skill.description,
        version=context.skill_versions[skill.name],
        formerly=settings.formerly,
        index=skill.index,
        bytes=sum(len(file.data) for file in files),
        rules=len(skill.rules),
        tree=tree_digest(files),
        files={file.path: sha256(file.data) for file in files},
    )


def _fragments(context: EmitContext, by_path: Mapping[str, Artifact]) -> Iterator[FragmentRow]:
    for fragment in context.plan.fragments:
        artifact = by_path[fragment_path(fragment)]
        yield FragmentRow(
            profile=fragment.profile,
            folder=fragment.folder,
            path=artifact.path,
            bytes=len(artifact.data),
            lines=artifact.data.count(b"\n"),
            sha256=sha256(artifact.data),
            always=tuple(placed.rule.id for placed in fragment.always),
            folded=tuple(placed.rule.id for placed in fragment.folded),
            rules=sum(len(line.ids) for line in fragment.index),
        )


def _by_prefix(identity: str) -> IdKey:
    """Return a key that groups ids and keeps the order of the source in a group, which two branches can add to."""
    return id_key(prefix(identity))


def _rule(placement: Placement, context: EmitContext) -> RuleRow:
    place, placed = placement.place, placement.placed
    return RuleRow(
        id=place.id,
        slug=placed.rule.slug,
        level=placed.rule.level,
        status=placed.status,
        skill=placement.skill.name if placement.skill else "",
        norm=placement.digests.norm,
        contract=placement.digests.contract,
        text=placement.digests.text,
        change=placed.rule.change or placed.standard.change,
        artifact=placement.artifact,
        line=place.line,
        source=place.path,
        source_line=place.source_line,
        url=context.links.heading_url(place.path, placed.rule.anchor),
    )


def _quotes(artifacts: Sequence[Artifact]) -> Iterator[QuoteRow]:
    """Yield, for each file that quotes rules, their ids and line numbers."""
    for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
        lines = {place.id: place.line for place in artifact.sources if not place.definition}
        if lines:
            yield QuoteRow(artifact=artifact.path, lines=lines)


def _tombstones(context: EmitContext) -> Iterator[TombstoneRow]:
    rows = [
        TombstoneRow(
            id=rule.id,
            slug=rule.slug,
            withdrawn=rule.tombstone.date if rule.tombstone else None,
            use_instead=rule.tombstone.use_instead if rule.tombstone else None,
            source=standard.path,
            source_line=rule.span.line,
        )
        for standard in context.codex.standards
        for rule in standard.rules
        if status_on(standard, rule, context.as_of) is Status.WITHDRAWN
    ]
    yield from sorted(rows, key=lambda row: _by_prefix(row.id))


def _drafts(context: EmitContext) -> Iterator[str]:
    """Yield the ids of draft rules, which do not ship yet."""
    ids = (
        rule.id
        for standard in context.codex.standards
        for rule in standard.rules
        if status_on(standard, rule, context.as_of) is Status.DRAFT
    )
    yield from sorted(ids, key=_by_prefix)
