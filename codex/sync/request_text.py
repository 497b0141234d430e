"""The text of a merge request: short enough to read, and the same for the same content."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from codex.sync import block
from codex.sync.changes_since import ChangesSince, changes_since, is_newer
from codex.sync.changeset import ChangeSet, FileChange, State
from codex.sync.observed import MergeRequest, Observed
from codex.sync.policy import Policy
from codex.sync.request_body import BodyMark, mark_of, marked_body, sha256, with_text_of_people, without_draft
from codex.sync.settings import SETTINGS
from skills_build import inert
from skills_build.counts import counted
from skills_build.frozen import dataclass
from skills_build.model.release import ReleaseEntry, RuleChange
from skills_build.release.changelog import describe_change, sentence

_MAX_POINTS: Final = 20
_MAX_SENTENCE: Final = 300
_MAX_QUOTED: Final = 20
_MAX_DELETED: Final = 50
_MAX_REVIEWERS: Final = 5
_ACCOUNT: Final = re.compile(r"\w[\w.-]{0,254}(?:/\w[\w.-]{0,254}){0,20}")
"""The name of a user or team on a forge: https://docs.gitlab.com/user/reserved_names/#limitations-on-usernames-project-and-group-names-and-slugs.

Email addresses are none, and neither is a role of GitLab (`@@maintainer`) or what breaks out of a text.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestText:
    """Title, body, labels and reviewers. `fingerprint` changes whenever one of them needs an update.

    `assignees` are set when the merge request is opened, and never changed later.
    """

    title: str
    body: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseNotes:
    """The input of a merge request text: the version, its changes, the rules that apply and why, and their source.

    `reasons` gives by rule id why a rule applies, if not everywhere; `texts` gives its sentence. `blocking` is the
    number of blocking rules. `origin` is the commit of the codex.
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
    """Write the text of the merge request for one repository."""
    before = observed.lock.version if observed.lock else None
    title = policy.title.replace("{title}", inert.subject(_title(before, news)))
    text = "\n\n".join(part for part in _parts(observed, work, news, policy, before) if part)
    reviewers = _reviewers(observed, policy)
    printed = sha256("\0".join((title, text, *policy.labels, "", *reviewers)))
    mark = BodyMark(digest=digest, fingerprint=printed, title=sha256(title), draft=policy.draft, codex=policy.source)
    return RequestText(
        title=title,
        body=marked_body(f"{text}\n\n{_provenance(news)}", mark),
        labels=policy.labels,
        reviewers=reviewers,
        assignees=(policy.assignee,) if policy.assignee else (),
        fingerprint=printed,
    )


def proposed_digest(body: str) -> str | None:
    """Return the digest of the proposed content, as recorded in the body of a merge request."""
    mark = mark_of(body)
    return mark.digest if mark else None


def is_our_draft(request: MergeRequest) -> bool:
    """Whether a merge request is a draft because codexc opened it as one: not what a person made a draft."""
    mark = mark_of(request.body)
    return mark is not None and mark.draft and request.draft


def needs_revision(request: MergeRequest, new: RequestText, policy: Policy) -> bool:
    """Whether the body of a merge request is not the generated one, or still says that it is a draft."""
    mark = mark_of(request.body)
    if mark is None or mark.fingerprint != new.fingerprint:
        return True
    return mark.draft and not (request.draft and policy.draft)


def revised(request: MergeRequest, new: RequestText) -> RequestText:
    """Return the text to update a merge request with.

    A title that was edited is kept, and so is everything that people added to the body.
    """
    mark = mark_of(request.body)
    title_is_ours = mark is not None and mark.title == sha256(request.title)
    body = with_text_of_people(request.body, new.body if is_our_draft(request) else without_draft(new.body))
    return replace(new, body=body, title=new.title if title_is_ours else request.title)


def commit_words(observed: Observed, news: ReleaseNotes, policy: Policy) -> str:
    """Return the commit message above its trailers."""
    title = inert.subject(_title(observed.lock.version if observed.lock else None, news))
    edition = inert.subject(f"{news.title} {news.version}")
    return f"{policy.title.replace('{title}', title)}\n\nGenerated by codexc from {edition}."


def _title(before: str | None, news: ReleaseNotes) -> str:
    if before is None:
        return f"Add {news.title} {news.version}"
    if before == news.version:
        return f"Refresh {news.title} {news.version}"
    verb = "Downgrade" if is_newer(before, news.version) else "Update"
    return f"{verb} {news.title} from {before} to {news.version}"


def _reviewers(observed: Observed, policy: Policy) -> tuple[str, ...]:
    """The catalog's owner first, then those in CODEOWNERS, without invalid names of users or teams (`_ACCOUNT`)."""
    owners = (observed.target.owner_name, *observed.owners) if policy.reviewers else ()
    names = (owner.removeprefix("@") for owner in owners if owner)
    return tuple(dict.fromkeys(name for name in names if _ACCOUNT.fullmatch(name)))[:_MAX_REVIEWERS]


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
        "What else changed", (_short(describe_change(rule_change, news.texts)) for rule_change in changed.others)
    )
    yield _wording(changed.wording)
    yield _section("Why these rules apply", _evidence(news), "Detected in this repository:") if before is None else ""
    yield _section("Changes for this repository", _chosen(observed, work))
    yield _deletions(work, policy)
    yield _section("Manual edits", _restored(observed, work), _RESTORES)
    yield _section(
        "Not changed",
        (f"{inert.code(file_change.path)}: {inert.prose(file_change.why)}" for file_change in work.kept),
    )
    yield "\n".join(f"- {inert.prose(note)}" for note in work.notes)
    yield "\n".join(_options(observed, news, policy, changed))


