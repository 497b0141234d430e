"""Reviews of real changes: what is selected, found and decided, and what a change cannot do to its own review."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from codex.workflow.codex_folder import schema
from tests.support.reviewing import (
    BLOCKING,
    PRINT,
    bundle,
    git,
    packet,
    put,
    repository,
    response,
    review,
    reviewed,
    rule,
)
from tests.support.running import codexc


def places(root: Path, *arguments: str) -> list[tuple[str, str, int, bool]]:
    return [(f["id"], f["path"], f["line"], f["blocks"]) for f in reviewed(root, *arguments)["findings"]]


def test_only_added_lines_are_checked_and_a_proven_check_blocks(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING), rule(2, PRINT)])
    put(root, "src/a.py", "x = 1\nprint(x)\ny = 2\nprint(y)\n")
    done = review(root)
    assert done.code == 1
    assert (
        "blocking: SVC-1 Code MUST NOT print\n  --> src/a.py:4:1: print( [regex check 1]\n  = help: `log`." in done.out
    )
    assert places(root) == [("SVC-1", "src/a.py", 4, True), ("SVC-2", "src/a.py", 4, False)]
    put(root, "src/a.py", "x = 1\nprint(x)\ny = 2\nlog(y)\n")
    assert review(root).code == 0
    assert reviewed(root)["decision"] == "approve"


def test_a_comment_does_not_fail_unless_asked(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, PRINT)])
    put(root, "src/b.py", "print(1)\n")
    assert (review(root).code, review(root, "--fail-on", "comment").code) == (0, 1)
    assert reviewed(root)["decision"] == "comment"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (rule(1, PRINT), "the check only posts comments"),
        (rule(1, f"{PRINT}\nrollout: block from 2027-01-01"), "the check is not blocking until 2027-01-01"),
        (rule(1, BLOCKING, examples=""), "the check has not been tested on the rule's examples"),
        (rule(1, BLOCKING, text="Code SHOULD NOT print"), ""),
    ],
)
def test_what_keeps_a_violation_from_blocking(tmp_path: Path, written: str, why: str) -> None:
    root = repository(tmp_path, [written])
    put(root, "src/b.py", "print(1)\n")
    (finding,) = reviewed(root, "--as-of", "2026-11-29")["findings"]
    assert (finding["blocks"], finding["why"]) == (False, why)
    if "2027" in why:
        assert reviewed(root, "--as-of", "2027-01-01")["decision"] == "block"


def test_a_monitored_check_is_only_counted(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, f"{PRINT}\nrollout: monitor")])
    put(root, "src/b.py", "print(1)\n")
    data = reviewed(root)
    assert (data["decision"], data["monitored"], data["findings"]) == ("approve", 1, [])


WAIVER = "waivers:\n  - {rule: SVC-1, reason: old, owner: '@a', expires: 2030-01-01}\n"


def test_a_waiver_counts_only_if_the_base_has_it(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, ".engineering-codex.yaml", WAIVER)
    put(root, "src/b.py", "print(1)\n")
    data = reviewed(root, "--as-of", "2026-11-29")
    assert data["decision"] == "block"
    assert any(f["id"] == "codexc" and "a new waiver for SVC-1" in f["found"] for f in data["findings"])
    git(root, "branch", "-f", "main", "HEAD~1")
    data = reviewed(root, "--as-of", "2026-11-29")
    assert (data["decision"], data["waived"]) == ("approve", 1)


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (".engineering-codex.yaml", "opt_out: {reason: no}\n", "the repository opts out"),
        (".engineering-codex.yaml", "profile: {exact: true, languages: [go]}\n", "the `profile` setting changes"),
        (".engineering-codex.yaml", "waivers: [", "the settings can no longer be read"),
        (".engineering-codex.rules.json", "{}", "the rules are removed or can no longer be read"),
        (".engineering-codex.lock", "{}", "the rules are removed or can no longer be read"),
    ],
)
def test_a_change_that_weakens_its_review_is_a_finding_and_changes_nothing(
    tmp_path: Path, path: str, text: str, found: str
) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, path, text)
    put(root, "src/b.py", "print(1)\n")
    data = reviewed(root)
    assert data["decision"] == "block"
    assert any(f["id"] == "codexc" and f["found"].startswith(found) and not f["blocks"] for f in data["findings"])


def test_generated_and_lock_files_are_left_out_and_migrations_are_not(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, "regex: {match: 'print\\('}\nfiles: ['**']\nrollout: block")])
    for path in ("node_modules/a.js", "poetry.lock", "vendor/b.py", "src/x_pb2.py", "db/migrations/0001_init.py"):
        put(root, path, "print(1)\n")
    put(root, "src/image.png", b"\x89PNG\x00print(")
    data = reviewed(root)
    assert [f["path"] for f in data["findings"]] == ["db/migrations/0001_init.py"]
    assert {"node_modules/a.js", "poetry.lock", "src/x_pb2.py", "src/image.png"} <= set(data["left_out"])


def test_checks_of_the_whole_repository_report_only_what_the_change_brings(tmp_path: Path) -> None:
    rules = [
        rule(1, "file: {absent: ['**/*.env']}"),
        rule(2, "config: {file: '**/*.toml', at: strict, equals: true}"),
        rule(3, "commit: {message: '^(feat|fix): '}"),
        rule(4, "diff: {with: ['tests/**']}\nfiles: ['src/**']"),
    ]
    root = repository(tmp_path, rules)
    git(root, "checkout", "-q", "main")
    put(root, "old.env", "a")
    put(root, "old.toml", "strict = false\n")
    git(root, "checkout", "-qB", "work")
    put(root, "old.toml", "strict = false\nmore = 1\n", "feat: more")
    put(root, "new.env", "a", "wip")
    put(root, "new.toml", "\nstrict = false\n", "fix: x")
    put(root, "src/b.py", "x\n", "feat: y")
    found = [(f["id"], f["path"], f["line"]) for f in reviewed(root)["findings"]]
    assert found == [("SVC-3", "", 0), ("SVC-1", "new.env", 0), ("SVC-2", "new.toml", 2), ("SVC-4", "src/b.py", 0)]


def test_a_patch_is_reviewed_without_a_commit(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "a\nb\nprint(1)\n")
    patch = git(root, "diff", "main").encode()
    git(root, "checkout", "-q", "main")
    (finding,) = reviewed(root, "--patch", "-", stdin=patch)["findings"]
    assert (finding["path"], finding["line"], finding["blocks"]) == ("src/b.py", 3, True)


def test_rules_are_selected_by_what_changes(tmp_path: Path) -> None:
    scope = "**Applies to:** languages: {}\n\n"
    rules = [
        rule(1, labels=scope.format("python")),
        rule(2, labels=scope.format("go")),
        rule(3, labels="**Applies to:** paths: src/**\n\n"),
        rule(4, labels="**Applies to:** technologies: redis\n\n"),
        rule(5),
        rule(6, labels="**Decided by:** diff\n\n"),
        rule(7, labels="**Decided by:** organisation\n\n" + scope.format("python")),
        rule(8, "regex: {match: x}\nfiles: ['**/*.go']", examples=""),
    ]
    root = repository(tmp_path, rules, yaml="profile: {languages: [python, go], technologies: [redis]}\n")
    put(root, "src/b.py", "y = 2\n")
    assert [one["id"] for one in reviewed(root)["rules"]] == ["SVC-3", "SVC-1", "SVC-6"]
    put(root, "src/b.py", "import redis\n")
    assert "SVC-4" in [one["id"] for one in reviewed(root)["rules"]]


def test_fingerprints_stay_when_lines_move_and_differ_where_a_line_repeats(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\nprint(1)\n")
    first = [f["fingerprint"] for f in reviewed(root)["findings"]]
    put(root, "src/b.py", "\n\nx = 1\n  print(1)\nprint(1)\n")
    assert [f["fingerprint"] for f in reviewed(root)["findings"]] == first
    assert len(set(first)) == 2


MOVES = {
    "moved": (("src/a.py", "src/app/renamed.py"),),
    "exchanged": (("src/a.py", "src/t.py"), ("src/c.py", "src/a.py"), ("src/t.py", "src/c.py")),
}


def _findings(root: Path, *arguments: str) -> dict[str, str]:
    return {one["path"]: one["fingerprint"] for one in reviewed(root, *arguments)["findings"]}


@pytest.mark.parametrize("by", ["a program", "a reviewer"])
@pytest.mark.parametrize("move", MOVES)
def test_a_fingerprint_stays_when_its_file_moves_and_is_never_that_of_another_file(
    tmp_path: Path, move: str, by: str
) -> None:
    judged = "judgement: Is it printed?"
    labels = "**Applies to:** languages: python\n\n"
    root = repository(tmp_path, [rule(1, BLOCKING if by == "a program" else judged, labels=labels)])
    body = "".join(f"value_{n} = {n}\n" for n in range(30))
    git(root, "checkout", "-q", "main")
    for name in ("a", "c"):
        put(root, f"src/{name}.py", f"{name} = 0\n{body}")
    git(root, "checkout", "-q", "-B", "work")
    for name in ("a", "c"):
        put(root, f"src/{name}.py", f"{name} = 0\n{body}print(1)\n")

    def found() -> dict[str, str]:
        if by == "a program":
            return _findings(root)
        place = {"rule": "SVC-1", "state": "violated", "line": 32, "quote": "print(1)"}
        files = packet(root)["rules"][0]["files"]
        return _findings(root, "--verdicts", str(response(root, [{**place, "file": file} for file in files])))

    before = found()
    assert len(set(before.values())) == 2
    for source, target in MOVES[move]:
        (root / target).parent.mkdir(exist_ok=True)
        git(root, "mv", source, target)
    git(root, "commit", "-qm", "refactor: move")
    after = found()
    assert len(after) == len(set(after.values())) == 2
    if move == "moved":
        assert after == {"src/app/renamed.py": before["src/a.py"], "src/c.py": before["src/c.py"]}


def test_every_format_is_valid(tmp_path: Path) -> None:
    from sarif_pydantic import Sarif

    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    Draft202012Validator(json.loads(schema("review"))).validate(reviewed(root))
    Sarif.model_validate(json.loads(review(root, "--format", "sarif").out))
    assert json.loads(review(root, "--format", "gitlab").out)[0]["location"]["path"] == "src/b.py"
    assert review(root, "--format", "github").out.startswith("::error file=src/b.py,line=1,")
    assert "- **Blocking**: `SVC-1`" in review(root, "--format", "markdown").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "a review requires `--base` or `--patch`"),
        (("--base", "main", "--patch", "x"), "`--base` cannot be combined with `--patch`"),
        (("--base", "nowhere"), "`nowhere` is not a commit in this repository"),
        (("--patch", "nowhere"), "`nowhere` cannot be read"),
        (("--patch", "-", "--post", "https://git.example/a/b/pull/1"), "`--post` cannot be combined with `--patch`"),
        (("--base", "main", "--post", "https://git.example/a/b"), "is not the URL of a merge request"),
        (("--base", "main", "--token-env", "TOKEN"), "`--token-env` needs `--post`"),
        (("--base", "main", "--packet", "500", "--verdicts", "x"), "`--verdicts` cannot be combined with `--packet`"),
    ],
)
def test_wrong_options_are_usage_errors_before_anything_is_printed(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    root = repository(tmp_path, [rule(1)])
    done = codexc("review", str(root), *arguments)
    assert (done.code, done.out, message in done.err) == (2, "", True), done.err


def test_an_annotation_names_a_rule_once(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, PRINT)])
    put(root, "src/b.py", "print(1)\n")
    assert ",title=SVC-1::Code MUST NOT print" in review(root, "--format", "github").out
    assert "comments only; 1 finding (0 blocking), 1 rule applies" in review(root).out


def test_a_file_that_is_left_out_is_left_out_on_both_sides(tmp_path: Path) -> None:
    """Neither side shows the vendored licence, so the unchanged file lacks one on both."""
    root = repository(tmp_path, [rule(1, "file: {exists: ['vendor/LICENSE']}\nfiles: ['src/**']", examples="")])
    git(root, "checkout", "-q", "main")
    put(root, "vendor/LICENSE", "x")
    git(root, "checkout", "-qB", "work")
    put(root, "src/b.py", "x = 1\n")
    assert [path for _, path, _, _ in places(root)] == ["src/b.py"]


def test_a_bundle_that_the_lock_refuses_is_used_only_where_an_option_allows_it(tmp_path: Path) -> None:
    root = repository(tmp_path, [rule(1, BLOCKING)])
    put(root, "src/b.py", "print(1)\n")
    other = tmp_path / "other"
    other.mkdir()
    bundle(other, [rule(1, BLOCKING)])
    settings = other / "codex" / "codex.yaml"
    settings.write_text(settings.read_text().replace("namespace: acme", "namespace: other"))
    assert codexc("build", "-q", "--root", str(other / "codex"), "--out", str(other / "out")).code == 0
    for command in (("audit", str(root)), ("review", str(root), "--base", "main")):
        strange = (*command, "--bundle", str(other / "out"))
        refused = codexc(*strange)
        assert refused.code == 2 and "other 0.0.0 would replace `acme`" in refused.err
        assert "--allow-namespace-change" in refused.err
        assert codexc(*strange, "--allow-namespace-change").code == 1
        assert codexc(*command, "--bundle", str(tmp_path / "out")).code == 1
    allowed = codexc("audit", str(root), "--bundle", str(other / "out"), "--allow-namespace-change")
    assert "note: other 0.0.0 would replace `acme`" in allowed.out
