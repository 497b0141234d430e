"""`docs/security.md`: each guarantee names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def _guarantees() -> list[tuple[str, list[str]]]:
    rows = re.findall(r"^\| ([^|]+) \| (`test_[^|]+) \|$", PAGE, re.MULTILINE)
    return [(guarantee, re.findall(r"`(test_\w+)`", tests)) for guarantee, tests in rows]


def test_every_guarantee_names_tests_that_exist() -> None:
    existing = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    guarantees = _guarantees()
    assert len(guarantees) >= 25
    assert {name for _, names in guarantees for name in names} - existing == set()


def test_every_row_of_a_guarantee_has_a_test() -> None:
    section = PAGE.partition("## Guarantees")[2].partition("## Least privilege")[0]
    rows = [
        row for row in section.splitlines() if row.startswith("| ") and not row.startswith(("| guarantee", "| ---"))
    ]
    assert len(rows) == len(_guarantees())
