"""The words of a merge request: short enough to read, and the same for the same content."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from codex.sync import block
from codex.sync.changes_since import ChangesSince, changes_since, is_newer
from codex.sync.changeset import ChangeSet, FileChange, State
from codex.sync.observed import MergeRequest, Observed
from codex.sync.policy import Policy
from codex.sync.settings import SETTINGS
from skills_build import inert
from skills_build.model.release import ReleaseEntry, RuleChange
from skills_build.release.changelog import explained_rule_change, sentence

_MARK: Final = re.compile(
    r"<!-- codex:request digest=([0-9a-f]{64}) fingerprint=([0-9a-f]{64}) title=([0-9a-f]{64}) -->"
)
_MOST_POINTS: Final = 20
_LONGEST: Final = 300
_MOST_QUOTED: Final = 20
_MOST_DELETED: Final = 50
_MOST_REVIEWERS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestText:
    """Title, body, labels and reviewers. `fingerprint` changes whenever any of them should be revised.

    `assignees` are put in charge when it is opened; whoever is in charge later is people's business.
    """

    title: str
    body: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseNotes:
    """What is said: versions, what changed between them, which rules apply here and why, and who stands behind it.

    `reasons` says for a rule's id why it applies, if not everywhere; `texts` gives its sentence. `blocking` is how many
    of them block. `origin` is the commit of the codex.
    """

    title: str
    version: str
    history: tuple[ReleaseEntry, ...]
    texts: Mapping[str, str]
    applies: tuple[str, ...]
    blocking: int = 0
    reasons: Mapping[str, str] = field(default_factory=dict)
    origin: str | None = None
    tree: str = ""


def request_text(
    observed: Observed, work: ChangeSet, news: ReleaseNotes, policy: Policy, *, digest: str
) -> RequestText:
    """Write the request for one repository."""
    before = observed.lock.version if observed.lock else None
    title = inert.subject(_title(before, news))
    text = "\n\n".join(part for part in _parts(observed, work, news, policy, before) if part)
    reviewers = _reviewers(observed, policy)
    mark = _sha256("\0".join((title, text, *policy.labels, "", *reviewers)))
    named = _sha256(title)
    body = f"{text}\n\n{_provenance(news)}\n\n<!-- codex:request digest={digest} fingerprint={mark} title={named} -->\n"
    return RequestText(
        title=title,
        body=body,
        labels=policy.labels,
        reviewers=reviewers,
        assignees=(policy.assignee,) if policy.assignee else (),
        fingerprint=mark,
    )


def proposed_digest(body: str) -> str | None:
    """The digest of what a request proposed, as its body remembers it."""
    found = _MARK.search(body)
    return found[1] if found else None


def fingerprint(body: str) -> str | None:
    """The fingerprint of the words that a request has."""
    found = _MARK.search(body)
    return found[2] if found else None


def revised(request: MergeRequest, new: RequestText) -> RequestText:
    """The letter to bring a request up to date with.

    A title that a person gave it stays, and so does what people wrote below our words.
    """
    found = _MARK.search(request.body)
    ours = found is not None and found[3] == _sha256(request.title)
    below = request.body[found.end() :].strip() if found else ""
    body = f"{new.body}\n{below}\n" if below else new.body
    return replace(new, body=body, title=new.title if ours else request.title)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def commit_words(observed: Observed, news: ReleaseNotes) -> str:
    """What the message of our commit says above its trailers."""
    title = _title(observed.lock.version if observed.lock else None, news)
    edition = inert.subject(f"{news.title} {news.version}")
    return f"{inert.subject(title)}\n\nWritten by codexc from {edition}."


def _title(before: str | None, news: ReleaseNotes) -> str:
    if before is None:
        return f"{news.title} {news.version}"
    if before == news.version:
        return f"{news.title} {news.version}, brought up to date"
    return f"{news.title} {before} {'back ' if is_newer(before, news.version) else ''}to {news.version}"


def _reviewers(observed: Observed, policy: Policy) -> tuple[str, ...]:
    """The catalog's owner first, then those of CODEOWNERS; addresses of mail are nobody's name on a forge."""
    wanted = (observed.target.owner or "", *observed.owners) if policy.reviewers else ()
    names = (one.removeprefix("@") for one in wanted)
    return tuple(dict.fromkeys(name for name in names if name and "@" not in name))[:_MOST_REVIEWERS]


def _parts(
    observed: Observed, work: ChangeSet, news: ReleaseNotes, policy: Policy, before: str | None
) -> Iterator[str]:
    skills = frozenset(observed.lock.selection.skills) if observed.lock else frozenset()
    changed = (
        changes_since(news.history, before, applies=frozenset(news.applies), skills=skills)
        if before
        else ChangesSince()
    )
    yield _lead(news, before)
    yield _section("What you must do", (_duty(duty, news) for duty in changed.duties))
    yield _section(
        "What else changed", (_short(explained_rule_change(rule_change, news.texts)) for rule_change in changed.others)
    )
    yield _wording(changed.wording)
    yield _section("Why these rules", _found(news), "What was found in this repository:") if before is None else ""
    yield _section("What applies here now", _chosen(observed, work))
    yield _deletions(work, policy)
    yield _section("Changed by hand", _restored(observed, work), _PUT_BACK)
    yield _section(
        "Left as they are",
        (f"{inert.code(file_change.path)}: {inert.prose(file_change.why)}" for file_change in work.kept),
    )
    yield "\n".join(f"- {inert.prose(note)}" for note in work.notes)
    yield "\n".join(_ways(observed, news, policy, changed))


def _deletions(work: ChangeSet, policy: Policy) -> str:
    """Every file that merging deletes, or as many as somebody reads, with the command that lists all."""
    gone = work.deletions
    points = [f"- {inert.code(path)}" for path in gone[:_MOST_DELETED]]
    if len(gone) > _MOST_DELETED:
        command = "git diff --diff-filter=D --name-only origin/HEAD...origin/" + policy.branch
        points.append(f"- and {len(gone) - _MOST_DELETED:,} more, which {inert.code(command)} lists")
    count = f"{len(gone):,} file{'s' if len(gone) != 1 else ''}"
    return "\n".join([f"### Deleted: {count}", "", *points]) if gone else ""


_PUT_BACK: Final = "People changed this inside what codexc looks after. Merging puts it back; git keeps their edits:"


def _section(title: str, points: Iterable[str], lead: str = "") -> str:
    """A heading and its points, as many as somebody reads; nothing without points."""
    found = list(points)
    if not found:
        return ""
    shown = [f"- {one}" for one in found[:_MOST_POINTS]]
    if len(found) > _MOST_POINTS:
        shown.append(f"- and {len(found) - _MOST_POINTS:,} more, which the changes show")
    return "\n".join([f"### {title}", "", *([lead, ""] if lead else []), *shown])


def _lead(news: ReleaseNotes, before: str | None) -> str:
    title = inert.text(news.title)
    count = f"{len(news.applies):,} rule{'s' if len(news.applies) != 1 else ''}"
    force = f", {news.blocking:,} of which block" if news.blocking else ""
    if before is None:
        return (
            f"This brings the {title} into this repository: {count} that apply here{force}, as skills for coding "
            "agents and a block in AGENTS.md. Everything outside the block stays yours."
        )
    if before == news.version:
        return f"This brings what this repository has of the {title} {inert.text(before)} up to date: {count}{force}."
    way = "takes this repository back" if is_newer(before, news.version) else "brings this repository"
    return f"This {way} from {title} {inert.text(before)} to {inert.text(news.version)}: {count} apply here{force}."


def _duty(one: RuleChange, news: ReleaseNotes) -> str:
    """A new duty, from when it holds if not at once, and why it does here."""
    since_when = f"From {inert.text(one.on)}: " if one.on else ""
    reason = news.reasons.get(one.subject)
    where = f"Applies here because of {inert.prose(reason)}." if reason else "Applies to every repository."
    words = _short(sentence(news.texts.get(one.subject, one.new or "")))
    return f"{since_when}**{inert.text(one.subject)}** {words} {where}"


def _wording(count: int) -> str:
    return f"{count} rule{'s' if count != 1 else ''} changed in wording only." if count else ""


def _found(news: ReleaseNotes) -> Iterable[str]:
    return dict.fromkeys(inert.prose(news.reasons[apply]) for apply in news.applies if apply in news.reasons)


def _short(text: str) -> str:
    """An author's sentence, which is cut where no one would read on."""
    return inert.prose(text if len(text) <= _LONGEST else f"{text[:_LONGEST].rsplit(' ', 1)[0]} ...", most=0)


