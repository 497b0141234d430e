"""plan, apply, explain and the settings that they follow."""

import json
from pathlib import Path

import pytest

from codex.rollout.configuration import load_fleet
from codex.sync.lock import blob_id
from codex.workflow.codex_folder import SourceOptions, open_codex
from tests.support.attacker import Forgery, forge
from tests.support.fleet import People
from tests.support.sync_command import outcomes, sync


def test_plan_apply_and_a_last_run(codex: Path, people: People) -> None:
    planned = sync(codex, "plan", "--diff")
    assert planned.code == 0, planned.err
    assert "opened           shop/payments  new content\n" in planned.out
    assert "+++ b/shop/payments/AGENTS.md\n" in planned.out
    assert planned.err == (
        "3 repositories: 1 opted-out, 2 opened\ndry run: nothing was written; run `codexc sync apply` to apply it\n"
    )
    assert people.requests("shop/payments") == []
    assert sync(codex, "check", "-q").code == 1
    applied = sync(codex, "apply", "--format", "jsonl")
    assert applied.code == 0, applied.err
    assert outcomes(applied) == {"legacy/old": "opted-out", "shop/payments": "opened", "shop/web": "opened"}
    again = sync(codex, "apply", "--format", "jsonl")
    assert outcomes(again) == {"legacy/old": "opted-out", "shop/payments": "open", "shop/web": "open"}
    assert all(json.loads(line)["from_journal"] for line in again.out.splitlines() if "legacy" not in line)
    for path in ("shop/payments", "shop/web"):
        people.merge(path)
    assert "2 merged" in sync(codex, "apply").err
    checked = sync(codex, "check", "--format", "markdown")
    assert checked.code == 0
    assert "3 repositories: 1 opted-out, 2 in-sync." in checked.out


def test_explain_shows_the_row_the_request_and_the_files(codex: Path, people: People) -> None:
    run = sync(codex, "explain", "shop/payments")
    assert run.code == 0, run.err
    assert run.out.startswith("shop/payments: opened (row 15): new content\n  default branch main at ")
    assert "  add AGENTS.md\n" not in run.out
    assert "  update AGENTS.md\n" in run.out
    assert "### If something is wrong" in run.out


def test_a_plan_names_what_would_be_deleted(codex: Path, people: People, tmp_path: Path) -> None:
    gone, text = ".agents/skills/acme-old/SKILL.md", "An older release wrote this.\n"
    assert sync(codex, "apply").code == 0
    people.merge("shop/payments")
    lock = json.loads(people.show("shop/payments", ".engineering-codex.lock"))
    lock["files"][gone] = {"blob": blob_id(text.encode()), "mode": "100644"}
    people.commit("shop/payments", {gone: text, ".engineering-codex.lock": json.dumps(lock)})
    only = ("--only", "payments")
    planned = sync(codex, "plan", *only, "--out", tmp_path / "plan.json")
    assert f"deletes 1 file: {gone}\n" in planned.out
    (saved,) = json.loads((tmp_path / "plan.json").read_text())["repositories"]
    assert saved["deletions"] == [gone]
    assert json.loads(sync(codex, "plan", *only, "--format", "jsonl").out)["deletions"] == [gone]
    assert f"deletes 1 file: {gone}" in sync(codex, "plan", *only, "--format", "markdown").out
    explained = sync(codex, "explain", "shop/payments").out
    assert "  deletes 1 file; see the merge request\n" in explained
    assert f"  delete {gone}\n" in explained
    assert sync(codex, "apply", *only).code == 0
    assert f"### Deletes 1 file\n\n- `{gone}`\n" in people.requests("shop/payments")[1]["body"]


def test_explain_shows_the_grade_of_our_branch(codex: Path, people: People) -> None:
    assert sync(codex, "apply").code == 0
    assert "identical to what codexc would write\n" in sync(codex, "explain", "shop/payments").out
    forge(people.root / "shop/payments.git", Forgery(edits={"x": ("100644", b"x")}))
    assert "not edited, but different from what codexc would write now\n" in sync(codex, "explain", "shop/payments").out
    people.commit("shop/payments", {"y": "y\n"}, "codex/sync")
    assert "touched by others\n" in sync(codex, "explain", "shop/payments").out


@pytest.mark.parametrize(
    ("value", "merges"), [("true", (True, False)), ("without-approval", (True, True)), ("false", (False, False))]
)
def test_auto_merge_in_codex_yaml(codex: Path, people: People, value: str, merges: tuple[bool, bool]) -> None:
    config = codex / "standards" / "codex.yaml"
    config.write_text(f"{config.read_text()}sync: {{auto_merge: {value}}}\n")
    policy = load_fleet(open_codex(SourceOptions(root=codex / "standards"))).policy
    assert (policy.auto_merge, policy.without_approval) == merges
    config.write_text(config.read_text().replace(value, "always"))
    refused = sync(codex, "plan")
    assert refused.code == 2
    assert "has errors" in refused.err


def test_waves_and_budgets_queue_the_rest(codex: Path, people: People) -> None:
    first = sync(codex, "apply", "--wave", "pilots", "--format", "jsonl")
    assert first.code == 4
    assert outcomes(first) == {"legacy/old": "opted-out", "shop/payments": "opened", "shop/web": "queued"}
    none = sync(codex, "apply", "--max-writes", "0", "--format", "jsonl")
    assert (none.code, outcomes(none)["shop/web"]) == (4, "queued")
    rest = sync(codex, "apply", "--wave", "all", "--format", "jsonl")
    assert (rest.code, outcomes(rest)["shop/web"]) == (0, "opened")
    unknown = sync(codex, "apply", "--wave", "nobody")
    assert unknown.code == 2
    assert "known waves: pilots, all" in unknown.err


def test_status_makes_no_requests_and_close_leaves_branches_of_others_alone(codex: Path, people: People) -> None:
    sync(codex, "apply", "-q")
    people.commit("shop/web", {"b.ts": "export {};\n"}, "codex/sync")
    shown = sync(codex, "status")
    assert "1.0.0        open                        2\n" in shown.out
    assert "open: shop/payments shop/payments!1\n" in shown.out
    dry = sync(codex, "close", "--reason", "We start over", "--dry-run")
    assert "would close  shop/payments" in dry.out
    assert people.requests("shop/payments")[0]["state"] == "open"
    closed = sync(codex, "close", "--reason", "We start over")
    assert "closed       shop/payments shop/payments!1\n" in closed.out
    assert "left alone   shop/web shop/web!1\n" in closed.out
    request = people.requests("shop/payments")[0]
    assert (request["state"], request["notes"]) == ("closed", ["We start over"])
    assert people.tip("shop/payments") is None
    assert people.tip("shop/web") is not None
