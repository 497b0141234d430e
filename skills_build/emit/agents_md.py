"""Fragments as text: the content of the managed block in an AGENTS.md."""

from collections.abc import Iterator
from dataclasses import replace

from skills_build import inert
from skills_build.compile.prose import always_line
from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.plugin import marketplace_name, plugin_name
from skills_build.emit.registry import BY_NAME, TARGETS, with_needed
from skills_build.emit.render import Renderer
from skills_build.model.bundle import Artifact, Fragment, IndexLine, NestedFile
from skills_build.model.config import Config, Delivery, DeliverySettings


def fragment_text(fragment: Fragment, config: Config, pages: Renderer, *, repository: str = "") -> str:
    """Render one fragment as Markdown that ends in one line break.

    `repository` is what the block says about the repository itself: it comes between the rules and the skills.
    """
    template = "agents-md/nested.md.j2" if fragment.folder else "agents-md/fragment.md.j2"
    mode = config.delivery.mode or Delivery.FULL
    values = {
        "fragment": fragment,
        "codex": config,
        "always": [always_line(placed) for placed in fragment.always],
        "always_nested": [always_line(placed) for placed in fragment.always_nested],
        "nested": [nested_line(file) for file in fragment.nested],
        "folded": len(fragment.folded),
        "index": [index_line(line) for line in fragment.index],
        "places": _places(config),
        "mode": mode,
        "installs": [*_installs(config)] if mode is Delivery.BLOCK else [],
        "example": next((line.ids[0] for line in fragment.index if line.ids), "ABC-1"),
        "repository": repository.strip("\n"),
    }
    return pages.render(template, values).rstrip("\n") + "\n"


def _places(config: Config) -> str:
    """Return where the skills are, for the readers of the fragment."""
    targets = [BY_NAME[name] for name in with_needed(config.targets) if name in BY_NAME and BY_NAME[name].skills]
    common, *others = sorted(targets, key=TARGETS.index) or [BY_NAME["agents"]]
    special = "; ".join(f"{target.clients}: `{target.skills}<name>/SKILL.md`" for target in others)
    return f"`{common.skills}<name>/SKILL.md`" + (f" ({special})" if special else "")


def _installs(config: Config) -> Iterator[str]:
    """Yield how to install the skills in each client, as list items; nothing if the codex has no address."""
    source = config.delivery.source
    for name in with_needed(config.targets):
        target = BY_NAME[name]
        if source and target.install:
            names = {"source": source, "plugin": plugin_name(config), "marketplace": marketplace_name(config)}
            yield f"- {target.clients}: `{target.install.format(**names)}`"


def index_line(line: IndexLine) -> str:
    """Format a skill as a list item: when to read it, and whether more of its rules are blocking.

    Descriptions of skills are the first thing that clients drop when there are many. The line has no counts: those
    would change this block, and so every repository that has it, with each new rule.
    """
    mark = " (more blocking rules)" if line.folded else ""
    return f"- `{line.skill}`{mark}: {line.trigger or line.title}"


def nested_line(file: NestedFile) -> str:
    """Format a nested AGENTS.md as a list item, with the ids of the rules that are blocking there."""
    ids = f" Blocking there: {', '.join(file.ids)}." if file.ids else ""
    return f"- Before you work in {inert.code(file.folder)}, read {inert.code(file.path)}.{ids}"


def fragment_path(fragment: Fragment) -> str:
    """Return the path of a fragment in the output folder."""
    if not fragment.folder:
        return f"agents-md/{fragment.profile}.md"
    return f"agents-md/{fragment.profile}/{fragment.folder}/AGENTS.md"


def fragment_files(context: EmitContext) -> Iterator[Artifact]:
    """Yield all fragments as files."""
    for fragment in context.plan.fragments:
        config = replace(context.config, delivery=DeliverySettings())  # these files are next to the whole skills
        text = fragment_text(fragment, config, context.pages)
        lines = {line: number for number, line in enumerate(text.split("\n"), 1)}
        sources = tuple(
            context.source(placed, lines[always_line(placed)], definition=False)
            for placed in fragment.always
            if always_line(placed) in lines
        )
        yield text_file(fragment_path(fragment), text, sources)
