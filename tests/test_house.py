"""What must hold of the repository itself."""

import re
import subprocess

import pytest

from tests.support.data import ROOT


def tracked() -> list[str]:
    result = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for path in result.stdout.split("\0") if path and (ROOT / path).is_file()]


def test_data_folders_are_no_packages() -> None:
    assert not [p for name in ("validators", "templates", "standards") for p in (ROOT / name).rglob("__init__.py")]


def test_news_fragments_have_a_type() -> None:
    names = [p.name for p in (ROOT / "changelog.d").iterdir() if p.name != "README.md"]
    assert names
    assert [n for n in names if not re.fullmatch(r"[a-z0-9+-]+\.(added|changed|fixed)\.md", n)] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    words = ("/" + "root/", "/" + "work/", "index" + "-url", "_auth" + "Token")
    found = []
    for path in tracked():
        text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        found += [f"{path}: {word}" for word in words if word in text]
    assert found == []


def test_no_module_of_the_program_has_over_400_lines() -> None:
    assert longer_than(400, "codex", "skills_build") == ["skills_build/languages.py"]  # it is generated


def test_no_test_file_has_over_500_lines() -> None:
    assert longer_than(500, "tests") == []


def longer_than(most: int, *folders: str) -> list[str]:
    """The Python files in these folders with more lines than that."""
    modules = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    sizes = {path.relative_to(ROOT).as_posix(): len(path.read_bytes().splitlines()) for path in modules}
    return [path for path, lines in sizes.items() if lines > most]


def test_no_file_is_binary_but_the_examples_of_the_fuzzer() -> None:
    """A downloaded package, a compiled program or an archive does not belong here."""
    texts = [path for path in tracked() if not path.startswith("tests/fuzz/corpus/")]
    assert [path for path in texts if b"\0" in (ROOT / path).read_bytes()] == []


def test_every_schema_describes_every_key() -> None:
    import json

    for path in sorted((ROOT / "validators" / "schemas").glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert schema["$id"] == f"urn:codexc:schema:{path.name.removesuffix('.schema.json')}:1"
        assert schema["description"]
