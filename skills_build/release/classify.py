"""Says what changed between two editions of a codex, and how far each change moves the version.

The rule of it: whoever followed the old edition and would now be told that their work is wrong has met a breaking
change. A rule that is gone without a tombstone, or an id that comes back, is an error whatever the version.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from skills_build.compile.digest import normalised
from skills_build.compile.ranking import id_key
from skills_build.model.release import Bump, ChangeKind, Diff, Notice, RuleChange
from skills_build.model.standard import Level, Scope, Status
from skills_build.release.snapshot import CodexSnapshot, RuleFacts, SkillFacts

_STRENGTH: Final = {Level.MUST: 2, Level.MUST_NOT: 2, Level.SHOULD: 1, Level.SHOULD_NOT: 1, Level.MAY: 0}
_RANK: Final = {Status.DEPRECATED: 0, Status.APPROVED: 1, Status.ENFORCED: 2}
_ORDER: Final = {kind: number for number, kind in enumerate(ChangeKind)}
_LITTLE: Final = re.compile("an?|and|any|are|as|at|by|for|from|has|into?|is|its?|of|on|or|that|the|their|then|to|with")
"""Words that say nothing of what a skill is for."""
_SUBSTANCE: Final = frozenset(
    {ChangeKind.FLIPPED, ChangeKind.TIGHTENED, ChangeKind.LOOSENED, ChangeKind.WIDENED, ChangeKind.NARROWED}
)


def classify(old: CodexSnapshot, new: CodexSnapshot) -> Diff:
    """Compare two editions; the new one was built on `old.released`, so that equal content has equal bytes."""
    rules = tuple(_rules(old, new))
    skills = tuple(_skills(old, new, rules))
    changes = (*rules, *skills, *_names(old, new))
    if old.tree == new.tree:
        changes = tuple(change for change in changes if change.bump is Bump.ERROR)
        if not changes:
            return Diff(old=old.version, new=new.version, bump=Bump.NONE)
    if not changes:
        why = "text outside of rules and skills differs"
        changes = (RuleChange(kind=ChangeKind.OUTPUT, bump=Bump.PATCH, subject="output", why=why),)
    ordered = tuple(sorted(changes, key=lambda change: (-change.bump, _ORDER[change.kind], id_key(change.subject))))
    return Diff(
        old=old.version,
        new=new.version,
        bump=ordered[0].bump,
        changes=ordered,
        notices=tuple(_notices(old, new, rules)),
        skills=tuple(_touched(old, new)),
    )


def _touched(old: CodexSnapshot, new: CodexSnapshot) -> Iterator[str]:
    """Yield the skills of which any byte differs."""
    for name in sorted({*old.skills, *new.skills}):
        before, after = old.skills.get(name), new.skills.get(name)
        if before is None or after is None or before.tree != after.tree:
            yield name


def _rules(old: CodexSnapshot, new: CodexSnapshot) -> Iterator[RuleChange]:
    for identity in sorted({*old.rules, *new.rules}, key=id_key):
        before, after = old.rules.get(identity), new.rules.get(identity)
        if before is None and after is not None:
            yield _added(after, reused=identity in old.tombstones)
        elif before is not None and after is None:
            yield _gone(before, new)
        elif before is not None and after is not None:
            yield from rule_changes(before, after)
    for identity in sorted(set(old.tombstones) & new.drafts, key=id_key):
        yield _reused(RuleChange(kind=ChangeKind.REUSED, bump=Bump.ERROR, subject=identity, why=""))


def _of(rule: RuleFacts, kind: ChangeKind, bump: Bump, why: str) -> RuleChange:
    return RuleChange(
        kind=kind,
        bump=bump,
        subject=rule.id,
        why=why,
        skill=rule.skill,
        level=rule.level,
        status=rule.status,
        source=rule.source,
        line=rule.line,
    )


def _added(rule: RuleFacts, *, reused: bool) -> RuleChange:
    blocks = rule.level.binding and rule.status is Status.ENFORCED
    bump = Bump.MAJOR if blocks else Bump.MINOR
    why = f"a new enforced {rule.level}" if blocks else f"a new {rule.level} that advises"
    blocks_later = rule.level.binding and rule.next is not None and rule.next[0] is Status.ENFORCED
    day = rule.next[1] if rule.next and blocks_later else None
    found = replace(_of(rule, ChangeKind.ADDED, bump, why), new=rule.text, on=day)
    return _reused(found) if reused else found


def _reused(change: RuleChange) -> RuleChange:
    why = "the id was withdrawn, and no id is used twice: give the rule a new one"
    return replace(change, kind=ChangeKind.REUSED, bump=Bump.ERROR, why=why)


def _gone(rule: RuleFacts, new: CodexSnapshot) -> RuleChange:
    if rule.id in new.tombstones:
        found = _of(rule, ChangeKind.WITHDRAWN, Bump.MAJOR, "the rule is withdrawn")
        found = replace(found, use_instead=new.tombstones[rule.id])
    elif rule.id in new.drafts:
        found = _of(rule, ChangeKind.WITHDRAWN, Bump.MAJOR, "the rule is a draft again and no longer ships")
    else:
        why = "the rule is gone without a tombstone: write `**Withdrawn:** YYYY-MM-DD` in its place"
        found = _of(rule, ChangeKind.VANISHED, Bump.ERROR, why)
    return replace(found, old=rule.text)


def rule_changes(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    """Yield how one rule differs between two editions that both ship it."""
    found = [*_levels(before, after), *_statuses(before, after), *_scopes(before, after)]
    if _demands(before) != _demands(after) or _reconditioned(before, after):
        found.append(_reworded(before, after, attested=after.attested and not before.attested and not found))
    elif before.digest != after.digest and not found:
        why = "the text around the demand differs: reason, example or link"
        found.append(_of(after, ChangeKind.EDITED, Bump.PATCH, why))
    yield from found
    if before.skill != after.skill:
        why = "the rule is in another skill"
        yield replace(_of(after, ChangeKind.MOVED, Bump.MINOR, why), old=before.skill, new=after.skill)
    elif before.contract != after.contract and not found:
        yield _of(after, ChangeKind.MOVED, Bump.PATCH, "links to the rule lead to another anchor")


def _reworded(before: RuleFacts, after: RuleFacts, *, attested: bool) -> RuleChange:
    if attested:
        found = _of(after, ChangeKind.EDITORIAL, Bump.PATCH, "its author attests that the change is editorial")
    else:
        found = _of(after, ChangeKind.REWORDED, Bump.MINOR, "the demand is worded differently at the same level")
    return replace(found, old=_sentence(before), new=_sentence(after))


def _sentence(rule: RuleFacts) -> str:
    words = [("if", rule.scope.when or ""), *rule.labels]
    extra = [f"{name.replace('_', ' ').capitalize()}: {text}" for name, text in words if text]
    return " ".join((rule.text, *(f"({one})" for one in extra)))


def _demands(rule: RuleFacts) -> tuple[str, ...]:
    """What the rule asks for, without how binding it is: its sentence less the keyword, and the parts that bound it."""
    text = normalised(re.sub(rf"\b{rule.level}\b", "\N{BULLET}", rule.text, count=1))
    return (text, *(normalised(words) for _, words in rule.labels))


def _reconditioned(before: RuleFacts, after: RuleFacts) -> bool:
    """Whether the rule has another condition than before; one that came or went is a matter of applicability."""
    old, new = before.scope.when, after.scope.when
    return old is not None and new is not None and normalised(old) != normalised(new)


def _levels(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    old, new = before.level, after.level
    if old is new:
        return
    if Level.MAY not in (old, new) and old.negative is not new.negative:
        found = _of(
            after, ChangeKind.FLIPPED, Bump.MAJOR, f"{old} became {new}: what was asked for is now advised against"
        )
        if old.negative:
            found = replace(found, why=f"{old} became {new}: what was advised against is now asked for")
    elif _STRENGTH[new] > _STRENGTH[old]:
        found = _of(after, ChangeKind.TIGHTENED, Bump.MAJOR, f"{old} became {new}")
    else:
        found = _of(after, ChangeKind.LOOSENED, Bump.MINOR, f"{old} became {new}")
    yield replace(found, old=before.text, new=after.text)


def _statuses(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    old, new = before.status, after.status
    if old is not new:
        yield replace(_status(before, after), old=old, new=new)
    later, earlier = _announced(after), _announced(before)
    if later is not None and later != earlier:
        status, day = later
        why = f"it will be {status} from {day}"
        yield replace(_of(after, ChangeKind.SCHEDULED, Bump.MINOR, why), new=status, on=day)
    elif earlier is not None and later is None and new is not earlier[0]:
        why = f"it will no longer be {earlier[0]} from {earlier[1]}"
        yield replace(_of(after, ChangeKind.SCHEDULED, Bump.MINOR, why), old=earlier[0])


def _announced(rule: RuleFacts) -> tuple[Status, str] | None:
    """The status that a rule will have; one that it has already announces nothing."""
    return rule.next if rule.next is not None and rule.next[0] is not rule.status else None


def _status(before: RuleFacts, after: RuleFacts) -> RuleChange:
    old, new = before.status, after.status
    if new is Status.DEPRECATED:
        return _of(after, ChangeKind.DEPRECATED, Bump.MINOR, "start nothing new on it")
    if _RANK[new] < _RANK[old]:
        return _of(after, ChangeKind.DEMOTED, Bump.MINOR, f"{old} became {new}: it advises now")
    announced = ", as announced" if before.next and before.next[0] is new else ""
    if new is Status.ENFORCED and after.level.binding:
        return _of(after, ChangeKind.PROMOTED, Bump.MAJOR, f"{old} became {new}{announced}: it blocks now")
    return _of(after, ChangeKind.PROMOTED, Bump.MINOR, f"{old} became {new}{announced}")


def _scopes(before: RuleFacts, after: RuleFacts) -> Iterator[RuleChange]:
    shown = (scope_text(before.scope), scope_text(after.scope))
    if not covers(before.scope, after.scope):
        bump = Bump.MAJOR if after.level.binding else Bump.MINOR
        why = f"the {after.level} applies where it did not"
        yield replace(_of(after, ChangeKind.WIDENED, bump, why), old=shown[0], new=shown[1])
    if not covers(after.scope, before.scope):
        why = "it no longer applies everywhere it did"
        yield replace(_of(after, ChangeKind.NARROWED, Bump.MINOR, why), old=shown[0], new=shown[1])


def covers(outer: Scope, inner: Scope) -> bool:
    """Whether `outer` applies wherever `inner` does, as far as names and globs can tell.

    Conditions in words count only by whether there is one: another condition is another wording.
    """
    return (
        _all(inner.languages, outer.languages, lambda one, of: one.lower() in {word.lower() for word in of})
        and _all(inner.technologies, outer.technologies, lambda one, of: one.lower() in {word.lower() for word in of})
        and _all(inner.paths, outer.paths, lambda one, of: any(_within(one, glob) for glob in of))
        and (outer.when is None or inner.when is not None)
    )


def _all(inner: Sequence[str], outer: Sequence[str], known: Callable[[str, Sequence[str]], bool]) -> bool:
    return not outer or (bool(inner) and all(known(one, outer) for one in inner))


def _within(glob: str, outer: str) -> bool:
    return glob == outer or outer in ("**", "**/*") or (outer.endswith("/**") and glob.startswith(outer[:-2]))


def scope_text(scope: Scope) -> str:
    """An applicability in words."""
    parts = [", ".join(words) for words in (scope.languages, scope.technologies) if words]
    parts += [f"`{glob}`" for glob in scope.paths]
    if scope.when:
        parts.append(f"when {scope.when}")
    return "; ".join(parts) or "everywhere"


def _skills(old: CodexSnapshot, new: CodexSnapshot, rules: Sequence[RuleChange]) -> Iterator[RuleChange]:
    touched = {rule.skill for rule in rules} | {rule.old for rule in rules if rule.kind is ChangeKind.MOVED}
    renamed: set[str] = set()
    for name in sorted(set(old.skills) - set(new.skills)):
        found = _successor(old, new, name)
        yield found
        renamed |= {found.new} if found.new else set()
    for name in sorted(_names_of(old) - set(old.skills) - _names_of(new)):
        why = "an earlier name that no skill answers to any more"
        yield RuleChange(kind=ChangeKind.SKILL_REMOVED, bump=Bump.MAJOR, subject=name, why=why, skill=name)
    for name in sorted(set(new.skills) - set(old.skills) - renamed):
        yield RuleChange(kind=ChangeKind.SKILL_ADDED, bump=Bump.MINOR, subject=name, why="a new skill", skill=name)
    for name in sorted(set(old.skills) & set(new.skills)):
        yield from _skill(old.skills[name], new.skills[name], quiet=_explained(new.skills[name], touched, rules))


def _names_of(edition: CodexSnapshot) -> set[str]:
    """All names that skills answer to, earlier ones included."""
    return {*edition.skills, *(name for skill in edition.skills.values() for name in skill.formerly)}


def _explained(skill: SkillFacts, touched: Iterable[str | None], rules: Sequence[RuleChange]) -> bool:
    """Whether changes of rules are reason enough for a skill's other bytes."""
    return bool(rules) if skill.index else skill.name in touched