def _chosen(observed: Observed, work: ChangeSet) -> Iterator[str]:
    """Yield what was chosen for the repository and was not before, or no more."""
    if observed.lock is None or work.lock is None:
        return
    old, new = observed.lock.selection, work.lock.selection
    yield from (f"the skill {inert.code(name)}" for name in sorted({*new.skills} - {*old.skills}))
    yield from (f"no longer the skill {inert.code(name)}" for name in sorted({*old.skills} - {*new.skills}))
    yield from (
        f"no longer {inert.text(rule)}, by a waiver in `{SETTINGS}`" for rule in sorted({*new.waived} - {*old.waived})
    )


def _restored(observed: Observed, work: ChangeSet) -> Iterator[str]:
    """Yield what is put back; of a block, the words that go."""
    for write in work.writes:
        if write.state is State.MISSING:
            lost = "deleted" if write.path not in observed.seen else "left without its block"
            yield f"{inert.code(write.path)}: it was {lost}"
        elif write.state is State.EDITED:
            yield f"{inert.code(write.path)}{_quoted(_gone(observed, write))}"


def _gone(observed: Observed, one: FileChange) -> list[str]:
    """The lines of a block that are not in the one which takes its place."""
    seen = observed.seen.get(one.path)
    old, new = block.find_block(seen.data or b"") if seen else None, block.find_block(one.new or b"")
    if not isinstance(old, block.OwnedBlock) or not isinstance(new, block.OwnedBlock):
        return []
    kept = set(new.text.split("\n"))
    return [line for line in old.text.split("\n") if line.strip() and line not in kept]


