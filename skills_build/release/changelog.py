"""The changelog of a codex for its readers: new obligations with their dates, and all other changes.

The form is that of Keep a Changelog 1.1.0 (keepachangelog.com).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final
from urllib.parse import quote

from skills_build.counts import counted
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.bundle import PlacedRule
from skills_build.model.release import Bump, ChangeKind, Diff, ReleaseEntry, RuleChange
from skills_build.model.standard import Status

_HEADING: Final = re.compile(r"^## +\[?v?(\d+\.\d+\.\d+|unreleased)\]?.*$", re.IGNORECASE | re.MULTILINE)
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_SECTIONS: Final = {
    "Added": (
        ChangeKind.ADDED,
        ChangeKind.CHECK_ADDED,
        ChangeKind.SKILL_ADDED,
        ChangeKind.PROFILE_ADDED,
        ChangeKind.TARGET_ADDED,
    ),
    "Changed": (
        ChangeKind.FLIPPED,
        ChangeKind.TIGHTENED,
        ChangeKind.LOOSENED,
        ChangeKind.PROMOTED,
        ChangeKind.DEMOTED,
        ChangeKind.SCHEDULED,
        ChangeKind.WIDENED,
        ChangeKind.NARROWED,
        ChangeKind.REWORDED,
        ChangeKind.AUDIENCE,
        ChangeKind.DECIDED,
        ChangeKind.SELECTED,
        ChangeKind.MAPPED,
        ChangeKind.ORIGIN,
        ChangeKind.CHECK_CHANGED,
        ChangeKind.MOVED,
        ChangeKind.SKILL_RENAMED,
        ChangeKind.TRIGGER,
    ),
    "Deprecated": (ChangeKind.DEPRECATED,),
    "Removed": (
        ChangeKind.WITHDRAWN,
        ChangeKind.CHECK_REMOVED,
        ChangeKind.SKILL_REMOVED,
        ChangeKind.PROFILE_REMOVED,
        ChangeKind.TARGET_REMOVED,
    ),
    "Fixed": (ChangeKind.EDITORIAL, ChangeKind.EDITED, ChangeKind.SKILL_EDITED, ChangeKind.OUTPUT),
}
_OBLIGATIONS: Final = frozenset(
    {ChangeKind.ADDED, ChangeKind.FLIPPED, ChangeKind.TIGHTENED, ChangeKind.PROMOTED, ChangeKind.WIDENED}
)


_RULE_LINK: Final = re.compile(r"\*\*\[([^\[\]]+)\]\([^()\s]*\)\*\*")
_BLOCKING: Final = "Blocking"
_ADVISORY: Final = "Advisory"
_OTHER: Final = "Skills, profiles and clients"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleIndex:
    """The sentence of each rule by id, and where a reader of the changelog finds it, as the target of a link."""

    texts: Mapping[str, str]
    links: Mapping[str, str] = field(default_factory=dict)


def source_links(rules: Iterable[PlacedRule], gone: Iterable[RuleChange] = ()) -> dict[str, str]:
    """Return a link to each rule from a file in the root of the standards; for rules that are gone, to their file."""
    links = {change.subject: quote(change.source) for change in gone if change.source}
    for placed in rules:
        anchor = f"#{quote(placed.rule.anchor)}" if placed.rule.anchor else ""
        links[placed.rule.id] = f"{quote(placed.standard.path)}{anchor}"
    return links


def without_links(section: str) -> str:
    """Return the section of a release with plain ids, for the message of a commit or tag."""
    return _RULE_LINK.sub(r"**\1**", section)


def header(title: str) -> str:
    """Return the text at the top of a new changelog."""
    return f"# Changelog\n\nAll changes to the {title}, newest first. Versions follow semantic versioning.\n"


def release_section(diff: Diff | None, *, version: str, as_of: str, rules: RuleIndex, notes: str = "") -> str:
    """Write the section of one release; the first release has no diff.

    `notes` are the authors' own text, which comes first.
    """
    parts = [f"## [{version}] - {as_of}", ""]
    if notes.strip():
        parts += [notes.strip(), ""]
    if diff is None:
        parts += [f"First release: {counted(len(rules.texts), 'rule')}.", ""]
        return "\n".join(parts)
    return "\n".join([*parts, *_body(diff.changes, rules)])


def describe_release(entry: ReleaseEntry, rules: RuleIndex) -> str:
    """Describe a past release in the same words."""
    if not entry.changes:
        return f"First release: {counted(len(rules.texts), 'rule')}."
    return "\n".join(_body(entry.changes, rules)).strip()


def _body(changes: Sequence[RuleChange], rules: RuleIndex) -> Iterator[str]:
    obligations = sorted(obligations_in(changes), key=lambda change: change.on or "")
    if obligations:
        yield from ("### What you must do", "")
        for change in obligations:
            text = sentence(rules.texts.get(change.subject, change.new or ""))
            yield f"- {_when(change)}: {_name(change, rules.links)} {text}"
        yield ""
    for title, kinds in _SECTIONS.items():
        chosen = [change for change in changes if change.kind in kinds]
        if chosen:
            yield from (f"### {title}", "", *_grouped(chosen, rules))


def _grouped(changes: Sequence[RuleChange], rules: RuleIndex) -> Iterator[str]:
    """Yield the changes of one section: those of blocking rules, of advisory rules, and the others."""
    for group in (_BLOCKING, _ADVISORY, _OTHER):
        chosen = [change for change in changes if _group(change) == group]
        if chosen:
            lines = (f"- {describe_change(change, rules.texts, rules.links)}" for change in chosen)
            yield from (f"#### {group}", "", *lines, "")


def _group(change: RuleChange) -> str:
    if change.level is None:
        return _OTHER
    return _BLOCKING if change.level.startswith("MUST") and change.status == Status.ENFORCED else _ADVISORY


def _name(change: RuleChange, links: Mapping[str, str]) -> str:
    link = links.get(change.subject)
    return f"**[{change.subject}]({link})**" if link else f"**{change.subject}**"


def obligations_in(changes: Iterable[RuleChange]) -> Iterator[RuleChange]:
    """Yield the changes that readers must act on: rules that are newly blocking, or will be from a future day."""
    for change in changes:
        binding = (change.level or "").startswith("MUST")
        now = change.kind in _OBLIGATIONS and change.bump is Bump.MAJOR and binding
        later = change.kind in (ChangeKind.SCHEDULED, ChangeKind.ADDED) and change.on is not None and binding
        if (now or later) and (change.kind is not ChangeKind.SCHEDULED or change.new == "enforced"):
            yield change


def _when(change: RuleChange) -> str:
    return f"From {change.on}" if change.on else "From now on"


def describe_change(change: RuleChange, texts: Mapping[str, str], links: Mapping[str, str] | None = None) -> str:
    """Describe a change in one sentence for a reader who follows the rules; `links` lead to rules by id."""
    text = sentence(texts.get(change.subject, change.new or change.old or ""))
    name = _name(change, links or {})
    match change.kind:
        case ChangeKind.ADDED:
            return f"{name} {text}" + (f" Blocking from {change.on}." if change.on else "")
        case ChangeKind.WITHDRAWN:
            instead = f" Follow {change.use_instead} instead." if change.use_instead else ""
            return f"{name} is no longer in force: {sentence(change.old or '')}{instead}"
        case ChangeKind.REWORDED | ChangeKind.FLIPPED | ChangeKind.TIGHTENED | ChangeKind.LOOSENED:
            return f"{name} {change.why}. Before: {sentence(change.old or '')} Now: {sentence(change.new or '')}"
        case ChangeKind.WIDENED | ChangeKind.NARROWED | ChangeKind.AUDIENCE:
            return f"{name} {change.why}. Before: {change.old}. Now: {change.new}. {text}"
        case ChangeKind.PROMOTED | ChangeKind.DEMOTED | ChangeKind.DEPRECATED | ChangeKind.SCHEDULED:
            return f"{name} {change.why}. {text}"
        case ChangeKind.MOVED if change.new:
            return f"{name} is now in the skill {change.new}."
        case ChangeKind.OUTPUT:
            return f"{change.why[:1].upper()}{change.why[1:]}."
        case _:
            return f"{name}: {change.why}."


def sentence(text: str) -> str:
    """Return a sentence on one line, with a full stop."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?")) else f"{line}."


