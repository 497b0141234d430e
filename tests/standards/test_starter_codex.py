"""The starter codex keeps what it promises: enough of it, every rule reasoned, every example valid in its language."""

import ast
import json
import os
import pwd
import re
import shutil
import subprocess
import tomllib
from collections import Counter

import pytest

from skills_build.compile.select import select_rules
from skills_build.model.config import Profile
from skills_build.model.standard import Form, Status
from skills_build.source.yaml import load_yaml
from tests.standards.loaded import examples, live, loaded


def test_there_is_enough_of_it() -> None:
    standards = loaded().codex.standards
    assert len(standards) >= 24
    assert len(live()) >= 200
    assert len({s.domain for s in standards}) >= 10


def test_every_status_is_there() -> None:
    own = {(rule.status or s.status).status for s in loaded().codex.standards for rule in s.rules}
    assert own >= {Status.DRAFT, Status.APPROVED, Status.ENFORCED, Status.DEPRECATED}
    assert any(rule.tombstone for s in loaded().codex.standards for rule in s.rules)
    assert any(rule.status and rule.status.on for _, rule in live())


def test_every_rule_has_a_reason() -> None:
    assert [rule.id for _, rule in live() if rule.form is Form.HEADING and not rule.label("why")] == []


def test_every_domain_has_an_owner_and_every_language_a_standard() -> None:
    config = loaded().place.config
    assert all(domain.owner for domain in config.domains.values())
    assert {s.domain for s in loaded().codex.standards} == set(config.domains)
    languages = {language for s in loaded().codex.standards for language in s.scope.languages}
    assert languages >= {"python", "typescript", "go", "rust", "java", "shell"}


def test_the_two_rules_that_were_asked_for_are_there() -> None:
    statements = {rule.id: rule.statement for _, rule in live()}
    assert statements["SVC-1"] == (
        "Services MUST validate that upstream dependencies are in an expected state before processing"
    )
    assert ".unwrap()" in statements["RUST-1"] and "build.rs" in statements["RUST-1"]


def test_a_bad_example_has_a_good_one_next_to_it() -> None:
    lonely = []
    for _, rule in live():
        sides = Counter(example.good for example in rule.examples)
        if sides[False] and not sides[True]:
            lonely.append(rule.id)
    assert lonely == []


def test_every_python_example_is_valid_python() -> None:
    found = examples("python")
    assert len(found) >= 20
    for _, example in found:
        ast.parse(example.code)


def test_every_example_in_json_toml_or_yaml_is_valid() -> None:
    for _, example in examples("json"):
        json.loads(example.code)
    for _, example in examples("toml"):
        tomllib.loads(example.code)
    read = [(id_, *load_yaml(example.code, path=id_)) for id_, example in examples("yaml")]
    assert [(id_, findings) for id_, value, findings in read if value is None or findings] == []


def test_every_sql_example_ends_with_a_semicolon() -> None:
    codes = [(id_, re.sub(r"--.*", "", example.code)) for id_, example in examples("sql")]
    assert [id_ for id_, code in codes if not code.rstrip().endswith(";")] == []


def test_dockerfiles_start_with_a_base_image() -> None:
    assert [
        i
        for i, e in examples("dockerfile")
        if not e.code.startswith(("FROM ", "ARG ", "# syntax", "# some lines of a file"))
    ] == []


@pytest.mark.parametrize(
    ("languages", "command"),
    [
        (("sh", "bash"), ("bash", "-n")),
        (("go",), ("gofmt", "-e")),
        (("rust",), ("rustfmt", "--edition", "2024", "--emit", "stdout")),
    ],
    ids=["bash", "gofmt", "rustfmt"],
)
def test_examples_parse_by_the_languages_own_tool(
    languages: tuple[str, ...], command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = shutil.which(command[0])
    if tool is None:
        pytest.skip(f"{command[0]} is not installed")
    monkeypatch.setenv("HOME", pwd.getpwuid(os.getuid()).pw_dir)
    found = examples(*languages)
    assert found
    wrong = []
    for id_, example in found:
        result = subprocess.run([tool, *command[1:]], input=example.code, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            if "rustup" in result.stderr or "toolchain" in result.stderr:
                pytest.skip(f"{command[0]} has no toolchain here")
            wrong.append(f"{id_}: {result.stderr}")
    assert wrong == []


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (Profile(kinds=("library",), languages=("php", "javascript"), paths=("src/a.php", "docs/a.js")), set()),
        (Profile(kinds=("cli",), languages=("haskell", "html", "css"), paths=("a.hs", "a.html")), set()),
        (Profile(kinds=("frontend",), languages=("typescript",), paths=("src/a.tsx",)), {"A11Y-1", "FE-10"}),
        (Profile(kinds=("library", "frontend"), languages=("vue",), paths=("a.vue",)), {"A11Y-1", "FE-10"}),
        (Profile(kinds=("service",), languages=("python", "html"), paths=("a.html",)), {"A11Y-1", "FE-10"}),
        (Profile(kinds=("service",), languages=("go",), paths=("a.go", ".gitlab-ci.yml")), set()),
        (Profile(paths=(".github/workflows/ci.yml",)), {"CICD-2", "CICD-13"}),
        (Profile(paths=(".forgejo/workflows/ci.yml",)), {"CICD-2", "CICD-13"}),
    ],
)
def test_rules_for_interfaces_and_workflows_are_for_repositories_that_have_them(
    profile: Profile, expected: set[str]
) -> None:
    chosen = {rule.rule.id for rule in select_rules(loaded().codex, profile, "2026-11-30")}
    assert chosen & {"A11Y-1", "FE-10", "CICD-2", "CICD-13"} == expected
