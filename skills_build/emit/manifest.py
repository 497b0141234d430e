"""manifest.json: what one build made and from what, so that others can check, compare and select.

Its contract is `manifest.schema.json`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from skills_build.compile.catalogue import survival
from skills_build.compile.ranking import id_key
from skills_build.compile.select import status_on
from skills_build.emit.agents_md import fragment_path
from skills_build.emit.edition import Edition
from skills_build.emit.json_out import dumps
from skills_build.emit.statements import Placement
from skills_build.emit.tree import sha256, tree_digest
from skills_build.model.bundle import Artifact, Skill
from skills_build.model.config import SkillSettings
from skills_build.model.standard import Status

SCHEMA = "urn:codexc:schema:manifest:1"
GENERATOR = "codexc"
BUDGETS = ("fragment", "fragment_hard", "fragment_lines", "fragment_tokens")
"""Those that whoever makes a fragment for a repository has to keep."""


def manifest(edition: Edition, artifacts: Sequence[Artifact], placements: Mapping[str, Placement]) -> Artifact:
    """Write manifest.json for all other `artifacts` of a build."""
    by_path = {one.path: one for one in artifacts}
    data = {
        "$schema": SCHEMA,
        "namespace": edition.config.namespace,
        "title": edition.config.title,
        "version": edition.version,
        "as_of": edition.as_of,
        "generator": GENERATOR,
        "tree": tree_digest(artifacts),
        "targets": list(edition.config.targets),
        "priority": list(edition.config.priority),
        "budgets": {name: getattr(edition.config.budgets, name) for name in BUDGETS},
        "profiles": {name: asdict(edition.config.profiles[name]) for name in sorted(edition.config.profiles)},
        "clients": [_client(edition, number) for number in range(len(edition.plan.limits))],
        "skills": [_skill(one, edition) for one in edition.plan.skills],
        "fragments": list(_fragments(edition, by_path)),
        "rules": [_rule(placements[key]) for key in sorted(placements, key=id_key)],
        "quotes": list(_quotes(artifacts)),
        "tombstones": list(_tombstones(edition)),
        "drafts": list(_drafts(edition)),
    }
    return Artifact(path="manifest.json", data=dumps(data, depth=2))


def _client(edition: Edition, number: int) -> dict[str, object]:
    limits = edition.plan.limits[number]
    found = survival(edition.plan.skills, limits)
    return {
        "client": found.client,
        "skills": found.skills,
        "listed": found.listed,
        "whole": found.whole,
        "catalogue_chars": found.chars,
        "limit": found.limit,
    }


def _skill(skill: Skill, edition: Edition) -> dict[str, object]:
    files = edition.skill_files[skill.name]
    settings = edition.config.skills.get(skill.key, SkillSettings())
    return {
        "name": skill.name,
        "key": skill.key,
        "title": skill.title,
        "description": skill.description,
        "version": edition.skill_versions[skill.name],
        "formerly": list(settings.formerly),
        "index": skill.index,
        "bytes": sum(len(one.data) for one in files),
        "rules": len(skill.rules),
        "tree": tree_digest(files),
        "files": {one.path: sha256(one.data) for one in files},
    }


def _fragments(edition: Edition, by_path: Mapping[str, Artifact]) -> Iterator[dict[str, object]]:
    for fragment in edition.plan.fragments:
        artifact = by_path[fragment_path(fragment)]
        yield {
            "profile": fragment.profile,
            "folder": fragment.folder,
            "path": artifact.path,
            "bytes": len(artifact.data),
            "lines": artifact.data.count(b"\n"),
            "sha256": sha256(artifact.data),
            "always": [one.rule.id for one in fragment.always],
            "folded": [one.rule.id for one in fragment.folded],
            "rules": sum(len(line.ids) for line in fragment.index),
        }


def _rule(placement: Placement) -> dict[str, object]:
    place, one = placement.place, placement.one
    return {
        "id": place.id,
        "slug": one.rule.slug,
        "level": one.rule.level,
        "status": one.status,
        "skill": placement.skill.name,
        "norm": placement.digests.norm,
        "contract": placement.digests.contract,
        "text": placement.digests.text,
        "change": one.rule.change or one.standard.change,
        "artifact": placement.artifact,
        "line": place.line,
        "source": place.path,
        "source_line": place.source_line,
        "url": place.url,
    }


def _quotes(artifacts: Sequence[Artifact]) -> Iterator[dict[str, object]]:
    """Yield, for each file that shows rules in short, their ids with the lines they stand on."""
    for one in sorted(artifacts, key=lambda artifact: artifact.path):
        lines = {place.id: place.line for place in one.sources if not place.definition}
        if lines:
            yield {"artifact": one.path, "lines": lines}


def _tombstones(edition: Edition) -> Iterator[dict[str, object]]:
    found: list[dict[str, object]] = [
        {
            "id": rule.id,
            "slug": rule.slug,
            "withdrawn": rule.tombstone.date if rule.tombstone else None,
            "use_instead": rule.tombstone.use_instead if rule.tombstone else None,
            "source": standard.path,
            "source_line": rule.span.line,
        }
        for standard in edition.codex.standards
        for rule in standard.rules
        if status_on(standard, rule, edition.as_of) is Status.WITHDRAWN
    ]
    yield from sorted(found, key=lambda one: id_key(str(one["id"])))


def _drafts(edition: Edition) -> Iterator[str]:
    """Yield the ids of rules that are written and do not ship yet."""
    found = (
        rule.id
        for standard in edition.codex.standards
        for rule in standard.rules
        if status_on(standard, rule, edition.as_of) is Status.DRAFT
    )
    yield from sorted(found, key=id_key)
