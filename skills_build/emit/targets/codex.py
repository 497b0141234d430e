"""Codex CLI: a sidecar `agents/openai.yaml` for each skill, to lie over the tree of the target `agents`.

Vendor fields live here alone, never in the portable front matter. The client swallows errors in this file.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.front_matter import plain_scalar, yaml_mapping
from skills_build.model.bundle import Artifact, Skill

ROOTS: Final = (".agents/skills/",)
"""The folders of a repository in which this target owns files."""
_NAME_MOST: Final = 64
_SHORT_MOST: Final = 64


def emit(edition: EmitContext) -> Iterator[Artifact]:
    """Yield a sidecar for each skill."""
    for skill in edition.plan.skills:
        path = f"targets/codex/.agents/skills/{skill.name}/agents/openai.yaml"
        yield text_file(path, yaml_mapping({"interface": _interface(skill, edition)}))


def _interface(skill: Skill, edition: EmitContext) -> dict[str, str]:
    return {
        "display_name": _cut(skill.title, _NAME_MOST),
        "short_description": _short(skill, edition),
        "default_prompt": _prompt(skill),
    }


def _short(skill: Skill, edition: EmitContext) -> str:
    """25 to 64 characters, as the client's documentation advises."""
    if skill.index:
        return _cut(f"Find any rule of the {edition.config.title} by its id", _SHORT_MOST)
    return _cut(f"{len(skill.rules)} engineering rules: {skill.title}", _SHORT_MOST)


def _prompt(skill: Skill) -> str:
    if skill.index:
        return f"Use ${skill.name} to look up the rules cited here."
    return f"Use ${skill.name} to check this change against our {plain_scalar(skill.title)} rules."


def _cut(text: str, most: int) -> str:
    text = plain_scalar(text)
    return text if len(text) <= most else text[: most - 4].rsplit(" ", 1)[0] + " ..."
