"""A saved plan is applied exactly, or refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.support.fleet import People, state
from tests.support.sync_command import outcomes, sync


def test_a_saved_plan_is_applied_exactly(codex: Path, people: People, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    assert sync(codex, "plan", "--out", saved).code == 0
    people.commit("shop/web", {"b.ts": "export {};\n"})
    applied = sync(codex, "apply", "--plan", saved, "--format", "jsonl")
    assert applied.code == 1
    assert outcomes(applied) == {"legacy/old": "opted-out", "shop/payments": "opened", "shop/web": "raced"}
    assert people.tip("shop/web") is None
    again = sync(codex, "apply", "--plan", saved, "--replan", "--format", "jsonl")
    assert (again.code, outcomes(again)["shop/web"]) == (0, "opened")


OTHERS: Final[tuple[tuple[Callable[[str], str], str], ...]] = (
    (lambda text: text[: len(text) // 2], "is not a plan: Input data was truncated"),
    (lambda _: "", "is not a plan: "),
    (lambda _: "{}", "is not a plan: Object missing required field `codex`"),
    (
        lambda text: text.replace("plan:1", "plan:2"),
        "is not a plan: `$schema` is not `urn:codexc:schema:plan:1`",
    ),
    (lambda text: text.replace('["commit","open"]', "5"), "is not a plan: Expected `array`, got `int`"),
    (lambda text: text.replace('["commit","open"]', '["merge"]'), "is not a plan: Invalid enum value 'merge'"),
    (lambda text: text.replace("shop/web", "shop/payments"), "is not a plan: the file lists `shop/payments` twice"),
    (lambda text: text.replace('"acme"', '"other"'), "is a plan for other 1.0.0, not for acme 1.0.0"),
    (lambda text: text.replace('"tree": "', '"tree": "0'), "is a plan for a different bundle of acme 1.0.0"),
)
"""What makes a plan another one, with the message that refuses it."""


def test_only_a_plan_of_this_codex_can_be_applied(codex: Path, people: People, saved: Path) -> None:
    text, before = saved.read_text(), state(people)
    for change, message in OTHERS:
        saved.write_text(change(text))
        assert saved.read_text() != text
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
        "raced            shop/payments  the decision differs from the plan: save a new plan, or use --replan\n"
        in run.out
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
    assert "raced            shop/web       the repository is no longer in the catalog: save a new plan\n" in run.out
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