def _quoted(lines: Sequence[str]) -> str:
    """Lines of others as a fence: nothing in it ends it, mentions anyone, or passes for a mark of ours."""
    if not lines:
        return ""
    shown = [*lines[:_MOST_QUOTED], *(["..."] if len(lines) > _MOST_QUOTED else [])]
    return "\n".join([", of which these lines go:", "", *(f"  {line}" for line in inert.fenced(shown))])


def _ways(observed: Observed, news: ReleaseNotes, policy: Policy, changed: ChangesSince) -> Iterator[str]:
    example = next((duty.subject for duty in changed.duties), next(iter(news.applies), "ABC-1"))
    pin, version = observed.settings.pin, inert.code(f"pin: {news.version}")
    waiver = inert.code(f'waivers: [{{rule: {example}, reason: "...", owner: "@you", expires: YYYY-MM-DD}}]')
    stay = f"Out of the pin on {inert.code(pin)}: take `pin` out" if pin else f"Stay on a version: {version}"
    yield "### If something is wrong"
    yield ""
    yield f"- A rule cannot hold here yet: add a waiver for it to `{SETTINGS}`:"
    yield f"  {waiver}"
    yield "- A rule is wrong for everybody: tell its owner, whom its skill names."
    yield f"- {stay}. Nothing at all: `opt_out: {{reason: ...}}`. Both stand in the same file."
    hold = inert.code(policy.hold)
    yield f"- Not now: the label {hold}. Not this: close it; it comes back only when its content changes."


def _provenance(news: ReleaseNotes) -> str:
    commit = f", compiled from commit {inert.text(news.origin[:12])}" if news.origin else ""
    return f"{inert.text(f'{news.title} {news.version}')}{commit}; digest of the bundle {inert.text(news.tree[:12])}."
