"""`codexc sync` as people and pipelines call it: a released codex, a fleet on disk, the real program."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from codex.rollout.configuration import load_fleet
from codex.shell.journal import Journal
from codex.sync.lock import blob_id
from codex.workflow.codex_folder import SourceOptions, open_codex
from tests.support.attacker import Forgery, forge
from tests.support.fleet import PYTHON, People, git, state
from tests.support.running import Run, codexc

FLEET = """
catalog: {kind: folder, path: ../../fleet}
forge: {kind: local, root: ../../fleet}
waves:
  - {name: pilots, names: ["shop/payments"]}
  - {name: all, percent: 100}
"""


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    """A codex that was released once."""
    folder = tmp_path / "codex"
    created = codexc("init", folder, "--owner", "@team", "--namespace", "acme")
    assert created.code == 0, created.err
    with (folder / "standards" / "codex.yaml").open("a") as file:
        file.write(FLEET)
    assert codexc("build", cwd=folder).code == 0
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for key, value in (("user.name", "CI"), ("user.email", "ci@example.com")):
        git(folder, "config", key, value)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Start")
    released = codexc("release", "--tag", cwd=folder)
    assert released.code == 0, released.err
    return folder


@pytest.fixture
def people(tmp_path: Path) -> People:
    root = tmp_path / "fleet"
    root.mkdir()
    fleet = People(root)
    fleet.add("shop/payments", PYTHON)
    fleet.add("shop/web", {"package.json": '{"name": "web"}\n', "a.ts": "export {};\n"})
    fleet.add("legacy/old", {".engineering-codex.yaml": "opt_out: {reason: frozen}\n"})
    return fleet


def sync(codex: Path, *arguments: str | Path) -> Run:
    return codexc("sync", *arguments, cwd=codex)


def outcomes(run: Run) -> dict[str, str]:
    return {row["repository"]: row["outcome"] for row in map(json.loads, run.out.splitlines())}


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
    assert "     add AGENTS.md\n" not in run.out
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
    assert "  deletes 1 file, which the merge request lists\n" in explained
    assert f"  delete {gone}\n" in explained
    assert sync(codex, "apply", *only).code == 0
    assert f"### Deletes 1 file\n\n- `{gone}`\n" in people.requests("shop/payments")[1]["body"]


def test_explain_shows_the_grade_of_our_branch(codex: Path, people: People) -> None:
    assert sync(codex, "apply").code == 0
    assert "exactly what codexc would write\n" in sync(codex, "explain", "shop/payments").out
    forge(people.root / "shop/payments.git", Forgery(edits={"x": ("100644", b"x")}))
    assert "untouched, but not what codexc would write now\n" in sync(codex, "explain", "shop/payments").out
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


def test_a_saved_plan_is_applied_exactly(codex: Path, people: People, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    assert sync(codex, "plan", "--out", saved).code == 0
    people.commit("shop/web", {"b.ts": "export {};\n"})
    applied = sync(codex, "apply", "--plan", saved, "--format", "jsonl")
    assert applied.code == 1
    assert outcomes(applied) == {"legacy/old": "opted-out", "shop/payments": "opened", "shop/web": "raced"}
    assert people.tip("shop/web") is None
    anew = sync(codex, "apply", "--plan", saved, "--replan", "--format", "jsonl")
    assert (anew.code, outcomes(anew)["shop/web"]) == (0, "opened")


@pytest.fixture
def saved(codex: Path, people: People, tmp_path: Path) -> Path:
    """A plan of the whole fleet."""
    path = tmp_path / "plan.json"
    assert sync(codex, "plan", "--out", path).code == 0
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[: len(text) // 2], "is not a plan: Input data was truncated"),
        (lambda _: "", "is not a plan: "),
        (lambda _: "{}", "is not a plan: Object missing required field `codex`"),
        (
            lambda text: text.replace("plan:1", "plan:2"),
            "is not a plan: its `$schema` is not `urn:codexc:schema:plan:1`",
        ),
        (lambda text: text.replace('["commit","open"]', "5"), "is not a plan: Expected `array`, got `int`"),
        (lambda text: text.replace('["commit","open"]', '["merge"]'), "is not a plan: Invalid enum value 'merge'"),
        (lambda text: text.replace("shop/web", "shop/payments"), "is not a plan: it lists `shop/payments` twice"),
        (lambda text: text.replace('"acme"', '"other"'), "is a plan of other 1.0.0, and this is acme 1.0.0"),
        (lambda text: text.replace('"tree": "', '"tree": "0'), "is a plan of another bundle of acme 1.0.0"),
    ],
)
def test_only_a_plan_of_this_codex_can_be_applied(
    codex: Path, people: People, saved: Path, change: Callable[[str], str], message: str
) -> None:
    text = saved.read_text()
    saved.write_text(change(text))
    assert saved.read_text() != text
    before = state(people)
    run = sync(codex, "apply", "--plan", saved)
    assert (run.code, message in run.err, "= help: " in run.err) == (2, True, True), run.err
    assert state(people) == before


def test_an_edited_plan_is_refused_for_the_edited_repository(codex: Path, people: People, saved: Path) -> None:
    data = json.loads(saved.read_text())
    planned = {row["id"]: row for row in data["repositories"]}
    planned["shop/payments"]["digest"] = "0" * 64
    saved.write_text(json.dumps(data))
    run = sync(codex, "apply", "--plan", saved)
    assert run.code == 1
    assert (
        "raced            shop/payments  the decision differs from the plan: plan again, or use --replan\n" in run.out
    )
    assert (people.tip("shop/payments"), len(people.requests("shop/web"))) == (None, 1)


def test_a_plan_for_other_settings_is_refused_unless_it_is_replanned(codex: Path, people: People, saved: Path) -> None:
    with (codex / "standards" / "codex.yaml").open("a") as file:
        file.write("sync: {draft: true}\n")
    before = state(people)
    run = sync(codex, "apply", "--plan", saved)
    assert (run.code, "codex.yaml or codexc has changed since" in run.err) == (2, True)
    assert state(people) == before
    assert sync(codex, "apply", "--plan", saved, "--replan").code == 0
    assert people.requests("shop/web")[0]["draft"] is True


def test_a_planned_repository_that_is_gone_is_reported(codex: Path, people: People, saved: Path) -> None:
    (people.root / "shop" / "web.git").rename(people.root / "shop" / "site.git")
    run = sync(codex, "apply", "--plan", saved)
    assert run.code == 1
    assert "raced            shop/web       it is no longer in the catalog: plan again\n" in run.out
    assert "shop/site" not in run.out
    assert sync(codex, "apply", "--plan", saved, "--only", "payments").code == 0


def test_a_plan_is_applied_once_however_often_it_is_applied(codex: Path, people: People, saved: Path) -> None:
    assert sync(codex, "apply", "--plan", saved).code == 0
    before = state(people)
    again = sync(codex, "apply", "--plan", saved, "--format", "jsonl")
    assert (again.code, outcomes(again)["shop/web"]) == (0, "open")
    elsewhere = sync(codex, "apply", "--plan", saved, "--journal", saved.with_name("journal.jsonl"))
    assert elsewhere.code == 0
    assert state(people) == before


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


def test_a_plan_instead_of_a_bundle_is_reported(codex: Path, tmp_path: Path) -> None:
    run = sync(codex, "apply", "plan.json")
    assert (run.code, run.out) == (2, "")
    assert "to apply a saved plan, use `--plan plan.json`" in run.err


HOSTILE = 'opt_out: {reason: "a | b\\n<script>\\e[2J [x](http://evil.example) *c*"}\n'


def test_text_of_a_repository_controls_neither_terminal_nor_page(codex: Path, people: People) -> None:
    people.add("shop/hostile", {".engineering-codex.yaml": HOSTILE})
    message = "a | b <script><U+001B>[2J [x](http://evil.example) *c*"
    only = ("--only", "hostile")
    assert sync(codex, "plan", *only).out == f"opted-out        shop/hostile  {message}\n"
    assert sync(codex, "explain", "hostile").out.startswith(f"shop/hostile: opted-out (row 2): {message}\n")
    rows = sync(codex, "apply", *only, "--format", "markdown").out.splitlines()[4:]
    assert rows == [
        "| repository | outcome | reason |",
        "| --- | --- | --- |",
        "| shop/hostile | opted-out | a \\| b &lt;script>&lt;U+001B>\\[2J \\[x\\](`http://evil.example)` \\*c\\* |",
    ]
    assert json.loads(sync(codex, "plan", *only, "--format", "jsonl").out)["reason"] == (
        "a | b <script>\x1b[2J [x](http://evil.example) *c*"
    )


def test_a_failed_repository_is_exit_code_1_and_the_others_are_done(codex: Path, people: People) -> None:
    people.add("shop/broken", {".engineering-codex.lock": "{"})
    run = sync(codex, "apply", "--format", "jsonl")
    assert run.code == 1
    assert outcomes(run) == {
        "legacy/old": "opted-out",
        "shop/broken": "failed",
        "shop/payments": "opened",
        "shop/web": "opened",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("forge: {kind: local, root: ../../fleet}\n", ""), "codex.yaml has no `forge`"),
        (("path: ../../fleet}", "path: ../nowhere}"), "is not a folder"),
        (("kind: folder", "kind: foldr"), "codex.yaml has errors"),
    ],
)
def test_missing_configuration_is_reported(codex: Path, people: People, change: tuple[str, str], message: str) -> None:
    settings = codex / "standards" / "codex.yaml"
    settings.write_text(settings.read_text().replace(*change))
    run = sync(codex, "plan")
    assert run.code == 2
    assert message in run.err


def test_a_glob_that_selects_nothing_is_reported(codex: Path, people: People) -> None:
    partly = sync(codex, "plan", "--only", "shop/pay*", "--only", "nothing", "--format", "jsonl")
    assert outcomes(partly) == {"shop/payments": "opened"}
    assert "`--only nothing` matches no repository" in partly.err
    invalid = sync(codex, "plan", "--only", "pay{a")
    assert (invalid.code, "the glob `pay{a` of `--only` is invalid: `{` is never closed" in invalid.err) == (2, True)
    settings = codex / "standards" / "codex.yaml"
    text = settings.read_text().replace('["shop/payments"]', '["shop/*", "gone/**"]')
    settings.write_text(text.replace("path: ../../fleet}", 'path: ../../fleet, select: {exclude: ["old/*"]}}'))
    noted = sync(codex, "plan")
    assert "note: `gone/**` in wave `pilots` matches no repository" in noted.err
    assert "note: `old/*` matches no repository of the catalog" in noted.err


def test_repositories_by_name_and_from_an_inventory(codex: Path, people: People) -> None:
    only = sync(codex, "plan", "--only", "pay*", "--format", "jsonl")
    assert outcomes(only) == {"shop/payments": "opened"}
    unknown = sync(codex, "plan", "--only", "nothing")
    assert (unknown.code, "no repository matches `nothing`" in unknown.err) == (2, True)
    listed = codex / "standards" / "repositories.yaml"
    address = "https://git.example.com"
    listed.write_text(f"repositories:\n  - {address}/shop/web\n  - {{url: {address}/shop/payments, owner: '@pay'}}\n")
    settings = codex / "standards" / "codex.yaml"
    text = settings.read_text().replace(
        "{kind: folder, path: ../../fleet}", "{kind: inventory, path: repositories.yaml}"
    )
    settings.write_text(text)
    assert outcomes(sync(codex, "plan", "--format", "jsonl")) == {"shop/web": "opened", "shop/payments": "opened"}
    listed.write_text(f"repositories:\n  - {{url: {address}/shop/web, ownr: x}}\n")
    wrong = sync(codex, "plan")
    assert wrong.code == 2
    assert "repositories.yaml:2:" in wrong.err


def test_without_a_release_there_is_nothing_to_sync(tmp_path: Path, people: People) -> None:
    folder = tmp_path / "new"
    assert codexc("init", folder, "--owner", "@team", "--namespace", "acme").code == 0
    with (folder / "standards" / "codex.yaml").open("a") as file:
        file.write(FLEET)
    run = sync(folder, "plan")
    assert run.code == 2
    assert "there is no release yet" in run.err


def test_shards_have_journals_of_their_own_and_one_status(codex: Path, people: People, tmp_path: Path) -> None:
    all_outcomes: dict[str, str] = {}
    for part in (1, 2):
        run = sync(codex, "apply", "--shard", f"{part}/2", "--format", "jsonl")
        assert run.code == 0, run.err
        assert not all_outcomes.keys() & outcomes(run).keys()
        all_outcomes |= outcomes(run)
    assert all_outcomes == {"legacy/old": "opted-out", "shop/payments": "opened", "shop/web": "opened"}
    assert sorted(path.name for path in (codex / "build" / "sync").glob("*.jsonl")) == [
        "journal-1-of-2.jsonl",
        "journal-2-of-2.jsonl",
    ]
    assert outcomes(sync(codex, "status", "--format", "jsonl")) == {
        "legacy/old": "opted-out",
        "shop/payments": "open",
        "shop/web": "open",
    }
    assert sync(codex, "plan", "--shard", "3/2").code == 2
    page = tmp_path / "fleet.html"
    assert sync(codex, "status", "--html", page).code == 0
    assert '<th scope="row">1.0.0</th><td class="number">0</td><td class="number">2</td>' in page.read_text()
    assert "| 1.0.0 | open | 2 |" in sync(codex, "status", "--format", "markdown").out


def test_one_run_at_a_time_uses_a_journal_and_status_still_reads_it(codex: Path, people: People) -> None:
    assert sync(codex, "apply", "-q").code == 0
    journal = Journal(codex / "build" / "sync" / "journal.jsonl")
    second = sync(codex, "apply")
    assert second.code == 2
    assert re.match(
        r"error: another sync is running \(`.*journal\.jsonl`\)\n  = help: wait for it to finish, or", second.err
    )
    assert sync(codex, "status").code == 0
    journal.close()
    assert sync(codex, "apply").code == 0


@pytest.mark.parametrize(("until", "code"), [("2020-01-01T06:00", 4), ("2h", 0), ("soon", 2), ("25:00", 2)])
def test_until(codex: Path, people: People, until: str, code: int) -> None:
    run = sync(codex, "apply", "--until", until, "--format", "jsonl")
    assert run.code == code
    if code == 4:
        assert set(outcomes(run).values()) == {"queued"}
        assert people.tip("shop/web") is None


def test_the_doctor_finds_problems(codex: Path, people: People) -> None:
    run = sync(codex, "doctor", "--format", "jsonl")
    assert run.code == 0, run.out
    rows = {row["name"]: row for row in map(json.loads, run.out.splitlines())}
    assert list(rows) == ["settings", "release", "catalog", "waves", "host", "token", "reading"]
    assert rows["catalog"]["found"] == "3 repositories"
    assert " 1.0.0, " in rows["release"]["found"]
    settings = codex / "standards" / "codex.yaml"
    settings.write_text(settings.read_text().replace("root: ../../fleet", "root: ../../nowhere"))
    wrong = sync(codex, "doctor")
    assert wrong.code == 1
    assert "no settings" in wrong.out
    assert "help: set `forge.root` to the folder of the bare repositories" in wrong.out
    settings.write_text(settings.read_text().replace("forge:", "forgery:"))
    broken = sync(codex, "doctor")
    assert (broken.code, "no settings" in broken.out) == (1, True)
