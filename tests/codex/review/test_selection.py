"""Which rules a review selects by the changed lines, why, and what it says of the others."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from codex.audit.applied_rule import applied_rules
from codex.review.select import Relevant, relevant_rules
from skills_build.checks.base import ChangedFile, Commit
from skills_build.checks.patch import parse_patch
from skills_build.errors import CodexError
from skills_build.model.rules_file import Applicability, InstalledRule, InstalledStandard
from tests.support.reviewing import PRINT, put, repository, review, reviewed, rule

DIGEST = "0" * 64


def standard(
    selected_by: str | None, decided_by: Sequence[str] = ("diff",), scope: Applicability | None = None
) -> InstalledStandard:
    one = InstalledRule(
        id="SVC-1",
        level="MUST",
        status="approved",
        blocking=False,
        text="Code MUST NOT wait",
        selected_by=selected_by,
        decided_by=tuple(decided_by) or None,
        applies_to=scope,
        digest=DIGEST,
    )
    return InstalledStandard(id="SVC", title="Services", skill="a", source="a.md", rules=(one,))


def selected(one: InstalledStandard, *files: ChangedFile) -> Relevant | None:
    found = relevant_rules(applied_rules([one]), files)
    return found[0] if found and found[0].matched else None


def changed(path: str, *added: str, removed: tuple[str, ...] = (), context: tuple[str, ...] = ()) -> ChangedFile:
    rows = tuple(enumerate(added, start=7))
    around = tuple((0, text) for text in context)
    return ChangedFile(path=path, old=path, added=rows, removed=removed, context=around)


SLEEP = r"`\bsleep\(`"


@pytest.mark.parametrize(
    ("signals", "file", "because"),
    [
        (SLEEP, changed("a.py", "x = 1", "sleep(1)"), r"a.py:8 matches `\bsleep\(`"),
        ("new `s\\w+`", changed("a.py", "sleep(2)", removed=("sleep(1)",)), None),
        ("new `s\\w+`", changed("a.py", "sleep(2)", "stop()", removed=("sleep(1)",)), r"a.py:8 matches `s\w+`"),
        (r"`\Asleep`", changed("a.py", "sleep(1)"), None),
        (r"`\Asleep`", ChangedFile(path="a.py", old=None, added=((1, "sleep(1)"),)), r"a.py:1 matches `\Asleep`"),
        (SLEEP, changed("a.py", "# sleep(1)"), None),
        (SLEEP, changed("a.ts", "// sleep(1)", "sleep(1)"), r"a.ts:8 matches `\bsleep\(`"),
        (f"comment {SLEEP}", changed("a.py", "sleep(1)", "# sleep(1)"), r"a.py:8 matches `\bsleep\(`"),
        ("`sleep`", changed("a.ts", "import { sleep } from 'x'"), None),
        ("`sleep`", changed("a.py", "from x import sleep"), None),
        ("`sleep`", changed("a.py", "import sleep"), "a.py:7 matches `sleep`"),
        ("`sleep`", changed("A.java", "import x.sleep;"), None),
        ("`sleep`", changed("a.rs", "use x::{sleep};"), None),
        ("`sleep`", changed("a.ts", "import {", "  sleep,", "  wait,", "} from 'x'"), None),
        ("`sleep`", changed("a.ts", "  sleep,", "  wait,", "} from 'x'"), None),
        ("`sleep`", changed("a.ts", "import {", "  wait();", "  sleep();", "}"), "a.ts:9 matches `sleep`"),
        ("`sleep`", changed("a.ts", "call(", "  sleep,", ")"), "a.ts:8 matches `sleep`"),
        ("`sleep`", changed("a.py", "from x import (", "    sleep,", ")"), None),
        ("`sleep`", changed("a.py", "from x import (", "    wait,", ")", "sleep()"), "a.py:10 matches `sleep`"),
        ("`sleep`", changed("a.rs", "use x::{", "    y::{sleep, wait},", "};"), None),
        ("`sleep`", changed("a.rs", "use x::{", "    wait,", "};", "sleep();"), "a.rs:10 matches `sleep`"),
        ("new `(\\S+) v` with `mod`", changed("go.mod", "x.dev/a v1.2.0 // indirect"), None),
        ("new `(\\S+) v` with `mod`", changed("go.mod", "x.dev/a v1.2.0"), "go.mod:7 matches `(\\S+) v`"),
        ("`sleep`; outside tests", changed("tools/setup/action.yml", "run: sleep"), None),
        ("`sleep`", changed("package.json", '"sleep": "1"'), None),
        ("`sleep` with `package`", changed("package.json", '"sleep": "1"'), "package.json:7 matches `sleep`"),
        ("`sleep`; outside tests", changed(".github/workflows/a.yml", "sleep: 1"), None),
        (r"new `(\w+)==\d`", changed("requirements.txt", "a==2", removed=("a==1",)), None),
        (SLEEP, changed("a.py", "x = 1", context=("sleep(1)",)), None),
        (SLEEP, changed("a.py", "    sleep(1)", removed=("sleep(1)",)), None),
        (SLEEP, changed("a.prisma", "id    sleep(1)", removed=("id sleep(1)",)), None),
        (SLEEP, changed("a.md", "sleep(1)"), None),
        (SLEEP, changed("locales/de.json", '"sleep(1)"'), None),
        (SLEEP, ChangedFile(path="a.py", old="a.py", removed=("sleep(1)",), deleted=True), None),
        ("`sleep` with `async`", changed("a.py", "sleep(1)"), None),
        ("`sleep` with `async`", changed("a.py", "sleep(1)", context=("async def f():",)), "a.py:7 matches `sleep`"),
        ("`x`, `sleep`; outside tests", changed("a.py", "sleep(1)"), "a.py:7 matches `sleep`"),
        ("`sleep`; outside tests", changed("tests/a.py", "sleep(1)"), None),
        ("`sleep`; in tests", changed("a_test.go", "sleep(1)"), "a_test.go:7 matches `sleep`"),
        ("`sleep`; in tests", changed("a.go", "sleep(1)"), None),
        (r"`^\s*sleep$`", changed("a.py", "é = 1", "  sleep"), r"a.py:8 matches `^\s*sleep$`"),
        (SLEEP, changed("a.py", "x = 1  # sleep(1)"), None),
        (f"comment {SLEEP}", changed("a.py", "x = 1  # sleep(1)"), r"a.py:7 matches `\bsleep\(`"),
        (SLEEP, changed("a.py", "self.__sleep(1)"), r"a.py:7 matches `\bsleep\(`"),
        (SLEEP, changed("a.py", "no_sleep(1)"), None),
        (SLEEP, changed("a.py", "sleep(", "    1,", ")", removed=("sleep(1)",)), None),
        (SLEEP, changed("a.py", "sleep(1)", "sleep(1)", removed=("sleep(1)",)), r"a.py:8 matches `\bsleep\(`"),
        (r'new `"(/[^"]*)`', changed("a.py", '"/vets"', removed=('"/vets.json"',)), r'a.py:7 matches `"(/[^"]*)`'),
        ("fewer `sleep`", changed("a.py", "sleep(2)", removed=("sleep(1)",)), None),
        ("fewer `sleep`", changed("a.py", "x", removed=("sleep(1)",)), "a removed line of a.py matches `sleep`"),
        ("fewer `sleep` with `b`", changed("a.py", "x", removed=("sleep(1)",)), None),
    ],
)
def test_changed_lines_select_a_rule(signals: str, file: ChangedFile, because: str | None) -> None:
    found = selected(standard(signals), file)
    assert (found.because if found else None) == because


def test_a_deleted_file_has_fewer_matches_and_one_that_moves_has_not() -> None:
    gone = ChangedFile(path="test_a.py", old="test_a.py", removed=("sleep(1)",), deleted=True)
    one = standard("fewer `sleep`; in tests")
    assert selected(one, gone) is not None
    assert selected(one, gone, changed("test_b.py", "sleep(1)")) is None
    assert selected(one, gone, changed("b.py", "sleep(1)")) is not None


@pytest.mark.parametrize(
    ("signals", "others", "is_selected"),
    [
        (r"`\S` beside `\.sql$`", ["b.sql"], True),
        (r"`\S` beside `\.sql$`", ["b.py"], False),
        (r"`\S` beside `\.py$`", [], False),
        (r"`x` with `y` beside `^docs/`", ["docs/a.md"], True),
        (r"`x` with `z` beside `^docs/`", ["docs/a.md"], False),
        (r"removed `old` beside `^docs/`", ["docs/a.md"], True),
        (r"fewer `old` beside `^docs/`", ["docs/a.md"], True),
        (r"fewer `old` beside `^docs/`", ["src/a.md"], False),
    ],
)
def test_a_pattern_may_ask_for_another_changed_file(signals: str, others: list[str], is_selected: bool) -> None:
    file = changed("a.py", "x = y", removed=("old = 1",))
    rules = applied_rules([standard(signals)])
    found = relevant_rules(rules, [file, *(changed(path, "-") for path in others)])
    assert [one.files for one in found if one.matched] == ([("a.py",)] if is_selected else [])


def test_a_file_that_is_not_reviewed_is_beside_the_others() -> None:
    rules = list(applied_rules([standard(r"`\S` beside `\.lock$`")]))
    (found,) = relevant_rules(rules, [changed("a.toml", "x = 1")], left_out=["uv.lock"])
    assert found.matched and found.files == ("a.toml",)


@pytest.mark.parametrize("begin", ["mod tests {", "#[cfg(test)]", "    #[tokio::test]"])
def test_the_tests_of_a_module_in_rust_are_tests(begin: str) -> None:
    outside, inside, both = (standard(f"{SLEEP}{where}") for where in ("; outside tests", "; in tests", ""))
    code = ChangedFile(path="a.rs", old="a.rs", added=((5, "sleep(1)"),), context=((9, begin),))
    tests = ChangedFile(path="a.rs", old="a.rs", added=((12, "sleep(1)"),), context=((9, begin),))
    assert [bool(selected(one, code)) for one in (outside, inside, both)] == [True, False, True]
    assert [bool(selected(one, tests)) for one in (outside, inside, both)] == [False, True, True]
    (found,) = relevant_rules(
        applied_rules([both]),
        [ChangedFile(path="a.rs", old="a.rs", added=(*code.added, *tests.added), context=((9, begin),))],
    )
    assert found.files == ("a.rs",)


def test_a_call_that_is_wrapped_is_searched_as_one_line() -> None:
    one = standard(r"`get\(.*verify`")
    assert selected(one, changed("a.py", "get(", "    url,", "    verify=False,", ")")) is not None


def test_only_the_files_that_match_are_those_of_the_rule() -> None:
    files = (changed("a.py", "sleep(1)"), changed("b.py", "x"), changed("a.go", "sleep(1)"))
    found = selected(standard(SLEEP, scope=Applicability(languages=("python",))), *files)
    assert found is not None and (found.files, found.further) == (("a.py",), ("b.py",))


def test_paths_count_more_than_the_language_of_the_repository() -> None:
    cargo = standard(SLEEP, scope=Applicability(languages=("rust",), paths=("**/Cargo.toml",)))
    assert selected(cargo, changed("Cargo.toml", "sleep(1)")) is not None
    assert selected(cargo, changed("src/lib.rs", "sleep(1)")) is None


def test_a_new_script_has_the_language_of_its_first_line() -> None:
    shell = standard(SLEEP, scope=Applicability(languages=("shell",)))
    rows = ((1, "#!/bin/sh"), (2, "sleep(1)"))
    assert selected(shell, ChangedFile(path="bin/wait", old="bin/wait", added=rows)) is not None
    assert selected(shell, changed("bin/wait", "#!/bin/sh", "sleep(1)")) is None


def test_a_technology_that_no_name_proves_does_not_limit_the_lines() -> None:
    assert selected(standard(SLEEP, scope=Applicability(technologies=("postgresql",))), changed("a.py", "sleep(1)"))
    assert not selected(standard(SLEEP, scope=Applicability(technologies=("docker",))), changed("a.py", "sleep(1)"))


@pytest.mark.parametrize("deciders", [("organisation",), ("run time",), ("commit",), ("request text", "organisation")])
def test_what_a_review_does_not_show_selects_nothing(deciders: tuple[str, ...]) -> None:
    assert not relevant_rules(applied_rules([standard(SLEEP, deciders)]), [changed("a.py", "sleep(1)")])
    assert not relevant_rules(applied_rules([standard(None, deciders)]), [changed("a.py", "sleep(1)")])


def test_signals_that_cannot_be_read_are_an_error() -> None:
    with pytest.raises(CodexError, match="the `Selected by` label of `SVC-1` cannot be read"):
        list(applied_rules([standard("`(`")]))


def test_the_message_of_a_commit_selects_a_rule() -> None:
    rules = applied_rules([standard(r"message `^fix` with `\.py$`")])
    files = [changed("a.py", "x"), changed("b.go", "x")]
    (found,) = relevant_rules(rules, files, [Commit(id="", message="fix: wait")])
    assert (found.files, found.because) == (("a.py",), "a commit message matches `^fix`")


def test_the_subject_of_a_mailed_patch_is_decoded() -> None:
    mail = "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n{}\n\n---\n"
    patch = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -0,0 +1 @@\n+x = 1\n"
    for subject, message in (
        ("Subject: [PATCH] =?UTF-8?q?=F0=9F=90=9B=20Fix=20it?=", "\U0001f41b Fix it"),
        ("Subject: [PATCH] =?UTF-8?q?Fix=20?=\n =?UTF-8?q?it?=", "Fix it"),
        ("Subject: [PATCH] =?nonsense?q?Fix?= it", "=?nonsense?q?Fix?= it"),
        ("Subject: [PATCH] Fix it\n\nIt failed:\n\n    Traceback", "Fix it\n\nIt failed:\n\n    Traceback"),
    ):
        (commit,) = parse_patch(mail.format(subject) + patch).commits
        assert commit.message == message


def test_the_heading_of_a_hunk_is_shown_with_it() -> None:
    patch = parse_patch("--- a/a.py\n+++ b/a.py\n@@ -5,0 +5,1 @@ async def f():\n+    sleep(1)\n")
    assert selected(standard("`sleep` with `async`"), *patch.files)


CALL = "**Selected by:** `call`\n\n"


def test_what_is_passed_over_is_counted_and_can_be_selected(tmp_path: Path) -> None:
    root = repository(
        tmp_path, [rule(1, "judgement: true", labels="**Selected by:** `print`\n\n"), rule(2, labels=CALL)]
    )
    put(root, "src/b.py", "print(1)\n")
    data = reviewed(root)
    assert [(one["id"], one["because"]) for one in data["rules"]] == [("SVC-1", "src/b.py:1 matches `print`")]
    assert data["passed_over"] == ["SVC-2"]
    assert "1 not selected (select them with --all-rules)" in review(root).out
    packet = json.loads(review(root, "--packet", "2000").out)
    assert [one["id"] for one in packet["rules"]] == ["SVC-1"]
    assert [id_ for id_, _ in packet["others"]] == ["SVC-2"] and packet["cuts"] == []
    every = reviewed(root, "--all-rules")
    assert ([one["id"] for one in every["rules"]], every["passed_over"]) == (["SVC-1", "SVC-2"], [])
    assert every["rules"][1]["files"] == ["src/b.py"]


def test_a_violation_selects_its_rule_and_comes_first(tmp_path: Path) -> None:
    rules = [rule(1, labels="**Selected by:** `print`\n\n"), rule(2, PRINT, labels=CALL)]
    root = repository(tmp_path, rules)
    put(root, "src/b.py", "print(1)\n")
    data = reviewed(root)
    assert [(one["id"], one["because"]) for one in data["rules"]] == [
        ("SVC-2", "a check found a violation"),
        ("SVC-1", "src/b.py:1 matches `print`"),
    ]


def test_a_packet_names_rules_that_only_a_missing_linter_checks(tmp_path: Path) -> None:
    rules = [rule(1, "linter: ruff\nrules: [T201]", labels="**Selected by:** `print`\n\n")]
    root = repository(tmp_path, rules)
    put(root, "src/b.py", "print(1)\n")
    packet = json.loads(review(root, "--packet", "2000").out)
    assert packet["cuts"] == ["checked only by linters whose results are missing (`--results`): SVC-1"]


def test_a_packet_names_no_linter_for_a_rule_that_none_checks(tmp_path: Path) -> None:
    fixes = rule(1, "diff: {with: ['tests/**'], when: '^fix'}\nfiles: ['src/**']")
    unread = rule(2, "config: {file: src/b.json, at: a, equals: 1}")
    root = repository(tmp_path, [fixes, unread])
    put(root, "src/b.json", "{")
    rules = {one["id"]: one["checked"] for one in reviewed(root)["rules"]}
    assert rules == {"SVC-1": "nothing", "SVC-2": "nothing"}
    packet = json.loads(review(root, "--packet", "2000").out)
    assert packet["cuts"] == ["checked only by checks that could not run: SVC-2"]
