"""Every key of a codex.yaml becomes a value."""

import dataclasses

import pytest

from skills_build.model.config import (
    CatalogFilter,
    CatalogSettings,
    Config,
    Delivery,
    DeliverySettings,
    DialectUse,
    Domain,
    RequestLimits,
    SkillSettings,
    TokenSource,
)
from skills_build.model.fleet import (
    SECTIONS,
    FleetSettings,
    ForgeApp,
    ForgeSettings,
    GateSettings,
    HaltSettings,
    SyncSettings,
    WaveSettings,
)
from skills_build.model.trust import TermsSettings, TrustSettings
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
budgets: {file: 1, catalogue: 3, description: 2, skill: 4, reference: 5, fragment: 6, fragment_hard: 7, skills: 8}
profiles:
  go: {languages: [go], technologies: [http], paths: ["cmd/**"], domains: [api]}
priority: [API-1]
publish: ["folder:site"]
catalog: {kind: gitlab, group: acme, token: {env: GITLAB_TOKEN}, select: {names: ["acme/**"]}}
forge: {kind: github, app: {id: Iv1.a, installation: 1.0, key: {file: key.pem}}, limits: {concurrency: 4}}
sync: {labels: [], auto_merge: without-approval, halt: {failed: 5}}
waivers: {max_days: 90}
delivery: {mode: block, source: acme/codex, merge: {http: [api]}}
waves: [{name: first, percent: 1, after: {merged: 50, soak: 2d}}]
trust: {required: true, namespaces: {acme: {maximum_age: 30 days}, other: }}
"""


def test_every_key_of_the_configuration_arrives() -> None:
    config, fleet, findings = load_config(EVERYTHING, path="codex.yaml", schema=schema("codex"))
    assert findings == ()
    assert config.domains == {"api": Domain(title="APIs", owner="@api", description="HTTP.")}
    assert config.skills["data"] == SkillSettings()
    assert config.skills["api"].formerly == ("acme-http",)
    assert config.dialects == (DialectUse(use="otto", paths=("api/**",)),)
    assert config.lint.per_path == {"a/**": ("CX3",)}
    assert (config.budgets.file, config.budgets.skills, config.budgets.fragment_lines) == (1, 8, 200)
    assert config.profiles["go"].paths == ("cmd/**",)
    assert config.delivery == DeliverySettings(mode=Delivery.BLOCK, source="acme/codex", merge={"http": ("api",)})
    defaults = Config()
    same = {f.name for f in dataclasses.fields(Config) if getattr(config, f.name) == getattr(defaults, f.name)}
    assert same == {"unread", "whole"}  # not keys, but what follows from faults and from the last build
    assert fleet.catalog == CatalogSettings(
        kind="gitlab",
        group="acme",
        token=TokenSource(env="GITLAB_TOKEN"),
        select=CatalogFilter(names=("acme/**",)),
    )
    app = ForgeApp(id="Iv1.a", installation=1, key=TokenSource(file="key.pem"))
    assert fleet.forge == ForgeSettings(kind="github", app=app, limits=RequestLimits(concurrency=4))
    assert fleet.sync == SyncSettings(labels=(), auto_merge="without-approval", halt=HaltSettings(failed=5))
    assert fleet.waves == (WaveSettings(name="first", percent=1, after=GateSettings(merged=50, soak="2d")),)
    terms = {"acme": TermsSettings(maximum_age="30 days"), "other": TermsSettings()}
    assert fleet.trust == TrustSettings(required=True, namespaces=terms)
    assert fleet.invalid == ()


@pytest.mark.parametrize(
    ("text", "invalid"),
    [
        ("forge: {kind: nowhere}", ("forge",)),
        ("sync: {max_open: many}\nwaves: [{percent: 5}]", ("sync", "waves")),
        ("trust: []", ("trust",)),
        ("sync: {halt: {failed: .inf}}", ("sync",)),
        ("title: [", SECTIONS),
        ("- a", SECTIONS),
        ("", SECTIONS),
    ],
)
def test_an_invalid_fleet_section_is_a_finding_and_the_rest_counts(text: str, invalid: tuple[str, ...]) -> None:
    config, fleet, findings = load_config(f"{text}\n", path="codex.yaml", schema=schema("codex"))
    assert {finding.path for finding in findings} == {"codex.yaml"}
    assert dataclasses.replace(config, unread=()) == Config(declared=True)
    assert {key for key, _, _ in config.unread} == ({*invalid} if invalid != SECTIONS else {""})
    assert fleet == FleetSettings(invalid=invalid)


def test_a_fleet_section_is_reserved_but_not_refused_for_its_content() -> None:
    *_, findings = load_config("namespace: acme\nsync: {}\n", path="codex.yaml", schema=schema("codex"))
    assert findings == ()
