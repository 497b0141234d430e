"""One version of a codex as facts that can be compared, read from its manifest and statements."""

from collections.abc import Mapping
from typing import Any, Final

from skills_build.checks.read import check_of
from skills_build.compile.bounds import bounds
from skills_build.compile.prose import demand
from skills_build.compile.requirements import further_requirements
from skills_build.compile.surroundings import surroundings
from skills_build.emit.changes import entries
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.check import Check
from skills_build.model.release import Bump, ChangeKind, Released, ReleasedSkill, RuleChange
from skills_build.model.standard import Audience, Level, Rule, Scope, Standard, Status, status_on
from skills_build.schema import violations

PARTS: Final = {"manifest.json": "manifest", "statements.json": "statements", "changes.json": "changes"}
"""The files that describe a version, and the names of their schemas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """The facts by which two versions of a rule are compared. `next` is a scheduled status and its first day."""

    id: str
    level: Level
    status: Status
    next: tuple[Status, str] | None
    text: str
    labels: tuple[tuple[str, str], ...]
    """The parts that belong to the demand: when, use, instead of, except, and the lead-in of its list if known."""
    scope: Scope
    digest: str
    """Digest of every word."""
    contract: str
    skill: str
    attests: str | None
    """The label with which the author attests a rewording, as it is written."""
    source: str
    line: int | None
    """Unknown in what a build wrote into a repository."""
    maps_to: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()
    selected_by: str = ""
    audience: str = Audience.CODE
    origin: str = ""
    checks: tuple[Check, ...] = ()
    requirements: tuple[str, ...] | None = None
    """Further normative sentences of the body; None if the version does not list them."""
    bounds: tuple[str, ...] | None = None
    """What completes or limits the sentence, in the body or in other columns; None if that is not known."""
    around: tuple[str, ...] | None = None
    """Titles and paragraphs of its sections that may limit it; None if they are not known."""

    @property
    def blocks(self) -> bool:
        """True for an enforced MUST or MUST NOT."""
        return self.level.binding and self.status is Status.ENFORCED

    def change(self, kind: ChangeKind, bump: Bump, why: str) -> RuleChange:
        """Return a change of this rule."""
        return RuleChange(
            kind=kind,
            bump=bump,
            subject=self.id,
            why=why,
            skill=self.skill,
            level=self.level,
            status=self.status,
            source=self.source,
            line=self.line,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillFacts:
    """The facts by which two versions of a skill are compared."""

    name: str
    key: str
    description: str
    version: str
    tree: str
    formerly: tuple[str, ...]
    index: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexSnapshot:
    """One version. Mappings are by id or name; `tombstones` has the id that replaces a withdrawn one, if any."""

    namespace: str
    version: str
    tree: str
    rules: Mapping[str, RuleFacts]
    tombstones: Mapping[str, str | None]
    drafts: frozenset[str]
    skills: Mapping[str, SkillFacts]
    profiles: frozenset[str]
    targets: frozenset[str]
    released: Released
    """The input of a build that follows this version."""


def codex_snapshot(files: Mapping[str, bytes], schemas: Mapping[str, str], *, name: str) -> CodexSnapshot:
    """Read a version from its files by path; `name` is its name in messages, `schemas` are texts by name.

    Raises `CodexError` if a file is missing, violates its schema, or lacks what the others refer to.
    """
    data = {path: _checked(files, path, schemas[kind], name) for path, kind in PARTS.items()}
    manifest, documents = data["manifest.json"], data["statements.json"]["documents"]
    statements = {statement["id"]: statement for document in documents for statement in document["statements"]}
    missing = [rule["id"] for rule in manifest["rules"] if rule["id"] not in statements]
    if missing:
        raise CodexError(
            f"{name}: {missing[0]} is in manifest.json but not in statements.json", hint="build the codex again"
        )
    if "tree" not in manifest or any("tree" not in skill for skill in manifest["skills"]):
        raise CodexError(f"{name}: manifest.json has no digests", hint="build the codex again")
    skills = {skill["name"]: _skill(skill) for skill in manifest["skills"]}
    history = entries(data["changes.json"]["releases"])
    return CodexSnapshot(
        namespace=manifest["namespace"],
        version=manifest["version"],
        tree=manifest["tree"],
        rules={rule["id"]: _rule(rule, statements[rule["id"]]) for rule in manifest["rules"]},
        tombstones={tombstone["id"]: tombstone["use_instead"] for tombstone in manifest["tombstones"]},
        drafts=frozenset(manifest["drafts"]),
        skills=skills,
        profiles=frozenset(fragment["profile"] for fragment in manifest["fragments"]),
        targets=frozenset(manifest["targets"]),
        released=Released(
            version=manifest["version"],
            as_of=manifest.get("as_of") or (history[0].as_of if history else ""),
            tree=manifest["tree"],
            skills={skill.name: ReleasedSkill(version=skill.version, tree=skill.tree) for skill in skills.values()},
            history=history,
        ),
    )


def _checked(files: Mapping[str, bytes], path: str, schema: str, name: str) -> Any:
    hint = "pass a directory written by `codexc build`, a released bundle or a Git ref"
    if path not in files:
        raise CodexError(f"{name} does not contain {path}", hint=hint)
    try:
        data = parse_json(files[path])
    except (ValueError, RecursionError) as error:
        raise CodexError(f"{name}: {path} is not JSON: {error}", hint=hint) from error
    errors = violations(schema, data)
    if errors:
        place = ".".join(str(part) for part in errors[0].key) or "its top"
        raise CodexError(f"{name}: {path} violates its schema at {place}: {errors[0].message}", hint=hint)
    return data


def _bounds(statement: Mapping[str, Any]) -> tuple[str, ...]:
    columns = (f"{title}: {text}" for title, text in statement.get("columns", {}).items())
    return (*bounds(statement["text"], statement.get("body", "")), *columns)


def _rule(rule: Mapping[str, Any], statement: Mapping[str, Any]) -> RuleFacts:
    scope, later = statement["applies_to"], statement["next"]
    return RuleFacts(
        id=rule["id"],
        level=Level(rule["level"]),
        status=Status(rule["status"]),
        next=(Status(later["status"]), later["on"]) if later else None,
        text=statement["text"],
        labels=_labels(statement),
        scope=Scope(
            languages=tuple(scope["languages"]),
            technologies=tuple(scope["technologies"]),
            kinds=tuple(scope.get("kinds", ())),
            paths=tuple(scope["paths"]),
            when=scope["when"],
        ),
        digest=rule["text"],
        contract=rule["contract"],
        skill=rule["skill"],
        attests=rule["change"],
        source=rule["source"],
        line=rule.get("source_line"),
        maps_to=tuple(statement.get("maps_to", ())),
        decided_by=tuple(statement.get("decided_by", ())),
        selected_by=statement.get("selected_by", ""),
        audience=statement.get("audience", Audience.CODE),
        origin=statement.get("origin", ""),
        checks=tuple(check_of(rule["id"], n, row) for n, row in enumerate(statement.get("checks", ()), start=1)),
        requirements=tuple(statement["requirements"]) if "requirements" in statement else None,
        bounds=_bounds(statement) if "requirements" in statement else None,
        around=tuple(statement["around"]) if "around" in statement else None,
    )


def facts_of(rule: Rule, standard: Standard, *, as_of: str) -> RuleFacts:
    """Return the facts of a rule as it is written, to compare it with another version of the same file."""
    names = {"when": "when", "use": "use", "instead_of": "instead of", "except": "except"}
    labels = tuple((name, rule.label(label) or "") for name, label in names.items())
    return RuleFacts(
        id=rule.id,
        level=rule.level,
        status=status_on(standard, rule, as_of),
        next=None,
        text=demand(rule),
        labels=(*labels, ("lead_in", rule.lead_in)),
        scope=rule.scope,
        digest="",
        contract="",
        skill="",
        attests=rule.change or standard.change,
        source=standard.path,
        line=rule.span.line,
        maps_to=rule.maps_to,
        decided_by=rule.decided_by,
        selected_by=rule.selected_by,
        audience=rule.audience,
        origin=rule.origin,
        requirements=further_requirements(rule),
        bounds=(*bounds(demand(rule), rule.body), *(f"{title}: {text}" for title, text in rule.columns)),
        around=surroundings(rule, standard),
    )


def _labels(statement: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the parts of a demand. Versions that list no further requirements do not list lead-ins either."""
    labels = tuple((name, statement[name] or "") for name in ("when", "use", "instead_of", "except"))
    return (*labels, ("lead_in", statement.get("lead_in") or "")) if "requirements" in statement else labels


def _skill(skill: Mapping[str, Any]) -> SkillFacts:
    return SkillFacts(
        name=skill["name"],
        key=skill["key"],
        description=skill["description"],
        version=skill["version"],
        tree=skill["tree"],
        formerly=tuple(skill["formerly"]),
        index=skill["index"],
    )