def _deletions(work: ChangeSet, policy: Policy) -> str:
    """The files that merging deletes, or the first of them and the command that lists all."""
    deleted = work.deletions
    points = [f"- {inert.code(path)}" for path in deleted[:_MAX_DELETED]]
    if len(deleted) > _MAX_DELETED:
        command = "git diff --diff-filter=D --name-only origin/HEAD...origin/" + policy.branch
        points.append(f"- and {len(deleted) - _MAX_DELETED:,} more; to list them all, run {inert.code(command)}")
    return "\n".join([f"### Deletes {counted(len(deleted), 'file')}", "", *points]) if deleted else ""


_RESTORES: Final = (
    "These managed sections and files were edited by hand. Merging restores them (the edits remain in the git history):"
)


def _section(title: str, points: Iterable[str], lead: str = "") -> str:
    """A heading and its first points; empty without points."""
    lines = list(points)
    if not lines:
        return ""
    shown = [f"- {line}" for line in lines[:_MAX_POINTS]]
    if len(lines) > _MAX_POINTS:
        shown.append(f"- and {len(lines) - _MAX_POINTS:,} more; see the diff")
    return "\n".join([f"### {title}", "", *([lead, ""] if lead else []), *shown])


def _lead(news: ReleaseNotes, before: str | None) -> str:
    title = inert.text(news.title)
    count = counted(len(news.applies), "rule")
    force = f" ({news.blocking:,} blocking)" if news.blocking else ""
    if before is None:
        return (
            f"This adds the {title} to this repository: {count}{force} that apply here, as skills for coding agents "
            "and a managed block in AGENTS.md. codexc never changes anything outside the block."
        )
    if before == news.version:
        return f"This updates this repository's copy of the {title} {inert.text(before)}: {count}{force} apply here."
    verb = "downgrades" if is_newer(before, news.version) else "updates"
    versions = f"from {inert.text(before)} to {inert.text(news.version)}"
    return f"This {verb} the {title} in this repository {versions}: {count}{force} apply here."


def _duty(change: RuleChange, news: ReleaseNotes) -> str:
    """A new duty: from when it applies, if later, and why it applies here."""
    since_when = f"From {inert.text(change.on)}: " if change.on else ""
    reason = news.reasons.get(change.subject)
    where = f"Applies here because of {inert.prose(reason)}." if reason else "Applies to every repository."
    words = _short(sentence(news.texts.get(change.subject, change.new or "")))
    return f"{since_when}**{inert.text(change.subject)}** {words} {where}"


