"""The complete examples next to the standards run, and keep the rules that programs can check."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openapi_schema_validator
import pytest

from skills_build.source.yaml import load_yaml
from tests.standards.loaded import STANDARDS
from tests.standards.test_examples import TOOLS, found_program

SERVICE = STANDARDS / "examples" / "service"
API = STANDARDS / "examples" / "api"


def run(*command: str, folder: Path = SERVICE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def yaml(path: Path) -> Mapping[str, Any]:
    value, findings = load_yaml(path.read_text(encoding="utf-8"), path=path.name)
    assert value is not None and findings == ()
    assert isinstance(value.data, dict)
    return value.data


def test_the_service_passes_its_own_tests() -> None:
    result = run(sys.executable, "-B", "-m", "unittest", "discover", "--start-directory", "tests")
    assert result.returncode == 0, result.stderr
    assert "Ran 5 tests" in result.stderr


def test_the_page_on_containers_shows_the_dockerfile() -> None:
    page = (STANDARDS / "infrastructure" / "containers.md").read_text(encoding="utf-8")
    code = (SERVICE / "Dockerfile").read_text(encoding="utf-8").partition("\n")[2]
    assert f"```dockerfile\n{code}```" in page


def test_the_dockerfile_passes_hadolint() -> None:
    result = run(found_program("hadolint"), "--format=json", "Dockerfile")
    assert json.loads(result.stdout) == []


def test_the_workflow_passes_zizmor(tmp_path: Path) -> None:
    home = tmp_path / ".github" / "workflows"
    home.mkdir(parents=True)
    (home / "ci.yml").write_bytes((SERVICE / "workflow.yml").read_bytes())
    program = found_program("zizmor")
    result = run(program, "--offline", "--no-config", "--persona=pedantic", "--format=json", ".", folder=tmp_path)
    assert json.loads(result.stdout) == []


def test_the_service_passes_the_checks_that_rules_name() -> None:
    from tests.standards.loaded import live

    codes = {code for _, rule in live() for code in TOOLS[0].codes(rule)}
    # Binding to all addresses is what a container needs; tests start the service and hold an invented token.
    result = run(
        found_program("ruff"), "check", "--isolated", "--preview", "--no-cache", f"--select={','.join(sorted(codes))}",
        "--output-format=json", "orders",
    )  # fmt: skip
    assert json.loads(result.stdout) == []


def test_the_settings_files_are_yaml() -> None:
    assert set(yaml(SERVICE / "compose.yaml")) == {"services", "secrets"}
    manifests = (SERVICE / "kubernetes.yaml").read_text(encoding="utf-8").split("\n---\n")
    kinds = []
    for text in manifests:
        value, findings = load_yaml(text, path="kubernetes.yaml")
        assert value is not None and findings == () and isinstance(value.data, dict)
        kinds.append(value.data["kind"])
    assert kinds == ["ServiceAccount", "Deployment", "PodDisruptionBudget", "NetworkPolicy"]


def test_the_description_of_the_api_is_openapi() -> None:
    data = yaml(API / "openapi.yaml")
    schemas = data["components"]["schemas"]
    for schema in schemas.values():
        openapi_schema_validator.OAS31Validator.check_schema(schema)


def test_the_description_of_the_api_passes_the_rule_set() -> None:
    result = run(found_program("spectral"), "lint", "--ruleset", "spectral.yaml", "openapi.yaml", folder=API)
    assert result.returncode == 0, result.stdout


OPERATION = '"operationId": "a", "responses": {"200": {"description": "ok", %s}}'
SECURED = '{"paths": {"/a": {"get": {"security": [], %s}}}}'
FIELDS = '"content": {"application/json": {"schema": {"type": "object", "properties": %s}}}'
PAGED = '{"paths": {"/a": {"get": {"parameters": [{"name": "limit", "in": "query", "schema": %s}]}}}}'
ENDS = '"headers": {"Deprecation": {}, "Sunset": {}}'
DESCRIPTIONS = (
    # rule of the rule set, description, whether the rule reports it
    ("operation-has-security", SECURED % (OPERATION % '"headers": {}'), False),
    ("operation-has-security", '{"security": [], "paths": {"/a": {"get": {}}}}', False),
    ("operation-has-security", '{"paths": {"/a": {"get": {"security": []}, "post": {}}}}', True),
    ("money-is-no-number", SECURED % (OPERATION % (FIELDS % '{"total": {"type": "number"}}')), True),
    ("money-is-no-number", SECURED % (OPERATION % (FIELDS % '{"total": {"type": "integer"}}')), False),
    ("money-is-no-number", SECURED % (OPERATION % (FIELDS % '{"total_fee": {"type": "string"}}')), False),
    ("path-casing", '{"paths": {"/.well-known/jwks.json": {}, "/order-items/{orderId}": {}}}', False),
    ("path-casing", '{"paths": {"/orderItems": {}}}', True),
    ("server-is-https", '{"servers": [{"url": "v1"}, {"url": "/v1"}, {"url": "http://localhost:8080"}]}', False),
    ("server-is-https", '{"servers": [{"url": "//api.example.com/v1"}]}', True),
    ("limit-has-maximum", PAGED % '{"maximum": 200}', False),
    ("limit-has-maximum", PAGED % '{"default": 50}', True),
    ("deprecated-has-sunset", SECURED % ('"deprecated": true, ' + OPERATION % '"headers": {}'), True),
    ("deprecated-has-sunset", SECURED % ('"deprecated": true, ' + OPERATION % '"content": {}'), True),
    ("deprecated-has-sunset", SECURED % ('"deprecated": true, ' + OPERATION % ENDS), False),
)


@pytest.mark.parametrize(("rule", "description", "expected"), DESCRIPTIONS)
def test_the_rule_set_reports_violations_and_no_allowed_description(
    rule: str, description: str, expected: bool, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text(description, encoding="utf-8")
    rules = ("--ruleset", str(API / "spectral.yaml"))
    result = run(found_program("spectral"), "lint", *rules, "--ignore-unknown-format", "a.json", folder=tmp_path)
    assert "Error running" not in result.stdout + result.stderr
    assert (f" {rule} " in result.stdout) is expected, result.stdout + result.stderr


NULL = {"type": "null"}
TIME = {"type": "string", "format": "date-time"}
DAY = {"type": "string", "format": "date"}
NULLABLE_FIELDS: tuple[tuple[str, Mapping[str, Any], str | None], ...] = (
    # name, schema, the rule that reports it
    ("a_total", {"anyOf": [{"type": "number"}, NULL]}, "money-is-no-number"),
    ("b_total", {"type": ["number", "null"]}, "money-is-no-number"),
    ("c_total", {"anyOf": [{"type": "string"}, NULL]}, None),
    ("a_id", {"type": "integer"}, "id-is-string"),
    ("b_id", {"type": ["integer", "null"]}, "id-is-string"),
    ("c_id", {"anyOf": [{"type": "integer"}, NULL]}, "id-is-string"),
    ("d_id", {"type": ["string", "null"]}, None),
    ("e_id", {"anyOf": [{"type": "string"}, NULL]}, None),
    ("a_at", {"anyOf": [{"type": "string"}, NULL]}, "time-format"),
    ("b_at", {"type": ["string", "null"], "format": "date-time"}, None),
    ("c_at", {"anyOf": [TIME, NULL]}, None),
    ("a_date", {"anyOf": [TIME, NULL]}, "date-format"),
    ("b_date", {"anyOf": [DAY, NULL]}, None),
)


def test_the_rule_set_checks_nullable_fields_in_both_notations(tmp_path: Path) -> None:
    fields = {name: schema for name, schema, _ in NULLABLE_FIELDS}
    (tmp_path / "a.json").write_text(json.dumps({"components": {"schemas": {"A": {"properties": fields}}}}))
    rules = ("--ruleset", str(API / "spectral.yaml"))
    options = ("--ignore-unknown-format", "--format", "json", "--quiet")
    result = run(found_program("spectral"), "lint", *rules, *options, "a.json", folder=tmp_path)
    paths = [(entry["path"][4:5], entry["code"]) for entry in json.loads(result.stdout)]
    found = {(path[0], rule) for path, rule in paths if path}
    assert found == {(name, rule) for name, _, rule in NULLABLE_FIELDS if rule}


@pytest.mark.parametrize(
    "name", ["API-1", "API-5", "API-6", "API-7", "API-12", "API-15", "API-24", "API-26", "API-29", "API-30"]
)
def test_the_rule_set_names_the_rules_it_checks(name: str) -> None:
    assert f'description: "{name}: ' in (API / "spectral.yaml").read_text(encoding="utf-8")
