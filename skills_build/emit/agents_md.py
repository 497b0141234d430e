"""Fragments as text: the content of the managed block in an AGENTS.md."""

from collections.abc import Iterator

from skills_build.compile.prose import always_line
from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.registry import with_needed
from skills_build.emit.render import Renderer
from skills_build.model.bundle import Artifact, Fragment, IndexLine
from skills_build.model.config import Config


def fragment_text(fragment: Fragment, config: Config, pages: Renderer) -> str:
    """Render one fragment as Markdown that ends in one line break."""
    template = "agents-md/nested.md.j2" if fragment.folder else "agents-md/fragment.md.j2"
    values = {
        "fragment": fragment,
        "codex": config,
        "always": [always_line(placed) for placed in fragment.always],
        "folded": len(fragment.folded),
        "index": [index_line(line) for line in fragment.index],
        "places": _places(config),
        "example": next((line.ids[0] for line in fragment.index if line.ids), "ABC-1"),
    }
    return pages.render(template, values).rstrip("\n") + "\n"


def _places(config: Config) -> str:
    """Return where the skills are, for the readers of the fragment."""
    agents, claude = "`.agents/skills/<name>/SKILL.md`", "`.claude/skills/<name>/SKILL.md`"
    if "claude" not in config.targets:
        return agents
    return f"{agents} (Claude Code: {claude})" if "agents" in with_needed(config.targets) else claude


def index_line(line: IndexLine) -> str:
    """Format a skill as a list item: its topics, its id prefixes, and whether more of its rules are blocking.

    It has no counts: those would change this block, and so every repository that has it, with each new rule.
    """
    about = line.title if not line.topics else f"{line.title}: {', '.join(line.topics)}"
    details = (", ".join(line.beginnings), "more blocking rules" if line.folded else "")
    notes = "; ".join(detail for detail in details if detail)
    return f"- `{line.skill}`: {about}{f' ({notes})' if notes else ''}"


def fragment_path(fragment: Fragment) -> str:
    """Return the path of a fragment in the output folder."""
    if not fragment.folder:
        return f"agents-md/{fragment.profile}.md"
    return f"agents-md/{fragment.profile}/{fragment.folder}/AGENTS.md"


def fragment_files(context: EmitContext) -> Iterator[Artifact]:
    """Yield all fragments as files."""
    for fragment in context.plan.fragments:
        text = fragment_text(fragment, context.config, context.pages)
        lines = {line: number for number, line in enumerate(text.split("\n"), 1)}
        sources = tuple(
            context.source(placed, lines[always_line(placed)], definition=False)
            for placed in fragment.always
            if always_line(placed) in lines
        )
        yield text_file(fragment_path(fragment), text, sources)
