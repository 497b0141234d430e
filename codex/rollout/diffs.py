"""The diffs of a fleet: the changes that each repository needs, read from the forge."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from codex.report.diff_page import diff_page
from codex.rollout.batch import evaluate_all
from codex.rollout.context import SyncContext
from codex.rollout.explain import proposed_diff
from codex.shell.isolation import isolated
from codex.shell.journal import Journal
from codex.sync.repository import Repository
from skills_build.errors import CodexError

_NAME: Final = re.compile(r"[^A-Za-z0-9]+")


def diff_pages(
    context: SyncContext, targets: Sequence[Repository], templates: Mapping[str, str], *, workers: int
) -> Iterator[tuple[str, str, str]]:
    """Yield the path of each repository that needs changes, the name of its page, and the page. Writes nothing."""
    for result in evaluate_all(context, targets, Journal(None), workers=workers):
        target = result.target
        diff = isolated(target.path, partial(proposed_diff, context, result))
        if isinstance(diff, CodexError):
            diff = f"the diff cannot be read: {diff.summary}\n"
        if diff:
            reason = f"{result.decision.outcome}: {result.decision.reason}"
            yield target.path, file_name(target), diff_page(target.path, reason, diff, templates)


def file_name(target: Repository) -> str:
    """Return the name of a file for a repository, which no other repository has."""
    digest = hashlib.sha256(target.id.encode()).hexdigest()[:12]
    return f"{_NAME.sub('-', target.path)[:60]}-{digest}.html"
