"""The changelog of a codex, for its readers: what they must do now, from when, and what else changed.

The form is that of Keep a Changelog 1.1.0 (keepachangelog.com).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from skills_build.errors import CodexError
from skills_build.model.release import Bump, ChangeKind, Diff, ReleaseEntry, RuleChange

_HEADING: Final = re.compile(r"^## +\[?v?(\d+\.\d+\.\d+|unreleased)\]?.*$", re.IGNORECASE | re.MULTILINE)
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_SECTIONS: Final = {
    "Added": (ChangeKind.ADDED, ChangeKind.SKILL_ADDED, ChangeKind.PROFILE_ADDED, ChangeKind.TARGET_ADDED),
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
        ChangeKind.MOVED,
        ChangeKind.SKILL_RENAMED,
        ChangeKind.TRIGGER,
    ),
    "Deprecated": (ChangeKind.DEPRECATED,),
    "Removed": (ChangeKind.WITHDRAWN, ChangeKind.SKILL_REMOVED, ChangeKind.PROFILE_REMOVED, ChangeKind.TARGET_REMOVED),
    "Fixed": (ChangeKind.EDITORIAL, ChangeKind.EDITED, ChangeKind.SKILL_EDITED, ChangeKind.OUTPUT),
}
_DUTIES: Final = frozenset(
    {ChangeKind.ADDED, ChangeKind.FLIPPED, ChangeKind.TIGHTENED, ChangeKind.PROMOTED, ChangeKind.WIDENED}
)


def header(title: str) -> str:
    """What stands at the top of a new changelog."""
    return f"# Changelog\n\nWhat changed in the {title}, newest first. Versions follow semantic versioning.\n"


def section(diff: Diff | None, *, version: str, as_of: str, texts: Mapping[str, str], notes: str = "") -> str:
    """The section of one release; without a diff it is the first. `texts` gives the sentence of each rule by id.

    `notes` are the author's own words, which come first.
    """
    parts = [f"## [{version}] - {as_of}", ""]
    if notes.strip():
        parts += [notes.strip(), ""]
    if diff is None:
        parts += [f"The first release: {len(texts):,} rules.", ""]
        return "\n".join(parts)
    return "\n".join([*parts, *_body(diff.changes, texts)])


def explained_change(entry: ReleaseEntry, texts: Mapping[str, str]) -> str:
    """What one release of the past changed, in the same words."""
    if not entry.changes:
        return f"The first release: {len(texts):,} rules."
    return "\n".join(_body(entry.changes, texts)).strip()


def _body(changes: Sequence[RuleChange], texts: Mapping[str, str]) -> Iterator[str]:
    duties = sorted(duties_in(changes), key=lambda rule_change: rule_change.on or "")
    if duties:
        yield from ("### What you must do", "")
        for duty in duties:
            yield f"- {_when(duty)}: **{duty.subject}** {sentence(texts.get(duty.subject, duty.new or ''))}"
        yield ""
    for title, kinds in _SECTIONS.items():
        chosen = [change for change in changes if change.kind in kinds]
        if chosen:
            yield from (f"### {title}", "", *(f"- {explained_rule_change(one, texts)}" for one in chosen), "")


def duties_in(changes: Iterable[RuleChange]) -> Iterator[RuleChange]:
    """Yield what readers have to act on: what blocks now and did not, and what will from a day on."""
    for change in changes:
        binding = (change.level or "").startswith("MUST")
        now = change.kind in _DUTIES and change.bump is Bump.MAJOR and binding
        later = change.kind in (ChangeKind.SCHEDULED, ChangeKind.ADDED) and change.on is not None and binding
        if (now or later) and (change.kind is not ChangeKind.SCHEDULED or change.new == "enforced"):
            yield change


def _when(change: RuleChange) -> str:
    return f"From {change.on}" if change.on else "From now on"


def explained_rule_change(change: RuleChange, texts: Mapping[str, str]) -> str:
    """A change in a sentence for somebody who follows the rules."""
    text = sentence(texts.get(change.subject, change.new or change.old or ""))
    name = f"**{change.subject}**"
    match change.kind:
        case ChangeKind.ADDED:
            return f"{name} {text}" + (f" It blocks from {change.on}." if change.on else "")
        case ChangeKind.WITHDRAWN:
            instead = f" Follow {change.use_instead} instead." if change.use_instead else ""
            return f"{name} no longer holds: {sentence(change.old or '')}{instead}"
        case ChangeKind.REWORDED | ChangeKind.FLIPPED | ChangeKind.TIGHTENED | ChangeKind.LOOSENED:
            return f"{name} {change.why}. Was: {sentence(change.old or '')} Is: {sentence(change.new or '')}"
        case ChangeKind.WIDENED | ChangeKind.NARROWED:
            return f"{name} {change.why}. Was: {change.old}. Is: {change.new}. {text}"
        case ChangeKind.PROMOTED | ChangeKind.DEMOTED | ChangeKind.DEPRECATED | ChangeKind.SCHEDULED:
            return f"{name} {change.why}. {text}"
        case ChangeKind.MOVED if change.new:
            return f"{name} is now in the skill {change.new}."
        case ChangeKind.OUTPUT:
            return f"{change.why[:1].upper()}{change.why[1:]}."
        case _:
            return f"{name}: {change.why}."


def sentence(text: str) -> str:
    """A sentence on one line, with a full stop."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?")) else f"{line}."


def unreleased(existing: str) -> str:
    """What the authors wrote under `## [Unreleased]`, with plain line ends; empty where they wrote nothing."""
    plain = existing.replace("\r\n", "\n")
    found = _unreleased(plain)
    return plain[found[1] : found[2]].strip() if found else ""


def inserted(existing: str, new: str, *, version: str, title: str) -> str:
    """A changelog with the section of one release added; what stands under `## [Unreleased]` has moved into it.

    Every other line stays as it is, line ends included. Raises `CodexError` where the version has a section already.
    """
    if "\r\n" in existing:
        plain = existing.replace("\r\n", "\n")
        made = inserted(plain, new.replace("\r\n", "\n"), version=version, title=title)
        return made.replace("\n", "\r\n")
    existing = existing or header(title)
    headings = _headings(existing)
    if any(heading[1] == version for heading in headings):
        raise CodexError(f"the changelog has a section {version} already", hint="remove it, or release another version")
    found = _unreleased(existing)
    first = headings[0].start() if headings else len(existing)
    head, tail = (existing[: found[1]], existing[found[2] :]) if found else (existing[:first], existing[first:])
    rest = tail.lstrip("\n")
    return f"{head.rstrip()}\n\n{new.rstrip()}\n" + (f"\n{rest}" if rest else "")


def _unreleased(text: str) -> tuple[int, int, int] | None:
    """Where the heading of what is not released starts and ends, and where its text ends."""
    headings = _headings(text)
    for number, one in enumerate(headings):
        if one[1].lower() == "unreleased":
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            return one.start(), one.end(), end
    return None


def _headings(text: str) -> Sequence[re.Match[str]]:
    """The headings of releases, less those that stand in fenced code."""
    return list(_HEADING.finditer(_FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence[0]), text)))
