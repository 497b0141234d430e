"""`.engineering-codex.rules.json`: the rules of a repository in full, and `codexc rules`, which reads only that file."""

import json
import re
import socket
import subprocess
from pathlib import Path

import pytest

from codex.sync.lock import LOCK, blob_id
from codex.workflow.codex_folder import SourceOptions, open_codex
from codex.workflow.parsing import parse_all
from skills_build.emit.json import formatted, reformatted
from skills_build.emit.registry import RULES
from skills_build.model.rules_file import SCHEMA
from skills_build.model.standard import Form
from skills_build.source.words import plain_words
from tests.support.data import ROOT
from tests.support.running import codexc

DIST = ROOT / "dist"
_TARGET = re.compile(r"\]\([^()\s]*\)")
_AROUND = "# Standard\n\n## Rules\n\n"
_FRONT = "---\nid: ABC\ntitle: Things\ndomain: services\nstatus: enforced\nowner: '@team'\n---\n\n"
_ODD = """### Things MUST be odd (ABC-1)

First words.

**Why:** because [others](https://example.com/why) said so.
It has a second line.

**Check:** `run it`

- a list
  - inside

**Bad:**

```python
print("bad")
```

> a quote

**Except:** on Sundays

| a | b |
| - | - |
| cell one | cell two |

### Things SHOULD be even (ABC-2)

**Why:** short.
**How:** by hand.

## Choices

| ID | Level | If you need | Use | Instead of | Cost |
| --- | --- | --- | --- | --- | --- |
| ABC-3 | SHOULD | speed | a `cache` | waiting | some money |

### Plain things MAY exist (ABC-4)
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "payments"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / "main.py").write_text("print('hi')\n")
    return root


def install(root: Path, bundle: Path = DIST, *options: str) -> dict[str, dict[str, object]]:
    """Install a bundle and return the rules in the file by id."""
    run = codexc("install", bundle, "--into", root, *options)
    assert run.code == 0, run.err
    content = json.loads((root / RULES).read_bytes())
    return {rule["id"]: rule for standard in content["standards"] for rule in standard["rules"]}


def words_of(value: object) -> list[str]:
    """All words in the strings of a JSON value, without the targets of links."""
    if isinstance(value, str):
        return plain_words(_TARGET.sub("]", value))
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [word for key, part in parts for word in (*(words_of(key) if isinstance(key, str) else ()), *words_of(part))]


def lost_words(root: Path, rules: dict[str, dict[str, object]]) -> dict[str, set[str]]:
    """The words of each rule in the source that its entry in the file does not have, by id."""
    loaded = parse_all(open_codex(SourceOptions(root=root, as_of="2026-11-30")))
    lost = {}
    for standard in loaded.codex.standards:
        for rule in standard.rules:
            if rule.id in rules:
                parts = [label.text for label in rule.labels] if rule.form is Form.ROW else [rule.body]
                text = "\n".join((rule.statement, rule.lead_in, *parts, *(cell for _, cell in rule.columns)))
                lost[rule.id] = set(plain_words(_TARGET.sub("]", text))) - set(words_of(rules[rule.id]))
    return lost


def test_every_word_of_a_rule_that_applies_is_in_the_file(repository: Path) -> None:
    rules = install(repository, DIST, "--profile", "python-service")
    lost = lost_words(ROOT / "standards", rules)
    assert lost.keys() == rules.keys()
    assert len(rules) > 100
    assert {identity: words for identity, words in lost.items() if words} == {}
    assert not any(identity.startswith("RUST-") for identity in rules)


def test_every_word_of_odd_rules_is_in_the_file(tmp_path: Path, repository: Path) -> None:
    codex = tmp_path / "codex"
    codex.mkdir()
    (codex / "codex.yaml").write_text("namespace: acme\ntitle: Acme\n")
    (codex / "things.md").write_text(_FRONT + _AROUND + _ODD)
    assert codexc("build", "--root", codex, "--out", tmp_path / "dist", "--as-of", "2026-11-30").code == 0
    rules = install(repository, tmp_path / "dist")
    assert list(rules) == ["ABC-1", "ABC-2", "ABC-3", "ABC-4"]
    assert lost_words(codex, rules) == {identity: set() for identity in rules}
    assert "body" not in rules["ABC-2"], "its labels are all of it"
    assert rules["ABC-3"]["columns"] == {"Cost": "some money"}
    assert str(rules["ABC-1"]["except"]).startswith("on Sundays")


def test_the_lock_has_the_blob_of_the_file_and_an_edit_is_reported(repository: Path) -> None:
    install(repository, DIST, "--profile", "go")
    data = (repository / RULES).read_bytes()
    lock = json.loads((repository / LOCK).read_bytes())
    assert lock["files"][RULES] == {"blob": blob_id(data), "mode": "100644"}
    (repository / RULES).write_bytes(data.replace(b"MUST NOT", b"MAY", 1))
    run = codexc("verify", "--installed", "--into", repository)
    assert (run.code, run.out) == (1, f"{RULES}: the file was edited by hand\n")


@pytest.mark.parametrize("indent", [None, 0, 4, "\t"])
def test_a_formatter_with_other_settings_changes_nothing(repository: Path, indent: int | str | None) -> None:
    install(repository, DIST, "--profile", "go")
    content = json.loads((repository / RULES).read_bytes())
    written = json.dumps(content, indent=indent, ensure_ascii=False) + "\n"
    (repository / RULES).write_bytes(written.replace("\n", "\r\n").encode())
    assert codexc("verify", "--installed", "--into", repository).code == 0
    assert "is already installed" in codexc("install", DIST, "--into", repository, "--profile", "go").err
    assert codexc("uninstall", "--into", repository).code == 0
    assert not (repository / RULES).exists()


def test_the_form_of_the_file_is_read_back(repository: Path) -> None:
    value = {
        "$schema": SCHEMA,
        "a": [],
        "b": {},
        "c": ["x" * 70, "é"],
        "d": [{"e": 1}, "f"],
        "g": True,
        "h": ["一" * 34],
    }
    text = formatted(value)
    assert json.loads(text) == value
    assert reformatted(json.dumps(value).encode(), schema=SCHEMA) == text.encode()
    assert reformatted(b'{"$schema": "%s"' % SCHEMA.encode(), schema=SCHEMA) is None
    assert '"h": ["' in text


def test_the_file_has_the_form_that_prettier_keeps() -> None:
    """The expected text is what prettier 3.6.2 writes for these values."""
    just_fits = ["**/openapi*.yaml", "**/openapi*.yml", "**/openapi*.json", "12345"]
    value = {"a": {"p": just_fits}, "b": [["x"], {}], "c": [["x", 1], ["y", 2]], "d": [{"e": []}]}
    assert formatted(value) == (
        '{\n  "a": {\n    "p": ["**/openapi*.yaml", "**/openapi*.yml", "**/openapi*.json", "12345"]\n  },\n'
        '  "b": [["x"], {}],\n  "c": [\n    ["x", 1],\n    ["y", 2]\n  ],\n'
        '  "d": [\n    {\n      "e": []\n    }\n  ]\n}\n'
    )


def test_rules_are_shown_from_the_file_alone(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(repository, DIST, "--profile", "python-service")
    (repository / LOCK).unlink()
    monkeypatch.setattr(socket, "socket", None)
    run = codexc("rules", "py-1", cwd=repository)
    assert run.code == 0, run.err
    assert "# PY-1: Public functions and methods MUST annotate" in run.out
    assert "**Why:** " in run.out
    assert "def price_with_tax(price: Decimal" in run.out
    listed = codexc("rules", "--blocking", "--skill", "eng-python", "--format", "json", "--into", repository)
    rules = json.loads(listed.out)
    assert {rule["standard"]["skill"] for rule in rules} == {"eng-python"}
    assert all(rule["blocking"] for rule in rules)
    missing = codexc("rules", "PY-99", "--into", repository)
    assert (missing.code, missing.out) == (2, "")
    assert "did you mean `PY-9`?" in missing.err


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, f"there is no `{RULES}`"),
        (b"{", "is not JSON"),
        (b"[]", "is damaged at the top level"),
        (
            b'{"$schema": "%s", "codex": "a", "title": "", "standards": [{}]}' % SCHEMA.encode(),
            "damaged at standards.0",
        ),
        (b"[" * 5000, "is not JSON"),
    ],
)
def test_a_damaged_file_is_an_error(repository: Path, data: bytes | None, message: str) -> None:
    if data is not None:
        (repository / RULES).write_bytes(data)
    run = codexc("rules", "--into", repository)
    assert run.code == 2
    assert message in run.err


def test_a_file_of_an_earlier_version_is_read(repository: Path) -> None:
    rules = install(repository)
    file = repository / RULES
    content = json.loads(file.read_bytes())
    assert "text_digest" not in content["standards"][0]["rules"][0]
    for standard in content["standards"]:
        for rule in standard["rules"]:
            rule["text_digest"] = "0" * 64
    file.write_text(json.dumps(content))
    id_ = next(iter(rules))
    shown = codexc("rules", id_, "--into", repository)
    assert shown.code == 0 and id_ in shown.out, shown.err


def test_a_waived_rule_is_in_the_file_with_its_waiver(repository: Path) -> None:
    settings = repository / ".engineering-codex.yaml"
    waiver = "{rule: PY-1, reason: old code, owner: '@payments', expires: 2027-03-31}"
    settings.write_text(f"waivers: [{waiver}]\n")
    rules = install(repository, DIST, "--profile", "python-service", "--as-of", "2027-03-31")
    assert rules["PY-1"]["waived"] == {"reason": "old code", "owner": "@payments", "expires": "2027-03-31"}
    assert "Waived: until 2027-03-31: old code (@payments)" in codexc("rules", "PY-1", "--into", repository).out
    assert "waived" not in install(repository, DIST, "--profile", "python-service", "--as-of", "2027-04-01")["PY-1"]


def test_a_file_of_someone_else_is_kept(repository: Path) -> None:
    (repository / RULES).write_text("{}\n")
    run = codexc("install", DIST, "--into", repository, "--profile", "go")
    assert f"kept: {RULES}: not created by codexc" in run.err
    assert (repository / RULES).read_text() == "{}\n"
