"""All files of one build as bytes: skills, fragments, what targets need, statements, manifest. Opens no file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from skills_build.compile.digest import digests
from skills_build.compile.link_index import LinkIndex
from skills_build.emit.agents_md import fragment_files
from skills_build.emit.changes import changes
from skills_build.emit.context import EmitContext
from skills_build.emit.manifest import build_manifest
from skills_build.emit.plugin import agent_plugin, plugin
from skills_build.emit.registry import BY_NAME
from skills_build.emit.render import Renderer
from skills_build.emit.skill_pages import entry_page, skill_files
from skills_build.emit.statements import Placement, statements
from skills_build.emit.tree import tree_digest
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact, Plan
from skills_build.model.config import Config
from skills_build.model.release import Released, ReleaseEntry
from skills_build.model.standard import Codex


def emit(
    plan: Plan,
    codex: Codex,
    config: Config,
    *,
    as_of: str,
    version: str,
    templates: Mapping[str, str],
    released: Released | None = None,
    entry: ReleaseEntry | None = None,
) -> tuple[Artifact, ...]:
    """Write a plan. `templates` are by path below `templates/`; paths are relative to the output folder and sorted.

    `version` is the version of what has changed since `released`: a skill that is as it was released keeps its
    version, and so does a codex of which nothing changed. `entry` joins the history if anything did.
    Raises `CodexError` for an unknown target or a broken template.
    """
    edition = _edition(plan, codex, config, (as_of, version), templates)
    stamped = _stamped(edition, released)
    placements = _placements(stamped, tuple(_canonical(stamped)))
    if released is not None:
        same = replace(stamped, version=released.version, history=released.history)
        files = _files(same, placements)
        if tree_digest(files) == released.tree:
            return _sealed(same, files, placements)
    history = (*([entry] if entry else []), *(released.history if released else ()))
    fresh = replace(stamped, history=history)
    return _sealed(fresh, _files(fresh, placements), placements)


def _files(edition: EmitContext, placements: Mapping[str, Placement]) -> list[Artifact]:
    """All files but the manifest."""
    files = [*_canonical(edition), *fragment_files(edition), *_targets(edition)]
    plugins = (plugin(edition.config, edition.version), agent_plugin(edition.config, edition.version))
    return [*files, *plugins, changes(edition), statements(edition, placements)]


def _sealed(
    edition: EmitContext, files: Sequence[Artifact], placements: Mapping[str, Placement]
) -> tuple[Artifact, ...]:
    return tuple(sorted((*files, build_manifest(edition, files, placements)), key=lambda one: one.path))


def _edition(
    plan: Plan, codex: Codex, config: Config, stamp: tuple[str, str], templates: Mapping[str, str]
) -> EmitContext:
    shipping = [rule for skill in plan.skills for rule in skill.rules]
    return EmitContext(
        plan=plan,
        codex=codex,
        config=config,
        as_of=stamp[0],
        version=stamp[1],
        pages=Renderer(templates),
        links=LinkIndex(codex, shipping, config.source_url),
        skill_files={},
        skill_versions={},
    )


def _stamped(edition: EmitContext, released: Released | None) -> EmitContext:
    """Write all skills, each with the version in which it last changed."""
    files: dict[str, tuple[Artifact, ...]] = {}
    versions: dict[str, str] = {}
    for skill in edition.plan.skills:
        known = released.skills.get(skill.name) if released else None
        versions[skill.name] = known.version if known else edition.version
        files[skill.name] = skill_files(skill, versions[skill.name], edition)
        if known and tree_digest(files[skill.name]) != known.tree:
            versions[skill.name] = edition.version
            files[skill.name] = (entry_page(skill, edition.version, edition), *files[skill.name][1:])
    return replace(edition, skill_files=files, skill_versions=versions)


def _canonical(edition: EmitContext) -> Iterator[Artifact]:
    for name, files in edition.skill_files.items():
        for file in files:
            yield Artifact(path=f"skills/{name}/{file.path}", data=file.data, mode=file.mode, sources=file.sources)


def _targets(edition: EmitContext) -> Iterator[Artifact]:
    for name in dict.fromkeys(edition.config.targets):
        if name not in BY_NAME:
            raise CodexError(f"unknown target `{name}`", hint=f"known targets: {', '.join(BY_NAME)}")
        yield from BY_NAME[name].emit(edition)


def _placements(edition: EmitContext, files: Sequence[Artifact]) -> dict[str, Placement]:
    """By id, where each rule is defined."""
    rules = {rule.rule.id: (rule, skill) for skill in edition.plan.skills for rule in skill.rules}
    found = {}
    for artifact in files:
        for place in artifact.sources:
            if place.definition:
                one, skill = rules[place.id]
                found[place.id] = Placement(
                    one=one, skill=skill, artifact=artifact.path, place=place, digests=digests(one)
                )
    return found
