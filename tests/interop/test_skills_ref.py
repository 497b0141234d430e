"""The reference validator of the Agent Skills format accepts every skill that is committed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.data import ROOT

pytestmark = pytest.mark.interop
SKILLS = sorted((ROOT / "dist" / "skills").iterdir()) if (ROOT / "dist" / "skills").is_dir() else []


def test_the_output_has_skills_to_validate() -> None:
    assert len(SKILLS) >= 10


@pytest.mark.slow
def test_every_skill_is_valid_for_skills_ref() -> None:
    tool = Path(sys.executable).parent / "agentskills"
    for skill in SKILLS:
        result = subprocess.run([tool, "validate", skill], capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{skill.name}: {result.stdout}{result.stderr}"


def test_the_validator_does_refuse(tmp_path: Path) -> None:
    skill = tmp_path / "bad-skill"
    skill.mkdir()
    (skill / "SKILL.md").write_text('---\nname: "other-name"\ndescription: "x"\n---\n', encoding="utf-8")
    tool = Path(sys.executable).parent / "agentskills"
    assert subprocess.run([tool, "validate", skill], capture_output=True, check=False).returncode != 0
