"""Cursor: `.cursor/rules/<skill>.mdc`, short pages that attach to files and send the reader to the skill.

The rules themselves are in `.agents/skills`, which Cursor also reads: repeating them would use the window twice.
Cursor's front matter is not YAML: its own editor writes `globs` as unquoted words with commas; quotes would be part of
the glob (https://cursor.com/docs/rules, https://github.com/sanity-io/agent-toolkit/pull/15).
"""

from collections.abc import Iterator
from typing import Final

from skills_build.compile.prose import rule_line
from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.front_matter import quoted_scalar
from skills_build.emit.globs import join_globs, skill_globs
from skills_build.model.bundle import Artifact, Skill

ROOTS: Final = (".cursor/rules/",)
"""The folders of a repository in which this target owns files."""


def emit(context: EmitContext) -> Iterator[Artifact]:
    """Yield a page for each skill."""
    for skill in context.plan.skills:
        if not skill.index:
            yield text_file(f"targets/cursor/.cursor/rules/{skill.name}.mdc", _page(skill, context))


def _page(skill: Skill, context: EmitContext) -> str:
    globs = join_globs(skill_globs(skill.rules))
    head = ("---", f"description: {quoted_scalar(skill.description)}", f"globs: {globs}".rstrip())
    rules = [rule for rule in skill.highlights if rule.rule.id not in context.shown]
    advisory = [rule_line(rule) for rule in rules if not rule.blocks] if globs and context.pointers else []
    values = {
        "skill": skill,
        "codex": context.config,
        "always": [rule_line(rule) for rule in rules if rule.blocks],
        "advisory": advisory,
        "short": context.pointers,
    }
    body = context.pages.render("cursor/rule.mdc.j2", values)
    return "\n".join((*head, "alwaysApply: false", "---", "", body))
