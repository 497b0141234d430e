"""A review as text, JSON, Markdown, and as SARIF, GitLab and GitHub by the reports of diagnostics."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from codex.report import github, gitlab, sarif
from codex.report.as_json import document_as_json
from codex.report.text import printable
from codex.review.model import SCHEMA, Answer, AnswerKind, Decision, Review, ReviewFinding
from skills_build import inert
from skills_build.counts import counted
from skills_build.diagnostics import Diagnostic, Finding, Severity, Span

_SHOWN: Final = 100
"""Maximum number of findings in a comment."""
_NOTES: Final = 10


def diagnostics_of(review: Review) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each finding: blocking ones are errors."""
    return tuple(_diagnostic(finding) for finding in review.findings)


def _diagnostic(finding: ReviewFinding) -> Diagnostic:
    line, column = max(finding.line, 1), max(finding.column, 1)
    found = f" ({finding.found}; {finding.by})" if finding.found else f" ({finding.by})"
    return Diagnostic(
        finding=Finding(
            code=finding.id,
            message=f"{inert.line(finding.reason, most=0)}{found}",
            path=finding.path or ".",
            span=Span(line, column, line, column),
            help=inert.line(finding.remedy, most=0) if finding.remedy else None,
        ),
        name=finding.id,
        severity=Severity.ERROR if finding.blocks else Severity.WARNING,
    )


def render(review: Review, format_: str) -> str:
    """Render a review in one of the formats below."""
    return _RENDERERS[format_](review)


def as_text(review: Review) -> str:
    """Return one block per finding, then the notes and the verdict."""
    lines = [line for finding in review.findings for line in _block(finding)]
    lines += [f"{one.kind}: {inert.line(_answer(one), most=0)}" for one in review.answers if one.counts]
    lines += [f"note: {note}" for note in review.notes]
    return "".join(f"{printable(line)}\n" for line in (*lines, summary(review)))


def _block(finding: ReviewFinding) -> Iterator[str]:
    word = "blocking" if finding.blocks else "comment"
    why = f" ({finding.why})" if finding.why else ""
    yield f"{word}: {finding.id} {inert.line(finding.reason, most=0)}{why}"
    where, found = inert.line(place(finding), most=0), inert.line(finding.found or finding.id, most=0)
    yield f"  --> {where}: {found} [{finding.by}]"
    if finding.remedy:
        yield f"  = help: {inert.line(finding.remedy, most=0)}"
    if finding.href:
        yield f"  = see: {finding.href}"


def place(finding: ReviewFinding) -> str:
    """Return a place as `path:line:column`, or `path`, or words for the change as a whole."""
    if not finding.path:
        return "this change"
    return ":".join((finding.path, *(str(number) for number in (finding.line, finding.column) if number)))


_WORDS: Final[Mapping[str, str]] = {
    Decision.APPROVE: "nothing found",
    Decision.COMMENT: "comments only",
    Decision.BLOCK: "approval withheld",
    Decision.INCONCLUSIVE: "the assessment is incomplete",
    Decision.OVERRIDDEN: "allowed by a break-glass override",
}


def summary(review: Review) -> str:
    """Summarise a review in one sentence."""
    blocking = sum(finding.blocks for finding in review.findings)
    counts = [f"{counted(len(review.findings), 'finding')} ({blocking:,} blocking)"]
    counts += [f"{review.monitored:,} monitored"] if review.monitored else []
    counts += [f"{review.waived:,} waived"] if review.waived else []
    declined = sum(one.counts and one.kind == AnswerKind.WONT_FIX for one in review.answers)
    counts += [f"{declined:,} won't fix"] if declined else []
    checked = sum(rule.checked in ("program", "both") for rule in review.rules)
    counts.append(f"{counted(len(review.rules), 'rule applies', 'rules apply')}, {checked:,} checked by programs")
    if review.passed_over:
        counts.append(f"{len(review.passed_over):,} not selected (select them with --all-rules)")
    left_out = f"; {counted(len(review.left_out), 'file')} left out" if review.left_out else ""
    return f"{review.decision}: {_WORDS[review.decision]}; {', '.join(counts)}; tier {review.tier}{left_out}"


