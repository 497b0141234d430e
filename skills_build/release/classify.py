"""Classifies the changes between two versions of a codex, and the version bump that each requires.

A change is breaking if work that followed the old version can violate the new one. A rule that is gone without a
tombstone, or an id that is reused, is an error in any version.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from skills_build.compile.ranking import id_key
from skills_build.model.release import Bump, ChangeKind, Diff, RuleChange
from skills_build.model.standard import Audience, Level, Scope, Status
from skills_build.release.checks import changes_of_checks
from skills_build.release.rewording import notices, rewording
from skills_build.release.snapshot import CodexSnapshot, RuleFacts, SkillFacts

_STRENGTH: Final = {Level.MUST: 2, Level.MUST_NOT: 2, Level.SHOULD: 1, Level.SHOULD_NOT: 1, Level.MAY: 0}
_RANK: Final = {Status.DEPRECATED: 0, Status.APPROVED: 1, Status.ENFORCED: 2}
_ORDER: Final = {kind: number for number, kind in enumerate(ChangeKind)}
_STOP_WORDS: Final = re.compile(
    "an?|and|any|are|as|at|by|for|from|has|into?|is|its?|of|on|or|that|the|their|then|to|with"
)
"""Words that do not describe what a skill is for."""


def classify(old: CodexSnapshot, new: CodexSnapshot) -> Diff:
    """Compare two versions; the new one was built on `old.released`, so that equal content has equal bytes."""
    rules = tuple(_changes_of_rules(old, new))
    skills = tuple(_changes_of_skills(old, new, rules))
    checks = tuple(changes_of_checks(old, new))
    changes = (*rules, *checks, *skills, *_changes_of_profiles_and_targets(old, new))
    if old.tree == new.tree:
        changes = tuple(change for change in changes if change.bump is Bump.ERROR)
        if not changes:
            return Diff(old=old.version, new=new.version, bump=Bump.NONE)
    if not changes:
        why = "text outside rules and skills changed"
        changes = (RuleChange(kind=ChangeKind.OUTPUT, bump=Bump.PATCH, subject="output", why=why),)
    ordered = in_order(changes)
    return Diff(
        old=old.version,
        new=new.version,
        bump=ordered[0].bump,
        changes=ordered,
        notices=tuple(notices(old, new, rules)),
        skills=tuple(_changed_skills(old, new)),
    )


def in_order(changes: Iterable[RuleChange]) -> tuple[RuleChange, ...]:
    """Sort changes: the largest bump first."""
    return tuple(sorted(changes, key=lambda change: (-change.bump, _ORDER[change.kind], id_key(change.subject))))


def _changed_skills(old: CodexSnapshot, new: CodexSnapshot) -> Iterator[str]:
    """Yield the names of the skills whose files differ."""
    for name in sorted({*old.skills, *new.skills}):
        before, after = old.skills.get(name), new.skills.get(name)
        if before is None or after is None or before.tree != after.tree:
            yield name


def _changes_of_rules(old: CodexSnapshot, new: CodexSnapshot) -> Iterator[RuleChange]:
    for identity in sorted({*old.rules, *new.rules}, key=id_key):
        before, after = old.rules.get(identity), new.rules.get(identity)
        if before is None and after is not None:
            yield _added_rule(after, reused=identity in old.tombstones)
        elif before is not None and after is None:
            yield _removed_rule(before, new)
        elif before is not None and after is not None:
            yield from rule_changes(before, after)
    for identity in sorted(set(old.tombstones) & new.drafts, key=id_key):
        yield _reused_id(RuleChange(kind=ChangeKind.REUSED, bump=Bump.ERROR, subject=identity, why=""))


def _added_rule(rule: RuleFacts, *, reused: bool) -> RuleChange:
    blocks = rule.level.binding and rule.status is Status.ENFORCED
    bump = Bump.MAJOR if blocks else Bump.MINOR
    why = f"a new enforced {rule.level}" if blocks else f"a new advisory {rule.level}"
    blocks_later = rule.level.binding and rule.next is not None and rule.next[0] is Status.ENFORCED
    day = rule.next[1] if rule.next and blocks_later else None
    change = replace(rule.change(ChangeKind.ADDED, bump, why), new=rule.text, on=day)
    return _reused_id(change) if reused else change


def _reused_id(change: RuleChange) -> RuleChange:
    why = "the id was withdrawn, and ids are never reused: give the rule a new id"
    return replace(change, kind=ChangeKind.REUSED, bump=Bump.ERROR, why=why)


def _removed_rule(rule: RuleFacts, new: CodexSnapshot) -> RuleChange:
    if rule.id in new.tombstones:
        change = rule.change(ChangeKind.WITHDRAWN, Bump.MAJOR, "the rule is withdrawn")
        change = replace(change, use_instead=new.tombstones[rule.id])
    elif rule.id in new.drafts:
        change = rule.change(ChangeKind.WITHDRAWN, Bump.MAJOR, "the rule is a draft again and is no longer released")
    else:
        why = "the rule was removed without a tombstone: write `**Withdrawn:** YYYY-MM-DD` in its place"
        change = rule.change(ChangeKind.VANISHED, Bump.ERROR, why)
    return replace(change, old=rule.text)


def rule_changes(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    """Yield the changes of one rule that both versions ship."""
    changes = [
        *_level_changes(before, after),
        *_status_changes(before, after),
        *_scope_changes(before, after),
        *_audience_changes(before, after),
    ]
    reworded = rewording(before, after, [change.kind for change in changes])
    changes.extend(_label_changes(before, after))
    if reworded is not None:
        changes.append(reworded)
    elif before.digest != after.digest and not changes:
        why = "text outside the requirement changed: a reason, an example or a link"
        changes.append(after.change(ChangeKind.EDITED, Bump.PATCH, why))
    yield from changes
    if before.skill != after.skill and before.audience == after.audience:
        why = "the rule moved to another skill"
        yield replace(after.change(ChangeKind.MOVED, Bump.MINOR, why), old=before.skill, new=after.skill)
    elif before.contract != after.contract and not changes:
        yield after.change(ChangeKind.MOVED, Bump.PATCH, "the anchor of the rule changed")


def _level_changes(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    old, new = before.level, after.level
    if old is new:
        return
    if Level.MAY not in (old, new) and old.negative is not new.negative:
        why = f"{old} became {new}: the rule now requires the opposite"
        change = after.change(ChangeKind.FLIPPED, Bump.MAJOR, why)
    elif _STRENGTH[new] > _STRENGTH[old]:
        change = after.change(ChangeKind.TIGHTENED, Bump.MAJOR, f"{old} became {new}")
    else:
        change = after.change(ChangeKind.LOOSENED, Bump.MINOR, f"{old} became {new}")
    yield replace(change, old=before.text, new=after.text)


def _status_changes(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    old, new = before.status, after.status
    if old is not new:
        yield replace(_status_change(before, after), old=old, new=new)
    scheduled, previously = _scheduled(after), _scheduled(before)
    if scheduled is not None and scheduled != previously:
        status, day = scheduled
        why = f"{status} from {day}"
        yield replace(after.change(ChangeKind.SCHEDULED, Bump.MINOR, why), new=status, on=day)
    elif previously is not None and scheduled is None and new is not previously[0]:
        why = f"no longer {previously[0]} from {previously[1]}"
        yield replace(after.change(ChangeKind.SCHEDULED, Bump.MINOR, why), old=previously[0])


def _scheduled(rule: RuleFacts) -> tuple[Status, str] | None:
    """Return the scheduled status of a rule and its first day; None if the rule already has that status."""
    return rule.next if rule.next is not None and rule.next[0] is not rule.status else None


def _status_change(before: RuleFacts, after: RuleFacts) -> RuleChange:
    old, new = before.status, after.status
    if new is Status.DEPRECATED:
        return after.change(ChangeKind.DEPRECATED, Bump.MINOR, "deprecated for new work")
    if _RANK[new] < _RANK[old]:
        return after.change(ChangeKind.DEMOTED, Bump.MINOR, f"{old} became {new}: now advisory")
    announced = ", as announced" if before.next and before.next[0] is new else ""
    if new is Status.ENFORCED and after.level.binding:
        return after.change(ChangeKind.PROMOTED, Bump.MAJOR, f"{old} became {new}{announced}: now blocking")
    return after.change(ChangeKind.PROMOTED, Bump.MINOR, f"{old} became {new}{announced}")


def _scope_changes(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    shown = (scope_text(before.scope), scope_text(after.scope))
    if not covers(before.scope, after.scope):
        bump = Bump.MAJOR if after.level.binding else Bump.MINOR
        why = f"the {after.level} now has a wider scope"
        yield replace(after.change(ChangeKind.WIDENED, bump, why), old=shown[0], new=shown[1])
    if not covers(after.scope, before.scope):
        why = "the rule now has a narrower scope"
        yield replace(after.change(ChangeKind.NARROWED, Bump.MINOR, why), old=shown[0], new=shown[1])


def _audience_changes(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    """Yield the change of who follows a rule: agents see a rule for code, and none for people."""
    if before.audience == after.audience:
        return
    if after.audience == Audience.PEOPLE:
        why = "the rule now applies to people only, and is no longer in any skill"
        change = replace(after.change(ChangeKind.AUDIENCE, Bump.MINOR, why), skill=before.skill)
    else:
        bump = Bump.MAJOR if after.blocks else Bump.MINOR
        change = after.change(
            ChangeKind.AUDIENCE, bump, f"the {after.level} no longer applies to people only: agents now follow it"
        )
    yield replace(change, old=before.audience, new=after.audience)


def _label_changes(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    """Yield the changes of facts about a rule that do not change what it requires."""
    rows = (
        (
            ChangeKind.DECIDED,
            before.decided_by,
            after.decided_by,
            "`Decided by` has changed",
        ),
        (
            ChangeKind.SELECTED,
            tuple(filter(None, (before.selected_by,))),
            tuple(filter(None, (after.selected_by,))),
            "`Selected by` has changed",
        ),
        (ChangeKind.MAPPED, before.maps_to, after.maps_to, "`Maps to` has changed"),
        (
            ChangeKind.ORIGIN,
            tuple(filter(None, (before.origin,))),
            tuple(filter(None, (after.origin,))),
            "`Origin` has changed",
        ),
    )
    for kind, old, new, why in rows:
        if set(old) != set(new):
            change = after.change(kind, Bump.PATCH, why)
            yield replace(change, old=", ".join(old) or "none", new=", ".join(new) or "none")


def covers(outer: Scope, inner: Scope) -> bool:
    """Whether `outer` applies wherever `inner` does, as far as names and globs show.

    A condition in words counts only by its presence: another condition is another wording.
    """
    return (
        _all_covered(inner.languages, outer.languages, _is_listed)
        and _all_covered(inner.technologies, outer.technologies, _is_listed)
        and _all_covered(inner.kinds, outer.kinds, _is_listed)
        and _all_covered(inner.paths, outer.paths, lambda glob, globs: any(_within(glob, other) for other in globs))
        and (outer.when is None or inner.when is not None)
    )


def _all_covered(inner: Sequence[str], outer: Sequence[str], is_covered: Callable[[str, Sequence[str]], bool]) -> bool:
    return not outer or (bool(inner) and all(is_covered(item, outer) for item in inner))


def _is_listed(word: str, words: Sequence[str]) -> bool:
    return word.lower() in {other.lower() for other in words}


def _within(glob: str, outer: str) -> bool:
    return glob == outer or outer in ("**", "**/*") or (outer.endswith("/**") and glob.startswith(outer[:-2]))


def scope_text(scope: Scope) -> str:
    """Describe an applicability in words."""
    parts = [", ".join(words) for words in (scope.languages, scope.technologies, scope.kinds) if words]
    parts += [f"`{glob}`" for glob in scope.paths]
    if scope.when:
        parts.append(f"when {scope.when}")
    return "; ".join(parts) or "everywhere"


def _changes_of_skills(old: CodexSnapshot, new: CodexSnapshot, rules: Sequence[RuleChange]) -> Iterator[RuleChange]:
    with_changes = {rule.skill for rule in rules} | {rule.old for rule in rules if rule.kind is ChangeKind.MOVED}
    renamed: set[str] = set()
    for name in sorted(set(old.skills) - set(new.skills)):
        change = _gone_skill(old, new, name)
        yield change
        renamed |= {change.new} if change.new else set()
    for name in sorted(_names_of(old) - set(old.skills) - _names_of(new)):
        why = "the former name is no longer listed by any skill"
        yield RuleChange(kind=ChangeKind.SKILL_REMOVED, bump=Bump.MAJOR, subject=name, why=why, skill=name)
    for name in sorted(set(new.skills) - set(old.skills) - renamed):
        yield RuleChange(kind=ChangeKind.SKILL_ADDED, bump=Bump.MINOR, subject=name, why="a new skill", skill=name)
    for name in sorted(set(old.skills) & set(new.skills)):
        yield from _skill_changes(
            old.skills[name], new.skills[name], explained=_is_explained(new.skills[name], with_changes, rules)
        )


def _names_of(snapshot: CodexSnapshot) -> set[str]:
    """Return all names of skills, former ones included."""
    return {*snapshot.skills, *(name for skill in snapshot.skills.values() for name in skill.formerly)}


def _is_explained(skill: SkillFacts, with_changes: Iterable[str | None], rules: Sequence[RuleChange]) -> bool:
    """Whether changes of rules explain that a skill's files differ."""
    return bool(rules) if skill.index else skill.name in with_changes