def _wording(count: int) -> str:
    return f"{counted(count, 'rule')} changed only in wording." if count else ""


def _evidence(news: ReleaseNotes) -> Iterable[str]:
    return dict.fromkeys(inert.prose(news.reasons[apply]) for apply in news.applies if apply in news.reasons)


def _short(text: str) -> str:
    """An author's sentence, shortened if it is very long."""
    return inert.prose(text if len(text) <= _MAX_SENTENCE else f"{text[:_MAX_SENTENCE].rsplit(' ', 1)[0]} ...", most=0)


def _chosen(observed: Observed, work: ChangeSet) -> Iterator[str]:
    """Yield the changes of the selection: skills added and removed, rules waived."""
    if observed.lock is None or work.lock is None:
        return
    old, new = observed.lock.selection, work.lock.selection
    yield from (f"added skill {inert.code(name)}" for name in sorted({*new.skills} - {*old.skills}))
    yield from (f"removed skill {inert.code(name)}" for name in sorted({*old.skills} - {*new.skills}))
    yield from (f"waived {inert.text(rule)} (in `{SETTINGS}`)" for rule in sorted({*new.waived} - {*old.waived}))


def _restored(observed: Observed, work: ChangeSet) -> Iterator[str]:
    """Yield what is restored; for a block, with the lines that are removed."""
    for write in work.writes:
        if write.state is State.MISSING:
            lost = "deleted" if write.path not in observed.seen else "the block was removed"
            yield f"{inert.code(write.path)}: {lost}"
        elif write.state is State.EDITED:
            yield _edited(inert.code(write.path), _removed_lines(observed, write))


def _removed_lines(observed: Observed, change: FileChange) -> list[str]:
    """The lines of a block that are not in the block that replaces it."""
    observed_file = observed.seen.get(change.path)
    old, new = (
        block.find_block(observed_file.data or b"") if observed_file else None,
        block.find_block(change.new or b""),
    )
    if not isinstance(old, block.OwnedBlock) or not isinstance(new, block.OwnedBlock):
        return []
    kept = set(new.text.split("\n"))
    return [line for line in old.text.split("\n") if line.strip() and line not in kept]


def _edited(path: str, lines: Sequence[str]) -> str:
    """A path and its removed lines, fenced: none of them ends the fence, mentions anyone, or passes for a marker."""
    if not lines:
        return path
    shown = [*lines[:_MAX_QUOTED], *(["..."] if len(lines) > _MAX_QUOTED else [])]
    return "\n".join([f"{path}. These lines are removed:", "", *(f"  {line}" for line in inert.fenced(shown))])


def _options(observed: Observed, news: ReleaseNotes, policy: Policy, changed: ChangesSince) -> Iterator[str]:
    example = next((duty.subject for duty in changed.duties), next(iter(news.applies), "ABC-1"))
    pin, version = observed.settings.pin, inert.code(f"pin: {news.version}")
    waiver = inert.code(f'waivers: [{{rule: {example}, reason: "...", owner: "@you", expires: YYYY-MM-DD}}]')
    unpin = (
        f"To get newer versions than {inert.code(pin)}, remove `pin`" if pin else f"To stay on this version: {version}"
    )
    yield "### If something is wrong"
    yield ""
    yield f"- Can't comply with a rule yet? Add a waiver to `{SETTINGS}`:"
    yield f"  {waiver}"
    yield "- Think a rule is wrong? Contact its owner (listed in the skill)."
    yield f"- {unpin}. To opt out entirely: `opt_out: {{reason: ...}}`. Both settings go in that file."
    yield (
        f"- To postpone, add the {inert.code(policy.hold)} {observed.target.label_word}. To decline, close this merge "
        "request; it won't be reopened unless its content changes."
    )


def _provenance(news: ReleaseNotes) -> str:
    commit = f", compiled from commit {inert.text(news.origin[:12])}" if news.origin else ""
    return f"{inert.text(f'{news.title} {news.version}')}{commit}; bundle digest {inert.text(news.tree[:12])}."
