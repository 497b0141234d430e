"""Links into folders that reading a codex skips."""

from pathlib import Path

import pytest

from tests.support.running import codexc

DIALECT = '[[rule]]\nat = "list-item"\nmatch = "MUST|SHOULD"\n'


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (".github/HELP.md", True),
        ("./.github/HELP.md", True),
        (".github/HELP", True),
        (".github/", True),
        (".github", True),
        (".github/GONE.md", False),
        (".git/config", False),
        ("../outside/.hidden", False),
    ],
)
def test_a_link_into_a_hidden_folder_is_broken_only_if_there_is_no_such_file(
    tmp_path: Path, target: str, found: bool
) -> None:
    root = tmp_path / "r"
    for name in (".github/HELP.md", ".git/config"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text("# Help\n")
    (root / "a.md").write_text(f"# A\n\n- Tools MUST build, see [help]({target}).\n")
    (tmp_path / "d.toml").write_text(DIALECT)
    result = codexc("check", "--root", str(root), "--dialect", str(tmp_path / "d.toml"))
    broken = "CX401" in result.out or "CX402" in result.out
    assert broken is not found, result.out
