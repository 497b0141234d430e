"""`codexc check`: what it says, where, and with which exit code."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.codex.checking import CLEAN, CONFIG, HEAD, RULE, UNREASONED, WRONG, check, findings_of, put, small_codex
from tests.support.running import Run, codexc


@pytest.fixture
def codex(tmp_path: Path) -> Path:
    return small_codex(tmp_path)


def test_every_problem_of_every_file_is_shown_in_order_of_the_files(codex: Path) -> None:
    put(codex / "b" / "two.md", WRONG.format(id="TWO"))
    put(codex / "a" / "one.md", (WRONG + "\n[x](gone.md)\n").format(id="ONE"))
    (codex / "bytes.md").write_bytes(CLEAN.format(id="BYT").encode().replace(b"give up", b"\xff"))
    assert check(codex) == (
        1,
        [("CX101", "a/one.md", 16), ("CX401", "a/one.md", 18), ("CX101", "b/two.md", 16), ("CX001", "bytes.md", 14)],
    )


def test_findings_are_shown_with_place_and_help(codex: Path) -> None:
    put(codex / "services.md", WRONG.format(id="SVC"))
    run = codexc("check", cwd=codex)
    assert run == Run(
        1,
        "error[CX101]: heading says MUST but has no rule id\n"
        "  --> services.md:16:11\n"
        "   |\n"
        "16 | ### Calls MUST end\n"
        "   |           ^^^^\n"
        "   = help: end the rule with an id in brackets, such as `(SVC-2)`\n"
        "\n"
        "1 error in 1 file\n",
        "",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--select", "missing-rational"),
            "unknown lint `missing-rational`\n  = help: did you mean `missing-rationale`",
        ),
        (("--ignore", "CX999"), "unknown lint `CX999`"),
        (("gone.md",), "`gone.md` does not exist"),
        (("--root", "nowhere"), "`nowhere` is not a folder"),
        (("--dialect", "klingon"), "no dialect `klingon`"),
        (("--as-of", "yesterday"), "`yesterday` is not a date"),
        (("--baseline", "gone.json"), "'gone.json' does not exist"),
        (("--baseline", "codex.yaml"), "`codex.yaml` is not a baseline"),
        (("--fail-on", "info"), "'info' is not one of 'error', 'warning'"),
        (("/",), "no `codex.yaml`"),
        (("services.md", "/"), "is not in the codex"),
    ],
)
def test_usage_errors_exit_with_2_and_a_reason(codex: Path, arguments: tuple[str, ...], message: str) -> None:
    run = codexc("check", *arguments, cwd=codex)
    assert (run.code, run.out, message in run.err) == (2, "", True), run.err


def test_a_folder_without_a_codex_exits_with_2_and_a_hint(tmp_path: Path) -> None:
    run = codexc("check", cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert "codexc init" in run.err


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "notes.markdown", "old.md.bak"])
def test_a_standard_that_was_moved_to_a_file_that_is_not_read_is_one_finding_there(codex: Path, name: str) -> None:
    assert codexc("build", "--out", "../dist", cwd=codex).code == 0
    (codex / "services.md").rename(codex / name)
    code, rows = check(codex)
    text = codexc("check", cwd=codex).out
    assert (code, [row for row in rows if row[1] == name]) == (1, [("CX037", name, 1)])
    assert "`services.md` was moved to this file" in text and "Withdrawn" not in text


@pytest.mark.parametrize("name", [".", "../guides", "services.md"])
def test_a_codex_of_any_name_is_found_from_what_is_named_in_it(tmp_path: Path, name: str) -> None:
    put(tmp_path / "guides" / "codex.yaml", CONFIG)
    put(tmp_path / "guides" / "services.md", WRONG.format(id="SVC"))
    assert check(tmp_path / "guides", name) == (1, [("CX101", "services.md", 16)])


def test_one_file_is_reported_alone_but_read_with_all_others(codex: Path) -> None:
    put(codex / "a" / "one.md", WRONG.format(id="ONE"))
    put(codex / "a" / "copy.md", CLEAN.format(id="SVC"))
    assert check(codex, "a/one.md") == (1, [("CX101", "a/one.md", 16)])
    code, rows = check(codex, "services.md")
    assert (code, sorted({row[0] for row in rows})) == (1, ["CX103", "CX116", "CX120"])
    code, rows = check(codex, "a")
    assert (code, sorted({path for _, path, _ in rows})) == (1, ["a/one.md"])


def test_files_are_named_from_any_folder(codex: Path, tmp_path: Path) -> None:
    put(codex / "a" / "one.md", WRONG.format(id="ONE"))
    expected = (1, [("CX101", "a/one.md", 16)])
    assert check(codex / "a", "one.md") == expected
    assert check(codex.parent, "standards/a/one.md") == expected
    assert check(tmp_path, codex / "a" / "one.md") == expected


def test_standard_input_replaces_the_file_of_its_name(codex: Path) -> None:
    wrong = WRONG.format(id="SVC").encode()
    named = ("-", "--stdin-filename")
    assert check(codex, *named, "services.md", stdin=wrong) == (1, [("CX101", "services.md", 16)])
    assert check(codex, *named, "new/file.md", stdin=CLEAN.format(id="NEW").encode()) == (0, [])
    assert check(codex.parent, *named, "standards/services.md", stdin=wrong) == (1, [("CX101", "services.md", 16)])
    assert sorted(p.name for p in codex.rglob("*")) == ["codex.yaml", "services.md"]


def test_what_the_command_line_selects_wins_over_codex_yaml(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG + "lint:\n  select: [CX101]\n")
    put(codex / "services.md", (WRONG + "\n" + UNREASONED.replace("{n}", "3")).format(id="SVC"))
    assert check(codex) == (1, [("CX101", "services.md", 16)])
    assert check(codex, "--select", "cx30") == (0, [("CX303", "services.md", 18)])
    assert check(codex, "--ignore", "CX1") == (0, [])


def test_warnings_fail_only_on_request_and_infos_never(codex: Path) -> None:
    put(codex / "services.md", (HEAD + UNREASONED.replace("{n}", "1")).format(id="SVC"))
    assert check(codex) == (0, [("CX303", "services.md", 12)])
    assert check(codex, "--fail-on", "warning")[0] == 1
    put(codex / "codex.yaml", CONFIG + "lint:\n  severity: {CX303: info}\n")
    assert check(codex, "--fail-on", "warning") == (0, [("CX303", "services.md", 12)])


def test_a_comment_silences_a_lint_with_a_reason_and_one_for_nothing_is_reported(codex: Path) -> None:
    silent = "<!-- codexc: allow missing-rationale: everybody knows -->\n\n"
    rule = UNREASONED.replace("{n}", "2")
    put(codex / "services.md", (CLEAN + "\n" + silent + rule).format(id="SVC"))
    assert check(codex) == (0, [])
    put(codex / "services.md", (HEAD + silent + RULE).format(id="SVC"))
    assert check(codex, "--fail-on", "warning") == (1, [("CX014", "services.md", 12)])
    put(codex / "services.md", (HEAD + silent.replace(": everybody knows", "") + rule).format(id="SVC"))
    assert check(codex) == (1, [("CX015", "services.md", 12), ("CX303", "services.md", 14)])


def test_fixes_change_only_what_is_fixable_and_settle(codex: Path) -> None:
    page, other = codex / "services.md", codex / "other.md"
    put(page, WRONG.format(id="SVC").replace("answer", "an\u200bswer").replace("MUST end", "REQUIRED to end"))
    put(other, CLEAN.format(id="OTH").replace("\n", "\r\n"))
    dry = codexc("check", "--fix", "--dry-run", cwd=codex)
    assert (dry.code, other.read_bytes().count(b"\r\n")) == (0, 14)
    assert [line for line in dry.out.split("\n") if line.startswith("+++")] == ["+++ b/other.md", "+++ b/services.md"]
    codexc("check", "--fix", cwd=codex)
    assert other.read_bytes() == CLEAN.format(id="OTH").encode()
    assert "\u200b" not in page.read_text(encoding="utf-8")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in (page, other)}
    assert "fixed 0 findings in 0 files" in codexc("check", "--fix", cwd=codex).err
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in (page, other)} == before


def test_only_files_that_are_named_are_fixed(codex: Path) -> None:
    for name in ("one", "two"):
        put(codex / f"{name}.md", CLEAN.format(id=name.upper()).replace("\n", "\r\n"))
    assert codexc("check", "--fix", "one.md", cwd=codex).code == 0
    assert b"\r" not in (codex / "one.md").read_bytes()
    assert b"\r" in (codex / "two.md").read_bytes()


def test_standard_input_is_never_fixed_into_its_file(codex: Path) -> None:
    page = codex / "services.md"
    before = page.read_bytes()
    stdin = CLEAN.format(id="SVC").replace("\n", "\r\n").encode()
    run = codexc("check", "-", "--stdin-filename", page, "--fix", cwd=codex, stdin=stdin)
    assert (page.read_bytes(), run.code) == (before, run.code)


def test_a_baseline_follows_moved_lines_and_reports_new_and_fixed_findings(codex: Path) -> None:
    page, baseline = codex / "services.md", codex.parent / "known.json"
    put(page, WRONG.format(id="SVC"))
    written = codexc("check", "--write-baseline", baseline, cwd=codex)
    assert (written.code, written.out) == (0, "")
    assert "recorded 1 finding in" in written.err
    first = baseline.read_bytes()
    put(page, WRONG.format(id="SVC").replace("## Rules\n", "Some words.\n\n## Rules\n"))
    assert check(codex, "--baseline", baseline) == (0, [])
    put(page, (WRONG + "\n### Calls MUST end\n").format(id="SVC"))
    assert check(codex, "--baseline", baseline) == (1, [("CX101", "services.md", 18)])
    put(page, CLEAN.format(id="SVC"))
    clean = codexc("check", "--baseline", baseline, cwd=codex)
    assert clean == Run(
        0,
        "no problems found in 1 file\n",
        "1 finding in the baseline is fixed: run the command with `--write-baseline` to update the baseline\n",
    )
    put(page, WRONG.format(id="SVC"))
    codexc("check", "--write-baseline", baseline, cwd=codex)
    assert baseline.read_bytes() == first


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
)
def test_colours_follow_the_environment(codex: Path, environment: dict[str, Any], colours: bool) -> None:
    put(codex / "services.md", WRONG.format(id="SVC"))
    assert ("\x1b[" in codexc("check", cwd=codex, **environment).out) == colours


def test_a_report_in_a_file_has_no_colours_and_nothing_is_printed(codex: Path) -> None:
    put(codex / "services.md", WRONG.format(id="SVC"))
    report = codex.parent / "report.json"
    run = codexc("check", "--format", "gitlab", "--output", report, cwd=codex, FORCE_COLOR="1")
    assert (run.code, run.out) == (1, "")
    assert [row["check_name"] for row in json.loads(report.read_text())] == ["rule-without-id"]
    run = codexc("check", "--output", report, cwd=codex, FORCE_COLOR="1")
    assert "\x1b" not in report.read_text()


def test_a_cached_check_gives_the_same_and_a_damaged_cache_is_ignored(codex: Path, own_home: Path) -> None:
    put(codex / "services.md", WRONG.format(id="SVC"))
    first = codexc("check", cwd=codex)
    assert codexc("check", cwd=codex) == first
    entries = [p for p in (own_home / "cache").rglob("*") if p.is_file()]
    assert entries
    for entry in entries:
        entry.write_bytes(os.urandom(200))
    assert codexc("check", cwd=codex) == first


def test_half_a_character_in_front_matter_is_a_finding(codex: Path) -> None:
    put(codex / "services.md", CLEAN.format(id="SVC").replace("domain: services", 'domain: "\\ud800"'))
    code, rows = check(codex)
    assert (code, {path for _, path, _ in rows}) == (1, {"services.md"})


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_loop_are_findings(codex: Path) -> None:
    (codex / "one.md").symlink_to("two.md")
    (codex / "two.md").symlink_to("one.md")
    assert check(codex) == (1, [("CX409", "one.md", 1), ("CX409", "two.md", 1)])


def test_hostile_text_reaches_the_terminal_as_code_points(codex: Path) -> None:
    put(codex / "services.md", CLEAN.format(id="SVC").replace("domain: services", 'domain: "\\e[31mx"'))
    for name in ("text", "github"):
        run = codexc("check", "--format", name, cwd=codex)
        assert (run.code, "\x1b" in run.out) == (1, False), name


def test_what_would_stop_a_build_is_found_at_its_place_in_the_source(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG + 'skills:\n  services:\n    description: "Use when <you> write ---."\n')
    code, found = check(codex)
    assert (code, [row for row in found if row[0] == "CX206"]) == (1, [("CX206", "codex.yaml", 6)])
    assert codexc("build", cwd=codex).code == 1
    put(codex / "codex.yaml", CONFIG + "budgets: {reference: 300}\n")
    put(codex / "services.md", (CLEAN + "\n" + "They call again. " * 40).format(id="SVC"))
    code, found = check(codex)
    assert (code, [row for row in found if row[0] == "CX511"]) == (1, [("CX511", "services.md", 12)])


def test_a_check_of_files_is_of_their_text_only_and_says_so(codex: Path) -> None:
    put(codex / "codex.yaml", CONFIG + 'skills:\n  services:\n    description: "Use when <you> write."\n')
    run = codexc("check", "services.md", cwd=codex)
    assert run.code == 0
    assert "only the text was checked: `codexc check` without files also checks the output" in run.err
    assert "only the text was checked" not in codexc("check", "-q", "services.md", cwd=codex).err


CHECKED = """### Calls MUST be {id} ({id}-1)