def _gone_skill(old: CodexSnapshot, new: CodexSnapshot, name: str) -> RuleChange:
    """Classify a skill that is gone: renamed with or without its former name, or removed."""
    for skill in sorted(new.skills.values(), key=lambda skill: skill.name):
        if name in skill.formerly:
            why = f"the skill was renamed to {skill.name}, which lists the old name"
            return RuleChange(
                kind=ChangeKind.SKILL_RENAMED, bump=Bump.MINOR, subject=name, why=why, old=name, new=skill.name
            )
    fresh = sorted(set(new.skills) - set(old.skills))
    same_key = (other for other in fresh if new.skills[other].key == old.skills[name].key)
    successor = next(same_key, None) or _successor(old, new, name)
    if successor in fresh:
        why = f"the skill was renamed to {successor}: list the old name in its `formerly` to avoid a breaking change"
        return RuleChange(
            kind=ChangeKind.SKILL_RENAMED, bump=Bump.MAJOR, subject=name, why=why, old=name, new=successor
        )
    return RuleChange(
        kind=ChangeKind.SKILL_REMOVED, bump=Bump.MAJOR, subject=name, why="the skill was removed", skill=name
    )


def _successor(old: CodexSnapshot, new: CodexSnapshot, name: str) -> str | None:
    """Return the skill that now has more than half of the rules of the skill `name`."""
    homes = [new.rules[rule.id].skill for rule in old.rules.values() if rule.skill == name and rule.id in new.rules]
    best = max(sorted(set(homes)), key=homes.count, default=None)
    return best if best and 2 * homes.count(best) > len(homes) else None


