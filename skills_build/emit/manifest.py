"""manifest.json: what one build made and from what, so that others can check, compare and select.

Its contract is `skills_build.model.manifest`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from skills_build.compile.catalogue import survival
from skills_build.compile.ranking import id_key
from skills_build.compile.select import status_on
from skills_build.emit.agents_md import fragment_path
from skills_build.emit.context import EmitContext
from skills_build.emit.json import document, dumps
from skills_build.emit.statements import Placement
from skills_build.emit.tree import sha256, tree_digest
from skills_build.model.bundle import Artifact, Skill
from skills_build.model.config import SkillSettings
from skills_build.model.manifest import (
    ClientRow,
    FragmentBudgets,
    FragmentRow,
    Manifest,
    ProfileRow,
    QuoteRow,
    RuleRow,
    SkillRow,
    TombstoneRow,
)
from skills_build.model.standard import Status

SCHEMA = "urn:codexc:schema:manifest:1"
GENERATOR: Final = "codexc"
BUDGETS = ("fragment", "fragment_hard", "fragment_lines", "fragment_tokens")
"""Those that whoever makes a fragment for a repository has to keep."""


def build_manifest(
    edition: EmitContext, artifacts: Sequence[Artifact], placements: Mapping[str, Placement]
) -> Artifact:
    """Write manifest.json for all other `artifacts` of a build."""
    by_path = {artifact.path: artifact for artifact in artifacts}
    data = Manifest(
        namespace=edition.config.namespace,
        title=edition.config.title,
        version=edition.version,
        as_of=edition.as_of,
        generator=GENERATOR,
        tree=tree_digest(artifacts),
        targets=edition.config.targets,
        priority=edition.config.priority,
        budgets=FragmentBudgets(**{name: getattr(edition.config.budgets, name) for name in BUDGETS}),
        profiles={name: ProfileRow(**asdict(one)) for name, one in sorted(edition.config.profiles.items())},
        clients=tuple(_client(edition, number) for number in range(len(edition.plan.limits))),
        skills=tuple(_skill(skill, edition) for skill in edition.plan.skills),
        fragments=tuple(_fragments(edition, by_path)),
        rules=tuple(_rule(placements[key]) for key in sorted(placements, key=id_key)),
        quotes=tuple(_quotes(artifacts)),
        tombstones=tuple(_tombstones(edition)),
        drafts=tuple(_drafts(edition)),
    )
    return Artifact(path="manifest.json", data=dumps(document(SCHEMA, data), depth=2))


def _client(edition: EmitContext, number: int) -> ClientRow:
    limits = edition.plan.limits[number]
    found = survival(edition.plan.skills, limits)
    return ClientRow(
        client=found.client,
        skills=found.skills,
        listed=found.listed,
        whole=found.whole,
        catalogue_chars=found.chars,
        limit=found.limit,
    )


def _skill(skill: Skill, edition: EmitContext) -> SkillRow:
    files = edition.skill_files[skill.name]
    settings = edition.config.skills.get(skill.key, SkillSettings())
    return SkillRow(
        name=skill.name,
        key=skill.key,
        title=skill.title,
        description=skill.description,
        version=edition.skill_versions[skill.name],
        formerly=settings.formerly,
        index=skill.index,
        bytes=sum(len(file.data) for file in files),
        rules=len(skill.rules),
        tree=tree_digest(files),
        files={file.path: sha256(file.data) for file in files},
    )


def _fragments(edition: EmitContext, by_path: Mapping[str, Artifact]) -> Iterator[FragmentRow]:
    for fragment in edition.plan.fragments:
        artifact = by_path[fragment_path(fragment)]
        yield FragmentRow(
            profile=fragment.profile,
            folder=fragment.folder,
            path=artifact.path,
            bytes=len(artifact.data),
            lines=artifact.data.count(b"\n"),
            sha256=sha256(artifact.data),
            always=tuple(one.rule.id for one in fragment.always),
            folded=tuple(one.rule.id for one in fragment.folded),
            rules=sum(len(line.ids) for line in fragment.index),
        )


def _rule(placement: Placement) -> RuleRow:
    place, one = placement.place, placement.one
    return RuleRow(
        id=place.id,
        slug=one.rule.slug,
        level=one.rule.level,
        status=one.status,
        skill=placement.skill.name,
        norm=placement.digests.norm,
        contract=placement.digests.contract,
        text=placement.digests.text,
        change=one.rule.change or one.standard.change,
        artifact=placement.artifact,
        line=place.line,
        source=place.path,
        source_line=place.source_line,
        url=place.url,
    )


def _quotes(artifacts: Sequence[Artifact]) -> Iterator[QuoteRow]:
    """Yield, for each file that shows rules in short, their ids with the lines they stand on."""
    for one in sorted(artifacts, key=lambda artifact: artifact.path):
        lines = {place.id: place.line for place in one.sources if not place.definition}
        if lines:
            yield QuoteRow(artifact=one.path, lines=lines)


def _tombstones(edition: EmitContext) -> Iterator[TombstoneRow]:
    found = [
        TombstoneRow(
            id=rule.id,
            slug=rule.slug,
            withdrawn=rule.tombstone.date if rule.tombstone else None,
            use_instead=rule.tombstone.use_instead if rule.tombstone else None,
            source=standard.path,
            source_line=rule.span.line,
        )
        for standard in edition.codex.standards
        for rule in standard.rules
        if status_on(standard, rule, edition.as_of) is Status.WITHDRAWN
    ]
    yield from sorted(found, key=lambda one: id_key(one.id))


def _drafts(edition: EmitContext) -> Iterator[str]:
    """Yield the ids of rules that are written and do not ship yet."""
    found = (
        rule.id
        for standard in edition.codex.standards
        for rule in standard.rules
        if status_on(standard, rule, edition.as_of) is Status.DRAFT
    )
    yield from sorted(found, key=id_key)
