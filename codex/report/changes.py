"""What changed between two editions: for people, for machines, and as a comment on a merge request."""

from collections.abc import Iterator, Sequence
from typing import Final

from skills_build import inert
from skills_build.emit.changes import change_data
from skills_build.model.release import Bump, ChangeKind, Diff, RuleChange

_COLORS: Final = {Bump.ERROR: "1;31", Bump.MAJOR: "1;31", Bump.MINOR: "1;33", Bump.PATCH: "1;36"}
_TITLES: Final = {
    Bump.ERROR: "Not allowed in any version",
    Bump.MAJOR: "Breaking",
    Bump.MINOR: "New or changed",
    Bump.PATCH: "Wording",
}
_LONGEST: Final = 160
_MOST: Final = 100
"""Changes of a size that a comment lists; the forges refuse comments that are too long."""


def as_text(diff: Diff, *, against: str, color: bool = False) -> str:
    """All changes, one to a line with what was and what is below it, and what they demand at the end."""
    lines = []
    for change in diff.changes:
        mark = change.bump.word
        painted = f"\x1b[{_COLORS[change.bump]}m{mark:<5}\x1b[0m" if color else f"{mark:<5}"
        lines.append(
            f"{painted} {inert.terminal_line(f'{change.subject} {change.kind}: {change.why}{_place(change)}')}"
        )
        lines += [f"        - {_short(change.old)}"] if change.old and change.kind in _COMPARED else []
        lines += [f"        + {_short(change.new)}"] if change.new and change.kind in _COMPARED else []
    lines += [inert.terminal_line(f"note  {notice.subject}: {notice.message}") for notice in diff.notices]
    return "".join(f"{line}\n" for line in (*lines, inert.terminal_line(verdict(diff, against=against))))


_COMPARED: Final = frozenset(
    {
        ChangeKind.REWORDED,
        ChangeKind.EDITORIAL,
        ChangeKind.TIGHTENED,
        ChangeKind.LOOSENED,
        ChangeKind.FLIPPED,
        ChangeKind.WIDENED,
        ChangeKind.NARROWED,
        ChangeKind.ADDED,
        ChangeKind.VANISHED,
        ChangeKind.WITHDRAWN,
        ChangeKind.REUSED,
        ChangeKind.TRIGGER,
    }
)


def verdict(diff: Diff, *, against: str) -> str:
    """In a sentence, what the changes demand of the next version."""
    counts = ", ".join(
        f"{number:,} {bump.word}"
        for bump in sorted(Bump, reverse=True)
        if (number := sum(1 for change in diff.changes if change.bump is bump))
    )
    if diff.bump is Bump.NONE:
        return f"nothing to release: the output is the same as in {against}"
    if diff.bump is Bump.ERROR:
        return f"against {against}: {counts}; no version may hold this"
    return f"against {against}: {counts}; the next version is at least a {diff.bump.word}"


def as_json(diff: Diff, *, against: str) -> dict[str, object]:
    """The same for machines; its changes are as in `changes.schema.json`."""
    return {
        "against": against,
        "old": diff.old,
        "bump": diff.bump.word,
        "skills": list(diff.skills),
        "changes": [change_data(change) for change in diff.changes],
        "notices": [
            {"subject": notice.subject, "message": notice.message, "source": notice.source, "line": notice.line}
            for notice in diff.notices
        ],
    }


def as_markdown(diff: Diff, *, against: str) -> str:
    """The same as the body of a comment: most weighty first, wording folded away."""
    parts = [f"### Changes of the standards against {inert.code(against)}", "", f"**{_headline(diff)}**", ""]
    for bump in (Bump.ERROR, Bump.MAJOR, Bump.MINOR, Bump.PATCH):
        chosen = [change for change in diff.changes if change.bump is bump]
        if chosen:
            parts += _section(bump, chosen)
    if diff.skills:
        parts += [f"Skills that change: {', '.join(inert.code(name) for name in diff.skills)}.", ""]
    if diff.notices:
        parts += ["#### Attestations that do not count", ""]
        parts += [f"- **{inert.text(notice.subject)}**: {inert.prose(notice.message)}" for notice in diff.notices]
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def _headline(diff: Diff) -> str:
    if diff.bump is Bump.NONE:
        return "Nothing that is emitted differs."
    if diff.bump is Bump.ERROR:
        return "This cannot be released in any version."
    return f"The next version is at least a {diff.bump.word}."


def _section(bump: Bump, chosen: Sequence[RuleChange]) -> Iterator[str]:
    folded = bump is Bump.PATCH
    yield f"<details><summary>{_TITLES[bump]} ({len(chosen)})</summary>" if folded else f"#### {_TITLES[bump]}"
    yield ""
    for change in chosen[:_MOST]:
        yield f"- **{inert.text(change.subject)}** {change.kind}: {inert.prose(change.why)}"
        if change.kind in _COMPARED and change.old and change.new:
            yield f"  - was: {inert.prose(_short(change.old))}"
            yield f"  - is: {inert.prose(_short(change.new))}"
        elif change.kind in _COMPARED and (change.new or change.old):
            yield f"  - {inert.prose(_short(change.new or change.old or ''))}"
    if len(chosen) > _MOST:
        yield f"- and {len(chosen) - _MOST:,} more"
    yield ""
    if folded:
        yield "</details>"
        yield ""


def _short(text: str) -> str:
    line = inert.terminal_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def _place(change: RuleChange) -> str:
    return f" ({change.source}:{change.line})" if change.source and change.kind is not ChangeKind.VANISHED else ""
