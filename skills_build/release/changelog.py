"""The changelog of a codex for its readers: new obligations with their dates, and all other changes.

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
_OBLIGATIONS: Final = frozenset(
    {ChangeKind.ADDED, ChangeKind.FLIPPED, ChangeKind.TIGHTENED, ChangeKind.PROMOTED, ChangeKind.WIDENED}
)


def header(title: str) -> str:
    """Return the text at the top of a new changelog."""
    return f"# Changelog\n\nAll changes to the {title}, newest first. Versions follow semantic versioning.\n"


def release_section(diff: Diff | None, *, version: str, as_of: str, texts: Mapping[str, str], notes: str = "") -> str:
    """Write the section of one release; the first release has no diff. `texts` has the sentence of each rule by id.

    `notes` are the authors' own text, which comes first.
    """
    parts = [f"## [{version}] - {as_of}", ""]
    if notes.strip():
        parts += [notes.strip(), ""]
    if diff is None:
        parts += [f"First release: {len(texts):,} rules.", ""]
        return "\n".join(parts)
    return "\n".join([*parts, *_body(diff.changes, texts)])


def describe_release(entry: ReleaseEntry, texts: Mapping[str, str]) -> str:
    """Describe a past release in the same words."""
    if not entry.changes:
        return f"First release: {len(texts):,} rules."
    return "\n".join(_body(entry.changes, texts)).strip()


def _body(changes: Sequence[RuleChange], texts: Mapping[str, str]) -> Iterator[str]:
    obligations = sorted(obligations_in(changes), key=lambda change: change.on or "")
    if obligations:
        yield from ("### What you must do", "")
        for change in obligations:
            yield f"- {_when(change)}: **{change.subject}** {sentence(texts.get(change.subject, change.new or ''))}"
        yield ""
    for title, kinds in _SECTIONS.items():
        chosen = [change for change in changes if change.kind in kinds]
        if chosen:
            yield from (f"### {title}", "", *(f"- {describe_change(change, texts)}" for change in chosen), "")


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


def describe_change(change: RuleChange, texts: Mapping[str, str]) -> str:
    """Describe a change in one sentence for a reader who follows the rules."""
    text = sentence(texts.get(change.subject, change.new or change.old or ""))
    name = f"**{change.subject}**"
    match change.kind:
        case ChangeKind.ADDED:
            return f"{name} {text}" + (f" Blocking from {change.on}." if change.on else "")
        case ChangeKind.WITHDRAWN:
            instead = f" Follow {change.use_instead} instead." if change.use_instead else ""
            return f"{name} is no longer in force: {sentence(change.old or '')}{instead}"
        case ChangeKind.REWORDED | ChangeKind.FLIPPED | ChangeKind.TIGHTENED | ChangeKind.LOOSENED:
            return f"{name} {change.why}. Before: {sentence(change.old or '')} Now: {sentence(change.new or '')}"
        case ChangeKind.WIDENED | ChangeKind.NARROWED:
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
        raise CodexError(f"the changelog already has a section {version}", hint="remove it, or release another version")
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
