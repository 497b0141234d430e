"""Skills in the short form that repositories get: each rule with its exceptions, and its reason in a few words.

The rules in full are in the rules file of the repository (`skills_build.release.rules_file`), not in references.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import dropwhile
from typing import Final

from skills_build.compile.delivery import LONGEST
from skills_build.compile.link_index import LinkIndex
from skills_build.compile.prose import file_note, rule_line
from skills_build.compile.short_text import first_clause, single_line
from skills_build.emit.context import EmitContext, text_file
from skills_build.emit.front_matter import front_matter
from skills_build.emit.registry import BY_NAME
from skills_build.emit.render import Renderer
from skills_build.frozen import dataclass
from skills_build.model.bundle import Artifact, PlacedRule, Plan, Skill
from skills_build.model.codex import Codex
from skills_build.model.config import Config
from skills_build.model.standard import Status
from skills_build.source.candidates import visible_text

REASON_LENGTHS: Final = (100, 80, 60, 0)
"""Maximum length of a reason, in characters; a longer one is cut at the end of a clause. A page that is too long takes
the next length.
"""
_EXCEPTION_LENGTH: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNotes:
    """The content of a short line besides the sentence of the rule; empty if there is none."""

    why: str = ""
    exceptions: str = ""
    waived_until: str = ""
    attribution: str = ""


def delivered_files(
    skills: Iterable[Skill],
    config: Config,
    notes: Mapping[str, RuleNotes],
    pages: Renderer,
    *,
    shown: frozenset[str] = frozenset(),
) -> tuple[Artifact, ...]:
    """Render short skills for the targets of `config`, below `targets/`; `shown` are the rules in AGENTS.md."""
    plan = Plan(skills=tuple(skills), fragments=())
    context = EmitContext(
        plan=plan,
        codex=Codex(standards=()),
        config=config,
        as_of="",
        version="",
        pages=pages,
        links=LinkIndex(Codex(standards=()), (), None),
        skill_files={skill.name: (_page(skill, config, notes, pages),) for skill in plan.skills},
        skill_versions={},
        pointers=True,
        shown=shown,
    )
    return tuple(file for target in config.targets for file in BY_NAME[target].emit(context))


def _page(skill: Skill, config: Config, notes: Mapping[str, RuleNotes], pages: Renderer) -> Artifact:
    """Render a page with reasons that are as long as its maximum size permits."""
    texts = (_text(skill, config, notes, pages, length) for length in REASON_LENGTHS)
    text = next(dropwhile(lambda text: len(text.encode()) > LONGEST, texts), None)
    return text_file("SKILL.md", text or _text(skill, config, notes, pages, 0))


def _text(skill: Skill, config: Config, notes: Mapping[str, RuleNotes], pages: Renderer, length: int) -> str:
    by_standard: dict[str, list[PlacedRule]] = {}
    for placed in skill.highlights:
        by_standard.setdefault(placed.standard.path, []).append(placed)
    attribution = {notes[placed.rule.id].attribution for placed in skill.rules if placed.rule.id in notes}
    values = {
        "skill": skill,
        "blocking": any(placed.blocks for placed in skill.rules),
        "deprecated": any(placed.status is Status.DEPRECATED for placed in skill.rules),
        "example": skill.highlights[0].rule.id,
        "sections": [
            (visible_text(rules[0].standard.title), [_line(rule, notes, length) for rule in rules])
            for _, rules in sorted(by_standard.items())
        ],
        "attribution": sorted(attribution - {""}),
    }
    head = front_matter(
        {
            "name": skill.name,
            "description": skill.description,
            "license": skill.licence,
            "metadata": {"codex": config.namespace, "domain": ", ".join(skill.domains)},
        }
    )
    return f"{head}\n{pages.render('skills/short.md.j2', values)}"


def _line(placed: PlacedRule, notes: Mapping[str, RuleNotes], length: int) -> str:
    """Format a rule on one line: sentence, whether it is blocking, exceptions, reason of at most `length`."""
    own = notes.get(placed.rule.id, RuleNotes())
    return " ".join((_sentence(rule_line(placed)), *_marks(placed, own), *_remarks(own, length)))


def _marks(placed: PlacedRule, own: RuleNotes) -> Iterator[str]:
    if own.waived_until:
        yield f"(waived here until {own.waived_until})"
    elif placed.blocks:
        yield "(blocking)"
    if placed.status is Status.DEPRECATED:
        yield "(deprecated)"
    yield from file_note(placed.scope)


def _remarks(own: RuleNotes, length: int) -> Iterator[str]:
    if own.exceptions:
        exceptions = single_line(own.exceptions)
        short = exceptions is not None and len(exceptions) <= _EXCEPTION_LENGTH
        yield _sentence(f"Except: {exceptions}") if short else "It has exceptions: read it in full."
    if own.why and length:
        yield _sentence(f"Why: {first_clause(own.why, length)}")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
