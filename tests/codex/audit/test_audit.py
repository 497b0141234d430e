"""Audits of real repositories through the command: states, evidence, formats, baselines, hostile files."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from codex.audit.audit import Locator
from codex.sync.lock import blob_id
from codex.workflow.codex_folder import schema
from tests.support.effort import at_most_cpu_seconds
from tests.support.running import codexc

CODEX = """namespace: acme
title: Acme
domains:
  services: {title: Services, owner: "@acme"}
skills:
  services: {title: Services, description: Rules for services. Use when writing services.}
"""
FRONT = "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\nowner: '@acme'\n---\n\n# Services\n\n## Rules\n\n"
RULE = "### {title} (SVC-{number})\n\n**Why:** reasons.\n\n**Use:** `log.info`.\n\n{checks}"


def check(block: str) -> str:
    return f"**Check:**\n\n```yaml check\n{block}\n```\n\n"


PRINT = "regex: {match: 'print\\('}\nfiles: ['**/*.py']"


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    root = tmp_path / "codex"
    root.mkdir()
    (root / "codex.yaml").write_text(CODEX)
    return root


def written(codex: Path, *checks: str) -> Path:
    """Build a codex of which rule N has the Nth checks, each a blocking MUST NOT; returns the bundle."""
    rules = (RULE.format(title="Code MUST NOT print", number=n, checks=text) for n, text in enumerate(checks, start=1))
    (codex / "services.md").write_text(FRONT + "\n\n".join(rules))
    out = codex.parent / "out"
    codexc("build", "-q", "--root", str(codex), "--out", str(out))
    assert (out / "statements.json").is_file()
    return out


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("x = 1\nprint(x)\n")
    return root


def audit(repository: Path, bundle: Path, *arguments: str, code: int = 1) -> str:
    done = codexc("audit", str(repository), "--bundle", str(bundle), *arguments)
    assert done.code == code, done.err
    return done.out


def states(repository: Path, bundle: Path, *arguments: str) -> Mapping[str, Mapping[str, Any]]:
    done = codexc("audit", str(repository), "--bundle", str(bundle), "--format", "json", *arguments)
    data = json.loads(done.out)
    Draft202012Validator(json.loads(schema("audit"))).validate(data)
    return {rule["id"]: rule for rule in data["rules"]}


def test_each_state_with_its_reason(codex: Path, repository: Path) -> None:
    bundle = written(
        codex,
        check(PRINT),
        check("regex: {match: 'eval\\('}\nfiles: ['**/*.py']"),
        "",
        check("judgement: true"),
        check("regex: {match: x}\nfiles: ['**/*.go']"),
        check("regex: {match: 'eval\\('}\nfiles: ['**/*.py']") + check("judgement: true"),
        check(PRINT),
        check("linter: ruff\nrules: [T201]"),
    )
    (repository / ".engineering-codex.yaml").write_text(
        "waivers:\n  - {rule: SVC-7, reason: old, owner: '@a', expires: 2030-01-01}\n"
    )
    (repository / "bad.json").write_text(
        json.dumps({"runs": [{"tool": {"driver": {"name": "ruff"}}, "invocations": [{"executionSuccessful": False}]}]})
    )
    found = states(repository, bundle, "--as-of", "2026-11-29", "--results", f"ruff:{repository / 'bad.json'}")
    assert {rule: row["state"] for rule, row in found.items()} == {
        "SVC-1": "violated",
        "SVC-2": "compliant",
        "SVC-3": "not-assessed",
        "SVC-4": "not-assessed",
        "SVC-5": "not-applicable",
        "SVC-6": "partial",
        "SVC-7": "waived",
        "SVC-8": "error",
    }
    (evidence,) = found["SVC-1"]["evidence"]
    assert (evidence["path"], evidence["line"], evidence["column"], evidence["by"]) == (
        "src/a.py",
        2,
        1,
        "regex check 1",
    )
    assert found["SVC-1"]["remedy"] == "`log.info`." and len(found["SVC-1"]["digest"]) == 64
    assert found["SVC-7"]["waived_until"] == "2030-01-01" and found["SVC-7"]["evidence"]


def test_a_waiver_that_ended_is_none(codex: Path, repository: Path) -> None:
    bundle = written(codex, check(PRINT))
    waiver = "waivers:\n  - {rule: SVC-1, reason: old, owner: '@a', expires: 2026-01-01}\n"
    (repository / ".engineering-codex.yaml").write_text(waiver)
    assert states(repository, bundle, "--as-of", "2026-11-29")["SVC-1"]["state"] == "violated"


WAIVERS = """waivers:
  - {rule: SVC-1, reason: old, owner: '@a', expires: 2026-01-01}
  - {rule: SVC-9, reason: a typo, owner: '@a', expires: 2030-01-01}
  - {rule: SVC-2, reason: old, owner: '@a', expires: 2026-01-01}
  - {rule: SVC-2, reason: renewed, owner: '@a', expires: 2030-01-01}