def _successor(old: CodexSnapshot, new: CodexSnapshot, name: str) -> RuleChange:
    """What became of a skill that is gone: a name that redirects to it, or one that took its place unannounced."""
    for skill in sorted(new.skills.values(), key=lambda skill: skill.name):
        if name in skill.formerly:
            why = f"the skill is now {skill.name}, which answers to the old name"
            return RuleChange(
                kind=ChangeKind.SKILL_RENAMED, bump=Bump.MINOR, subject=name, why=why, old=name, new=skill.name
            )
    fresh = sorted(set(new.skills) - set(old.skills))
    heir = next((one for one in fresh if new.skills[one].key == old.skills[name].key), None) or _heir(old, new, name)
    if heir in fresh:
        why = f"the skill is now {heir}: list the old name under its `formerly` and nobody is broken"
        return RuleChange(kind=ChangeKind.SKILL_RENAMED, bump=Bump.MAJOR, subject=name, why=why, old=name, new=heir)
    return RuleChange(kind=ChangeKind.SKILL_REMOVED, bump=Bump.MAJOR, subject=name, why="the skill is gone", skill=name)


def _heir(old: CodexSnapshot, new: CodexSnapshot, name: str) -> str | None:
    """The skill that now holds most of the rules that `name` held."""
    homes = [new.rules[rule.id].skill for rule in old.rules.values() if rule.skill == name and rule.id in new.rules]
    best = max(sorted(set(homes)), key=homes.count, default=None)
    return best if best and 2 * homes.count(best) > len(homes) else None


