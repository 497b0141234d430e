"""What a run reports: hostile text, failures, missing configuration, globs."""

import json
from pathlib import Path

import pytest

from tests.support.fleet import People
from tests.support.running import codexc
from tests.support.sync_command import FLEET, outcomes, sync


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
    assert "`--only nothing` does not match any repository" in partly.err
    invalid = sync(codex, "plan", "--only", "pay{a")
    assert (invalid.code, "the glob `pay{a` of `--only` is invalid: `{` is never closed" in invalid.err) == (2, True)
    settings = codex / "standards" / "codex.yaml"
    text = settings.read_text().replace('["shop/payments"]', '["shop/*", "gone/**"]')
    settings.write_text(text.replace("path: ../../fleet}", 'path: ../../fleet, select: {exclude: ["old/*"]}}'))
    noted = sync(codex, "plan")
    assert "note: `gone/**` in wave `pilots` does not match any repository" in noted.err
    assert "note: `old/*` does not match any repository in the catalog" in noted.err


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
