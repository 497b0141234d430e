"""Changes that hide what they add: by attributes, links, moves, messages, limits, names of commits, and settings."""

import codecs
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.reviewing import BLOCKING, git, put, repository, review, reviewed, rule
from tests.support.running import codexc

COMMIT = "commit: {without: 'WIP'}\nrollout: block"
MESSAGES = "**Bad:**\n\n```text\nWIP\n```\n\n**Good:**\n\n```text\nfix: a\n```\n"
NOTED = "regex: {match: 'note\\('}\nfiles: ['**/*.py']"
NOTES = "**Bad:**\n\n```python\nnote(x)\n```\n\n**Good:**\n\n```python\nlog(x)\n```\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rules = [
        rule(1, BLOCKING),
        rule(2, COMMIT, text="Messages MUST NOT say WIP", examples=MESSAGES),
        rule(3, NOTED, text="Code MUST NOT note", examples=NOTES),
    ]
    settings = "profile: {languages: [python]}\ntrust: {required: false}\nsensitivity: restricted\n"
    root = repository(tmp_path_factory.mktemp("evasion"), rules, yaml=settings)
    git(root, "checkout", "-q", "main")
    (root / "vendor").mkdir()
    (root / "vendor" / "old.py").write_text("print(1)\n")
    (root / "link.py").symlink_to("src/a.py")
    (root / "many.py").write_text("print(1)\n" * 1_001)
    put(root, "c.md", "text\n")
    git(root, "checkout", "-qB", "work")
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-r", template, tmp_path / "r"], check=True)
    return tmp_path / "r"


def decision(root: Path, *arguments: str, stdin: bytes | None = None) -> str:
    return str(reviewed(root, *arguments, stdin=stdin)["decision"])


def blocked_in(root: Path) -> list[str]:
    return [one["path"] for one in reviewed(root)["findings"] if one["blocks"]]


def test_attributes_of_the_change_hide_no_text(root: Path) -> None:
    (root / ".gitattributes").write_text("*.py -diff\n*.py binary\n")
    put(root, "src/b.py", "print(1)\n")
    assert blocked_in(root) == ["src/b.py"]


def test_a_submodule_is_noted(root: Path) -> None:
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib/parts")
    git(root, "commit", "-qm", "feat: add parts")
    (root / "lib" / "parts").mkdir(parents=True)
    assert "lib/parts is a submodule: the files in it are not reviewed" in reviewed(root)["notes"]


@pytest.mark.parametrize(
    "data",
    [
        b"print(1)  # \0\n",
        "print(1)\n".encode("utf-16"),
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n",
    ],
)
def test_a_program_that_cannot_be_read_is_not_approved(root: Path, data: bytes) -> None:
    put(root, "src/c.py", data)
    assert decision(root) == "inconclusive"


def test_a_picture_is_left_out(root: Path) -> None:
    put(root, "src/c.png", b"\x89PNG\r\n\x1a\n\0\0")
    assert (decision(root), reviewed(root)["left_out"]) == ("approve", ["src/c.png"])


@pytest.mark.parametrize("path", ["link.py", "sub"])
def test_a_link_that_becomes_a_file_is_a_new_file(root: Path, path: str) -> None:
    (root / "link.py").unlink()
    put(root, "link.py", "print(1)\n")
    assert blocked_in(root) == ["link.py"]


def test_a_file_that_leaves_a_folder_that_is_left_out_is_new(root: Path) -> None:
    git(root, "mv", "vendor/old.py", "src/new.py")
    git(root, "commit", "-qm", "feat: move")
    assert blocked_in(root) == ["src/new.py"]
    patch = git(root, "diff", "--find-renames", "main").encode()
    assert decision(root, "--patch", "-", stdin=patch) == "inconclusive"


def test_many_comments_push_no_finding_out(root: Path) -> None:
    for name in "abc":
        put(root, f"src/{name}1.py", "note(1)\n" * 900)
    put(root, "src/z.py", "print(1)\n")
    data = reviewed(root)
    assert data["decision"] == "block" and data["findings"][0]["path"] == "src/z.py"


def test_a_tag_is_not_the_base_that_a_branch_is(root: Path) -> None:
    put(root, "src/b.py", "print(1)\n")
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    for name in ("main", "origin/main"):
        git(root, "tag", name, "HEAD")
    for base in ("main", "origin/main", "refs/heads/main"):
        assert codexc("review", str(root), "--base", base).code == 1
    git(root, "tag", "v1", "refs/heads/main")
    assert codexc("review", str(root), "--base", "v1").code == 1


