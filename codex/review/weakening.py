"""Finds changes that weaken later reviews. This review uses the settings of the base, so they are only reported."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from codex.review.model import ReviewFinding
from codex.sync.settings import Settings
from skills_build.model.rules_file import InstalledRule, RulesFile
from skills_build.release.rules_file import without_digest

ID: Final = "codexc"
_REPORTED: Final = frozenset({"blocking", "checks", "digest", "text_digest", "waived"})
"""What has a finding of its own, and what follows from other parts."""


def weakened(
    base: tuple[Settings, RulesFile], head: tuple[Settings | None, RulesFile | None], paths: tuple[str, str]
) -> Iterator[ReviewFinding]:
    """Yield a finding for each way in which a change weakens what is checked.

    `base` and `head` are the settings and the rules of each side, None if they cannot be read; `paths` are their files.
    """
    settings, rules = base
    new_settings, new_rules = head
    if new_settings is None:
        yield _finding(paths[0], "the settings can no longer be read")
    else:
        yield from _settings(settings, new_settings, paths[0])
    if new_rules is None:
        yield _finding(paths[1], "the rules are removed or can no longer be read")
    elif new_rules is not rules:
        yield from _rules(rules, new_rules, paths[1])


def _settings(old: Settings, new: Settings, path: str) -> Iterator[ReviewFinding]:
    """Yield a finding for each change of settings that affects what reviews check."""
    if new.opt_out is not None and old.opt_out is None:
        yield _finding(path, f"the repository opts out: {new.opt_out.reason}")
    before = {waiver.rule: waiver for waiver in old.waivers}
    for waiver in new.waivers:
        earlier = before.get(waiver.rule)
        if earlier is None:
            yield _finding(path, f"a new waiver for {waiver.rule} until {waiver.expires}: {waiver.reason}")
        elif waiver.expires > earlier.expires:
            yield _finding(path, f"the waiver for {waiver.rule} is extended to {waiver.expires}")
    if (new.profile, new.exact) != (old.profile, old.exact):
        yield _finding(path, "the `profile` setting changes, so different rules may apply")
    if new.sensitivity != old.sensitivity:
        was, now = (one or "none" for one in (old.sensitivity, new.sensitivity))
        yield _finding(path, f"the sensitivity class changes from {was} to {now}")
    added = sorted(set(new.maintainers) - set(old.maintainers))
    if added:
        yield _finding(path, f"more accounts may answer reviews: {', '.join(added[:10])}")
    if new.trust != old.trust:
        yield _finding(path, "the `trust` setting changes, so different bundles may be trusted")
    if new.pin != old.pin:
        yield _finding(path, f"the codex is pinned to {new.pin}" if new.pin else "the pin is removed")


def _rules(old: RulesFile, new: RulesFile, path: str) -> Iterator[ReviewFinding]:
    """Yield a finding for each kind of change to the installed rules."""
    before: Mapping[str, InstalledRule] = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    gone = sorted(before.keys() - after.keys())
    if gone:
        yield _finding(path, f"rules are removed: {', '.join(gone[:10])}" + (" ..." if len(gone) > 10 else ""))
    kept = sorted(before.keys() & after.keys())
    for id_ in kept:
        if before[id_].blocking and not after[id_].blocking:
            yield _finding(path, f"{id_} is no longer blocking")
        if _checks(before[id_]) != _checks(after[id_]):
            yield _finding(path, f"the checks for {id_} change")
    changed = [f"{id_} ({names})" for id_ in kept if (names := _changed(before[id_], after[id_]))]
    if changed:
        more = f" and {len(changed) - 10:,} more" if len(changed) > 10 else ""
        yield _finding(path, f"rules change: {', '.join(changed[:10])}{more}")


def _checks(rule: InstalledRule) -> list[Mapping[str, Any]]:
    """Return the checks of a rule as files of any version have them: those of earlier versions had digests."""
    return [without_digest(check) for check in rule.checks or ()]


def _changed(old: InstalledRule, new: InstalledRule) -> str:
    """Return the names of the parts of a rule that change: each can decide what is found, or whether it blocks."""
    names = (one.name for one in fields(old) if getattr(old, one.name) != getattr(new, one.name))
    return ", ".join(sorted({name.rstrip("_") for name in names} - _REPORTED))


def _finding(path: str, found: str) -> ReviewFinding:
    return ReviewFinding(
        id=ID,
        level="MUST",
        blocks=False,
        why="its owner decides",
        path=path,
        line=0,
        reason="This change affects what reviews check; this review still uses the settings of the base branch",
        found=found,
        by="codexc",
        remedy="Ask the owner of the rule or the settings to approve this change.",
        fingerprint=hashlib.sha256(f"{ID}\0{path}\0{found}".encode("utf-8", "replace")).hexdigest(),
    )
