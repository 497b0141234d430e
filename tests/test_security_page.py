"""`docs/security.md`: each promise names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def _promises() -> list[tuple[str, list[str]]]:
    rows = re.findall(r"^\| ([^|]+) \| (`test_[^|]+) \|$", PAGE, re.MULTILINE)
    return [(promise, re.findall(r"`(test_\w+)`", tests)) for promise, tests in rows]


def test_every_promise_names_tests_that_exist() -> None:
    existing = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    promises = _promises()
    assert len(promises) >= 25
    assert {name for _, names in promises for name in names} - existing == set()


def test_every_row_of_a_promise_has_a_test() -> None:
    section = PAGE.partition("## Promises")[2].partition("## Least privilege")[0]
    rows = [row for row in section.splitlines() if row.startswith("| ") and not row.startswith(("| promise", "| ---"))]
    assert len(rows) == len(_promises())