"""
EXPIRED = (
    ".engineering-codex.yaml:2: the waiver for SVC-1 expired on 2026-01-01, so the rule applies again: "
    "remove the waiver, or set a later `expires` (waiver owner: `@a`)"
)
UNKNOWN = (
    ".engineering-codex.yaml:3: the waiver for SVC-9 has no effect: no rule for this repository has this id; "
    "correct `rule`, or remove the waiver (waiver owner: `@a`)"
)


@pytest.mark.parametrize("installed", [True, False])
def test_a_waiver_without_effect_is_reported_with_its_place(codex: Path, repository: Path, installed: bool) -> None:
    bundle = written(codex, check(PRINT), check(PRINT))
    (repository / ".engineering-codex.yaml").write_text(WAIVERS)
    where = () if installed else ("--bundle", str(bundle))
    if installed:
        assert codexc("install", str(bundle), "--into", str(repository)).code == 0
    run = ("audit", str(repository), *where, "--as-of", "2026-11-29")
    assert json.loads(codexc(*run, "--format", "json").out)["notes"] == [EXPIRED, UNKNOWN]
    text = codexc(*run).out
    assert f"note: {EXPIRED}\n" in text and f"note: {UNKNOWN}\n" in text
    for name in ("markdown", "html", "sarif"):
        assert "the waiver for SVC-9" in codexc(*run, "--format", name).out, name


@pytest.mark.parametrize("key", ["rule", "reason", "owner"])
def test_a_waiver_with_a_blank_value_is_refused(codex: Path, repository: Path, key: str) -> None:
    values = {"rule": "SVC-1", "reason": "old", "owner": "@a", key: " \u00a0"}
    row = ", ".join(f'{name}: "{value}"' for name, value in values.items())
    (repository / ".engineering-codex.yaml").write_text(f"waivers:\n  - {{{row}, expires: 2030-01-01}}\n")
    done = codexc("audit", str(repository), "--bundle", str(written(codex, check(PRINT))))
    assert (done.code, done.out) == (2, "")
    assert ".engineering-codex.yaml:2:" in done.err and "is blank" in done.err


@pytest.mark.parametrize(
    ("count", "note"), [(1, "left out 1 file: paths must be"), (2, "left out 2 files: paths must be")]
)
def test_files_that_are_left_out_are_counted(codex: Path, repository: Path, count: int, note: str) -> None:
    for number in range(count):
        Path(os.fsdecode(bytes(repository / "src") + b"/\xff%d.py" % number)).write_text("x = 1\n")
    (repository / "vendor").mkdir()
    (repository / "vendor" / "a.py").write_text("x = 1\n")
    bundle = written(codex, check(PRINT))
    text, data = audit(repository, bundle), json.loads(audit(repository, bundle, "--format", "json"))
    assert "left out 1 generated or vendored file" in text and f"note: {note}" in text
    assert any(note in one for one in data["notes"])


def test_a_submodule_is_reported(codex: Path, repository: Path) -> None:
    git = ("git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com")
    link = ("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},libs/parser")
    for command in (("init", "-q"), ("add", "-A"), link, ("commit", "-qm", "begin")):
        subprocess.run([*git, *command], check=True)
    found = json.loads(audit(repository, written(codex, check(PRINT)), "--format", "json"))
    assert found["notes"] == ["libs/parser is a submodule: the files in it are not audited"]


def ruff(repository: Path, *arguments: str) -> bytes:
    program = Path(sys.executable).parent / "ruff"
    command = [str(program), "check", "--no-cache", "--select", "T201", *arguments, "."]
    return subprocess.run(command, cwd=repository, capture_output=True, check=False).stdout


def test_silence_of_ruff_is_compliance_only_with_its_settings(codex: Path, repository: Path, tmp_path: Path) -> None:
    bundle = written(codex, check("linter: ruff\nrules: [T201]"))
    results, settings = tmp_path / "r.json", tmp_path / "s.txt"
    results.write_bytes(ruff(repository, "--output-format", "json"))
    (evidence,) = states(repository, bundle, "--results", f"ruff:{results}")["SVC-1"]["evidence"]
    assert (evidence["path"], evidence["line"], evidence["by"]) == ("src/a.py", 2, "ruff T201")
    (repository / "src" / "a.py").write_text("x = 1\n")
    results.write_bytes(ruff(repository, "--output-format", "json"))
    settings.write_bytes(ruff(repository, "--show-settings"))
    row = states(repository, bundle, "--results", f"ruff:{results}")["SVC-1"]
    assert (row["state"], row["why"]) == ("not-assessed", "there is no evidence that ruff had `T201` enabled")
    assert states(repository, bundle, "--results", f"ruff:{settings}")["SVC-1"]["state"] == "not-assessed"
    both = ("--results", f"ruff:{results}", "--results", f"ruff:{settings}")
    assert states(repository, bundle, *both)["SVC-1"]["state"] == "compliant"


def test_findings_of_another_checkout_are_mapped_and_unknown_ones_are_reported(
    codex: Path, repository: Path, tmp_path: Path
) -> None:
    bundle = written(codex, check("linter: hadolint\nrules: [DL3006]"))
    (repository / "Dockerfile").write_text("FROM alpine\n")
    row = {"code": "DL3006", "column": 1, "line": 1, "message": "Tag it"}
    path = tmp_path / "h.json"
    path.write_text(json.dumps([{**row, "file": "/builds/x/Dockerfile"}, {**row, "file": "/builds/x/gone"}]))
    output = audit(repository, bundle, "--results", f"hadolint:{path}")
    assert "Dockerfile:1:1: Tag it [hadolint DL3006]" in output
    assert "linter results refer to 1 path outside this repository, such as `/builds/x/gone`" in output


def test_every_format_is_valid(codex: Path, repository: Path) -> None:
    from sarif_pydantic import Sarif

    bundle = written(codex, check(PRINT), check("judgement: true"))
    log = Sarif.model_validate(json.loads(audit(repository, bundle, "--format", "sarif")))
    assert [rule.id for rule in log.runs[0].tool.driver.rules or ()] == ["SVC-1", "SVC-2"]
    (row,) = json.loads(audit(repository, bundle, "--format", "gitlab"))
    assert row["location"] == {"path": "src/a.py", "lines": {"begin": 2, "end": 2}} and row["severity"] == "major"
    assert audit(repository, bundle, "--format", "github").startswith("::error file=src/a.py,line=2,")
    assert "| `SVC-1` | violated (blocking) |" in audit(repository, bundle, "--format", "markdown")
    assert "<script" not in audit(repository, bundle, "--format", "html")


def test_the_rules_file_is_used_and_must_be_that_of_the_lock(codex: Path, repository: Path) -> None:
    bundle = written(codex, check(PRINT))
    codexc("install", str(bundle), "--into", str(repository))
    done = codexc("audit", str(repository))
    assert done.code == 1 and "src/a.py:2:1" in done.out
    rules = repository / ".engineering-codex.rules.json"
    rules.write_text(rules.read_text().replace("print", "never"))
    done = codexc("audit", str(repository))
    assert done.code == 2 and "was edited by hand" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--base", "HEAD"), "`--base` needs `--baseline`"),
        ((), "pass the top directory of a repository"),
        (("--baseline", "b.json", "--write-baseline", "b.json"), "cannot be combined with `--baseline`"),
    ],
)
def test_wrong_options_say_what_to_type(repository: Path, arguments: tuple[str, ...], message: str) -> None:
    (repository / "b.json").write_text("{}")
    done = codexc("audit", *arguments, cwd=repository)
    assert (done.code, done.out, message in done.err) == (2, "", True), done.err


def test_a_table_begins_with_what_is_violated(codex: Path, repository: Path) -> None:
    partial = check("regex: {match: 'nothing'}\nfiles: ['**/*.py']") + check("judgement: true")
    page = audit(repository, written(codex, partial, check(PRINT)), "--format", "markdown")
    rows = [line.split(" | ")[:2] for line in page.splitlines() if line.startswith("| `")]
    assert rows == [["| `SVC-2`", "violated (blocking)"], ["| `SVC-1`", "partial (blocking)"]]


def test_a_baseline_hides_what_was_there_and_may_only_shrink(codex: Path, repository: Path) -> None:
    bundle, baseline = written(codex, check(PRINT)), repository / "baseline.json"
    git = ("git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com")
    audit(repository, bundle, "--write-baseline", str(baseline), code=0)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "begin")):
        subprocess.run([*git, *command], check=True)
    base = ("--baseline", str(baseline), "--base", "HEAD")
    audit(repository, bundle, *base, code=0)
    (repository / "src" / "b.py").write_text("print(2)\n")
    assert "b.py:1:1" in audit(repository, bundle, *base)
    audit(repository, bundle, "--write-baseline", str(baseline), code=0)
    done = codexc("audit", str(repository), "--bundle", str(bundle), *base)
    assert done.code == 2 and "the baseline has grown by 1 violation since HEAD" in done.err


@pytest.mark.parametrize("rewritten", [False, True])
def test_a_moved_file_keeps_its_entries_of_the_baseline(codex: Path, repository: Path, rewritten: bool) -> None:
    bundle, baseline = written(codex, check(PRINT)), repository / "baseline.json"
    git = ("git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com")
    audit(repository, bundle, "--write-baseline", str(baseline), code=0)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "begin"), ("mv", "src/a.py", "src/b.py")):
        subprocess.run([*git, *command], check=True)
    if rewritten:
        audit(repository, bundle, "--write-baseline", str(baseline), code=0)
        assert "src/b.py" in baseline.read_text()
    base = ("--baseline", str(baseline), "--base", "HEAD")
    done = codexc("audit", str(repository), "--bundle", str(bundle), *base)
    assert done.code == 0 and done.err == "1 violation is in the baseline\n"
    (repository / "src" / "c.py").write_text("print(x)\n")  # the same line, but the entry is used up
    assert "c.py:1:1" in audit(repository, bundle, *base)


def test_advice_fails_only_on_request(codex: Path, repository: Path) -> None:
    (codex / "services.md").write_text("")
    bundle = written(codex, check(PRINT))
    page = (codex / "services.md").read_text().replace("MUST NOT print", "SHOULD NOT print")
    (codex / "services.md").write_text(page)
    codexc("build", "-q", "--root", str(codex), "--out", str(bundle))
    audit(repository, bundle, code=0)
    audit(repository, bundle, "--fail-on", "warning")


def test_hostile_files_are_gaps_and_nothing_of_them_renders(codex: Path, repository: Path) -> None:
    bundle = written(codex, check("regex: {match: 'print.*'}\nfiles: ['**']"))
    hostile = repository / "src"
    (hostile / "a.py").write_bytes(b"print(1) \x1b[31m | </td><script>alert(1)</script> @all /close\xff\n")
    (hostile / "binary").write_bytes(b"print(\x00\xff")
    (hostile / "large").write_bytes(b"a" * (5 * 1024 * 1024))
    (hostile / "link").symlink_to("/etc/passwd")
    (hostile / "loop").symlink_to("loop")
    os.mkfifo(hostile / "pipe")
    text = audit(repository, bundle)
    assert "\x1b" not in text and "src/link" not in text and "root:" not in text
    markdown = audit(repository, bundle, "--format", "markdown")
    assert "<script" not in markdown and "\n/close" not in markdown
    assert "<script>alert" not in audit(repository, bundle, "--format", "html")
    why = states(repository, bundle)["SVC-1"]
    assert why["state"] == "violated" and [one["path"] for one in why["evidence"]] == ["src/a.py"]


@pytest.mark.parametrize("argument", ["ruff", "ruff:", "ruff:/does/not/exist", "nothing:x"])
def test_results_that_cannot_be_read_are_usage_errors(codex: Path, repository: Path, argument: str) -> None:
    bundle = written(codex, check(PRINT))
    done = codexc("audit", str(repository), "--bundle", str(bundle), "--results", argument)
    assert done.code == 2 and "Traceback" not in done.err


def test_a_linter_finding_outside_the_files_of_a_rule_is_not_its_violation(codex: Path, repository: Path) -> None:
    scope = "**Applies to:** paths: services/**\n\n"
    bundle = written(codex, scope + check("linter: ruff\nrules: [T201]"))
    (repository / "services").mkdir()
    (repository / "services" / "b.py").write_text("x = 1\n")
    row = {"code": "T201", "message": "print", "location": {"row": 1, "column": 1}}
    for folder, state in (("src", "not-assessed"), ("services", "violated")):
        path = repository / folder / "a.py"
        path.write_text("print(1)\n")
        results = repository / "r.json"
        results.write_text(json.dumps([{**row, "filename": str(path)}]))
        assert states(repository, bundle, "--results", f"ruff:{results}")["SVC-1"]["state"] == state


def test_a_baseline_does_not_depend_on_what_other_checks_read(codex: Path, repository: Path) -> None:
    baseline, results = repository / "baseline.json", repository / "r.json"
    row = {"code": "T201", "filename": "src/a.py", "message": "print", "location": {"row": 2, "column": 1}}
    results.write_text(json.dumps([row]))
    given = ("--results", f"ruff:{results}")
    linter = check("linter: ruff\nrules: [T201]")
    audit(repository, written(codex, linter), *given, "--write-baseline", str(baseline), code=0)
    reading = check("regex: {match: 'eval\\('}\nfiles: ['**/*.py']")
    audit(repository, written(codex, linter, reading), *given, "--baseline", str(baseline), code=0)


@pytest.mark.parametrize("format_", ["json", "sarif", "text", "markdown", "html", "gitlab", "github"])
def test_results_with_half_a_character_are_reported(codex: Path, repository: Path, format_: str) -> None:
    bundle = written(codex, check("linter: ruff\nrules: [T201]\nfiles: ['**/*.py']"))
    row = '{"code": "T201", "filename": "%s", "location": {"row": 2, "column": 1}, "message": "half \\ud83d"}'
    results = repository.parent / "ruff.json"
    results.write_text(f"[{row % 'src/a.py'}, {row % (chr(92) + 'ud800')}]")
    assert "src/a.py" in audit(repository, bundle, "--results", f"ruff:{results}", "--format", format_)


def test_unknown_paths_cost_little_however_many_files_have_their_name() -> None:
    paths = [*(f"p/{number}/x.py" for number in range(20_000)), "x.py", "a/b/x.py"]
    locator = Locator(paths, "/repository")
    with at_most_cpu_seconds(20):
        assert all(locator.located(f"/z/q{number}/x.pyi") is None for number in range(20_000))
        assert locator.located("/" * 5_000_000 + "y.py") is None
        assert {locator.located(f"/z/q{number}/x.py") for number in range(20_000)} == {"x.py"}
    found = [
        "/c/p/7/x.py",
        "/x.py",
        "/b/x.py",
        "/c/a/b/x.py",
        "/ca/b/x.py",
        "c/x.py",
        "/repository/p/1/x.py",
        "/c/y.py",
    ]
    wanted = ["p/7/x.py", "x.py", "x.py", "a/b/x.py", "x.py", None, "p/1/x.py", None]
    assert [locator.located(path) for path in found] == wanted


SECRET = "fetched from https://user:s3cr3tpw@host.example/x"


@pytest.mark.parametrize("format_", ["json", "sarif", "text", "markdown", "html", "gitlab", "github"])
def test_no_format_shows_the_password_of_an_address_that_a_linter_prints(
    codex: Path, repository: Path, format_: str
) -> None:
    bundle = written(codex, check("linter: ruff\nrules: [T201]\nfiles: ['**/*.py']"))
    row = {"code": "T201", "filename": "src/a.py", "location": {"row": 2, "column": 1}, "message": SECRET}
    lost = {**row, "filename": "https://user:s3cr3tpw@host.example/a.py"}
    (repository.parent / "ruff.json").write_text(json.dumps([row, lost]))
    done = audit(repository, bundle, "--results", f"ruff:{repository.parent / 'ruff.json'}", "--format", format_)
    assert "s3cr3tpw" not in done
    assert "https://***@host.example" in done or format_ in ("markdown", "html")
    file = repository.parent / "report"
    where = ("--format", format_, "--output", str(file))
    audit(repository, bundle, "--results", f"ruff:{repository.parent / 'ruff.json'}", *where)
    assert "s3cr3tpw" not in file.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="no file of this name")
@pytest.mark.parametrize("format_", ["json", "sarif", "text", "markdown", "html", "gitlab", "github"])
def test_a_file_name_is_no_command_of_the_pipeline_that_prints_a_report(
    codex: Path, repository: Path, format_: str
) -> None:
    bundle = written(codex, check(PRINT))
    (repository / "src" / "##[add-mask]a.py").write_text("print(1)\n")
    done = audit(repository, bundle, "--format", format_)
    assert "add-mask" in done
    assert "##[" not in done


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", " https://a"])
def test_a_rule_links_nothing_but_web_addresses(codex: Path, repository: Path, href: str) -> None:
    bundle = written(codex, check(PRINT))
    assert codexc("install", str(bundle), "--into", str(repository)).code == 0
    rules, lock = repository / ".engineering-codex.rules.json", repository / ".engineering-codex.lock"
    old = rules.read_bytes()
    data = json.loads(old)
    data["standards"][0]["rules"][0]["href"] = href
    rules.write_text(json.dumps(data))
    lock.write_text(lock.read_text().replace(blob_id(old), blob_id(rules.read_bytes())))
    for command in (("audit", str(repository), "--format", "sarif"), ("rules", "--into", str(repository))):
        refused = codexc(*command)
        assert refused.code == 2 and "rules.0.href" in refused.err and "javascript" not in refused.out
