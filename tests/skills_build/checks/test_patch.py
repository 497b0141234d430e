"""Patches of git and of others, and hostile ones."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.checks.base import ChangedFile
from skills_build.checks.patch import parse_patch


def git(root: Path, *arguments: str) -> str:
    environment = {"HOME": str(root), "PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {
            f"GIT_{who}_NAME": "A",
            f"GIT_{who}_EMAIL": "a@example.com",
            f"GIT_{who}_DATE": "2026-11-29T00:00:00Z",
        }
    done = subprocess.run(["git", *arguments], cwd=root, env=environment, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a b.txt").write_text("one\ntwo\nthree\n")
    (tmp_path / "gone.txt").write_text("x\n")
    (tmp_path / "moved.txt").write_text("".join(f"{n}\n" for n in range(40)))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "feat: begin")
    (tmp_path / "a b.txt").write_text("one\n--- 2\n+++ 2\nthree")
    (tmp_path / "gone.txt").unlink()
    (tmp_path / "moved.txt").rename(tmp_path / "café.txt")
    (tmp_path / "new.bin").write_bytes(b"\x00\xff" * 50)
    (tmp_path / "new.txt").write_text("n\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "fix: change\n\nBody of it.\n\nAssisted-by: x")
    return tmp_path


@pytest.mark.parametrize("command", [("show",), ("format-patch", "-1", "--stdout"), ("log", "-p", "-1")])
def test_each_command_of_git_gives_the_same_change(repository: Path, command: tuple[str, ...]) -> None:
    patch = parse_patch(git(repository, *command, "-M"))
    files = {one.path: one for one in patch.files}
    assert files["a b.txt"].added == ((2, "--- 2"), (3, "+++ 2"), (4, "three"))
    assert files["a b.txt"].removed == ("two", "three")
    assert files["a b.txt"].context == ((1, "one"),)
    assert files["gone.txt"].deleted and files["gone.txt"].removed == ("x",)
    assert files["café.txt"] == ChangedFile(path="café.txt", old="moved.txt")
    assert files["new.txt"] == ChangedFile(path="new.txt", old=None, added=((1, "n"),))
    assert patch.binary == ("new.bin",)
    assert patch.faults == ()
    (commit,) = patch.commits
    assert commit.message.startswith("fix: change\n\nBody of it.") and "Assisted-by: x" in commit.message


@pytest.mark.parametrize("prefix", ["diff.mnemonicPrefix", "diff.noPrefix", "core.quotePath"])
def test_a_path_with_spaces_is_read_with_any_prefix(tmp_path: Path, prefix: str) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "changed file.txt").write_text("one\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "feat: begin")
    (tmp_path / "changed file.txt").write_text("two\n")
    (tmp_path / "Dockerfile of it").write_text("FROM x\n")
    (tmp_path / "empty file").write_text("")
    (tmp_path / "bi na ry").write_bytes(b"\x00\xff" * 50)
    git(tmp_path, "add", "-AN")
    patch = parse_patch(git(tmp_path, "-c", f"{prefix}=true", "diff", "main"))
    assert {one.path: (one.old, one.added) for one in patch.files} == {
        "Dockerfile of it": (None, ((1, "FROM x"),)),
        "bi na ry": (None, ()),
        "changed file.txt": ("changed file.txt", ((1, "two"),)),
        "empty file": (None, ()),
    }
    assert (patch.binary, patch.faults) == (("bi na ry",), ())


@pytest.mark.parametrize("how", ["short", "log", "diff"])
def test_a_patch_names_the_submodules_that_it_changes(repository: Path, how: str) -> None:
    for commit in ("1" * 40, "2" * 40):
        git(repository, "update-index", "--add", "--cacheinfo", f"160000,{commit},lib/parts")
        patch = parse_patch(git(repository, "diff", "--cached", f"--submodule={how}"))
        assert patch.submodules == ("lib/parts",)
        git(repository, "commit", "-qm", "add")


def test_a_plain_unified_diff_is_read() -> None:
    patch = parse_patch("--- old/a.c\t2026\n+++ b/a.c\n@@ -1 +1,2 @@\n-x\n+y\n+z\n")
    assert patch.files == (
        ChangedFile(path="a.c", old="old/a.c", added=((1, "y"), (2, "z")), removed=("x",), removed_at=(1,)),
    )


def test_many_hunks_of_one_file_are_read_in_linear_time() -> None:
    count = 60_000
    hunks = "".join(f"@@ -{at} +{at} @@\n-x\n+y\n" for at in range(1, count + 1))
    (changed,) = parse_patch(f"--- a/a.c\n+++ b/a.c\n{hunks}").files
    assert len(changed.added) == len(changed.removed) == count
    assert changed.removed_at[-1] == changed.added[-1][0] == count


@pytest.mark.parametrize("path", ["../etc/passwd", "/etc/passwd", "a/../../b", ".git/config", "C:\\x", "a\\..\\..\\b"])
def test_a_path_outside_the_repository_is_a_fault(path: str) -> None:
    patch = parse_patch(f"--- a/{path}\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n")
    assert patch.files == () and patch.faults


def test_the_escapes_of_a_path_are_read() -> None:
    patch = parse_patch('--- /dev/null\n+++ "b/a\\033[31m\\n.py"\n@@ -0,0 +1 @@\n+x\n')
    assert [one.path for one in patch.files] == ["a\x1b[31m\n.py"]


def test_ten_thousand_files_are_read() -> None:
    text = "".join(
        f"diff --git a/f{n} b/f{n}\nnew file mode 100644\n--- /dev/null\n+++ b/f{n}\n@@ -0,0 +1 @@\n+x\n"
        for n in range(10_000)
    )
    assert len(parse_patch(text).files) == 10_000


def test_a_hunk_that_is_cut_off_is_a_fault() -> None:
    patch = parse_patch("--- a/a\n+++ b/a\n@@ -1,5 +1,9 @@\n+x\n")
    assert "shorter" in patch.faults[-1].why


_LINES = st.sampled_from(
    ["diff --git a/x b/x", "--- a/x", "+++ b/x", "--- /dev/null", "@@ -1 +1 @@", "@@ -1,999999999 +1 @@", "+a", "-a", " a", "",
     "rename from x", "rename to y", "new file mode 100644", "deleted file mode 100644", "GIT binary patch", "commit " + "a" * 40,
     "From " + "a" * 40 + " Mon Sep 17 00:00:00 2001", "\\ No newline", 'diff --git "a/\\377" "b/\\377"']
)  # fmt: skip


@given(lines=st.lists(_LINES | st.text(max_size=12), max_size=20))
def test_no_text_is_a_traceback(lines: list[str]) -> None:
    patch = parse_patch("\n".join(lines))
    assert all(one.path for one in patch.files)
