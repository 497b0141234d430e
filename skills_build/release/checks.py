"""Classifies the changes of checks between two versions of a codex.

A check decides whether a change may be merged only if it blocks: its rule is an enforced MUST or MUST NOT, and its
rollout is `block`. Only then can a change of it break work that followed the version before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from skills_build.compile.ranking import id_key
from skills_build.model.check import Check, CheckSpec, Rollout
from skills_build.model.release import Bump, ChangeKind, RuleChange
from skills_build.release.snapshot import CodexSnapshot, RuleFacts


def changes_of_checks(old: CodexSnapshot, new: CodexSnapshot) -> Iterator[RuleChange]:
    """Yield the changes of the checks of all rules that both versions ship, and the checks of new rules."""
    for id_ in sorted(new.rules, key=id_key):
        before, after = old.rules.get(id_), new.rules[id_]
        if before is not None:
            yield from _changes(before, after, new.released.as_of)


def _changes(before: RuleFacts, after: RuleFacts, day: str) -> Iterator[RuleChange]:
    """Pair the checks of a rule by digest, then by kind in their order, and yield what differs."""
    left = list(before.checks)
    fresh: list[Check] = []
    for check in after.checks:
        same = next((one for one in left if one.digest == check.digest), None)
        if same is None:
            fresh.append(check)
            continue
        left.remove(same)
        yield from _rollout_change(after, same, check, day)
    for check in fresh:
        earlier = next((one for one in left if one.kind is check.kind), None)
        if earlier is None:
            yield _added(after, check, day)
            continue
        left.remove(earlier)
        yield _changed(after, earlier, check, day)
    for check in left:
        yield replace(
            after.change(ChangeKind.CHECK_REMOVED, Bump.MINOR, f"the {check.kind} check was removed"), old=check.kind
        )


def _blocks(rule: RuleFacts, check: Check, day: str) -> bool:
    return rule.blocks and check.rollout(day) is Rollout.BLOCK


def _added(rule: RuleFacts, check: Check, day: str) -> RuleChange:
    if _blocks(rule, check, day):
        why = f"a new {check.kind} check blocks immediately: announce it with `rollout: block from DATE`"
        return replace(rule.change(ChangeKind.CHECK_ADDED, Bump.MAJOR, why), new=check.kind)
    return replace(rule.change(ChangeKind.CHECK_ADDED, Bump.MINOR, f"a new {check.kind} check"), new=check.kind)


def _changed(rule: RuleFacts, old: Check, new: Check, day: str) -> RuleChange:
    blocks, blocked = _blocks(rule, new, day), _blocks(rule, old, day)
    if blocks and not (blocked and _finds_less(old.spec, new.spec)):
        why = f"the {new.kind} check blocks and may report more than before"
        return replace(rule.change(ChangeKind.CHECK_CHANGED, Bump.MAJOR, why), old=old.kind, new=new.kind)
    why = f"the {new.kind} check changed"
    return replace(rule.change(ChangeKind.CHECK_CHANGED, Bump.MINOR, why), old=old.kind, new=new.kind)


def _rollout_change(rule: RuleFacts, old: Check, new: Check, day: str) -> Iterator[RuleChange]:
    if old.spec.rollout == new.spec.rollout:
        return
    starts = _blocks(rule, new, day) and old.rollout(day) is not Rollout.BLOCK
    why = f"the {new.kind} check is now `{new.spec.rollout or Rollout.COMMENT}`"
    bump = Bump.MAJOR if starts else Bump.MINOR
    words = (old.spec.rollout or Rollout.COMMENT, new.spec.rollout or Rollout.COMMENT)
    yield replace(rule.change(ChangeKind.CHECK_CHANGED, bump, why), old=words[0], new=words[1])


def _finds_less(old: CheckSpec, new: CheckSpec) -> bool:
    """Return whether a check only became narrower: fewer `files` or rules of a linter, or more that is ignored."""
    same = replace(old, files=new.files, ignore=new.ignore, rules=new.rules, message=new.message, rollout=new.rollout)
    return (
        same == new
        and (old.files is None or _within(new.files, old.files))
        and _within(old.ignore or (), new.ignore or ())
        and _within(new.rules or (), old.rules or ())
    )


def _within(few: Sequence[str] | None, many: Sequence[str]) -> bool:
    return few is not None and set(few) <= set(many)
