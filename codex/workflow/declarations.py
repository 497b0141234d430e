"""Checks in the history since the last release that each declaration is as young as the words it is about.

A release compares two versions. Between them, a rule may be reworded, declared as editorial, and reworded again.
"""

from collections.abc import Iterator
from dataclasses import replace

from codex.shell.repository import GitRepository
from codex.workflow.codex_folder import CodexFolder, schema
from skills_build.model.release import Diff, RuleChange
from skills_build.release.classify import in_order
from skills_build.release.rewording import is_declared, later_rewording, renewal
from skills_build.release.snapshot import RuleFacts, facts_of


def with_later_rewordings(place: CodexFolder, repository: GitRepository, tag: str, diff: Diff) -> Diff:
    """Return the changes since the release `tag`, in which a declaration covers no words that are younger."""
    late: dict[str, RuleChange] = {}
    for change in filter(is_declared, diff.changes):
        later = later_rewording(tuple(_versions(place, repository, tag, change)))
        if later is not None:
            late[change.subject] = replace(change, kind=later.kind, bump=later.bump, why=later.why)
    if not late:
        return diff
    changes = in_order(late.get(one.subject, one) if is_declared(one) else one for one in diff.changes)
    return replace(
        diff, changes=changes, bump=changes[0].bump, notices=(*diff.notices, *(renewal(one) for one in late.values()))
    )


def _versions(place: CodexFolder, repository: GitRepository, tag: str, change: RuleChange) -> Iterator[RuleFacts]:
    """Yield each version of a rule in its file: that of the tag, of each commit since, and of the work tree."""
    source = change.source or ""
    path = repository.relative(place.root / source)
    texts = [repository.read(commit, path) for commit in (tag, *repository.commits_since(tag, path))]
    for text in (*texts, place.tree.files.get(source)):
        facts = _facts(place, source, change.subject, text) if text is not None else None
        if facts is not None:
            yield facts


def _facts(place: CodexFolder, path: str, rule_id: str, text: bytes) -> RuleFacts | None:
    from skills_build.source.parse import parse_standard

    dialect = place.dialect_of(path)
    if dialect is None:
        return None
    reading = parse_standard(path, text, dialect, place.config, schema=schema("front-matter"))
    if reading.document is None:
        return None
    standard = reading.document.standard
    rule = next((rule for rule in standard.rules if rule.id == rule_id), None)
    return facts_of(rule, standard, as_of=place.request.as_of) if rule else None
