"""A rule that was removed without a tombstone."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from skills_build.diagnostics import Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.model.standard import Codex


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each id of the lock that is in no standard and was not withdrawn.

    A file that exists but could not be read as a standard is one finding, however many rules it had.
    """
    present = {rule.id for standard in codex.standards for rule in standard.rules}
    parts = {part.id for standard in codex.standards for rule in standard.rules for part in rule.parts}
    unread = codex.files - {standard.path for standard in codex.standards}
    gone = [entry for entry in codex.locked if entry.withdrawn is None and entry.id not in present | parts]
    for path, count in sorted(Counter(entry.file for entry in gone if entry.file in unread).items()):
        yield Finding(
            code="CX114",
            message=f"{count} {'rule is' if count == 1 else 'rules are'} missing: the file was not read as a standard",
            path=path,
            help="fix the other findings in this file, or withdraw its rules before you exclude it",
        )
    for entry in gone:
        if entry.file not in unread:
            yield Finding(
                code="CX114",
                message=f"rule `{entry.id}` (`{entry.title[:60]}`) was removed without being withdrawn",
                path=entry.file,
                help=f"list it under `## Withdrawn` with `**Withdrawn:** {context.as_of[:7]}.`",
            )


LINT: Final = Lint(code="CX114", name="vanished-rule", severity=Severity.ERROR, codex=check, suppressible=False)
