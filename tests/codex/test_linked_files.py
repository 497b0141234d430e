"""Links into folders that reading a codex skips."""

from pathlib import Path

import pytest
from git import Repo

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


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("../incidents/42.md#timeline", ""),
        ("[INC-42](../incidents/42.md)", ""),
        ("https://wiki.example/i/43", ""),
        ("../incidents/43.md", "error[CX401]: the file `../incidents/43.md` in `Origin` does not exist"),
        ("[INC-43](../incidents/43.md)", "error[CX401]: the file `../incidents/43.md` in `Origin` does not exist"),
        ("../../beside/secret.md", "error[CX401]: the file `../../beside/secret.md` in `Origin` does not exist"),
    ],
)
def test_an_origin_is_a_link_or_a_file_of_the_repository(tmp_path: Path, origin: str, message: str) -> None:
    top = tmp_path / "codex"
    files = {"standards/codex.yaml": "namespace: acme\n", "incidents/42.md": "# Outage\n"}
    files["standards/svc.md"] = (
        "---\nid: SVC\ntitle: Services\ndomain: general\nstatus: approved\nowner: '@a'\n---\n\n# Services\n\n## Rules\n\n"
        f"### Services SHOULD answer (SVC-1)\n\n**Why:** callers wait.\n\n**Origin:** {origin}\n"
    )
    for path, text in {**files, "../beside/secret.md": ""}.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    Repo.init(top).close()
    result = codexc("check", "--root", top / "standards")
    assert [line for line in result.out.splitlines() if line.startswith(("error", "warning"))] == list(
        filter(None, [message])
    )
