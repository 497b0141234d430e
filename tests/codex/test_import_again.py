"""`codexc import`: a second import keeps ids and edits, and completes what was interrupted."""

import errno
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex.shell.atomic import write_file
from codex.workflow.codex_folder import SourceOptions, open_codex
from codex.workflow.import_result import checked_import, write_import
from codex.workflow.importing import import_corpus
from tests.codex.importing import ITEMS, run_import, statements, write

RULES = ("Sheets MUST be linted before they ship.", "Tools SHOULD be small and do one thing.", "Logs MUST be JSON.")


def first(tmp_path: Path) -> Path:
    root = tmp_path / "r"
    write(root, {"a.md": "# F\n\n" + "".join(f"- {rule}\n" for rule in RULES), "b.md": "# G\n\n- Other MUST stay.\n"})
    assert run_import(root, ITEMS, tmp_path / "imp").code == 0
    return root


def by_words(rows: dict[str, dict[str, str]], words: str) -> str:
    return next(id_ for id_, row in rows.items() if words in row["text"])


def again(tmp_path: Path) -> dict[str, dict[str, str]]:
    result = run_import(tmp_path / "r", ITEMS, tmp_path / "imp")
    assert result.code == 0, result.out + result.err
    return statements(tmp_path / "imp", tmp_path / "out2")


def test_a_second_import_without_a_change_changes_nothing(tmp_path: Path) -> None:
    first(tmp_path)
    before = {p: p.read_bytes() for p in (tmp_path / "imp").rglob("*") if p.is_file()}
    again(tmp_path)
    assert {p: p.read_bytes() for p in (tmp_path / "imp").rglob("*") if p.is_file()} == before


def test_rules_keep_their_ids_when_others_come_go_and_change_places(tmp_path: Path) -> None:
    root = first(tmp_path)
    write(root, {"a.md": f"# F\n\n- New things MUST come first.\n- {RULES[2]}\n- {RULES[0]}\n"})
    rows = again(tmp_path)
    assert by_words(rows, "JSON") == "A-3"
    assert by_words(rows, "linted") == "A-1"
    assert by_words(rows, "New things") == "A-4"
    assert "### Tools SHOULD be small and do one thing. (A-2)" in (tmp_path / "imp/a.md").read_text()


def test_rules_keep_their_ids_when_they_are_retitled(tmp_path: Path) -> None:
    root = first(tmp_path)
    (root / "a.md").write_text((root / "a.md").read_text().replace("before they ship", "before any of them ship"))
    assert by_words(again(tmp_path), "linted") == "A-1"


def test_rules_keep_their_ids_when_they_move_to_another_file(tmp_path: Path) -> None:
    root = first(tmp_path)
    write(root, {"a.md": f"# F\n\n- {RULES[0]}\n- {RULES[1]}\n", "b.md": f"# G\n\n- Other MUST stay.\n- {RULES[2]}\n"})
    rows = again(tmp_path)
    assert by_words(rows, "JSON") == "A-3"
    assert by_words(rows, "Other") == "B-1"


@pytest.mark.parametrize("retitled", [False, True])
def test_rules_keep_their_ids_when_their_file_is_renamed(tmp_path: Path, retitled: bool) -> None:
    root = first(tmp_path)
    (root / "a.md").rename(root / "zebra.md")
    if retitled:
        text = (root / "zebra.md").read_text().replace("before they ship", "before you ship them")
        (root / "zebra.md").write_text(text)
    rows = again(tmp_path)
    assert [by_words(rows, words) for words in ("linted", "small", "JSON")] == ["A-1", "A-2", "A-3"]
    assert not (tmp_path / "imp/a.md").exists()


def test_written_ids_keep_their_rules_however_they_are_retitled(tmp_path: Path) -> None:
    by = "[[rule]]\nat = 'list-item'\nmatch = '^(?P<id>V[\\d.]+) (?P<statement>.*)$'\n[id]\nmode = 'explicit'\npattern = 'V[\\d.]+'\n"
    root = tmp_path / "r"
    write(root, {"a.md": "# F\n\n- V1.1 A MUST b.\n- V1.2 C MUST d.\n"})
    assert run_import(root, by, tmp_path / "imp").code == 0
    write(root, {"a.md": "# F\n\n- V1.2 Quite another thing SHOULD be said.\n- V1.1 A MUST b.\n"})
    assert run_import(root, by, tmp_path / "imp").code == 0
    assert by_words(statements(tmp_path / "imp", tmp_path / "out"), "Quite") == "A-2"


