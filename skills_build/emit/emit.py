"""All files of one build as bytes: skills, fragments, target files, statements, manifest. Opens no file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from skills_build.compile.digest import digests
from skills_build.compile.link_index import LinkIndex
from skills_build.emit.agents_md import fragment_files
from skills_build.emit.changes import changes
from skills_build.emit.context import EmitContext
from skills_build.emit.manifest import build_manifest
from skills_build.emit.plugin import gemini_extension, plugin
from skills_build.emit.registry import BY_NAME
from skills_build.emit.render import Renderer
from skills_build.emit.skill_pages import entry_page, people_files, skill_files
from skills_build.emit.statements import Placement, statements
from skills_build.emit.tree import tree_digest
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact, PlacedRule, Plan, Skill
from skills_build.model.codex import Codex
from skills_build.model.config import Config
from skills_build.model.release import Released, ReleaseEntry


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
    """Write a plan as files, sorted by path relative to the output folder.

    `templates` are texts by path below `templates/`. `version` is for what has changed since `released`: an unchanged
    skill keeps its released version, and so does an unchanged codex. `entry` is added to the history if anything
    changed. Raises `CodexError` for an unknown target or a broken template.
    """
    context = _context(plan, codex, config, (as_of, version), templates)
    stamped = _stamped(context, released)
    placements = _placements(stamped, (*_canonical(stamped), *people_files(stamped)))
    if released is not None:
        unchanged = replace(stamped, version=released.version, history=released.history)
        files = _files(unchanged, placements)
        if tree_digest(files) == released.tree:
            return _with_manifest(unchanged, files, placements)
    history = (*([entry] if entry else []), *(released.history if released else ()))
    changed = replace(stamped, history=history)
    return _with_manifest(changed, _files(changed, placements), placements)


def emit_pages(
    plan: Plan, codex: Codex, config: Config, *, as_of: str, version: str, templates: Mapping[str, str]
) -> tuple[Artifact, ...]:
    """Write what agents and clients read, for the lints of the output: all files except data about them."""
    context = _stamped(_context(plan, codex, config, (as_of, version), templates), None)
    return tuple(sorted(_pages(context), key=lambda artifact: artifact.path))


def _pages(context: EmitContext) -> list[Artifact]:
    files = [*_canonical(context), *people_files(context), *fragment_files(context), *_targets(context)]
    manifests = [make(context.config, context.version) for make in (plugin, gemini_extension)]
    return [*files, *manifests]


def _files(context: EmitContext, placements: Mapping[str, Placement]) -> list[Artifact]:
    """Return all files except the manifest."""
    return [*_pages(context), changes(context), statements(context, placements)]


def _with_manifest(
    context: EmitContext, files: Sequence[Artifact], placements: Mapping[str, Placement]
) -> tuple[Artifact, ...]:
    return tuple(sorted((*files, build_manifest(context, files, placements)), key=lambda artifact: artifact.path))


def _context(
    plan: Plan, codex: Codex, config: Config, stamp: tuple[str, str], templates: Mapping[str, str]
) -> EmitContext:
    shipping = [*(rule for skill in plan.skills for rule in skill.rules), *plan.people.rules]
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


def _stamped(context: EmitContext, released: Released | None) -> EmitContext:
    """Render all skills, each with the version in which it last changed."""
    files: dict[str, tuple[Artifact, ...]] = {}
    versions: dict[str, str] = {}
    for skill in context.plan.skills:
        previous = released.skills.get(skill.name) if released else None
        versions[skill.name] = previous.version if previous else context.version
        files[skill.name] = skill_files(skill, versions[skill.name], context)
        if previous and tree_digest(files[skill.name]) != previous.tree:
            versions[skill.name] = context.version
            files[skill.name] = (entry_page(skill, context.version, context), *files[skill.name][1:])
    return replace(context, skill_files=files, skill_versions=versions)


def _canonical(context: EmitContext) -> Iterator[Artifact]:
    for name, files in context.skill_files.items():
        for file in files:
            yield Artifact(path=f"skills/{name}/{file.path}", data=file.data, mode=file.mode, sources=file.sources)


def _targets(context: EmitContext) -> Iterator[Artifact]:
    for name in dict.fromkeys(context.config.targets):
        if name not in BY_NAME:
            raise CodexError(f"unknown target `{name}`", hint=f"known targets: {', '.join(BY_NAME)}")
        yield from BY_NAME[name].emit(context)


def _placements(context: EmitContext, files: Sequence[Artifact]) -> dict[str, Placement]:
    """Return where each rule is defined, by id."""
    rules: dict[str, tuple[PlacedRule, Skill | None]] = {
        rule.rule.id: (rule, skill) for skill in context.plan.skills for rule in skill.rules
    }
    rules.update({rule.rule.id: (rule, None) for rule in context.plan.people.rules})
    placements = {}
    for artifact in files:
        for place in artifact.sources:
            if place.definition:
                placed, skill = rules[place.id]
                placements[place.id] = Placement(
                    placed=placed, skill=skill, artifact=artifact.path, place=place, digests=digests(placed)
                )
    return placements