def test_no_program_of_the_repository_runs(root: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    put(root, ".gitattributes", "*.py filter=x diff=x\n")
    touch = f"touch {shlex.quote(str(proof))}; cat"
    for key in ("filter.x.clean", "filter.x.smudge", "diff.x.textconv", "diff.x.command", "core.fsmonitor"):
        git(root, "config", key, touch)
    program = tmp_path / "gpg"
    program.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(proof))}\n")
    program.chmod(0o755)
    git(root, "config", "gpg.program", str(program))
    git(root, "config", "log.showSignature", "true")
    signed = git(root, "cat-file", "commit", "HEAD").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n\n", 1
    )
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=root,
        input=signed.encode(),
        capture_output=True,
        check=True,
    )
    git(root, "update-ref", "refs/heads/work", made.stdout.decode().strip())
    (root / "src" / "a.py").write_text("x = 2\n")
    proof.unlink(missing_ok=True)
    assert review(root).code in (0, 1)
    assert not proof.exists()


@pytest.mark.parametrize("message", ["feat: x\n\na\x01 WIP", "feat: x\n\na\x00 WIP".replace("\0", "\x02"), "WIP"])
def test_no_character_of_a_message_ends_it(root: Path, message: str) -> None:
    put(root, "a.md", "a\n", message)
    assert decision(root) == "block"


def test_an_early_commit_of_many_is_read(root: Path) -> None:
    put(root, "a.md", "a\n", "WIP")
    tree, last = git(root, "rev-parse", "HEAD^{tree}").strip(), git(root, "rev-parse", "HEAD").strip()
    who = "a <a@example.com> 1 +0000"
    stream = [f"reset refs/heads/many\nfrom {last}\n"]
    stream += [f"commit refs/heads/many\nauthor {who}\ncommitter {who}\ndata 1\nx\n"] * 1_500
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input="".join(stream).encode(), check=True)
    git(root, "checkout", "-q", "many")
    assert tree and decision(root) == "block"


def patch_of(root: Path, *options: str) -> bytes:
    return git(root, "diff", *options, "main").encode()


def test_a_message_hides_no_file_of_a_patch(root: Path) -> None:
    fake = "diff --git a/src/b.py b/src/b.py\ndeleted file mode 100644\nBinary files /dev/null and b/src/b.py differ\n"
    put(root, "src/b.py", "print(1)\n", f"feat: x\n\n{fake}")
    patch = git(root, "format-patch", "--stdout", "main").encode()
    assert decision(root, "--patch", "-", stdin=patch) == "block"


def test_what_of_a_patch_cannot_be_read_is_not_approved(root: Path) -> None:
    git(root, "checkout", "-qb", "other", "main")
    put(root, "src/c.py", "y = 1\n")
    git(root, "checkout", "-q", "work")
    put(root, "src/d.py", "z = 1\n")
    git(root, "merge", "-q", "--no-commit", "other")
    put(root, "src/c.py", "y = 1\nprint(1)\n")
    merge = git(root, "show", "--cc", "HEAD").encode()
    assert b"diff --cc" in merge
    assert decision(root, "--patch", "-", stdin=merge) == "inconclusive"


@pytest.mark.parametrize("data", [b"# a\rprint(1)\n", b"# coding: utf-7\nx = 1\n"])
def test_a_file_of_a_patch_that_programs_read_differently_is_not_approved(root: Path, data: bytes) -> None:
    put(root, "src/b.py", data)
    patch = git(root, "show", "HEAD").encode()
    git(root, "reset", "-q", "--hard", "HEAD~1")
    assert decision(root, "--patch", "-", stdin=patch) == "inconclusive"


ENCODINGS: Final = (
    "utf-7",
    "unicode_escape",
    "raw-unicode-escape",
    "UTF7",
    "hz",
    "iso2022_jp",
    "shift_jis",
    "gbk",
    "own",
)
"""Encodings in which ASCII may be other code, and one that only the program has."""


@pytest.mark.parametrize(
    "name", ["utf-8", "UTF8", "ascii", "latin-1", "iso-8859-15", "cp1252", "koi8-r", "utf-8-sig", "euc_kr"]
)
def test_a_file_in_an_encoding_that_extends_ascii_is_read(root: Path, name: str) -> None:
    put(root, "src/b.py", f"# -*- coding: {name} -*-\r\nx = 1\r\n".encode())
    assert decision(root) == "approve"


@pytest.mark.parametrize("text", ["garbage\n", "\x1b[1mdiff --git a/a b/a\x1b[m\n", "d\0i\0f\0f\0"])
def test_a_file_that_is_not_a_patch_is_refused(root: Path, text: str) -> None:
    run = review(root, "--patch", "-", stdin=text.encode())
    assert run.code == 2 and "not a patch" in run.err


