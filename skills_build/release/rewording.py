"""Classifies a rule whose words changed while its level may be the same.

The program counts what it can determine: levels, conditions and exceptions that were added or removed. For everything
else the author declares the meaning in the label `Change`. A declaration belongs to one change: it counts if the label
was added or written differently since the earlier version.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from skills_build.compile.ranking import id_key
from skills_build.frozen import dataclass
from skills_build.model.release import Bump, ChangeKind, Notice, RuleChange
from skills_build.model.standard import Attestation, Status
from skills_build.release.snapshot import CodexSnapshot, RuleFacts
from skills_build.release.wording import levels_in, same_sentences, same_wording, without_level

_NOT_EDITORIAL: Final = frozenset(
    {ChangeKind.FLIPPED, ChangeKind.TIGHTENED, ChangeKind.LOOSENED, ChangeKind.WIDENED, ChangeKind.NARROWED}
)
_LIMITS: Final = {"when": "condition", "except": "exception"}
"""Labels that only take something away from what a rule requires, and their names in messages."""
_ATTESTED: Final = {
    Attestation.EDITORIAL: "the author declares that the meaning is the same",
    Attestation.NARROWER: "the author declares that the rule requires less",
    Attestation.WIDER: "the author declares that the rule requires more",
}
_UNDECLARED: Final = (
    "the wording of an enforced {level} changed, and the author has not declared how the meaning changed"
)
_ADVICE: Final = (
    "write `**Change:** editorial` below the rule if its meaning is the same, `narrower` if it requires less, "
    "`wider` if it requires more; for a rule in a table, write `change:` in the front matter"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wording:
    """What is known of a rewording: `known` is the least bump and its reason, `open` whether the rest is unknown."""

    known: Bump
    why: str
    open: bool


def rewording(before: RuleFacts, after: RuleFacts, others: Sequence[ChangeKind]) -> RuleChange | None:
    """Return the change of wording, if there is one; `others` are the other changes of the rule."""
    wording = _compared(before, after)
    if wording is None:
        return None
    bump, why = wording.known, wording.why
    kind = ChangeKind.REWORDED
    if wording.open:
        declared = _declared(before, after, others)
        weight = _weight(after, declared)
        if weight > bump:
            bump, why = weight, _reason(after, declared)
        elif weight is Bump.PATCH and bump is Bump.NONE:
            bump, why = Bump.PATCH, _reason(after, declared)
        kind = ChangeKind.EDITORIAL if bump is Bump.PATCH else kind
    moved = _has_other_surroundings(before, after)
    return replace(after.change(kind, bump, why), old=_sentence(before, moved), new=_sentence(after, moved))


def is_declared(change: RuleChange) -> bool:
    """Whether a change weighs less than a major one because its author declares what it means."""
    return change.why in _ATTESTED.values() and change.bump < Bump.MAJOR


def later_rewording(versions: Sequence[RuleFacts]) -> RuleChange | None:
    """Return the rewording after the last change of the label, if there is one that weighs more than the label
    declares.

    `versions` are the versions of one rule in a branch, oldest first. A label speaks for the words that its author
    saw, and for no later ones.
    """
    last = next((n for n in range(len(versions) - 1, 0, -1) if versions[n].attests != versions[n - 1].attests), None)
    if last is None:
        return None
    change = rewording(versions[last], versions[-1], ())
    if change is None or change.bump < Bump.MAJOR:
        return None
    why = f"the rule was reworded after its author wrote `Change: {versions[-1].attests}`"
    return replace(change, why=why)


def _declared(before: RuleFacts, after: RuleFacts, others: Sequence[ChangeKind]) -> Attestation | None:
    """Return what the author declares of this change, if it can be true."""
    declared = Attestation.of(after.attests) if after.attests != before.attests else None
    contradicted = declared is Attestation.EDITORIAL and not _NOT_EDITORIAL.isdisjoint(others)
    return None if contradicted else declared


def _weight(after: RuleFacts, declared: Attestation | None) -> Bump:
    if declared is Attestation.EDITORIAL:
        return Bump.PATCH
    if declared is Attestation.NARROWER or not after.blocks:
        return Bump.MINOR
    return Bump.MAJOR


def _reason(after: RuleFacts, declared: Attestation | None) -> str:
    if declared is not None:
        return _ATTESTED[declared]
    return (
        _UNDECLARED.format(level=after.level)
        if after.blocks
        else "the wording of the requirement changed, but not its level"
    )


def _compared(before: RuleFacts, after: RuleFacts) -> _Wording | None:
    """Compare the demands of two versions; None if they differ in typography at most."""
    texts = [(without_level(rule.text, rule.level), dict(rule.labels)) for rule in (before, after)]
    (old_text, old_labels), (new_text, new_labels) = texts
    both = [name for name in new_labels if name in old_labels]
    names = [name for name in both if not same_wording(old_labels[name], new_labels[name])]
    lifted = [name for name in names if name in _LIMITS and not new_labels[name]]
    limited = [name for name in names if name in _LIMITS and not old_labels[name]]
    further = not same_sentences(before.requirements or (), after.requirements or ()) and _listed(before, after)
    is_open = (
        not same_wording(old_text, new_text)
        or _has_other_condition(before, after)
        or any(name not in lifted and name not in limited for name in names)
        or further
        or _has_other_bounds(before, after)
        or _has_other_surroundings(before, after)
    )
    added, removed = _levels(after) - _levels(before), _levels(before) - _levels(after)
    if not (is_open or names or added or removed):
        return None
    known = max(
        _of_levels(after, added, removed),
        (Bump.MINOR, f"it has a new {_LIMITS[limited[0]]}") if limited else (Bump.NONE, ""),
        (_highest(after), f"its {_LIMITS[lifted[0]]} was removed") if lifted else (Bump.NONE, ""),
        key=lambda one: one[0],
    )
    return _Wording(known=known[0], why=known[1], open=is_open)


def _has_other_bounds(before: RuleFacts, after: RuleFacts) -> bool:
    """Whether the text that completes or limits the sentence changed; not known of versions of earlier programs."""
    return None not in (before.bounds, after.bounds) and not same_sentences(before.bounds or (), after.bounds or ())


def _has_other_surroundings(before: RuleFacts, after: RuleFacts) -> bool:
    """Whether the text around the rule that may limit it changed; not known of versions of earlier programs."""
    return None not in (before.around, after.around) and not same_sentences(before.around or (), after.around or ())


def _listed(before: RuleFacts, after: RuleFacts) -> bool:
    """Whether both versions list further requirements; versions of earlier programs do not."""
    return before.requirements is not None and after.requirements is not None


def _levels(rule: RuleFacts) -> Counter[str]:
    """Count the levels in a rule besides its own."""
    texts = (*(text for _, text in rule.labels), *(rule.requirements or ()))
    return sum((levels_in(text) for text in texts), levels_in(rule.text, without=rule.level))


def _of_levels(after: RuleFacts, added: Counter[str], removed: Counter[str]) -> tuple[Bump, str]:
    """Return the bump of levels that were added to a rule or removed from it, and its reason."""
    if added:
        word = min(added, key=lambda level: (not level.startswith("MUST"), level))
        blocks = word.startswith("MUST") and after.status is Status.ENFORCED
        return (Bump.MAJOR if blocks else Bump.MINOR), f"a requirement was added to the rule: {word}"
    if removed:
        return Bump.MINOR, f"a requirement was removed from the rule: {min(removed)}"
    return Bump.NONE, ""


def _highest(after: RuleFacts) -> Bump:
    return Bump.MAJOR if after.blocks else Bump.MINOR


def _has_other_condition(before: RuleFacts, after: RuleFacts) -> bool:
    """Whether the rule's condition changed; one that was added or removed is a change of applicability."""
    old, new = before.scope.when, after.scope.when
    return old is not None and new is not None and not same_wording(old, new)


