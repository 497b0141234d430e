"""The published schemas and the values they become say the same: no key of one is missing in the other."""

import dataclasses
import json
from typing import Any

import pytest

from skills_build.model.config import (
    AppSettings,
    Budgets,
    CatalogFilter,
    CatalogSettings,
    Config,
    DialectUse,
    Domain,
    LintSettings,
    Profile,
    SkillSettings,
)
from skills_build.model.standard import LockedId
from skills_build.source.configuration import SECTIONS_OF_THE_FLEET, load_config
from skills_build.source.dialect import (
    Applies,
    Dialect,
    DocumentRules,
    Files,
    IdRules,
    LevelRules,
    Licence,
    LinkRules,
    PartRules,
    RulePattern,
    Step,
)
from tests.skills_build.source.reading import schema

OURS = {"declared", "name", "digest"}
"""Fields that no file states: codexc fills them in."""


def node(name: str, *path: str) -> Any:
    found = json.loads(schema(name))
    for step in path:
        found = found[step]
    return found


def fields(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)} - OURS


@pytest.mark.parametrize(
    ("name", "path", "kind"),
    [
        ("codex", (), Config),
        ("codex", ("properties", "domains", "additionalProperties"), Domain),
        ("codex", ("properties", "skills", "additionalProperties"), SkillSettings),
        ("codex", ("properties", "dialects", "items"), DialectUse),
        ("codex", ("properties", "lint"), LintSettings),
        ("codex", ("properties", "budgets"), Budgets),
        ("codex", ("properties", "profiles", "additionalProperties"), Profile),
        ("codex", ("properties", "catalog"), CatalogSettings),
        ("codex", ("properties", "catalog", "properties", "app"), AppSettings),
        ("codex", ("properties", "catalog", "properties", "select"), CatalogFilter),
        ("dialect", (), Dialect),
        ("dialect", ("properties", "files"), Files),
        ("dialect", ("properties", "preprocess", "items"), Step),
        ("dialect", ("properties", "document"), DocumentRules),
        ("dialect", ("properties", "rule", "items"), RulePattern),
        ("dialect", ("properties", "level"), LevelRules),
        ("dialect", ("properties", "id"), IdRules),
        ("dialect", ("properties", "parts"), PartRules),
        ("dialect", ("properties", "applies", "items"), Applies),
        ("dialect", ("properties", "links"), LinkRules),
        ("dialect", ("properties", "licence"), Licence),
        ("ids-lock", ("properties", "ids", "items"), LockedId),
    ],
)
def test_a_schema_and_its_value_have_the_same_keys(name: str, path: tuple[str, ...], kind: type) -> None:
    assert set(node(name, *path)["properties"]) - set(SECTIONS_OF_THE_FLEET) - {"$schema"} == fields(kind)


EVERYTHING = """
namespace: acme
title: Acme
description: Ours.
licence: Apache-2.0
source_url: https://git.example.com/{path}#L{line}
domains:
  api: {title: APIs, owner: "@api", description: HTTP.}
skills:
  api: {title: APIs, description: Rules for APIs. Use when writing one., formerly: [acme-http]}
  data:
dialects:
  - {use: otto, paths: ["api/**"]}
exclude: ["drafts/**"]
languages: [go]
technologies: [http]
lint: {select: [CX1], ignore: [CX105], severity: {CX303: error}, per_path: {"a/**": [CX3]}}
targets: [agents, cursor]
budgets: {file: 1, catalogue: 2, description: 3, skill: 4, reference: 5, fragment: 6, fragment_hard: 7, skills: 8}
profiles:
  go: {languages: [go], technologies: [http], paths: ["cmd/**"], domains: [api]}
priority: [API-1]
publish: ["folder:site"]
catalog: {kind: gitlab, group: acme, token_env: GITLAB_TOKEN, select: {names: ["acme/**"]}}
"""


def test_every_key_of_the_configuration_arrives() -> None:
    config, findings = load_config(EVERYTHING, path="codex.yaml", schema=schema("codex"))
    assert findings == ()
    assert config.domains == {"api": Domain(title="APIs", owner="@api", description="HTTP.")}
    assert config.skills["data"] == SkillSettings()
    assert config.skills["api"].formerly == ("acme-http",)
    assert config.dialects == (DialectUse(use="otto", paths=("api/**",)),)
    assert config.lint.per_path == {"a/**": ("CX3",)}
    assert (config.budgets.file, config.budgets.skills, config.budgets.fragment_lines) == (1, 8, 200)
    assert config.profiles["go"].paths == ("cmd/**",)
    defaults = Config()
    same = {f.name for f in dataclasses.fields(Config) if getattr(config, f.name) == getattr(defaults, f.name)}
    assert same == set()


def test_a_fleet_section_is_reserved_but_not_refused_for_its_content() -> None:
    _, findings = load_config("namespace: acme\nsync: {}\n", path="codex.yaml", schema=schema("codex"))
    assert findings == ()
