"""Every key of a codex.yaml becomes a value."""

import dataclasses

from skills_build.model.config import (
    Config,
    DialectUse,
    Domain,
    SkillSettings,
)
from skills_build.source.configuration import load_config
from tests.skills_build.source.reading import schema

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
catalog: {kind: gitlab, group: acme, token: {env: GITLAB_TOKEN}, select: {names: ["acme/**"]}}
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
