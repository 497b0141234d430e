"""Rules are about their own Bad examples: a blocking one is selected by them, and any other applies to a file with them."""

from typing import Final

import pytest

from codex.audit.applied_rule import AppliedRule
from codex.review.select import relevant_rules
from skills_build.checks.base import ChangedFile
from skills_build.model.standard import Example
from tests.standards.loaded import live
from tests.standards.selection import rules

WITHOUT: Final = {
    "DATA-17": "the Bad lacks the condition that the rule is about",
    "EVT-3": "the Bad is only the effect of a message",
    "TS-6": "a call does not show that it returns a promise",
}
"""Rules whose Bad examples have no line that shows their subject."""
PATHS: Final = {
    "python": ("src/main.py", "tests/test_a.py"),
    "go": ("internal/a/main.go", "internal/a/main_test.go"),
    "typescript": ("src/a.ts", "src/a.test.ts"),
    "tsx": ("src/a.tsx",),
    "javascript": ("src/a.js",),
    "html": ("src/a.html",),
    "css": ("src/a.css",),
    "java": ("src/main/java/A.java", "src/test/java/ATest.java"),
    "rust": ("src/lib.rs", "Cargo.toml"),
    "sql": ("migrations/0001_a.sql",),
    "bash": ("a.sh",),
    "sh": ("a.sh", ".github/workflows/a.yml"),
    "yaml": ("deploy/deployment.yaml", ".github/workflows/a.yml", "compose.yaml", "openapi.yaml", "alerts/a.yaml"),
    "json": ("a.json", ".mcp.json", "package.json", "tsconfig.json", "renovate.json"),
    "toml": ("pyproject.toml", "Cargo.toml"),
    "dockerfile": ("Dockerfile",),
    "hcl": ("main.tf",),
    "protobuf": ("a.proto",),
}
"""Names of files by the language of an example."""
MORE_PATHS: Final = {
    "sh": ("Makefile", ".gitlab-ci.yml"),
    "yaml": (".gitlab-ci.yml", "charts/a/values.yaml"),
    "json": (".vscode/mcp.json", "manifest.json"),
    "ini": (".npmrc", "setup.cfg"),
}
"""Other names under which a rule may look for such an example."""


def blocking() -> list[AppliedRule]:
    return [one for one in rules() if one.rule.blocking and one.signals is not None]


def bad_examples(id_: str) -> list[Example]:
    return [
        one for _, rule in live() if rule.id == id_ for one in rule.examples if not one.good and one.language in PATHS
    ]


def selects(one: AppliedRule, example: Example) -> bool:
    rows = tuple(enumerate(example.code.splitlines(), start=1))
    names = (example.path,) if example.path else PATHS[example.language]
    files = [ChangedFile(path=name, old=name, added=rows) for name in names]
    gone = [ChangedFile(path=name, old=name, removed=tuple(text for _, text in rows)) for name in names]
    return any(found.matched for file in (*files, *gone) for found in relevant_rules([one], [file]))


@pytest.mark.parametrize("one", blocking(), ids=lambda one: one.rule.id)
def test_a_bad_example_selects_its_blocking_rule(one: AppliedRule) -> None:
    missed = [example.code for example in bad_examples(one.rule.id) if not selects(one, example)]
    assert bool(missed) is (one.rule.id in WITHOUT), missed


def test_a_rule_applies_to_a_file_that_can_contain_its_bad_example() -> None:
    elsewhere = []
    for one in rules():
        bad = [example for _, rule in live() if rule.id == one.rule.id for example in rule.examples if not example.good]
        names = [name for example in bad for name in ((example.path,) if example.path else named(example.language))]
        if names and not any(one.applies_to(name) for name in names):
            elsewhere.append(one.rule.id)
    assert elsewhere == []


def named(language: str) -> tuple[str, ...]:
    return (*PATHS.get(language, ()), *MORE_PATHS.get(language, ()))
