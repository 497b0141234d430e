"""The published schemas come from the types, and the reference implementation finds nothing wrong with what we write."""

import dataclasses
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skills_build.schema import known_keys, violations
from skills_build.source.yaml import load_yaml
from tests.support.data import ROOT
from tests.support.fleet import PYTHON, People
from tests.support.releasing import Codex, git
from tests.support.running import codexc
from tools.contracts import CONTRACTS, Contract
from tools.schemas import generated, path_of

BY_NAME = {contract.name: contract for contract in CONTRACTS}
Json = Any


@cache
def judge(name: str) -> jsonschema.Draft202012Validator:
    """The reference implementation with one of our schemas, formats included."""
    schema = json.loads(path_of(BY_NAME[name]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def faults(name: str, data: Json) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in judge(name).iter_errors(data)]


def yaml(text: str) -> Json:
    value, findings = load_yaml(text, path="x")
    assert findings == ()
    assert value is not None
    return value.data


def front(path: Path) -> Json:
    return yaml(path.read_text(encoding="utf-8").split("\n---\n")[0].removeprefix("---\n"))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_the_committed_schema_is_the_generated_one(contract: Contract) -> None:
    assert path_of(contract).read_text(encoding="utf-8") == generated(contract), "run `make schemas`"


def test_every_schema_has_a_type() -> None:
    folder = ROOT / "validators" / "schemas"
    assert sorted(folder.iterdir()) == sorted(path_of(contract) for contract in CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_a_field_that_is_added_to_a_type_alone_is_noticed(contract: Contract) -> None:
    extra = [("added_later", str | None, None)]
    longer = dataclasses.make_dataclass("Longer", extra, bases=(contract.type,), frozen=True, kw_only=True)
    text = generated(dataclasses.replace(contract, type=longer))
    assert json.loads(text)["properties"].keys() - judge(contract.name).schema["properties"].keys() == {"added_later"}
    assert text != path_of(contract).read_text(encoding="utf-8")


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_every_key_is_described(contract: Contract) -> None:
    silent = []
    waiting = [(contract.name, judge(contract.name).schema)]
    while waiting:
        where, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(where, one) for one in node]
        if not isinstance(node, dict):
            continue
        for key, value in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ():
            if isinstance(value, dict) and not {"description", "$ref"} & value.keys():
                silent.append(f"{where}.{key}")
        waiting += [(f"{where}.{key}", value) for key, value in node.items()]
    columns = "dialect.$defs.RulePattern.properties.columns."
    assert [one for one in silent if not one.startswith(columns)] == []


def committed() -> list[tuple[str, str, Json]]:
    """Every document of a contract that this repository holds, with the name of its schema."""
    dist = ROOT / "dist"
    found = [(name, f"dist/{name}.json", json.loads((dist / f"{name}.json").read_bytes())) for name in
             ("manifest", "statements", "changes")]  # fmt: skip
    found += [("skill-front-matter", str(path), front(path)) for path in sorted(dist.glob("skills/*/SKILL.md"))]
    standards = ROOT / "standards"
    found.append(("codex", "codex.yaml", yaml((standards / "codex.yaml").read_text(encoding="utf-8"))))
    found.append(("ids-lock", "codex.ids.lock", json.loads((standards / "codex.ids.lock").read_bytes())))
    pages = [path for path in sorted(standards.rglob("*.md")) if path.read_bytes().startswith(b"---\nid:")]
    found += [("front-matter", str(path), front(path)) for path in pages]
    return found


DOCUMENTS = committed()


@pytest.mark.parametrize(("name", "path", "data"), DOCUMENTS, ids=[path for _, path, _ in DOCUMENTS])
def test_the_reference_implementation_accepts_what_is_committed(name: str, path: str, data: Json) -> None:
    assert faults(name, data) == []


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([one for one in DOCUMENTS if len(str(one[2])) < 50_000]), st.data())
def test_both_validators_judge_a_damaged_document_alike(document: tuple[str, str, Json], data: st.DataObject) -> None:
    name, _, whole = document
    damaged = json.loads(json.dumps(whole))
    node = damaged
    while isinstance(node, dict | list) and node:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            replacement = data.draw(st.sampled_from(["", "x", 0, -1, 1.5, True, None, [], {}, ["x", "x"], {"x": 1}]))
            node[key] = replacement
            break
        node = node[key]
    text = path_of(BY_NAME[name]).read_text(encoding="utf-8")
    assert bool(violations(text, damaged)) == bool(faults(name, damaged))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Codex:
    """A codex that was released twice, and a fleet of one repository."""
    root = tmp_path_factory.mktemp("released")
    made = codexc("init", root / "codex", "--owner", "@team", "--namespace", "acme")
    assert made.code == 0, made.err
    codex = Codex(root / "codex")
    with (codex.standards / "codex.yaml").open("a") as file:
        file.write("\ncatalog: {kind: folder, path: ../../fleet}\nforge: {kind: local, root: ../../fleet}\n")
    assert codexc("build", cwd=codex.root).code == 0
    git(codex.root, "init", "--quiet", "--initial-branch", "main")
    for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
        git(codex.root, "config", key, value)
    codex.commit("Start")
    codex.release("--tag")
    (root / "fleet").mkdir()
    People(root / "fleet").add("shop/payments", PYTHON)
    return codex