**Applies to:** languages: Python

**Why:** callers give up.

**Check:**

```yaml check
regex: {{match: '{match}'}}
```

**Bad:**

```python
{bad}
```

**Good:**

```python
{good}
```
"""


def test_checks_of_other_files_are_not_tried_for_one_file_and_its_own_are_on_all_examples(codex: Path) -> None:
    for id_, match, bad, good in (("ONE", "bar", "foo(x)", "good(x)"), ("TWO", "good", "good(y)", "other(y)")):
        rule = CHECKED.format(id=id_, match=match, bad=bad, good=good)
        put(codex / f"{id_.lower()}.md", HEAD.format(id=id_) + rule)
    _, whole = check(codex)
    assert {(code, path) for code, path, _ in whole} >= {("CX802", "one.md"), ("CX804", "two.md")}
    for name in ("one.md", "two.md", "services.md"):
        _, found = check(codex, name)
        assert found == [row for row in whole if row[1] == name]
    baseline = codex.parent / "known.json"
    assert codexc("check", "--write-baseline", baseline, cwd=codex).code == 0
    run = codexc("check", "--baseline", baseline, "one.md", cwd=codex)
    assert run.code == 0 and "is fixed" not in run.err and "are fixed" not in run.err


def test_json_says_what_was_read(codex: Path) -> None:
    put(codex / "services.md", (CLEAN + "\nOnly <template>in batch jobs</template>.\n").format(id="SVC"))
    data = json.loads(codexc("check", "--format", "json", cwd=codex).out)
    assert data["rules"] == [
        {
            "id": "SVC-1",
            "level": "MUST",
            "form": "heading",
            "path": "services.md",
            "span": {"line": 12, "column": 5, "end_line": 12, "end_column": 37},
        }
    ]
    words = data["words"]
    assert (words["lost"], words["excluded"]) == (3, {"front matter": 9, "rule id or level": 2})
    assert words["in"] == words["out"] + words["lost"] + sum(words["excluded"].values())
    assert [(file["path"], file["lost"]) for file in words["files"]] == [("services.md", 3)]
    assert ("CX050", "services.md", 16) in findings_of(codexc("check", "--format", "json", cwd=codex))
    assert json.loads(codexc("check", "--format", "json", "services.md", cwd=codex).out)["words"] is None


def test_stats_show_what_became_of_the_words(codex: Path) -> None:
    data = json.loads(codexc("stats", "--coverage", "--format", "json", cwd=codex).out)
    assert [rule["id"] for rule in data["rules"]] == ["SVC-1"]
    assert data["words"]["lost"] == 0
    lines = codexc("stats", "--coverage", cwd=codex).out.split("\n")
    assert lines[0].split() == ["file", "rules", "words", "out", "left", "out", "lost"]
    assert lines[1].split() == ["services.md", "1", "24", "13", "11", "0"]
    assert "left out: front matter" in "\n".join(lines)
