"""`codexc sync audit` on a folder of repositories: the report in each format, levels, campaigns, failures."""

import csv
import io
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from codex.audit.record import AuditRecord
from codex.cli.main import main
from codex.rollout import audit as rollout
from codex.workflow.audit import MAX_FILE
from codex.workflow.codex_folder import schema
from tests.codex.test_page import Page
from tests.codex.test_start_up import imported_by
from tests.support.fleet import PYTHON, People
from tests.support.running import Run, codexc
from tests.support.sync_command import FLEET, released_in, sync

RULE = (
    "### Code MUST NOT {what} (SVC-{number})\n\n**Why:** reasons.\n\n**Use:** `log.info`.\n\n"
    "**Check:**\n\n```yaml check\nregex: {{match: '{match}\\('}}\nfiles: ['**/*.py']\n```\n\n"
)
STANDARD = (
    "---\nid: SVC\ntitle: Services\ndomain: services\nstatus: enforced\nowner: '@acme'\n---\n\n# Services\n\n## Rules\n\n"
    + RULE.format(what="print", number=1, match="print")
    + RULE.format(what="evaluate text", number=2, match="eval")
    + "### Names MUST be short (SVC-3)\n\n**Why:** reasons.\n"
)
AUDIT = """
audit:
  levels:
    - {name: good, compliant: 100, assessed: 50, blocking: 0}
    - {name: fair, compliant: 50}
  campaigns:
    - {name: no prints, rules: [SVC-1], until: 2026-12-31}
    - {name: only web, rules: [SVC-1], until: 2026-12-31, names: ["shop/web"]}
"""
WAIVER = "waivers:\n  - {rule: SVC-1, reason: '=1+1', owner: '@team', expires: 2026-11-30}\n"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A codex with three rules that was released once."""
    folder = tmp_path_factory.mktemp("released") / "codex"
    standards = folder / "standards"
    standards.mkdir(parents=True)
    text = "namespace: acme\ntitle: Acme\ndomains:\n  services: {title: Services, owner: '@acme'}\n"
    (standards / "codex.yaml").write_text(text + FLEET + AUDIT)
    (standards / "services.md").write_text(STANDARD)
    (folder / ".gitignore").write_text("build/\n")
    assert codexc("build", cwd=folder).code == 0
    return released_in(folder)


@pytest.fixture
def codex(released: Path, tmp_path: Path) -> Path:
    """A copy of the released codex, next to its fleet."""
    shutil.copytree(released, tmp_path / "codex")
    return tmp_path / "codex"


@pytest.fixture
def people(tmp_path: Path) -> People:
    root = tmp_path / "fleet"
    root.mkdir()
    fleet = People(root)
    fleet.add("shop/payments", {**PYTHON, "src/b.py": "print(1)\n"})
    fleet.add("shop/waived", {**PYTHON, "src/b.py": "print(1)\n", ".engineering-codex.yaml": WAIVER})
    fleet.add("shop/web", dict(PYTHON))
    fleet.add("legacy/old", {".engineering-codex.yaml": "opt_out: {reason: frozen}\n"})
    return fleet


def audit(codex: Path, *arguments: str, day: str = "2026-11-24", code: int = 0) -> Run:
    run = sync(codex, "audit", "--as-of", day, *arguments)
    assert run.code == code, run.err
    return run


def report(codex: Path, *arguments: str, day: str = "2026-11-24", code: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(audit(codex, "--format", "json", *arguments, day=day, code=code).out)
    Draft202012Validator(json.loads(schema("fleet-audit"))).validate(data)
    return data


def by(rows: list[dict[str, Any]], key: str) -> Mapping[str, dict[str, Any]]:
    return {row[key]: row for row in rows}


def test_scorecards_health_waivers_and_levels(codex: Path, people: People) -> None:
    data = report(codex)
    cards = by(data["repositories"], "repository")
    assert {path: (card["coverage"], card.get("level", "")) for path, card in cards.items()} == {
        "legacy/old": ("skipped", ""),
        "shop/payments": ("audited", "fair"),
        "shop/waived": ("audited", "fair"),
        "shop/web": ("audited", "good"),
    }
    assert cards["shop/payments"]["states"] == {"SVC-1": "violated", "SVC-2": "compliant", "SVC-3": "not-assessed"}
    assert cards["shop/payments"]["findings"] == [
        {"rule": "SVC-1", "state": "violated", "why": "", "places": 1, "first": ["src/b.py:1:1"]}
    ]
    assert (cards["shop/payments"]["share_compliant"], cards["shop/payments"]["share_assessed"]) == (50.0, 66.7)
    assert cards["shop/waived"]["share_compliant"] == 50.0
    assert cards["shop/payments"]["not_assessed"] == {"the rule has no check": ["SVC-3"]}
    health = by(data["rules"], "rule")
    assert [health["SVC-1"].get(key, 0) for key in ("applies", "assessed", "violated", "waived", "places")] == [
        *(3, 2, 1, 1, 1)
    ]
    assert health["SVC-2"]["never_fires"]
    assert data["owners"] == [
        {"owner": "@acme", "rules": 3, "assessed": 2, "violated": 1, "violations": 1, "waived": 1, "never_fires": 1}
    ]
    assert [(one["repository"], one["in_force"]) for one in data["waivers"]] == [("shop/waived", True)]
    assert [(one["name"], one["repositories"]) for one in data["levels"]] == [("good", 1), ("fair", 2), ("", 0)]


def test_a_second_run_writes_the_same_bytes_and_reads_nothing(codex: Path, people: People) -> None:
    for name in ("json", "csv", "html", "text"):
        first, second = (audit(codex, "--format", name) for _ in range(2))
        assert first.out == second.out
        assert "repositories read: 0; unchanged since their last audit: 4" in second.err


def test_an_expired_waiver_that_is_violated_is_contested(codex: Path, people: People) -> None:
    audit(codex)
    health = by(report(codex, day="2026-12-01")["rules"], "rule")["SVC-1"]
    assert (health["violated"], health.get("waived", 0), health["contested"]) == (2, 0, 1)


def test_a_waiver_for_a_rule_that_does_not_exist_is_not_in_force(codex: Path, people: People) -> None:
    people.add("shop/typo", {**PYTHON, ".engineering-codex.yaml": WAIVER.replace("SVC-1", "SVC-9")})
    waiver = by(report(codex)["waivers"], "repository")["shop/typo"]
    problem = "the waiver for SVC-9 has no effect: no rule for this repository has this id; correct `rule`, or remove the waiver"
    assert (waiver["in_force"], waiver["problem"]) == (False, problem)
    assert f"waiver: shop/typo: {problem} (@team): =1+1\n" in audit(codex).out
    assert problem in audit(codex, "--format", "html").out


def test_a_linter_that_failed_is_listed_and_counts_as_a_failure(codex: Path, people: People, tmp_path: Path) -> None:
    page = STANDARD + "\n### Defaults SHOULD be fixed (SVC-4)\n\n**Why:** r.\n\n**Check:**\n\n"
    (codex / "standards" / "services.md").write_text(page + "```yaml check\nlinter: ruff\nrules: [B006]\n```\n")
    saved = tmp_path / "results" / "shop" / "web" / "ruff.sarif"
    saved.parent.mkdir(parents=True)
    run = {"tool": {"driver": {"name": "ruff"}}, "invocations": [{"executionSuccessful": False}], "results": []}
    saved.write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    assert codexc("build", "--out", tmp_path / "bundle", cwd=codex).code == 0
    options = (str(tmp_path / "bundle"), "--results", str(tmp_path / "results"), "--only", "shop/web")
    assert "error: shop/web: SVC-4: ruff did not succeed" in audit(codex, *options).out
    assert "ruff did not succeed" in audit(codex, *options, "--format", "html").out
    audit(codex, *options, "--fail-on", "error", code=1)
    audit(codex, *options, "--fail-on", "never")


def test_answers_in_saved_reviews_are_counted_once_for_each_rule(codex: Path, people: People, tmp_path: Path) -> None:
    folder = tmp_path / "reviews" / "shop" / "payments"
    folder.mkdir(parents=True)
    declined = {"kind": "won't fix", "counts": True, "id": "SVC-1", "fingerprint": "a" * 64}
    refused = {**declined, "counts": False, "fingerprint": "b" * 64}
    saved: dict[str, Any] = {"decision": "approve", "head": "1" * 40, "findings": [], "answers": [declined, refused]}
    glass = {**saved, "decision": "overridden", "findings": [{"id": "SVC-2", "blocks": True}]}
    for name, data in {"1": saved, "1-again": saved, "2": glass}.items():
        (folder / f"{name}.json").write_text(json.dumps(data))
    (folder / "bad.json").write_text('{"decision": 3}')
    (folder / "deep.json").write_text("[" * 100_000)
    done = audit(codex, "--format", "json", "--reviews", str(tmp_path / "reviews"))
    data = json.loads(done.out)
    health = by(data["rules"], "rule")
    assert health["SVC-1"]["reviews"] == {"declined": 1, "overridden": 0}
    assert health["SVC-2"]["reviews"] == {"declined": 0, "overridden": 1}
    assert "reviews" not in health["SVC-3"]
    assert [note for note in data["notes"] if "not the output" in note] == [
        f"shop/payments: {name}.json is not the output of `codexc review --format json`" for name in ("bad", "deep")
    ]
    text = audit(codex, "--reviews", str(tmp_path / "reviews")).out
    assert "SVC-1 in reviews: 1 declined (`won't fix`), 0 overridden (`break glass`)" in text


def test_a_violation_that_was_merged_after_an_audit_is_counted_until_it_is_fixed(codex: Path, people: People) -> None:
    assert by(report(codex)["rules"], "rule")["SVC-1"]["merged"] == 0
    people.commit("shop/web", {"src/b.py": "print(2)\n"})
    for _ in range(2):
        assert by(report(codex)["rules"], "rule")["SVC-1"]["merged"] == 1
    people.commit("shop/web", {"src/b.py": "x = 2\n"})
    assert by(report(codex)["rules"], "rule")["SVC-1"]["merged"] == 0


def test_a_campaign_records_its_open_violations_by_day(codex: Path, people: People) -> None:
    people.commit("shop/web", {"src/b.py": "print(2)\n"})
    first = by(report(codex, day="2026-11-01")["campaigns"], "name")
    assert {name: (one["progress"], one["open"]) for name, one in first.items()} == {
        "no prints": ("on track", 3),
        "only web": ("on track", 1),
    }
    people.commit("shop/payments", {".engineering-codex.lock": "{"})
    people.commit("shop/web", {"src/b.py": "x = 2\n"})
    failed = by(report(codex, day="2026-11-10", code=1)["campaigns"], "name")["no prints"]
    assert failed["burn_down"] == [{"day": "2026-11-01", "open": 3}, {"day": "2026-11-10", "open": 2}]
    people.commit("shop/payments", {".engineering-codex.lock": None})
    last = by(report(codex, day="2026-12-30")["campaigns"], "name")
    assert {name: one["progress"] for name, one in last.items()} == {"no prints": "behind", "only web": "done"}
    assert by(report(codex, day="2027-01-01")["campaigns"], "name")["no prints"]["progress"] == "late"


def test_a_part_of_the_fleet_is_no_day_of_a_campaign(codex: Path, people: People) -> None:
    audit(codex, "--only", "shop/web", day="2026-11-01")
    assert [one["day"] for one in report(codex)["campaigns"][0]["burn_down"]] == ["2026-11-24"]


def test_a_failed_repository_is_exit_code_1_and_the_others_are_audited(codex: Path, people: People) -> None:
    people.add("shop/broken", {".engineering-codex.yaml": "waivers: {\n"})
    run = audit(codex, code=1)
    assert "failed: shop/broken: .engineering-codex.yaml:1:10: invalid YAML" in run.out
    assert "5 repositories: 3 audited, 1 skipped, 1 failed" in run.out


@pytest.mark.parametrize("name", [".engineering-codex.yaml", ".engineering-codex.lock"])
def test_a_file_of_codexc_that_is_too_large_is_not_taken_for_a_missing_one(
    name: str, codex: Path, people: People
) -> None:
    people.add("shop/large", {**PYTHON, name: "# " + "x" * MAX_FILE + "\n"})
    run = audit(codex, code=1)
    assert f"failed: shop/large: `{name}` cannot be read, or is larger than 4,194,304 bytes; make it smaller" in run.out
    assert "5 repositories: 3 audited, 1 skipped, 1 failed" in run.out


def test_violations_fail_a_run_only_if_asked(codex: Path, people: People) -> None:
    audit(codex, "--fail-on", "never")
    audit(codex, "--fail-on", "error", code=1)


def test_names_and_texts_of_repositories_are_inert(codex: Path, people: People) -> None:
    path = "src/=cmd|' <script>.py"
    people.commit("shop/payments", {path: "print(1)\n"})
    rows = list(csv.DictReader(io.StringIO(audit(codex, "--format", "csv").out)))
    assert len(rows) == 9
    waived = next(row for row in rows if (row["repository"], row["rule"]) == ("shop/waived", "SVC-1"))
    assert (waived["state"], waived["places"], waived["blocking"]) == ("waived", "1", "yes")
    assert not any(value.startswith(("=", "+", "@", "-")) for row in rows for value in row.values())
    page = Page()
    page.feed(audit(codex, "--format", "html").out)
    assert page.tags & {"script", "iframe", "img"} == set()
    assert page.events == []
    assert page.open == []
    assert any(path in cell for row in page.rows for cell in row)


def test_rules_that_do_not_exist_in_a_campaign_are_reported(codex: Path, people: People) -> None:
    settings = codex / "standards" / "codex.yaml"
    settings.write_text(
        settings.read_text().replace("rules: [SVC-1], until: 2026-12-31}", "rules: [SVC-9], until: 2026-12-31}")
    )
    out = audit(codex).out
    assert "note: the campaign `no prints` contains `SVC-9`, which is not in this codex" in out
    assert "campaign no prints until 2026-12-31: not assessed" in out


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit")
def test_an_audit_of_a_fleet_on_disk_limits_its_address_space(
    codex: Path, people: People, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    seen = []

    def audited(*arguments: Any) -> AuditRecord:
        seen.append(resource.getrlimit(resource.RLIMIT_AS)[0])
        return real(*arguments)

    real = rollout._audited
    monkeypatch.setattr(rollout, "_audited", audited)
    monkeypatch.chdir(codex)
    before = resource.getrlimit(resource.RLIMIT_AS)
    with (codex / "standards" / "codex.yaml").open("a") as file:
        file.write("sync: {worker_memory: 3000}\n")
    assert main(["sync", "audit", "--quiet"]) == 0, capsys.readouterr().err
    assert seen == [3000 << 20] * 4
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_an_unchanged_audit_loads_nothing_that_reads_builds_or_releases_standards(codex: Path, people: People) -> None:
    assert sync(codex, "audit").code in (0, 1)
    names = imported_by("sync", "audit", cwd=codex)
    assert "codex.rollout.audit" in names
    needless = {"compile.describe", "compile.references", "source.body", "source.levels", "release.classify"}
    assert {f"skills_build.{name}" for name in needless} & names == set()
    assert {"codex.workflow.build", "codex.workflow.check", "codex.workflow.release"} & names == set()
