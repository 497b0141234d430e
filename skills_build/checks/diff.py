"""The kind `diff`: a property of the change as a whole."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from skills_build.checks.base import (
    ChangedFile,
    Commit,
    Evaluation,
    ExampleForm,
    Fault,
    Gap,
    Kind,
    Match,
    Subject,
    glob_faults,
    looks_at,
)
from skills_build.checks.commit import is_about
from skills_build.checks.patch import parse_patch
from skills_build.checks.regex import pattern_faults
from skills_build.globs import matches
from skills_build.model.check import CheckKind, CheckSpec, DiffCheck
from skills_build.model.standard import Example
from skills_build.source.patterns import linear_pattern


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield a fault for each invalid pattern, and if a check requires nothing."""
    check = spec.diff
    assert check is not None
    given = (check.with_, check.without, check.fewer, check.unchanged, check.lines)
    if all(one is None for one in given):
        names = "`with`, `without`, `fewer`, `unchanged` or `lines`"
        yield Fault(key=("diff",), message="the check does not require anything", help=f"write {names}")
    yield from glob_faults(check.with_, "diff", "with")
    yield from glob_faults(check.without, "diff", "without")
    for name in ("fewer", "when"):
        pattern = getattr(check, name)
        if pattern is not None:
            yield from pattern_faults(pattern, ("diff", name))


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Check a change. Without a file that it is about, it has nothing to check."""
    check = spec.diff
    assert check is not None
    if subject.change is None:
        return Evaluation(gaps=(Gap(path="", why="no diff was passed"),))
    if check.when is not None and subject.commits is None:
        return Evaluation(gaps=(Gap(path="", why="no commits were passed"),))
    if check.when is not None and not any(is_about(check.when, commit) for commit in subject.commits or ()):
        return Evaluation()
    about = [one for one in subject.change if looks_at(spec, one.path, subject.applies)]
    if not about:
        return Evaluation()
    return Evaluation(matches=tuple(_wrong(check, about, subject.change)), looked=tuple(one.path for one in about))


def _wrong(check: DiffCheck, about: Sequence[ChangedFile], change: Sequence[ChangedFile]) -> Iterator[Match]:
    first = about[0].path
    if check.with_ is not None and not any(matches(one.path, check.with_) for one in change):
        listed = " or ".join(f"`{glob}`" for glob in check.with_)
        yield Match(path=first, text=f"the change does not contain a file that matches {listed}")
    if check.without is not None:
        for one in change:
            if one not in about and matches(one.path, check.without):
                yield Match(path=one.path, text=f"changed together with `{first}`")
    if check.unchanged:
        yield from (Match(path=one.path, text="this file must not be changed") for one in about if one.old is not None)
    if check.fewer is not None:
        pattern = linear_pattern(check.fewer)
        added = sum(_count(pattern.spans(text)) for one in about for _, text in one.added)
        removed = sum(_count(pattern.spans(text)) for one in about for text in one.removed)
        if removed > added:
            yield Match(
                path=first,
                text=f"the change removes more matches of `{check.fewer}` ({removed}) than it adds ({added})",
            )
    if check.lines is not None:
        lines = sum(len(one.added) + len(one.removed) for one in about)
        if lines > check.lines:
            yield Match(path=first, text=f"{lines:,} lines are changed (limit: {check.lines:,})")


def _count(spans: Iterator[tuple[int, int]]) -> int:
    return sum(1 for _ in spans)


def _is_diff(spec: CheckSpec, example: Example, own: bool) -> bool:
    return example.language in ("diff", "patch")


def _as_diff(examples: Sequence[Example]) -> Subject:
    code = examples[0].code
    patch = parse_patch(code)
    if not patch.files:
        raise ValueError("expected a diff")
    return Subject(change=patch.files, commits=patch.commits or (Commit(id="", message=_preamble(code)),))


def _preamble(code: str) -> str:
    """Return the text above a diff: the message of its commit."""
    return re.split(r"^(?:diff --git|---) ", code, maxsplit=1, flags=re.MULTILINE)[0].strip()


KIND: Final = Kind(
    kind=CheckKind.DIFF,
    summary="a requirement for the whole diff",
    validate=validate,
    evaluate=evaluate,
    examples=ExampleForm(fits=_is_diff, subject=_as_diff, expected=lambda _: "in a `diff` fence"),
)
