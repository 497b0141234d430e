"""Paths that some system reads as another one are refused, and all others are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build.emit.registry import TARGETS, bundle_fault, owned_fault
from skills_build.model.paths import escape_fault, folded, names_git, path_fault

GIT = (
    ".git",
    ".GIT",
    ".Git",
    "git~1",
    "GIT~1",
    "git~2",
    ".git ",
    ".git.",
    ".git . .",
    "git~1.",
    ".git::$INDEX_ALLOCATION",
    ".git:stream",
    ".g\u200cit",
    "\u200d.git",
    ".git\ufeff",
    ".gi\u202et",
    ".\u206fgit",
    "\uff0egit",
    ".\uff47it",
)
IGNORED = [chr(code) for code in (*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF)]
"""What HFS+ ignores in names, by git's utf8.c."""


@pytest.mark.parametrize("name", GIT)
def test_every_spelling_of_git_is_refused_at_any_depth(name: str) -> None:
    assert names_git(name)
    for path in (name, f"{name}/hooks/pre-commit", f"a/{name}", f"a/b/{name}/config"):
        assert escape_fault(path)
        assert path_fault(path)
        assert owned_fault(f".agents/skills/{path}")
        assert bundle_fault(f"targets/agents/.agents/skills/{path}")


@given(
    st.lists(st.sampled_from(IGNORED), max_size=4),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.text(". ", max_size=3),
    st.integers(0, 4),
)
def test_git_with_ignored_characters_in_any_case_is_noticed(
    ignored: list[str], upper: list[bool], end: str, place: int
) -> None:
    name = "".join(letter.upper() if up else letter for letter, up in zip(".git", upper, strict=True))
    assert names_git(name[:place] + "".join(ignored) + name[place:] + end)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a",
        "a//b",
        "a/",
        "./a",
        "a/./b",
        "..",
        "../a",
        "a/../b",
        "a\\b",
        "..\\a",
        "C:a",
        "C:\\a",
        "a:b",
        "a\0b",
    ],
)
def test_paths_that_leave_their_folder_or_have_two_spellings_are_refused(path: str) -> None:
    assert path_fault(path)


@pytest.mark.parametrize(
    "name",
    [
        "CON",
        "nul",
        "aux.md",
        "Com1",
        "com\u00b9.txt",
        "LPT9.a.b",
        "prn .md",
        "conin$",
        "a.",
        "a ",
        "a?",
        "a*",
        "a\x1fb",
    ],
)
def test_names_that_windows_reads_otherwise_are_refused(name: str) -> None:
    assert path_fault(name)
    assert path_fault(f"a/{name}/b.md")


@pytest.mark.parametrize(
    "path",
    [
        ".github/copilot-instructions.md",
        ".gitignore",
        ".gitattributes",
        "git",
        "digit",
        "legit~1x",
        "console.md",
        "a.b.c",
    ],
)
def test_ordinary_paths_are_taken(path: str) -> None:
    assert path_fault(path) is None


@given(st.text(min_size=1, max_size=12))
def test_no_text_fails_and_what_is_taken_stays_in_its_folder(path: str) -> None:
    if path_fault(path) is None:
        assert escape_fault(path) is None
        assert not path.startswith("/")
        assert ".." not in path.split("/")
    assert folded(folded(path)) == folded(path)


@pytest.mark.parametrize(
    "path",
    ["CODEOWNERS", ".github/workflows/a.yml", ".claude/settings.json", ".Agents/skills/a", ".agents/skills", "a"],
)
def test_nothing_else_of_a_repository_is_ours(path: str) -> None:
    assert owned_fault(path)
    assert all(bundle_fault(f"targets/{target.name}/{path}") for target in TARGETS)


def test_each_target_takes_what_is_below_its_own_folders_alone() -> None:
    for one in TARGETS:
        taken = {
            root for target in TARGETS for root in target.roots if not bundle_fault(f"targets/{one.name}/{root}a/b")
        }
        assert taken == set(one.roots)
        hosts = {host for target in TARGETS for host in target.hosts if not bundle_fault(f"targets/{one.name}/{host}")}
        assert hosts == set(one.hosts)
