"""Withdraws a rule: its place in the standards, checked by reading the result before it is written."""

from codex.shell.reading import decoded
from codex.workflow.build import FileDifference
from codex.workflow.codex_folder import CodexFolder, schema
from codex.workflow.parsing import parse_all
from skills_build.errors import CodexError
from skills_build.model.standard import CANONICAL, Rule, Standard
from skills_build.source.parse import parse_standard
from skills_build.source.similar import nearest
from skills_build.source.text import normalised_text, with_line_endings_of
from skills_build.source.tombstones import withdrawn_text


def withdraw(place: CodexFolder, identity: str, *, use_instead: str | None) -> FileDifference:
    """Return the change of the standard that withdraws a rule. Writes nothing.

    Raises `CodexError` if there is no such rule, if its replacement is not in force, or if the text cannot be edited
    safely.
    """
    rules = {rule.id: (standard, rule) for standard in parse_all(place).codex.standards for rule in standard.rules}
    standard, rule = _found(rules, identity)
    if use_instead is not None:
        _, replacement = _found(rules, use_instead)
        if replacement.tombstone is not None or use_instead == identity:
            raise CodexError(
                f"`{use_instead}` cannot replace `{identity}`", hint="use the id of a rule that is in force"
            )
    old = place.tree.files[standard.path]
    dialect = place.dialect_of(standard.path)
    if dialect is None or dialect.name != CANONICAL or not rule.id_written:
        hint = "add `**Withdrawn:** YYYY-MM.` to the rule in the format of its dialect"
        raise CodexError(f"`{identity}` is in a standard in another dialect", hint=hint)
    original = decoded(old, standard.path)
    month = place.request.as_of[:7]
    text = withdrawn_text(normalised_text(original), standard, rule, month=month, use_instead=use_instead)
    new = with_line_endings_of(original, text).encode()
    _verify(place, standard, rule, new)
    return FileDifference(path=standard.path, old=old, new=new)


def _found(rules: dict[str, tuple[Standard, Rule]], identity: str) -> tuple[Standard, Rule]:
    if identity not in rules:
        near = nearest(identity, tuple(rules))
        hint = f"did you mean `{near}`?" if near else "use the id of a rule, such as `SVC-1`"
        raise CodexError(f"no rule has the id `{identity}`", hint=hint)
    return rules[identity]


def _verify(place: CodexFolder, standard: Standard, rule: Rule, data: bytes) -> None:
    """Refuse a text that does not have the same rules, with just this one withdrawn."""
    dialect = place.dialect_of(standard.path)
    assert dialect is not None
    reading = parse_standard(standard.path, data, dialect, place.config, schema=schema("front-matter"))
    read = reading.document.standard.rules if reading.document else ()
    after = {one.id: (one.tombstone is not None, one.level, one.statement, one.body) for one in read}
    before = {one.id: (one.tombstone is not None, one.level, one.statement, one.body) for one in standard.rules}
    same = after.keys() == before.keys() and all(after[key] == before[key] for key in before if key != rule.id)
    if not same or not after[rule.id][0] or after[rule.id][1] is not rule.level:
        hint = "move the rule to `## Withdrawn` by hand, with `**Withdrawn:** YYYY-MM.` below its sentence"
        raise CodexError(f"`{rule.id}` cannot be removed from the text safely; nothing was written", hint=hint)