def unreleased_text(existing: str) -> str:
    """Return the text under `## [Unreleased]` with `\\n` line ends; empty if there is none."""
    plain = existing.replace("\r\n", "\n")
    offsets = _unreleased_offsets(plain)
    return plain[offsets[1] : offsets[2]].strip() if offsets else ""


def section_of(existing: str, version: str) -> str | None:
    """Return the section of one release with `\\n` line ends; None if there is none."""
    plain = existing.replace("\r\n", "\n")
    headings = _headings(plain)
    for number, heading in enumerate(headings):
        if heading[1] == version:
            end = headings[number + 1].start() if number + 1 < len(headings) else len(plain)
            return plain[heading.start() : end].rstrip() + "\n"
    return None


def insert_section(existing: str, new: str, *, version: str, title: str) -> str:
    """Add the section of one release to a changelog; the text under `## [Unreleased]` moves into it.

    All other lines are kept, including their line ends. Raises `CodexError` if the version already has a section.
    """
    if "\r\n" in existing:
        plain = existing.replace("\r\n", "\n")
        changelog = insert_section(plain, new.replace("\r\n", "\n"), version=version, title=title)
        return changelog.replace("\n", "\r\n")
    existing = existing or header(title)
    headings = _headings(existing)
    if any(heading[1] == version for heading in headings):
        raise CodexError(
            f"the changelog already has a section for {version}",
            hint="remove that section, or release a different version",
        )
    offsets = _unreleased_offsets(existing)
    first = headings[0].start() if headings else len(existing)
    head, tail = (existing[: offsets[1]], existing[offsets[2] :]) if offsets else (existing[:first], existing[first:])
    rest = tail.lstrip("\n")
    return f"{head.rstrip()}\n\n{new.rstrip()}\n" + (f"\n{rest}" if rest else "")


def _unreleased_offsets(text: str) -> tuple[int, int, int] | None:
    """Return the start and end of the `Unreleased` heading and the end of its text."""
    headings = _headings(text)
    for number, heading in enumerate(headings):
        if heading[1].lower() == "unreleased":
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            return heading.start(), heading.end(), end
    return None


def _headings(text: str) -> Sequence[re.Match[str]]:
    """Return the headings of releases, without those in fenced code."""
    return list(_HEADING.finditer(_FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence[0]), text)))