def test_an_empty_patch_has_a_note(root: Path) -> None:
    assert "the patch does not change any files" in review(root, "--patch", "-", stdin=b"").out


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("src/b.py", b"print(1)\n" + b"#" * 1_000_000),
        ("src/b.py", "print(1)\n".encode("utf-16")),
        (os.fsdecode(b"src/\xff.py"), b"print(1)\n"),
        ("many.py", b"print(1)\n" * 1_001 + b"print(2)\n"),
        ("src/b.py", b"# a comment\rprint(1)\n"),
        ("src/b.py", b"x = 1\ry = 2\r\n"),
        *(("src/b.py", f"#!/usr/bin/env python3\n# coding: {name}\nx = 1\n".encode()) for name in ENCODINGS),
        ("src/b.py", b"# -*- coding: utf-7 -*-\nx = 1\n"),
    ],
)
def test_a_file_that_a_blocking_check_cannot_read_is_not_approved(root: Path, path: str, data: bytes) -> None:
    if data.startswith(codecs.BOM_UTF16):
        (root / ".gitattributes").write_text("src/b.py working-tree-encoding=UTF-16\n")
    put(root, path, data)
    run = review(root)
    assert run.code == 1 and "inconclusive: the assessment is incomplete" in run.out
    assert (
        "note: not assessed for SVC-1" in run.out
        and "not assessed for SVC-1" in review(root, "--format", "markdown").out
    )


def weakenings(root: Path) -> str:
    return "\n".join(str(one["found"]) for one in reviewed(root)["findings"] if one["id"] == "codexc")


def test_settings_and_rules_that_move_away_are_reported(root: Path) -> None:
    git(root, "mv", ".engineering-codex.yaml", "old.yaml")
    git(root, "mv", ".engineering-codex.rules.json", "old.json")
    git(root, "commit", "-qm", "feat: move")
    found = weakenings(root)
    assert "the sensitivity class changes from restricted to none" in found
    assert "the rules are removed" in found and "`trust`" in found


def _edit_rules(root: Path, old: str, new: str) -> None:
    """Edit the rules and their digest in the lock, and commit both."""
    rules, lock = root / ".engineering-codex.rules.json", root / ".engineering-codex.lock"
    before = git(root, "hash-object", str(rules)).strip()
    text = rules.read_text()
    assert old in text
    rules.write_text(text.replace(old, new, 1))
    after = git(root, "hash-object", str(rules)).strip()
    assert before in lock.read_text()
    lock.write_text(lock.read_text().replace(before, after))
    git(root, "commit", "-qam", "feat: rules")


def test_digests_of_checks_in_files_of_earlier_versions_change_no_check(root: Path) -> None:
    git(root, "checkout", "-q", "main")
    _edit_rules(root, '"kind": "regex"', f'"kind": "regex", "digest": "{"0" * 64}"')
    git(root, "checkout", "-qB", "work")
    _edit_rules(root, f', "digest": "{"0" * 64}"', "")
    assert weakenings(root) == ""
    _edit_rules(root, '"kind": "regex"', '"ignore": ["**"], "kind": "regex"')
    assert "the checks for SVC-1 change" in weakenings(root)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('"body": "', '"body": "x', "body"),
        ('"checks": [', '"decided_by": ["run time"], "checks": [', "decided_by"),
        ('"checks": [', '"applies_to": {"paths": ["nowhere/**"]}, "checks": [', "applies_to"),
    ],
)
def test_a_rule_that_changes_with_its_lock_is_reported(root: Path, old: str, new: str, part: str) -> None:
    _edit_rules(root, old, new)
    assert f"rules change: SVC-1 ({part})" in weakenings(root)


def test_a_directory_that_becomes_a_link_gives_no_gateway(root: Path, tmp_path: Path) -> None:
    proof, other = tmp_path / "proof", tmp_path / "other"
    text = "gateway:\n  url: http://127.0.0.1:9/v1\n  key: {env: KEY}\n  tasks: {review: [m]}\n  classes: {restricted: [m]}\n"
    git(root, "checkout", "-q", "main")
    put(root, "ci/codex.yaml", text)
    git(root, "checkout", "-qB", "work")
    other.mkdir()
    (other / "codex.yaml").write_text(text.replace("{env: KEY}", f'{{command: "touch {proof}"}}'))
    git(root, "rm", "-rq", "ci")
    (root / "ci").symlink_to(other)
    put(root, "src/b.py", "y = 1\n")
    codexc("review", str(root), "--base", "main", "--gateway", str(root / "ci" / "codex.yaml"), KEY="k")
    assert not proof.exists()
    run = codexc(
        "review",
        str(root),
        "--base",
        "main",
        "--gateway",
        str(root / "ci" / "codex.yaml"),
        "--answers",
        str(root / "ci"),
        KEY="k",
    )
    assert run.code == 2 and "is in the repository under review" in run.err


def test_a_baseline_that_becomes_a_link_may_not_grow(root: Path) -> None:
    arguments: tuple[Any, ...] = ("audit", str(root), "--baseline", str(root / "bl.json"), "--base", "main")
    git(root, "checkout", "-q", "main")
    codexc("audit", str(root), "--write-baseline", str(root / "bl.json"))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "feat: baseline")
    git(root, "checkout", "-qB", "work")
    put(root, "src/b.py", "print(1)\n")
    codexc("audit", str(root), "--write-baseline", str(root / "new.json"))
    (root / "bl.json").unlink()
    (root / "bl.json").symlink_to("new.json")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "feat: link")
    run = codexc(*arguments)
    assert run.code == 2 and "is a symbolic link" in run.err
