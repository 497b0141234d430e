"""Claude Code: `.claude/skills`, with the same bytes as `.agents/skills`, and the text for a CLAUDE.md.

Some clients read both folders, so the copies must not differ. Claude Code reads AGENTS.md since 2.1.277, but only if
there is no CLAUDE.md, so a CLAUDE.md has to import it: https://code.claude.com/docs/en/memory. Rules for folders are
made for each repository (`codex.sync.claude_rules`).
"""

from collections.abc import Iterator
from typing import Final

from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.front_matter import front_matter
from skills_build.model.bundle import Artifact, Skill

ROOTS: Final = (".claude/skills/", ".claude/rules/")
"""The folders of a repository in which this target owns files."""
HOSTS: Final = ("CLAUDE.md",)
"""Files of the repository itself in which this target has a block."""


def emit(context: EmitContext) -> Iterator[Artifact]:
    """Yield every skill below `.claude/skills`, and a CLAUDE.md that imports AGENTS.md."""
    yield text_file("targets/claude/CLAUDE.md", context.pages.render("claude/CLAUDE.md.j2", {}))
    pointers = context.pointers and "agents" in context.config.targets
    for skill in context.plan.skills:
        for file in (_pointer(skill, context),) if pointers else context.skill_files[skill.name]:
            yield Artifact(
                path=f"targets/claude/.claude/skills/{skill.name}/{file.path}", data=file.data, mode=file.mode
            )


def _pointer(skill: Skill, context: EmitContext) -> Artifact:
    """Return a skill that leads to the one in `.agents/skills`: a link would be text on Windows."""
    head = front_matter({"name": skill.name, "description": skill.description})
    return text_file("SKILL.md", f"{head}\n{context.pages.render('claude/pointer.md.j2', {'skill': skill})}")