def test_what_a_release_writes_is_accepted(released: Codex) -> None:
    (bundle,) = (path for path in (released.root / "build" / "bundles").iterdir() if path.is_dir())
    record = json.loads((released.standards / "codex.releases.json").read_bytes())
    assert faults("releases", record) == []
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    assert manifest["release"]["files"]
    assert faults("manifest", manifest) == []
    for name in ("manifest", "statements", "changes"):
        assert faults(name, json.loads((released.out / f"{name}.json").read_bytes())) == []


def test_a_lock_a_profile_and_a_saved_plan_are_accepted(released: Codex, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('hi')\n")
    (tmp_path / "Makefile").write_text("test:\n\tpython -m pytest\n")
    assert codexc("install", ROOT / "dist", "--into", tmp_path, "--profile", "python-service").code == 0
    assert faults("lock", json.loads((tmp_path / ".engineering-codex.lock").read_bytes())) == []
    profile = codexc("profile", tmp_path, "--format", "json")
    assert profile.code == 0, profile.err
    assert faults("profile", json.loads(profile.out)) == []
    saved = tmp_path / "plan.json"
    planned = codexc("sync", "plan", "--out", saved, cwd=released.root)
    assert planned.code == 0, planned.err
    plan = json.loads(saved.read_bytes())
    assert [row["outcome"] for row in plan["repositories"]] == ["opened"]
    assert faults("plan", plan) == []


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "templates" / "dialects").glob("*.toml")))
def test_the_dialects_that_ship_are_accepted(name: str) -> None:
    import tomllib

    text = (ROOT / "templates" / "dialects" / f"{name}.toml").read_text(encoding="utf-8")
    assert faults("dialect", tomllib.loads(text)) == []


@pytest.mark.parametrize(
    "command",
    [
        *(pytest.param(command, marks=pytest.mark.slow) for command in [("check",), ("build", "--check")]),
        ("build", "--root", "tests/golden/mini/standards", "--dry-run"),
        ("sync", "plan", "--help"),
    ],
)
def test_no_command_imports_what_only_the_generator_needs(command: tuple[str, ...]) -> None:
    call = [sys.executable, "-X", "importtime", "-m", "codex", *command]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.decode().splitlines()}
    assert "codex" in imported
    assert imported & {"pydantic", "pydantic_core", "jsonschema", "annotated_types"} == set()


def test_keys_are_suggested_below_definitions_too() -> None:
    text = path_of(BY_NAME["codex"]).read_text(encoding="utf-8")
    assert known_keys(text, ("domains", "api")) == ("title", "owner", "description")
    assert known_keys(text, ("skills", "api")) == ("title", "description", "formerly")
    gate = ("merged", "declined", "failed", "failing", "reverted", "soak")
    assert known_keys(text, ("waves", 0, "after")) == gate
    assert "env" in known_keys(text, ("forge", "app", "key"))
