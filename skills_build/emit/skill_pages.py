"""The files of one skill: SKILL.md and its references, in the Agent Skills format."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from skills_build.compile.highlights import HIGHLIGHT_LENGTH
from skills_build.compile.prose import rule_line
from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.front_matter import front_matter
from skills_build.model.bundle import Artifact, PlacedRule, Reference, Skill, SourceLine
from skills_build.model.front_matter import SkillFrontMatter, SkillMetadata
from skills_build.model.plain import plain
from skills_build.model.standard import Status

_KEEP_TABS: Final = "\n<!-- markdownlint-disable-file MD010 -->\n"
"""Keeps the tabs of code: by default `markdownlint --fix` makes a space of each, which breaks Go and makefiles.

Source: https://github.com/DavidAnson/markdownlint/blob/main/doc/md010.md
"""


def skill_files(skill: Skill, version: str, context: EmitContext) -> tuple[Artifact, ...]:
    """Render one skill. Paths are relative to its folder; SKILL.md comes first, and only it contains the version."""
    return (
        entry_page(skill, version, context),
        *(_reference(reference, skill, context) for reference in skill.references),
    )


def entry_page(skill: Skill, version: str, context: EmitContext) -> Artifact:
    """Render SKILL.md."""
    template = "skills/index.md.j2" if skill.index else "skills/SKILL.md.j2"
    page = front(skill, version, context) + "\n" + context.pages.render(template, _values(skill, context))
    return text_file("SKILL.md", page, tuple(_quoted(page, skill.highlights, context)))


def front(skill: Skill, version: str, context: EmitContext) -> str:
    """Return the front matter of SKILL.md."""
    metadata = SkillMetadata(
        version=version,
        codex=context.config.namespace,
        domain=", ".join(skill.domains) or None,
    )
    front = SkillFrontMatter(name=skill.name, description=skill.description, license=skill.licence, metadata=metadata)
    return front_matter(plain(front))


def _values(skill: Skill, context: EmitContext) -> dict[str, object]:
    shown = [
        (rule_line(highlight, max_length=HIGHLIGHT_LENGTH), highlight.blocks, highlight.status is Status.DEPRECATED)
        for highlight in skill.highlights
    ]
    return {
        "skill": skill,
        "codex": context.config,
        "highlights": shown,
        "complete": len(shown) == len(skill.rules),
        "deprecated": any(rule.status is Status.DEPRECATED for rule in skill.rules),
        "finder": next((other.name for other in context.plan.skills if other.index), ""),
        "has_topics": any(route.topic for route in skill.routes),
        "blocking": any(rule.blocks for rule in skill.rules),
        "example": (skill.highlights or skill.rules)[0].rule.id if skill.rules else "",
    }


def _quoted(page: str, shown: Sequence[PlacedRule], context: EmitContext) -> Iterator[SourceLine]:
    """Yield the sources of the rules that a page quotes as list items."""
    by_id = {placed.rule.id: placed for placed in shown}
    for number, line in enumerate(page.split("\n"), 1):
        match = re.match(r"- (\S+?)(?: \([A-Z ]+\))?: ", line)
        if match and match[1] in by_id:
            yield context.source(by_id.pop(match[1]), number, definition=False)


def people_files(context: EmitContext) -> tuple[Artifact, ...]:
    """Render the rules that are only for people, in `people/`. No skill contains them."""
    return tuple(
        _page(page, "people/page.md.j2", f"people/{page.name}.md", {"reference": page}, context)
        for page in context.plan.people.pages
    )


def _reference(reference: Reference, skill: Skill, context: EmitContext) -> Artifact:
    values = {"reference": reference, "skill": skill}
    return _page(reference, "skills/reference.md.j2", reference.path, values, context)


def _page(
    reference: Reference, template: str, path: str, values: Mapping[str, object], context: EmitContext
) -> Artifact:
    body = reference.body.rstrip("\n")
    page = context.pages.render(template, {**values, "body": body})
    first = page[: max(page.rfind(body), 0)].count("\n") + 1
    if "\t" in body:
        page += _KEEP_TABS
    sources = tuple(context.source(place.placed, first + place.line, definition=True) for place in reference.places)
    return text_file(path, page, sources)
