"""Copilot: `.github/copilot-instructions.md`, and instructions per path for skills that apply to certain files only.

Like Cursor it reads `.agents/skills` and AGENTS.md, so these pages are short and refer to them. Format:
https://docs.github.com/en/copilot/how-tos/configure-custom-instructions-in-your-ide/add-repository-instructions-in-your-ide.
"""

from collections.abc import Iterator
from typing import Final

from skills_build.compile.prose import rule_line
from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.front_matter import front_matter
from skills_build.emit.globs import join_globs, skill_globs
from skills_build.model.bundle import Artifact, Skill

ROOTS: Final = (".github/instructions/",)
"""The folders of a repository in which this target owns files."""
HOSTS: Final = (".github/copilot-instructions.md",)
"""Files of the repository itself in which this target has a block."""
_FOLDER = "targets/copilot/.github"


def emit(context: EmitContext) -> Iterator[Artifact]:
    """Yield the general page, then one for each skill that applies to certain files only."""
    skills = [skill for skill in context.plan.skills if not skill.index]
    finder = next((skill.name for skill in context.plan.skills if skill.index), "")
    listed = [] if context.pointers else skills  # AGENTS.md of a repository lists them
    values = {"skills": listed, "codex": context.config, "finder": finder}
    general = context.pages.render("copilot/copilot-instructions.md.j2", values)
    yield text_file(f"{_FOLDER}/copilot-instructions.md", general)
    for skill in skills:
        patterns = join_globs(skill_globs(skill.rules))
        if patterns:
            yield text_file(f"{_FOLDER}/instructions/{skill.name}.instructions.md", _page(skill, patterns, context))


def _page(skill: Skill, patterns: str, context: EmitContext) -> str:
    head = front_matter({"description": skill.description, "applyTo": patterns})
    lines = [rule_line(rule) for rule in skill.highlights if rule.blocks and rule.rule.id not in context.shown]
    values = {"skill": skill, "codex": context.config, "always": lines, "short": context.pointers}
    return f"{head}\n{context.pages.render('copilot/instructions.md.j2', values)}"
