"""Cursor: `.cursor/rules/<skill>.mdc`, short pages that attach to files and send the reader to the skill.

The rules themselves are in `.agents/skills`, which Cursor reads too: saying them twice would cost the window twice.
Cursor's front matter is not YAML: its own editor writes `globs` as bare words with commas, quotes would be among them.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.compile.prose import one_line
from skills_build.emit.edition import Edition, text_file
from skills_build.emit.globs import globs, joined
from skills_build.emit.yaml_out import quoted
from skills_build.model.bundle import Artifact, Skill

ROOTS: Final = (".cursor/rules/",)
"""The folders of a repository in which this target owns files."""


def emit(edition: Edition) -> Iterator[Artifact]:
    """Yield a page for each skill."""
    for skill in edition.plan.skills:
        if not skill.index:
            yield text_file(f"targets/cursor/.cursor/rules/{skill.name}.mdc", _page(skill, edition))


def _page(skill: Skill, edition: Edition) -> str:
    head = ("---", f"description: {quoted(skill.description)}", f"globs: {joined(globs(skill.rules))}".rstrip())
    lines = [one_line(one) for one in skill.highlights if one.blocks]
    body = edition.pages.render("cursor/rule.mdc.j2", {"skill": skill, "codex": edition.config, "always": lines})
    return "\n".join((*head, "alwaysApply: false", "---", "", body))
