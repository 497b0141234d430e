"""Reads the rules of a repository from its rules file, without a bundle and offline."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from codex.shell.tree import read_unlinked
from codex.workflow.codex_folder import schema
from codex.workflow.report_paths import working_tree_root
from skills_build.emit.registry import RULES
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.rules_file import Applicability, InstalledRule, InstalledStandard, RulesFile
from skills_build.schema import convert, violations
from skills_build.source.similar import nearest

_RENAMED: Final = {"except": "except_"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFilter:
    """What to list: without a value, everything. Words are compared without case."""

    blocking: bool = False
    skill: str | None = None
    language: str | None = None
    technology: str | None = None

    def accepts(self, rule: InstalledRule, standard: InstalledStandard) -> bool:
        """Whether a rule of a standard is listed."""
        scope = rule.applies_to or Applicability()
        return (
            (rule.blocking or not self.blocking)
            and self.skill in (None, standard.skill, standard.domain)
            and _has(scope.languages, self.language)
            and _has(scope.technologies, self.technology)
        )


def _has(words: Sequence[str] | None, word: str | None) -> bool:
    """Whether a list of words has one; a list that is missing has all of them."""
    return word is None or words is None or word.lower() in (own.lower() for own in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRule:
    """A rule with its standard."""

    rule: InstalledRule
    standard: InstalledStandard


def read_rules(folder: Path | None) -> RulesFile:
    """Read the rules file of the repository in `folder`, or around the working directory.

    Raises `CodexError` if there is none, or if it is damaged.
    """
    data = read_unlinked(working_tree_root(folder), RULES)
    if data is None:
        hint = "install a codex with `codexc install`, or run this command in a repository that has one"
        raise CodexError(f"there is no `{RULES}` in this repository", hint=hint)
    return load_rules(data)


def load_rules(data: bytes) -> RulesFile:
    """Read a rules file. Raises `CodexError` if it is damaged."""
    hint = f"restore `{RULES}` from Git, or run `codexc install` again"
    try:
        content: Any = parse_json(data)
    except (ValueError, RecursionError) as error:
        raise CodexError(f"`{RULES}` is not JSON: {error}", hint=hint) from error
    wrong = violations(schema("rules"), content)
    if wrong:
        place = ".".join(str(part) for part in wrong[0].key) or "the top level"
        raise CodexError(f"`{RULES}` is damaged at {place}: {wrong[0].message}", hint=hint)
    standards = [
        {**standard, "rules": [_renamed(rule) for rule in standard["rules"]]} for standard in content["standards"]
    ]
    return convert({**content, "standards": standards}, RulesFile)


def _renamed(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    return {_RENAMED.get(key, key): value for key, value in rule.items()}


def find_rule(rules: RulesFile, identity: str) -> FoundRule:
    """Return a rule by its id, in any case, with its standard. Raises `CodexError` if there is none."""
    for standard in rules.standards:
        for rule in standard.rules:
            if rule.id.upper() == identity.upper():
                return FoundRule(rule=rule, standard=standard)
    near = nearest(identity.upper(), tuple(rule.id for rule in rules.rules))
    hint = f"did you mean `{near}`?" if near else "run `codexc rules` to list the applicable rules"
    raise CodexError(f"no rule `{identity}` applies to this repository", hint=hint)


def matching_rules(rules: RulesFile, chosen: RuleFilter) -> Iterator[FoundRule]:
    """Yield the rules that a filter accepts."""
    for standard in rules.standards:
        for rule in standard.rules:
            if chosen.accepts(rule, standard):
                yield FoundRule(rule=rule, standard=standard)
