"""A mention of a rule that does not exist."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from skills_build.diagnostics import Cause, Finding, Severity
from skills_build.lint.base import Context, Lint
from skills_build.lint.listed_ids import ELSEWHERE, unknown_ids
from skills_build.model.codex import Codex
from skills_build.model.non_rules import Mention
from skills_build.model.standard import CANONICAL, Standard
from skills_build.source.rendered import prose

_SPELLED: Final = re.compile(r"(?<![\w/.#@\[-])[A-Za-z]+(?:[-_ ][A-Za-z]+){0,4}[-_ ]?\d+[a-z]?(?![\w\]-]|\.\d)")
_MOST: Final = 20
"""The most ids that a finding lists."""
_POINTS: Final = re.compile(
    r"(?:see )?(?:(?:the )?(?:(?:rules?|ones?|section) )?(?:above|below)"
    r"|(?:the )?(?:previous|next|last|first) (?:rule|one)|above|below|ibid|rules? #?\d+)\W*",
    re.IGNORECASE,
)
"""A value of `See` that points to a place: rules are also shown alone, and in another order."""
_NUMBERED: Final = re.compile(r"(?P<prefix>.+)-(?P<number>\d+)(?P<letter>[a-z]?)")


def check(codex: Codex, context: Context) -> Iterator[Finding]:
    """Yield a finding for each id of this codex in prose or front matter that no rule has, now or before."""
    numbers = _numbers(codex)
    known = {id_ for ids in numbers.values() for id_ in ids}
    never_listed = _never_listed(codex)
    all_named = all(standard.states("id") for standard in codex.standards if standard.dialect == CANONICAL)
    for standard in codex.standards:
        if standard.dialect != CANONICAL:
            continue
        given = {miss.id for miss in standard.near_misses}
        for mention in standard.mentions:
            if mention.written:
                yield from (_several if mention.last else _spelled)(standard, mention, known)
                if (
                    mention.last
                    and mention.written.endswith(mention.last)
                    and (gone := _unknown(mention.last, numbers))
                ):
                    message, help_ = gone
                    yield Finding(code="CX042", message=message, path=standard.path, span=mention.span, help=help_)
                continue
            unknown = _unknown(mention.id, numbers) if mention.id not in given else None
            if unknown:
                message, help_ = unknown
                cause = Cause(first=mention.span.line, last=mention.span.line, quiet=True)
                yield Finding(
                    code="CX042", message=message, path=standard.path, span=mention.span, help=help_, cause=cause
                )
        yield from _priority(standard, numbers, never_listed)
        yield from _selected_by(standard)
        yield from _misspelt(standard, known)
        if all_named:  # otherwise, an id may be that of a standard whose front matter cannot be read
            yield from unknown_ids(standard, known, frozenset(numbers))


def _spelled(standard: Standard, mention: Mention, known: set[str]) -> Iterator[Finding]:
    """Yield a finding for the id of a rule that is written in another way: `SVC_1`, `svc-1`."""
    if mention.id in known and mention.id.split("-")[0] not in ELSEWHERE:
        message = f"`{mention.written}` is not read as an id"
        help_ = f"write `{mention.id}`"
        yield Finding(code="CX042", message=message, path=standard.path, span=mention.span, help=help_)


def _several(standard: Standard, mention: Mention, known: set[str]) -> Iterator[Finding]:
    """Yield a finding for several ids that are written as one: `SVC-1..SVC-4`."""
    first, last = _NUMBERED.fullmatch(mention.id), _NUMBERED.fullmatch(mention.last)
    if first is None or last is None or mention.id not in known or mention.last not in known:
        return
    ids = [mention.id, mention.last]
    low, high = int(first["number"]), int(last["number"])
    if first["prefix"] == last["prefix"] and not mention.listed:
        if low > high:
            return
        between = (f"{first['prefix']}-{number}" for number in range(low + 1, min(high, low + _MOST)))
        ids[1:1] = [id_ for id_ in between if id_ in known]
    shown = ", ".join(f"`{id_}`" for id_ in dict.fromkeys(ids))
    message = f"`{mention.written}` is not read as ids"
    yield Finding(code="CX042", message=message, path=standard.path, span=mention.span, help=f"write {shown}")


def _numbers(codex: Codex) -> Mapping[str, set[str]]:
    """Return the ids of each standard, by its own id: those of rules and parts, and all that the lock has."""
    known: dict[str, set[str]] = defaultdict(set)
    for standard in codex.standards:
        if standard.dialect == CANONICAL and standard.states("id"):
            known[standard.id].update(())
    ids = [rule.id for standard in codex.standards for rule in standard.rules]
    ids += [part.id for standard in codex.standards for rule in standard.rules for part in rule.parts if part.id]
    for id_ in (*ids, *(entry.id for entry in codex.locked)):
        match = _NUMBERED.fullmatch(id_)
        if match and match["prefix"] in known:
            known[match["prefix"]].add(id_)
    return known


def _unknown(id_: str, numbers: Mapping[str, set[str]]) -> tuple[str, str] | None:
    """Return the message and the help for an id of a standard of this codex that no rule has."""
    match = _NUMBERED.fullmatch(id_)
    if match is None or match["prefix"] not in numbers or id_ in numbers[match["prefix"]]:
        return None
    return f"no rule has the id `{id_}`", _range(match["prefix"], numbers[match["prefix"]])


def _range(prefix: str, ids: set[str]) -> str:
    """Return which ids a standard has."""
    found = sorted({int(match["number"]) for id_ in ids if (match := _NUMBERED.fullmatch(id_))})
    if not found:
        return f"`{prefix}` has no rules yet"
    low, high = f"`{prefix}-{found[0]}`", f"`{prefix}-{found[-1]}`"
    return f"the ids of `{prefix}` range from {low} to {high}" if low != high else f"the only id of `{prefix}` is {low}"


def _never_listed(codex: Codex) -> Mapping[str, str]:
    """Return why each id that exists, but is not that of a rule in force, has no place in `priority`."""
    reasons = {entry.id: "is no longer a rule" for entry in codex.locked}
    for rule in (rule for standard in codex.standards for rule in standard.rules):
        reasons.update((part.id, f"is a part of `{rule.id}`") for part in rule.parts if part.id)
        reasons[rule.id] = "is withdrawn" if rule.tombstone else ""
    return reasons


def _priority(
    standard: Standard, numbers: Mapping[str, set[str]], never_listed: Mapping[str, str]
) -> Iterator[Finding]:
    known = {id_ for ids in numbers.values() for id_ in ids}
    places = dict(standard.places)
    for number, id_ in enumerate(standard.priority):
        place = standard.place(key if (key := f"priority.{number}") in places else "priority")
        if id_ not in known:
            unknown = _unknown(id_, numbers)
            help_ = unknown[1] if unknown else _range(standard.id, numbers.get(standard.id, set()))
            message = f"`priority`: no rule has the id `{id_}`"
            yield Finding(code="CX042", message=message, path=standard.path, span=place, help=help_)
        elif id_ in standard.priority[:number]:
            message = f"`priority`: `{id_}` is listed twice"
            yield Finding(code="CX042", message=message, path=standard.path, span=place, help="remove it")
        elif reason := never_listed[id_]:
            message = f"`priority`: `{id_}` {reason}, so it is never listed"
            yield Finding(code="CX042", message=message, path=standard.path, span=place, help="remove it")
        elif not id_.startswith(f"{standard.id}-"):
            message = f"`priority`: `{id_}` is a rule of another standard, so it has no effect here"
            help_ = "list it in the `priority` of its standard, or in codex.yaml, which applies to all standards"
            yield Finding(code="CX042", message=message, path=standard.path, span=place, help=help_)


def _misspelt(standard: Standard, known: set[str]) -> Iterator[Finding]:
    """Yield a finding for each word in `See` and `Use instead` that is an id in another spelling: `svc-1`, `SVC1`."""
    for rule in standard.rules:
        for label in rule.labels:
            if label.name not in ("see", "use instead"):
                continue
            if _POINTS.fullmatch(label.text.strip()):
                message = f"`{label.text.strip()}` in `{label.name.capitalize()}` names no rule"
                help_ = "write the id of the rule: rules are also shown without their neighbours"
                place = label.value or label.span
                yield Finding(code="CX042", message=message, path=standard.path, span=place, help=help_)
            for match in _SPELLED.finditer(prose(label.text)):
                id_ = "-".join(re.findall(r"[A-Z]+|\d+[A-Z]?", match[0].upper()))
                written = f"{id_[:-1]}{id_[-1].lower()}"
                other_separator = re.search(r"[A-Za-z][-_]\d", match[0]) is not None  # which `_spelled` reports
                if match[0] not in known and written in known and not other_separator:
                    message = f"`{match[0]}` in `{label.name.capitalize()}` is not read as an id"
                    place = label.value or label.span
                    help_ = f"write `{written}`"
                    yield Finding(code="CX042", message=message, path=standard.path, span=place, help=help_)


def _selected_by(standard: Standard) -> Iterator[Finding]:
    """Yield a finding for each id in `selected_by` that no rule of the standard has."""
    own = {rule.id for rule in standard.rules}
    for key, place in standard.places:
        name, _, id_ = key.partition(".")
        if name == "selected_by" and id_ and id_ not in own:
            message = f"`selected_by`: `{standard.id}` has no rule with the id `{id_}`"
            yield Finding(code="CX042", message=message, path=standard.path, span=place, help=_range(standard.id, own))


LINT: Final = Lint(code="CX042", name="unknown-reference", severity=Severity.WARNING, codex=check)
