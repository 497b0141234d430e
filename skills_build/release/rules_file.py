"""`.engineering-codex.rules.json`: the rules that apply to a repository, in full, for people and programs offline.

Its contract is `skills_build.model.rules_file`. It is a fixed point of prettier, because it is in repositories that
run one (`skills_build.emit.json.formatted`).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from skills_build.emit.context import text_file
from skills_build.emit.json import document, formatted
from skills_build.emit.registry import RULES
from skills_build.errors import CodexError
from skills_build.json_input import parse_json
from skills_build.model.bundle import Artifact
from skills_build.model.rules_file import SCHEMA, Applicability, InstalledRule, InstalledStandard, RulesFile, RuleWaiver
from skills_build.model.standard import Level, Status
from skills_build.release.loaded_bundle import LoadedBundle

_TEXTS: Final = ("lead_in", "when", "use", "instead_of", "why", "how", "check", "see", "body", "selected_by", "origin")
_LISTS: Final = ("stages", "maps_to", "decided_by", "checks")
_SCOPES: Final = ("languages", "technologies", "kinds", "paths", "when")
_PUBLIC: Final = ("https://", "http://")


def rules_file(codex: LoadedBundle, ids: Collection[str], waivers: Mapping[str, RuleWaiver]) -> Artifact:
    """Write the rules with these ids, in the order of the codex; `waivers` are those in force, by rule.

    Raises `CodexError` if the statements of the bundle are inconsistent.
    """
    return _rules_file(codex, frozenset(ids), tuple(sorted(waivers.items(), key=itemgetter(0))))


@lru_cache(maxsize=64)
def _rules_file(codex: LoadedBundle, ids: frozenset[str], waivers: tuple[tuple[str, RuleWaiver], ...]) -> Artifact:
    """Many repositories of a fleet have the same rules, so the file for them is cached."""
    waived = dict(waivers)
    standards = tuple(
        replace(standard, rules=rules)
        for standard in installed_standards(codex)
        if (rules := tuple(_with_waiver(rule, waived) for rule in standard.rules if rule.id in ids))
    )
    data = RulesFile(codex=codex.config.namespace, title=codex.config.title, standards=standards)
    return text_file(RULES, formatted(document(SCHEMA, data)))


def _with_waiver(rule: InstalledRule, waivers: Mapping[str, RuleWaiver]) -> InstalledRule:
    return replace(rule, waived=waivers[rule.id]) if rule.id in waivers else rule


@lru_cache(maxsize=4)
def installed_standards(codex: LoadedBundle) -> tuple[InstalledStandard, ...]:
    """Return every standard of a bundle with its rules. Raises `CodexError` if its statements are inconsistent."""
    try:
        statements = parse_json(codex.files["statements.json"].data)
        rows = {row["id"]: row for row in parse_json(codex.files["manifest.json"].data)["rules"]}
        documents = sorted(statements["documents"], key=lambda document: str(document["path"]))
        return tuple(_standard(document, rows) for document in documents)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        message = f"the statements of the bundle are inconsistent: {type(error).__name__}: {error}"
        raise CodexError(message, hint="build or download the bundle again") from error


def _standard(document: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> InstalledStandard:
    return InstalledStandard(
        id=document["id"],
        title=document["title"],
        domain=document["domain"] or None,
        skill=document["skill"],
        owner=document["owner"],
        source=document["path"],
        licence=document.get("licence"),
        attribution=document.get("attribution"),
        rules=tuple(_rule(statement, rows[statement["id"]]) for statement in document["statements"]),
    )


def _rule(statement: Mapping[str, Any], row: Mapping[str, Any]) -> InstalledRule:
    texts = {key: statement[key] for key in _TEXTS if statement.get(key)}
    lists: dict[str, Any] = {key: tuple(statement[key]) for key in _LISTS if statement.get(key)}
    if "checks" in lists:
        lists["checks"] = tuple(without_digest(check) for check in lists["checks"])
    return InstalledRule(
        id=statement["id"],
        level=statement["level"],
        status=statement["status"],
        blocking=Status(statement["status"]) is Status.ENFORCED and Level(statement["level"]).binding,
        text=statement["text"],
        **texts,
        **lists,
        except_=statement["except"] or None,
        columns=statement.get("columns") or None,
        applies_to=_applicability(statement["applies_to"]),
        href=statement["href"] if statement["href"].startswith(_PUBLIC) else None,
        digest=row["norm"],
    )


def without_digest(check: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a check without its digest, which a release needs and no repository: it is a large part of the bytes."""
    return {key: value for key, value in check.items() if key != "digest"}


def _applicability(scope: Mapping[str, Any]) -> Applicability | None:
    values = {key: scope[key] for key in _SCOPES if scope.get(key)}
    words: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return Applicability(**words) if words else None