def verdict_text(review: Review) -> str:
    """Return a short description of a review, for the status of a commit."""
    blocking = sum(finding.blocks for finding in review.findings)
    counting = [one for one in review.answers if one.counts]
    declined = sum(one.kind == AnswerKind.WONT_FIX for one in counting)
    more = f", {declined:,} won't fix" if declined else ""
    by = next((f" ({inert.line(one.by, most=40)})" for one in counting if one.kind == AnswerKind.BREAK_GLASS), "")
    return f"{_WORDS[review.decision]}{by}: {counted(len(review.findings), 'finding')}, {blocking:,} blocking{more}"


def answer_text(answer: Answer) -> str:
    """Return the text of a thread whose finding will not be fixed."""
    return f"Won't fix {inert.code(answer.id)}, says {inert.code(answer.by)}: {inert.text(answer.reason)}"


def _answer(answer: Answer) -> str:
    about = f"{answer.id} ({answer.path}:{answer.line}), " if answer.id else ""
    return f"{about}says {answer.by}: {answer.reason}"


def thread_text(finding: ReviewFinding) -> str:
    """Return the text of a thread on the line of a finding."""
    return "\n".join(line.removeprefix("- ").strip() for line in _item(finding))


def as_json(review: Review) -> str:
    """Return the review as its schema describes (`codexc schema review`)."""
    return document_as_json(SCHEMA, review)


def as_sarif(review: Review) -> str:
    """Return a SARIF log whose rules are those with a finding."""
    first = {finding.id: finding for finding in reversed(review.findings)}
    return sarif.log(
        diagnostics_of(review), [_descriptor(one) for _, one in sorted(first.items())], notifications=review.notes
    )


def _descriptor(finding: ReviewFinding) -> dict[str, Any]:
    link = {"helpUri": finding.href} if finding.href else {}
    text = inert.line(finding.reason, most=0)
    return {"id": finding.id, "shortDescription": {"text": text}, "help": {"text": finding.remedy or text}, **link}


def as_markdown(review: Review) -> str:
    """Return a comment for a merge request. Nothing of the change renders as anything but text."""
    lines = [f"### {inert.text(review.title)}: {_WORDS[review.decision]}", ""]
    for finding in review.findings[:_SHOWN]:
        lines += list(_item(finding))
    if len(review.findings) > _SHOWN:
        lines.append(f"- and {len(review.findings) - _SHOWN:,} more")
    counting = [one for one in review.answers if one.counts]
    lines += [f"- **{one.kind.capitalize()}**: {_answer_item(one)}" for one in counting[:_SHOWN]]
    if review.findings or counting:
        lines.append("")
    lines += [f"- {inert.text(note)}" for note in review.notes[:_NOTES]]
    lines += ["", f"{inert.text(summary(review))}."]
    return "\n".join(lines).rstrip() + "\n"


def _answer_item(answer: Answer) -> str:
    about = f"{inert.code(answer.id)} ({inert.code(f'{answer.path}:{answer.line}')}), " if answer.id else ""
    return f"{about}says {inert.code(answer.by)}: {inert.text(answer.reason)}"


def _item(finding: ReviewFinding) -> Iterator[str]:
    mark = "**Blocking**: " if finding.blocks else ""
    name = inert.linked(finding.id, finding.href) if finding.href else inert.code(finding.id)
    yield f"- {mark}{name} {inert.prose(finding.reason)} ({inert.code(place(finding))})"
    if finding.found:
        yield f"  Found: {inert.code(finding.found)}"
    if finding.remedy:
        yield f"  Instead: {inert.prose(finding.remedy)}"


def as_gitlab(review: Review) -> str:
    """Return a code quality report of GitLab."""
    return gitlab.render(diagnostics_of(review), {})


def as_github(review: Review) -> str:
    """Return workflow commands of GitHub Actions."""
    return github.render(diagnostics_of(review), {})


_RENDERERS: Final[Mapping[str, Callable[[Review], str]]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "gitlab": as_gitlab,
    "github": as_github,
    "markdown": as_markdown,
}
