"""One edition of a codex as facts that can be compared: read from the manifest and the statements that it came with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from skills_build.emit.changes import entries
from skills_build.errors import CodexError
from skills_build.model.release import Released, ReleasedSkill
from skills_build.model.standard import Level, Scope, Status
from skills_build.schema import violations

PARTS: Final = {"manifest.json": "manifest", "statements.json": "statements", "changes.json": "changes"}
"""The files that describe an edition, and the schemas they follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """What two editions of a rule are compared by. `next` is the status it will have and the day from which it does."""

    id: str
    level: Level
    status: Status
    next: tuple[Status, str] | None
    text: str
    labels: tuple[tuple[str, str], ...]
    """Those labelled parts that say what is demanded: when, use, instead of, except."""
    scope: Scope
    digest: str
    """Of every word."""
    contract: str
    skill: str
    attested: bool
    source: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillFacts:
    """What two editions of a skill are compared by."""

    name: str
    key: str
    description: str
    version: str
    tree: str
    formerly: tuple[str, ...]
    index: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexSnapshot:
    """One edition. Everything is by id or name; `tombstones` gives the id that replaces a withdrawn one, if any."""

    namespace: str
    version: str
    as_of: str
    tree: str
    rules: Mapping[str, RuleFacts]
    tombstones: Mapping[str, str | None]
    drafts: frozenset[str]
    skills: Mapping[str, SkillFacts]
    profiles: frozenset[str]
    targets: frozenset[str]
    released: Released
    """What a build that follows this edition starts from."""


def codex_snapshot(files: Mapping[str, bytes], schemas: Mapping[str, str], *, name: str) -> CodexSnapshot:
    """Read an edition from its files by path; `name` is what messages call it, `schemas` are texts by name.

    Raises `CodexError` where a file is missing or breaks its schema.
    """
    data = {path: _checked(files, path, schemas[kind], name) for path, kind in PARTS.items()}
    manifest, written = data["manifest.json"], data["statements.json"]
    statements = {one["id"]: one for document in written["documents"] for one in document["statements"]}
    missing = [one["id"] for one in manifest["rules"] if one["id"] not in statements]
    if missing:
        raise CodexError(f"{name}: the manifest knows {missing[0]}, statements.json does not", hint="build it again")
    skills = {one["name"]: _skill(one) for one in manifest["skills"]}
    return CodexSnapshot(
        namespace=manifest["namespace"],
        version=manifest["version"],
        as_of=manifest["as_of"],
        tree=manifest["tree"],
        rules={one["id"]: _rule(one, statements[one["id"]]) for one in manifest["rules"]},
        tombstones={one["id"]: one["use_instead"] for one in manifest["tombstones"]},
        drafts=frozenset(manifest["drafts"]),
        skills=skills,
        profiles=frozenset(one["profile"] for one in manifest["fragments"]),
        targets=frozenset(manifest["targets"]),
        released=Released(
            version=manifest["version"],
            as_of=manifest["as_of"],
            tree=manifest["tree"],
            skills={skill.name: ReleasedSkill(version=skill.version, tree=skill.tree) for skill in skills.values()},
            history=entries(data["changes.json"]["releases"]),
        ),
    )


def _checked(files: Mapping[str, bytes], path: str, schema: str, name: str) -> Any:
    hint = "name a folder that `codexc build` wrote, a released bundle or a git ref"
    if path not in files:
        raise CodexError(f"{name} holds no {path}", hint=hint)
    try:
        data = json.loads(files[path])
    except (ValueError, RecursionError) as error:
        raise CodexError(f"{name}: {path} is no JSON: {error}", hint=hint) from error
    wrong = violations(schema, data)
    if wrong:
        place = ".".join(str(part) for part in wrong[0].key) or "its top"
        raise CodexError(f"{name}: {path} breaks its schema at {place}: {wrong[0].message}", hint=hint)
    return data


def _rule(one: Mapping[str, Any], statement: Mapping[str, Any]) -> RuleFacts:
    scope, later = statement["applies_to"], statement["next"]
    return RuleFacts(
        id=one["id"],
        level=Level(one["level"]),
        status=Status(one["status"]),
        next=(Status(later["status"]), later["on"]) if later else None,
        text=statement["text"],
        labels=tuple((name, statement[name] or "") for name in ("when", "use", "instead_of", "except")),
        scope=Scope(
            languages=tuple(scope["languages"]),
            technologies=tuple(scope["technologies"]),
            paths=tuple(scope["paths"]),
            when=scope["when"],
        ),
        digest=one["text"],
        contract=one["contract"],
        skill=one["skill"],
        attested=one["change"] == "editorial",
        source=one["source"],
        line=one["source_line"],
    )


def _skill(one: Mapping[str, Any]) -> SkillFacts:
    return SkillFacts(
        name=one["name"],
        key=one["key"],
        description=one["description"],
        version=one["version"],
        tree=one["tree"],
        formerly=tuple(one["formerly"]),
        index=one["index"],
    )