def _sentence(rule: RuleFacts, with_surroundings: bool) -> str:
    """Return what a rule demands in one line; with the text around it if that is what changed."""
    labels = [("if", rule.scope.when or ""), *rule.labels, *(("also", text) for text in rule.requirements or ())]
    labels += [("with", text) for text in rule.bounds or ()]
    labels += [("in", text) for text in (rule.around or () if with_surroundings else ())]
    extra = [f"{name.replace('_', ' ').capitalize()}: {text}" for name, text in labels if text]
    return " ".join((rule.text, *(f"({addition})" for addition in extra)))


def notices(old: CodexSnapshot, new: CodexSnapshot, changes: Iterable[RuleChange]) -> Iterator[Notice]:
    """Yield notes for authors on declarations that are missing, have no effect, or were used before."""
    by_rule: dict[str, list[RuleChange]] = {}
    for change in changes:
        by_rule.setdefault(change.subject, []).append(change)
    for rule in sorted(new.rules.values(), key=lambda rule: id_key(rule.id)):
        before = old.rules.get(rule.id)
        message = _message(before, rule, by_rule.get(rule.id, ()), version=old.version) if before else None
        if message is not None:
            yield Notice(subject=rule.id, message=message, source=rule.source, line=rule.line)


def renewal(change: RuleChange) -> Notice:
    """Return what to type for a rule that was reworded after its declaration."""
    label = "add a note to the label, such as `**Change:** editorial, shorter`"
    message = f"declare the last rewording too: {label}"
    return Notice(subject=change.subject, message=message, source=change.source, line=change.line)


def _message(before: RuleFacts, after: RuleFacts, changes: Sequence[RuleChange], *, version: str) -> str | None:
    reworded = next((change for change in changes if change.kind is ChangeKind.REWORDED), None)
    undeclared = reworded is not None and reworded.why == _UNDECLARED.format(level=after.level)
    declared = Attestation.of(after.attests)
    if declared is None:
        return _ADVICE if undeclared else None
    label = f"`Change: {declared}`"
    if after.attests == before.attests:
        used = f"{label} was already used in {version}"
        if reworded is None:
            return f"{used}: remove it"
        again = f": remove it, or declare this change with a note, such as `**Change:** {declared}, shorter`"
        return f"{used} and does not cover this rewording{again}"
    if declared is Attestation.EDITORIAL and any(change.kind in _NOT_EDITORIAL for change in changes):
        return f"{label} does not cover a change of level or applicability"
    if declared is Attestation.EDITORIAL and reworded is not None:
        return f"{label} does not cover this change: {reworded.why}"
    return None
