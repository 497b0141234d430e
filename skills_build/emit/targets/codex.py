"""Codex CLI: a sidecar `agents/openai.yaml` for each skill, added to the tree of the target `agents`.

Vendor fields are only here, never in the portable front matter. The client ignores errors in this file silently:
https://github.com/openai/codex/blob/main/codex-rs/core-skills/src/loader.rs.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.front_matter import plain_scalar, yaml_mapping
from skills_build.model.bundle import Artifact, Skill

ROOTS: Final = (".agents/skills/",)
"""The folders of a repository in which this target owns files."""
_NAME_MAX_LENGTH: Final = 64
_DESCRIPTION_MAX_LENGTH: Final = 64


def emit(context: EmitContext) -> Iterator[Artifact]:
    """Yield a sidecar for each skill."""
    for skill in context.plan.skills:
        path = f"targets/codex/.agents/skills/{skill.name}/agents/openai.yaml"
        yield text_file(path, yaml_mapping({"interface": _interface(skill, context)}))


def _interface(skill: Skill, context: EmitContext) -> dict[str, str]:
    return {
        "display_name": _cut(skill.title, _NAME_MAX_LENGTH),
        "short_description": _short(skill, context),
        "default_prompt": _prompt(skill),
    }


def _short(skill: Skill, context: EmitContext) -> str:
    """Return 25 to 64 characters, as the client's documentation recommends."""
    if skill.index:
        return _cut(f"Find any rule of the {context.config.title} by its id", _DESCRIPTION_MAX_LENGTH)
    return _cut(f"Engineering rules: {skill.title}", _DESCRIPTION_MAX_LENGTH)


def _prompt(skill: Skill) -> str:
    if skill.index:
        return f"Use ${skill.name} to look up the rules cited here."
    return f"Use ${skill.name} to check this change against our {plain_scalar(skill.title)} rules."


def _cut(text: str, max_length: int) -> str:
    text = plain_scalar(text)
    return text if len(text) <= max_length else text[: max_length - 4].rsplit(" ", 1)[0] + " ..."
