"""The words of a merge request: short enough to read, and the same for the same content."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from codex.sync.fleet import Observed, Request
from codex.sync.policy import Policy
from codex.sync.settings import SETTINGS
from codex.sync.work import State, Work
from skills_build.errors import CodexError
from skills_build.model.release import Bump, Change, Entry, Kind, Version
from skills_build.release.changelog import sentence, told_change

_MARK: Final = re.compile(
    r"<!-- codex:request digest=([0-9a-f]{64}) fingerprint=([0-9a-f]{64}) title=([0-9a-f]{64}) -->"
)
_MOST_RULES: Final = 20
_MOST_LINES: Final = 30
_LONGEST: Final = 300
_MOST_REVIEWERS: Final = 5
_DUTIES: Final = frozenset({Kind.ADDED, Kind.FLIPPED, Kind.TIGHTENED, Kind.PROMOTED, Kind.WIDENED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
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
class News:
    """What is said: versions, what changed between them, which rules apply here and why, and who stands behind it.

    `reasons` says for a rule's id why it applies; `texts` gives its sentence. `origin` is the commit of the codex.
    """

    title: str
    version: str
    history: tuple[Entry, ...]
    texts: Mapping[str, str]
    applies: tuple[str, ...]
    reasons: Mapping[str, str] = field(default_factory=dict)
    origin: str | None = None
    tree: str = ""


def letter(observed: Observed, work: Work, news: News, policy: Policy, *, digest: str) -> Letter:
    """Write the request for one repository."""
    before = observed.lock.version if observed.lock else None
    title = _title(before, news)
    text = "\n\n".join(part for part in _parts(observed, work, news, policy, before) if part)
    reviewers = _reviewers(observed, policy)
    mark = _sha256("\0".join((title, text, *policy.labels, "", *reviewers)))
    named = _sha256(title)
    body = f"{text}\n\n{_provenance(news)}\n\n<!-- codex:request digest={digest} fingerprint={mark} title={named} -->\n"
    return Letter(
        title=title,
        body=body,
        labels=policy.labels,
        reviewers=reviewers,
        assignees=(policy.assignee,) if policy.assignee else (),
        fingerprint=mark,
    )


def told_digest(body: str) -> str | None:
    """The digest of what a request proposed, as its body remembers it."""
    found = _MARK.search(body)
    return found[1] if found else None


def fingerprint(body: str) -> str | None:
    """The fingerprint of the words that a request has."""
    found = _MARK.search(body)
    return found[2] if found else None


def revised(request: Request, new: Letter) -> Letter:
    """The letter to bring a request up to date with: a title that a person gave it stays."""
    found = _MARK.search(request.body)
    ours = found is not None and found[3] == _sha256(request.title)
    return new if ours else replace(new, title=request.title)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def commit_message(title: str, news: News, trailers: str) -> str:
    """The message of our commit."""
    return f"{title}\n\nWritten by codexc from {news.title} {news.version}.\n\n{trailers}"


def _title(before: str | None, news: News) -> str:
    return f"{news.title} {news.version}" if before is None else f"{news.title} {before} to {news.version}"


def _reviewers(observed: Observed, policy: Policy) -> tuple[str, ...]:
    """The catalog's owner first, then those of CODEOWNERS; addresses of mail are nobody's name on a forge."""
    wanted = (observed.target.owner or "", *observed.owners) if policy.reviewers else ()
    names = (one.removeprefix("@") for one in wanted)
    return tuple(dict.fromkeys(one for one in names if one and "@" not in one))[:_MOST_REVIEWERS]


def _parts(observed: Observed, work: Work, news: News, policy: Policy, before: str | None) -> Iterator[str]:
    yield _lead(observed, news, before)
    yield "\n".join(_changes(since(news.history, before), news)) if before is not None else ""
    yield "\n".join(_why(news)) if before is None else ""
    yield "\n".join(_kept(work))
    yield "\n".join(f"- {note}" for note in work.notes)
    yield "\n".join(_ways(news, policy))


def _lead(observed: Observed, news: News, before: str | None) -> str:
    count = f"{len(news.applies):,} rule{'s' if len(news.applies) != 1 else ''}"
    if before is None:
        return (
            f"This brings the {news.title} into this repository: {count} that apply here, as skills for coding agents "
            "and a block in AGENTS.md. Everything outside the block stays yours."
        )
    return f"This brings this repository from {news.title} {before} to {news.version}: {count} apply here."


def since(history: Sequence[Entry], before: str | None) -> tuple[Change, ...]:
    """What changed after a version, oldest release first."""
    try:
        last = Version.parse(before) if before else None
    except CodexError:
        last = None
    entries = [one for one in history if last is None or Version.parse(one.version) > last]
    return tuple(change for one in reversed(entries) for change in one.changes)


def _changes(changes: Iterable[Change], news: News) -> Iterator[str]:
    """Yield what changed for this repository: new duties first, wording only as a count."""
    here = [one for one in changes if one.subject in news.applies or one.kind in (Kind.WITHDRAWN, Kind.VANISHED)]
    duties = [one for one in here if one.kind in _DUTIES and one.bump is Bump.MAJOR and one.subject in news.applies]
    others = [one for one in here if one not in duties and one.bump >= Bump.MINOR]
    wording = sum(1 for one in here if one.bump < Bump.MINOR)
    if duties:
        yield "### What you must do now"
        yield ""
        for one in duties[:_MOST_RULES]:
            reason = news.reasons.get(one.subject)
            yield f"- **{one.subject}** {sentence(news.texts.get(one.subject, one.new or ''))}" + (
                f" Applies here because of {reason}." if reason else ""
            )
        yield from _more(len(duties) - _MOST_RULES)
    if others:
        yield ""
        yield "### What else changed"
        yield ""
        yield from (f"- {told_change(one, news.texts)}"[:_LONGEST] for one in others[:_MOST_RULES])
        yield from _more(len(others) - _MOST_RULES)
    if wording:
        yield ""
        yield f"{wording} rule{'s' if wording != 1 else ''} changed in wording only."


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"- and {count:,} more, which the skills hold"


def _why(news: News) -> Iterator[str]:
    """Yield what the choice of rules rests on."""
    reasons = dict.fromkeys(news.reasons.values())
    if reasons:
        yield "### Why these rules"
        yield ""
        yield "What was found in this repository:"
        yield ""
        yield from (f"- {reason}" for reason in list(reasons)[:_MOST_RULES])


def _kept(work: Work) -> Iterator[str]:
    """Yield what somebody changed or put there: what is put back with the words that go, and what is left."""
    restored = [one for one in work.writes if one.state is State.EDITED]
    left = work.kept
    if restored:
        yield "### Changed by hand"
        yield ""
        yield "These were changed inside what codexc looks after. Merging puts them back; git keeps the edits:"
        yield ""
        yield from (f"- `{one.path}`" for one in restored[:_MOST_LINES])
    if left:
        yield ""
        yield "### Left as they are"
        yield ""
        yield from (f"- `{one.path}`: {one.why}" for one in left[:_MOST_LINES])


def _ways(news: News, policy: Policy) -> Iterator[str]:
    example = next(iter(news.applies), "ABC-1")
    yield "### If something is wrong"
    yield ""
    yield f"- A rule cannot hold here yet: add a waiver for it to `{SETTINGS}`:"
    yield f'  `waivers: [{{rule: {example}, reason: "...", owner: "@you", expires: 2027-06-30}}]`'
    yield f"- Stay on a version: `pin: {news.version}`. Nothing at all: `opt_out: {{reason: ...}}`."
    yield f"- Not now: the label `{policy.hold}`. Not this: close it; it comes back only when its content changes."


def _provenance(news: News) -> str:
    commit = f", compiled from commit {news.origin[:12]}" if news.origin else ""
    return f"{news.title} {news.version}{commit}; digest of the bundle {news.tree[:12]}."