def test_a_build_and_settings_in_between_do_no_harm(tmp_path: Path) -> None:
    root = first(tmp_path)
    statements(tmp_path / "imp", tmp_path / "out")
    config = (tmp_path / "imp/codex.yaml").read_text() + "\ntitle: Ours\n"
    (tmp_path / "imp/codex.yaml").write_text(config)
    write(root, {"new/c.md": "# H\n\n- More MUST come.\n"})
    again(tmp_path)
    new = (tmp_path / "imp/codex.yaml").read_text()
    assert "title: Ours" in new
    assert "  new:\n" in new


def test_edits_in_the_new_codex_are_never_overwritten(tmp_path: Path) -> None:
    root = first(tmp_path)
    edited = (tmp_path / "imp/a.md").read_text() + "\nBy hand.\n"
    (tmp_path / "imp/a.md").write_text(edited)
    (root / "a.md").write_text((root / "a.md").read_text() + "- More MUST come.\n")
    result = run_import(root, ITEMS, tmp_path / "imp")
    assert result.code == 2
    assert "`a.md` were edited since the last import" in result.err or "edited since the last import" in result.err
    assert (tmp_path / "imp/a.md").read_text() == edited


def test_a_first_import_that_ends_after_any_file_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = first(tmp_path)
    whole = {path.name: path.read_bytes() for path in (tmp_path / "imp").iterdir()}
    place = open_codex(SourceOptions(root=root, dialects=(str(tmp_path / "d.toml"),), cache=False, as_of="2026-11-30"))
    for count in range(1, len(whole)):
        left = iter(range(count))

        def write_some(path: Path, data: bytes, *, root: Path, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")
            write_file(path, data, root=root)

        out = tmp_path / f"after-{count}"
        imported = checked_import(import_corpus(place, out), out, as_of="2026-11-30").result
        monkeypatch.setattr("codex.workflow.import_result.write_file", write_some)
        with pytest.raises(OSError, match="No space left"):
            write_import(imported, out)
        monkeypatch.undo()
        write_import(checked_import(import_corpus(place, out), out, as_of="2026-11-30").result, out)
        assert {path.name: path.read_bytes() for path in out.iterdir()} == whole


def test_a_damaged_record_or_lock_is_one_clear_error(tmp_path: Path) -> None:
    root = first(tmp_path)
    (tmp_path / "imp/.codexc-import.json").write_text('{"files": {"../../x": 1}}')
    assert run_import(root, ITEMS, tmp_path / "imp").code == 2
    (tmp_path / "imp/.codexc-import.json").write_text("[")
    assert "is damaged" in run_import(root, ITEMS, tmp_path / "imp").err
    (tmp_path / "imp/codex.ids.lock").write_text("<<<<<<<")
    assert "lock" in run_import(root, ITEMS, tmp_path / "imp").err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ci.yml", "on: push\n"),
        ("NOTES.md", "# Notes\n\nBy hand.\n"),
        (".github/workflows/x.yml", "on: push\n"),
        (
            "zz.md",
            "---\nid: ZZ\ntitle: B\ndomain: general\nstatus: enforced\n---\n\n# B\n\n## Rules\n\n### It MUST hold (ZZ-1)\n",
        ),
    ],
)
def test_a_forged_record_deletes_no_file_that_no_import_wrote(name: str, text: str, tmp_path: Path) -> None:
    root = first(tmp_path)
    victim = tmp_path / "imp" / name
    victim.parent.mkdir(parents=True, exist_ok=True)
    victim.write_text(text)
    path = tmp_path / "imp/.codexc-import.json"
    record = json.loads(path.read_text())
    record["files"][name] = hashlib.sha256(victim.read_bytes()).hexdigest()
    path.write_text(json.dumps(record))
    for options in (("--dry-run",), ()):
        run = run_import(root, ITEMS, tmp_path / "imp", *options)
        assert f"{name}: no longer in the original; delete it if it is not needed" in run.err
    assert victim.read_text() == text
