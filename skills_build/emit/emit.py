"""All files of one build as bytes: skills, fragments, what targets need, statements, manifest. Opens no file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from skills_build.compile.destinations import Destinations
from skills_build.compile.digest import digests
from skills_build.emit.agents_md import fragment_files
from skills_build.emit.edition import Edition
from skills_build.emit.manifest import manifest
from skills_build.emit.plugin import plugin
from skills_build.emit.registry import TARGETS
from skills_build.emit.render import Renderer
from skills_build.emit.skill_pages import skill_files
from skills_build.emit.statements import Placement, statements
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact, Plan
from skills_build.model.config import Config
from skills_build.model.standard import Codex


def emit(
    plan: Plan, codex: Codex, config: Config, *, as_of: str, version: str, templates: Mapping[str, str]
) -> tuple[Artifact, ...]:
    """Write a plan. `templates` are by path below `templates/`; `version` is the codex's (`0.0.0` before a release).

    Paths are relative to the output folder and sorted. Raises `CodexError` for an unknown target or a broken template.
    """
    edition = _edition(plan, codex, config, (as_of, version), templates)
    skills = tuple(_canonical(edition))
    placements = _placements(edition, skills)
    files = [*skills, *fragment_files(edition), *_targets(edition), plugin(config, version)]
    files.append(statements(edition, placements))
    files.append(manifest(edition, files, placements))
    return tuple(sorted(files, key=lambda one: one.path))


def _edition(plan: Plan, codex: Codex, config: Config, stamp: tuple[str, str], templates: Mapping[str, str]) -> Edition:
    shipping = [one for skill in plan.skills for one in skill.rules]
    bare = Edition(
        plan=plan,
        codex=codex,
        config=config,
        as_of=stamp[0],
        version=stamp[1],
        pages=Renderer(templates),
        links=Destinations(codex, shipping, config.source_url),
        skill_files={},
    )
    files = {skill.name: skill_files(skill, bare) for skill in plan.skills}
    return replace(bare, skill_files=files)


def _canonical(edition: Edition) -> Iterator[Artifact]:
    for name, files in edition.skill_files.items():
        for one in files:
            yield Artifact(path=f"skills/{name}/{one.path}", data=one.data, mode=one.mode, sources=one.sources)


def _targets(edition: Edition) -> Iterator[Artifact]:
    known = {target.name: target for target in TARGETS}
    for name in dict.fromkeys(edition.config.targets):
        if name not in known:
            raise CodexError(f"unknown target `{name}`", hint=f"known targets: {', '.join(known)}")
        yield from known[name].emit(edition)


def _placements(edition: Edition, files: Sequence[Artifact]) -> dict[str, Placement]:
    """By id, where each rule is defined."""
    rules = {one.rule.id: (one, skill) for skill in edition.plan.skills for one in skill.rules}
    found = {}
    for artifact in files:
        for place in artifact.sources:
            if place.definition:
                one, skill = rules[place.id]
                found[place.id] = Placement(
                    one=one, skill=skill, artifact=artifact.path, place=place, digests=digests(one)
                )
    return found