def _skill(before: SkillFacts, after: SkillFacts, *, quiet: bool) -> Iterator[RuleChange]:
    name = after.name
    if _triggers(before.description) != _triggers(after.description):
        why = "clients choose the skill by other words"
        found = RuleChange(kind=ChangeKind.TRIGGER, bump=Bump.MINOR, subject=name, why=why, skill=name)
        yield replace(found, old=before.description, new=after.description)
    elif before.tree != after.tree and not quiet:
        why = "its text differs outside of rules"
        yield RuleChange(kind=ChangeKind.SKILL_EDITED, bump=Bump.PATCH, subject=name, why=why, skill=name)


def _triggers(description: str) -> frozenset[str]:
    words = re.findall(r"\w[\w+#./-]*\w|\w", description.lower())
    return frozenset(word for word in words if not _LITTLE.fullmatch(word))


def _names(old: CodexSnapshot, new: CodexSnapshot) -> Iterator[RuleChange]:
    """Yield profiles and targets that came and went."""
    for name in sorted(old.profiles - new.profiles):
        why = "the profile is gone: who installs it gets nothing"
        yield RuleChange(kind=ChangeKind.PROFILE_REMOVED, bump=Bump.MAJOR, subject=name, why=why)
    for name in sorted(new.profiles - old.profiles):
        yield RuleChange(kind=ChangeKind.PROFILE_ADDED, bump=Bump.MINOR, subject=name, why="a new profile")
    for name in sorted(old.targets - new.targets):
        why = "nothing is written for these clients any more"
        yield RuleChange(kind=ChangeKind.TARGET_REMOVED, bump=Bump.MAJOR, subject=name, why=why)
    for name in sorted(new.targets - old.targets):
        yield RuleChange(
            kind=ChangeKind.TARGET_ADDED, bump=Bump.MINOR, subject=name, why="clients that nothing was written for"
        )


def _notices(old: CodexSnapshot, new: CodexSnapshot, rules: Sequence[RuleChange]) -> Iterator[Notice]:
    """Yield attestations that moved nothing: spent in an earlier release, or put on what is no mere wording."""
    substance = {rule_change.subject for rule_change in rules if rule_change.kind in _SUBSTANCE}
    reworded = {rule_change.subject for rule_change in rules if rule_change.kind is ChangeKind.REWORDED}
    for rule in sorted(new.rules.values(), key=lambda rule: id_key(rule.id)):
        before = old.rules.get(rule.id)
        if not rule.attested or before is None:
            continue
        if before.attested and rule.id in reworded:
            message = (
                f"`Change: editorial` was there in {old.version} already and is spent: remove it, or it hides this"
            )
        elif rule.id in substance:
            message = "`Change: editorial` does not cover a change of level or applicability"
        elif before.attested:
            message = f"`Change: editorial` is spent since {old.version}: remove it"
        else:
            continue
        yield Notice(subject=rule.id, message=message, source=rule.source, line=rule.line)
