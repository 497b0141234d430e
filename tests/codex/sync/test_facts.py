"""What a block says of the repository: where things are, and nothing that changes daily."""

from pathlib import Path

from codex.sync.facts import applied_profile, facts_of
from codex.sync.settings import Settings
from codex.workflow.profile import profile_of
from skills_build.model.config import Profile


def lines(root: Path, files: dict[str, str]) -> tuple[str, ...]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return facts_of(profile_of(root), Profile(), Settings()).lines


def test_folders_are_listed_with_their_purpose(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        {
            "src/a.py": "x = 1\n",
            "tests/test_a.py": "def test(): ...\n",
            ".github/workflows/ci.yml": "on: push\n",
            "vendor/b.py": "x = 1\n",
            "oddities/c.py": "x = 1\n",
        },
    )
    assert "- Layout: `src` (source), `tests` (tests)" in found
    assert not any("oddities" in line or "vendor" in line or ".github" in line for line in found)


def test_packages_are_named_with_their_languages_and_long_lists_are_counted(tmp_path: Path) -> None:
    files = {f"pkg{n:02}/package.json": f'{{"name": "p{n}"}}\n' for n in range(12)}
    files |= {f"pkg{n:02}/index.ts": "export const a = 1;\n" for n in range(12)}
    (line,) = (one for one in lines(tmp_path, files) if one.startswith("- Packages: "))
    assert line.startswith("- Packages: `pkg00` (TypeScript), `pkg01` (TypeScript)")
    assert line.endswith("`pkg09` (TypeScript) and 2 more")


def test_a_repository_without_packages_mentions_neither(tmp_path: Path) -> None:
    assert not [line for line in lines(tmp_path, {"a.py": "x = 1\n"}) if "Where" in line or "Packages" in line]


def test_files_that_codexc_writes_do_not_select_rules(tmp_path: Path) -> None:
    ours = (".claude/skills/a/SKILL.md", ".gitlab/duo/mr-review-instructions.yaml")
    theirs = (".claude/settings.json", ".gitlab/ci.yml", "AGENTS.md", "src/a.py")
    lines(tmp_path, dict.fromkeys((*ours, *theirs), "{}\n"))
    assert applied_profile(profile_of(tmp_path), Settings()).paths == theirs
