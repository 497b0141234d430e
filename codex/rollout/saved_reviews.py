"""Counts what people answered to reviews, from the reviews that pipelines saved as `DIR/REPOSITORY/NAME.json`.

The files are data of the repositories: a file that is no review is reported, and nothing in it is shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from codex.audit.fleet_model import ReviewCounts
from codex.review.model import AnswerKind, Decision
from codex.shell.reading import read_file
from codex.sync.repository import Repository
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.model.paths import path_fault

MAX_FILES: Final = 10_000
"""Maximum number of reviews that are read for one repository."""
_MAX_BYTES: Final = 16 * 1024 * 1024
_SHOWN: Final = 10
Word = Annotated[str, msgspec.Meta(max_length=200)]


class _Finding(msgspec.Struct):
    id: Word
    blocks: bool


class _Answer(msgspec.Struct):
    kind: Word
    counts: bool
    id: Word = ""
    fingerprint: Word | None = None


class _Review(msgspec.Struct):
    decision: Word
    head: Word | None
    findings: list[_Finding]
    answers: list[_Answer] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedReviews:
    """The counts for each rule, and what could not be read."""

    rules: Mapping[str, ReviewCounts]
    notes: tuple[str, ...] = ()


NO_REVIEWS: Final = CountedReviews(rules={})


def counted_reviews(folder: Path, targets: Iterable[Repository]) -> CountedReviews:
    """Count the saved reviews of repositories. A finding that was declined in several reviews counts once."""
    declined, overridden, notes = Counter[str](), Counter[str](), list[str]()
    for target in targets:
        reviews = list(_reviews(folder, target, notes))
        declined.update(rule for rule, _ in _declined(reviews))
        overridden.update(rule for rule, _ in _overridden(reviews))
    rules = {
        rule: ReviewCounts(declined=declined[rule], overridden=overridden[rule])
        for rule in declined.keys() | overridden
    }
    more = [f"additional saved reviews that were not read: {len(notes) - _SHOWN:,}"] if len(notes) > _SHOWN else []
    return CountedReviews(rules=rules, notes=(*notes[:_SHOWN], *more))


def _reviews(folder: Path, target: Repository, notes: list[str]) -> Iterator[_Review]:
    """Yield the saved reviews of one repository; files that cannot be read are added to `notes`."""
    if path_fault(target.path):
        return
    files = sorted((folder / target.path).glob("*.json"))
    if len(files) > MAX_FILES:
        notes.append(f"{target.path}: only {MAX_FILES:,} of {len(files):,} saved reviews are read")
    for file in files[:MAX_FILES]:
        try:
            yield msgspec.json.decode(read_file(file, max_bytes=_MAX_BYTES), type=_Review)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            notes.append(f"{target.path}: {file.name} is not the output of `codexc review --format json`")
        except (OSError, CodexError):
            notes.append(f"{target.path}: {file.name} cannot be read")


def _declined(reviews: Sequence[_Review]) -> set[tuple[str, str]]:
    """Return each finding that was declined, with its rule."""
    answers = (one for review in reviews for one in review.answers if one.counts)
    return {(one.id, one.fingerprint) for one in answers if one.kind == AnswerKind.WONT_FIX and one.fingerprint}


def _overridden(reviews: Sequence[_Review]) -> set[tuple[str, str]]:
    """Return each rule that blocked a commit which passed with `break glass`, with the commit."""
    broken = (review for review in reviews if review.decision == Decision.OVERRIDDEN)
    return {(one.id, review.head or "") for review in broken for one in review.findings if one.blocks}
