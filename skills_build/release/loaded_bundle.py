"""A compiled codex as its receivers load it: its files, and its rules, from which fragments are made.

The sources are not needed: the manifest and the statements determine the output for a repository of any profile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache
from typing import Any

from skills_build.compile.fragment import SkillIndex, fragments
from skills_build.diagnostics import Span
from skills_build.emit.changes import entries
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.bundle import Artifact, Fragment, PlacedRule, Skill
from skills_build.model.config import Budgets, Config, Parts, Profile, WaiverSettings
from skills_build.model.manifest import DeliveredSkill, DeliveryRow
from skills_build.model.release import ReleaseEntry
from skills_build.model.standard import Audience, DatedStatus, Decider, Form, Level, Rule, Scope, Standard, Status

_NOWHERE = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedBundle:
    """A compiled codex. `tree` is the digest of all files in its manifest, `files` are by path.

    Compared by identity, so that derived values can be cached by their codex.
    """

    version: str
    tree: str
    config: Config
    skill_index: SkillIndex
    targets: tuple[str, ...]
    skills: Mapping[str, str]
    """The version in which each skill last changed, by skill name."""
    aliases: Mapping[str, str]
    """The current name of each renamed skill, by former name."""
    history: tuple[ReleaseEntry, ...]
    files: Mapping[str, Artifact]
    as_of: str = ""
    """The day of its release; empty if it was never released."""
    signatures: Mapping[str, bytes] = field(default_factory=dict)
    """The signatures of its manifest, by suffix."""
    delivery: DeliveryRow | None = None
    """What repositories get; None for a bundle of an earlier version, which has no rules in full."""
    delivered: tuple[DeliveredSkill, ...] = ()
    """The short skills that repositories get."""
    signer: str = ""
    """The signer, as a lock pins it; empty if signatures were not checked."""

    def fragments(
        self,
        profile: Profile | None,
        *,
        without: Sequence[str] = (),
        parts: Parts | None = None,
        index: SkillIndex | None = None,
        budgets: Budgets | None = None,
    ) -> tuple[Fragment, ...]:
        """Make the fragments for a profile (None is every rule), without the rules whose ids are in `without`.

        With `parts`, packages have fragments where their rules differ. `index` replaces the skills of the codex, and
        `budgets` its sizes.
        """
        index = index or self.skill_index
        if without:
            index = _index_without(index, frozenset(without))
        config = self.config if budgets is None else replace(self.config, budgets=budgets)
        return fragments("repository", profile, index, config, parts)


def load_bundle(files: Sequence[Artifact]) -> LoadedBundle:
    """Read a compiled codex whose digests were checked. Raises `CodexError` if its files are inconsistent."""
    by_path = {file.path: file for file in files}
    try:
        manifest, statements, changes = (
            parse_json(by_path[name].data) for name in ("manifest.json", "statements.json", "changes.json")
        )
        return LoadedBundle(
            version=manifest["version"],
            tree=manifest["tree"],
            config=_config(manifest),
            skill_index=_skill_index(manifest, statements),
            targets=tuple(manifest["targets"]),
            delivery=_delivery(manifest.get("delivery")),
            delivered=_delivered(manifest.get("delivered", ())),
            skills={skill["name"]: skill["version"] for skill in manifest["skills"]},
            aliases={alias: skill["name"] for skill in manifest["skills"] for alias in skill["formerly"]},
            history=entries(changes["releases"]),
            files=by_path,
            as_of=manifest.get("as_of", ""),
        )
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        message = f"the files of the bundle are inconsistent: {type(error).__name__}: {error}"
        raise CodexError(message, hint="build or download the bundle again") from error


def _config(manifest: Mapping[str, Any]) -> Config:
    return Config(
        namespace=manifest["namespace"],
        title=manifest["title"],
        priority=tuple(manifest["priority"]),
        budgets=Budgets(**manifest["budgets"]),
        profiles={name: _profile(row) for name, row in manifest["profiles"].items()},
        waivers=WaiverSettings(max_days=manifest.get("waiver_days")),
        declared=True,
    )


def _delivery(data: Mapping[str, Any] | None) -> DeliveryRow | None:
    if data is None:
        return None
    return DeliveryRow(mode=data.get("mode"), source=data.get("source"), claude_md=data.get("claude_md"))


def _delivered(rows: Sequence[Mapping[str, Any]]) -> tuple[DeliveredSkill, ...]:
    return tuple(DeliveredSkill(name=row["name"], title=row["title"], domains=tuple(row["domains"])) for row in rows)


def _profile(data: Mapping[str, Any]) -> Profile:
    return Profile(**{key: tuple(words) for key, words in data.items()})


def _skill_index(manifest: Mapping[str, Any], statements: Mapping[str, Any]) -> SkillIndex:
    rules: dict[str, list[PlacedRule]] = {}
    for document in sorted(statements["documents"], key=lambda document: str(document["path"])):
        standard = _standard(document)
        rules.setdefault(document["skill"], []).extend(
            _rule(statement, standard)
            for statement in document["statements"]
            if statement.get("audience") != Audience.PEOPLE
        )
    skills = [
        Skill(
            name=skill["name"],
            key=skill["key"],
            title=skill["title"],
            description=skill["description"],
            overview="",
            rules=tuple(rules.get(skill["name"], ())),
            index=skill["index"],
        )
        for skill in manifest["skills"]
    ]
    return SkillIndex.of(skills)


def _standard(document: Mapping[str, Any]) -> Standard:
    return Standard(
        path=document["path"],
        id=document["id"],
        title=document["title"],
        domain=document["domain"],
        status=DatedStatus(status=Status(document["status"])),
        owner=document["owner"],
        priority=tuple(document["priority"]),
    )


def _rule(statement: Mapping[str, Any], standard: Standard) -> PlacedRule:
    scope = statement["applies_to"]
    rule = Rule(
        id=statement["id"],
        slug=statement["slug"],
        level=Level(statement["level"]),
        statement=statement["text"],
        span=_NOWHERE,
        form=Form.HEADING,
        status=DatedStatus(status=Status(statement["status"])),
        decided_by=tuple(Decider(word) for word in statement.get("decided_by", ())),
    )
    return PlacedRule(
        rule=rule,
        standard=standard,
        status=Status(statement["status"]),
        scope=Scope(
            languages=tuple(scope["languages"]),
            technologies=tuple(scope["technologies"]),
            kinds=tuple(scope.get("kinds", ())),
            paths=tuple(scope["paths"]),
            when=scope["when"],
        ),
    )


@lru_cache(maxsize=64)
def _index_without(index: SkillIndex, ids: frozenset[str]) -> SkillIndex:
    return SkillIndex.of([_without_rules(skill, ids) for skill in index.skills])


def _without_rules(skill: Skill, ids: frozenset[str]) -> Skill:
    return replace(skill, rules=tuple(rule for rule in skill.rules if rule.rule.id not in ids))
