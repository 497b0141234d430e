"""A compiled codex as whoever receives it has it: its files, and its rules, from which fragments are made.

The sources are not needed: what a repository of any profile gets follows from the manifest and the statements.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from skills_build.compile.fragment import SkillIndex, fragments
from skills_build.diagnostics import Span
from skills_build.emit.changes import entries
from skills_build.errors import CodexError
from skills_build.model.bundle import Artifact, Fragment, PlacedRule, Skill
from skills_build.model.config import Budgets, Config, Parts, Profile
from skills_build.model.release import ReleaseEntry
from skills_build.model.standard import DatedStatus, Form, Level, Rule, Scope, Standard, Status

_NOWHERE = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedBundle:
    """A compiled codex. `tree` is the digest that its manifest gives for all files, `files` are by path.

    Equal is only what is the same object, so that what follows from a codex can be remembered by it.
    """

    version: str
    tree: str
    config: Config
    shelf: SkillIndex
    targets: tuple[str, ...]
    skills: Mapping[str, str]
    """By skill, the version in which it last changed."""
    aliases: Mapping[str, str]
    """By a name that a skill had, the one it has."""
    history: tuple[ReleaseEntry, ...]
    files: Mapping[str, Artifact]
    signatures: Mapping[str, bytes] = field(default_factory=dict)
    """The signatures over its manifest, by their endings."""
    signer: str = ""
    """Who signed it, as a lock pins it; empty where nobody looked."""

    def fragments(
        self, profile: Profile | None, *, without: Sequence[str] = (), parts: Parts | None = None
    ) -> tuple[Fragment, ...]:
        """What stands in AGENTS.md for a profile (None is every rule), leaving out the rules `without` names.

        With `parts`, packages have one of their own where their rules differ.
        """
        shelf = self.shelf
        if without:
            shelf = SkillIndex.of([_without(skill, frozenset(without)) for skill in shelf.skills])
        return fragments("repository", profile, shelf, self.config, parts)


def load_bundle(files: Sequence[Artifact]) -> LoadedBundle:
    """Read a compiled codex whose digests were checked. Raises `CodexError` where its parts do not fit together."""
    by_path = {file.path: file for file in files}
    try:
        manifest, statements, changes = (
            json.loads(by_path[name].data) for name in ("manifest.json", "statements.json", "changes.json")
        )
        return LoadedBundle(
            version=manifest["version"],
            tree=manifest["tree"],
            config=_config(manifest),
            shelf=_shelf(manifest, statements),
            targets=tuple(manifest["targets"]),
            skills={one["name"]: one["version"] for one in manifest["skills"]},
            aliases={old: one["name"] for one in manifest["skills"] for old in one["formerly"]},
            history=entries(changes["releases"]),
            files=by_path,
        )
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        message = f"the parts of the bundle do not fit together: {type(error).__name__}: {error}"
        raise CodexError(message, hint="build or fetch it again") from error


def _config(manifest: Mapping[str, Any]) -> Config:
    return Config(
        namespace=manifest["namespace"],
        title=manifest["title"],
        priority=tuple(manifest["priority"]),
        budgets=Budgets(**manifest["budgets"]),
        profiles={name: _profile(one) for name, one in manifest["profiles"].items()},
        declared=True,
    )


def _profile(data: Mapping[str, Any]) -> Profile:
    return Profile(**{key: tuple(words) for key, words in data.items()})


def _shelf(manifest: Mapping[str, Any], statements: Mapping[str, Any]) -> SkillIndex:
    rules: dict[str, list[PlacedRule]] = {}
    for document in sorted(statements["documents"], key=lambda statement: str(statement["path"])):
        standard = _standard(document)
        rules.setdefault(document["skill"], []).extend(_rule(one, standard) for one in document["statements"])
    skills = [
        Skill(
            name=one["name"],
            key=one["key"],
            title=one["title"],
            description=one["description"],
            overview="",
            rules=tuple(rules.get(one["name"], ())),
            index=one["index"],
        )
        for one in manifest["skills"]
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


def _rule(one: Mapping[str, Any], standard: Standard) -> PlacedRule:
    scope = one["applies_to"]
    rule = Rule(
        id=one["id"],
        slug=one["slug"],
        level=Level(one["level"]),
        statement=one["text"],
        span=_NOWHERE,
        form=Form.HEADING,
        status=DatedStatus(status=Status(one["status"])),
    )
    return PlacedRule(
        rule=rule,
        standard=standard,
        status=Status(one["status"]),
        scope=Scope(
            languages=tuple(scope["languages"]),
            technologies=tuple(scope["technologies"]),
            paths=tuple(scope["paths"]),
            when=scope["when"],
        ),
    )


def _without(skill: Skill, left_out: frozenset[str]) -> Skill:
    return replace(skill, rules=tuple(rule for rule in skill.rules if rule.rule.id not in left_out))
