"""The changes between two versions of a codex: as text, as JSON, and as a merge request comment."""

from collections.abc import Iterator, Sequence
from typing import Final

from skills_build import inert
from skills_build.emit.changes import change_data
from skills_build.model.release import Bump, ChangeKind, Diff, Notice, RuleChange

_COLORS: Final = {Bump.ERROR: "1;31", Bump.MAJOR: "1;31", Bump.MINOR: "1;33", Bump.PATCH: "1;36"}
_TITLES: Final = {
    Bump.ERROR: "Not allowed in any version",
    Bump.MAJOR: "Breaking",
    Bump.MINOR: "New or changed",
    Bump.PATCH: "Wording",
}
_MAX_CHARACTERS: Final = 160
"""Length at which the old and new text of a change are truncated."""
_MAX_CHANGES: Final = 100
"""Number of changes per section of a comment; forges reject comments that are too long."""


def as_text(diff: Diff, *, against: str, color: bool = False) -> str:
    """Return the changes, one per line with the old and new text below, and the required version at the end."""
    lines = []
    by_rule = _notices_by_rule(diff)
    for change in diff.changes:
        word = change.bump.word
        label = f"\x1b[{_COLORS[change.bump]}m{word:<5}\x1b[0m" if color else f"{word:<5}"
        lines.append(f"{label} {inert.terminal_line(f'{change.subject} {change.kind}: {change.why}{_place(change)}')}")
        lines += [f"        - {_short(change.old)}"] if change.old and change.kind in _COMPARED else []
        lines += [f"        + {_short(change.new)}"] if change.new and change.kind in _COMPARED else []
        if change.kind is ChangeKind.REWORDED:
            lines += [f"        = help: {inert.terminal_line(one.message)}" for one in by_rule.pop(change.subject, ())]
    lines += [
        inert.terminal_line(f"note  {one.subject}: {one.message}{_notice_place(one)}")
        for left in by_rule.values()
        for one in left
    ]
    return "".join(f"{line}\n" for line in (*lines, inert.terminal_line(verdict(diff, against=against))))


def _notices_by_rule(diff: Diff) -> dict[str, list[Notice]]:
    by_rule: dict[str, list[Notice]] = {}
    for notice in diff.notices:
        by_rule.setdefault(notice.subject, []).append(notice)
    return by_rule


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
    """Return a sentence on the version that the changes require."""
    counts = ", ".join(
        f"{number:,} {bump.word}"
        for bump in sorted(Bump, reverse=True)
        if (number := sum(1 for change in diff.changes if change.bump is bump))
    )
    if diff.bump is Bump.NONE:
        return f"nothing to release: the output is the same as in {against}"
    if diff.bump is Bump.ERROR:
        return f"since {against}: {counts}; not allowed in any version"
    return f"since {against}: {counts}; requires a {diff.bump.word} version"


def as_json(diff: Diff, *, against: str) -> dict[str, object]:
    """Return the changes as JSON data, in the form of `changes.schema.json`."""
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
    """Return the changes as a merge request comment: breaking changes first, wording collapsed."""
    parts = [f"### Changes to the standards since {inert.code(against)}", "", f"**{_headline(diff)}**", ""]
    for bump in (Bump.ERROR, Bump.MAJOR, Bump.MINOR, Bump.PATCH):
        selected = [change for change in diff.changes if change.bump is bump]
        if selected:
            parts += _section(bump, selected)
    if diff.skills:
        parts += [f"Changed skills: {', '.join(inert.code(name) for name in diff.skills)}.", ""]
    if diff.notices:
        parts += ["#### `Change` labels", ""]
        parts += [
            f"- **{inert.text(notice.subject)}**: {inert.prose(notice.message + _notice_place(notice))}"
            for notice in diff.notices[:_MAX_CHANGES]
        ]
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def _headline(diff: Diff) -> str:
    if diff.bump is Bump.NONE:
        return "The output does not change."
    if diff.bump is Bump.ERROR:
        return "These changes cannot be released in any version."
    return f"Requires a {diff.bump.word} version."


def _section(bump: Bump, selected: Sequence[RuleChange]) -> Iterator[str]:
    folded = bump is Bump.PATCH
    yield f"<details><summary>{_TITLES[bump]} ({len(selected)})</summary>" if folded else f"#### {_TITLES[bump]}"
    yield ""
    for change in selected[:_MAX_CHANGES]:
        yield f"- **{inert.text(change.subject)}** {change.kind}: {inert.prose(change.why)}"
        if change.kind in _COMPARED and change.old and change.new:
            yield f"  - was: {inert.prose(_short(change.old))}"
            yield f"  - is: {inert.prose(_short(change.new))}"
        elif change.kind in _COMPARED and (change.new or change.old):
            yield f"  - {inert.prose(_short(change.new or change.old or ''))}"
    if len(selected) > _MAX_CHANGES:
        yield f"- and {len(selected) - _MAX_CHANGES:,} more"
    yield ""
    if folded:
        yield "</details>"
        yield ""


def _short(text: str) -> str:
    line = inert.terminal_line(text)
    return line if len(line) <= _MAX_CHARACTERS else f"{line[: _MAX_CHARACTERS - 3]}..."


def _notice_place(notice: Notice) -> str:
    return f" ({notice.source}:{notice.line})" if notice.source else ""


def _place(change: RuleChange) -> str:
    return f" ({change.source}:{change.line})" if change.source and change.kind is not ChangeKind.VANISHED else ""