def _skill_changes(before: SkillFacts, after: SkillFacts, *, explained: bool) -> Iterator[RuleChange]:
    name = after.name
    if _trigger_words(before.description) != _trigger_words(after.description):
        why = "the description that clients use to select the skill changed"
        change = RuleChange(kind=ChangeKind.TRIGGER, bump=Bump.MINOR, subject=name, why=why, skill=name)
        yield replace(change, old=before.description, new=after.description)
    elif before.tree != after.tree and not explained:
        why = "the skill's text outside the rules changed"
        yield RuleChange(kind=ChangeKind.SKILL_EDITED, bump=Bump.PATCH, subject=name, why=why, skill=name)


def _trigger_words(description: str) -> frozenset[str]:
    words = re.findall(r"\w[\w+#./-]*\w|\w", description.lower())
    return frozenset(word for word in words if not _STOP_WORDS.fullmatch(word))


def _changes_of_profiles_and_targets(old: CodexSnapshot, new: CodexSnapshot) -> Iterator[RuleChange]:
    """Yield profiles and targets that were added or removed."""
    for name in sorted(old.profiles - new.profiles):
        why = "the profile was removed, so its repositories no longer get rules"
        yield RuleChange(kind=ChangeKind.PROFILE_REMOVED, bump=Bump.MAJOR, subject=name, why=why)
    for name in sorted(new.profiles - old.profiles):
        yield RuleChange(kind=ChangeKind.PROFILE_ADDED, bump=Bump.MINOR, subject=name, why="a new profile")
    for name in sorted(old.targets - new.targets):
        why = "output is no longer built for these clients"
        yield RuleChange(kind=ChangeKind.TARGET_REMOVED, bump=Bump.MAJOR, subject=name, why=why)
    for name in sorted(new.targets - old.targets):
        yield RuleChange(
            kind=ChangeKind.TARGET_ADDED, bump=Bump.MINOR, subject=name, why="output is now built for more clients"
        )
