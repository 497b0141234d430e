"""No file of others is read without a limit, and a lock that cannot be read is kept."""

import os
from pathlib import Path

import pytest

from codex.limits import BYTES_PER_FILE, BYTES_PER_SETTINGS
from codex.shell.reading import read_file, read_regular, read_text
from codex.shell.tree import read_inside
from skills_build.errors import CodexError
from tests.support.releasing import codex_in
from tests.support.running import codexc


@pytest.mark.parametrize("read", [read_file, read_regular, read_text, lambda path: read_inside(path.parent, path.name)])
def test_no_file_is_read_whole_without_a_limit(read: object, tmp_path: Path) -> None:
    assert callable(read)
    (tmp_path / "sparse").write_bytes(b"")
    os.truncate(tmp_path / "sparse", BYTES_PER_FILE + 1)
    with pytest.raises(CodexError, match="is larger than 67,108,864 bytes"):
        read(tmp_path / "sparse")


def test_a_codex_yaml_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "codex.yaml").write_text("namespace: acme\n# " + "x" * BYTES_PER_SETTINGS)
    run = codexc("check", cwd=tmp_path)
    assert (run.code, "is larger than 1,048,576 bytes" in run.err) == (2, True)


@pytest.mark.parametrize("content", ["<<<<<<< ours\n", '{"ids": NaN}', '{"ids": 1e999}', '{"ids": %s}' % ("9" * 5_000)])
def test_fmt_keeps_a_lock_that_cannot_be_read(content: str, tmp_path: Path) -> None:
    codex = codex_in(tmp_path / "codex")
    codex.write("codex.ids.lock", content)
    codex.write("services.md", (codex.standards / "services.md").read_text() + "   \n")
    before = {path.name: path.read_bytes() for path in codex.standards.iterdir() if path.is_file()}
    run = codexc("fmt", cwd=codex.standards)
    assert (run.code, "codex.ids.lock" in run.err) == (2, True)
    assert before == {path.name: path.read_bytes() for path in codex.standards.iterdir() if path.is_file()}
    assert "codex.ids.lock" in codexc("check", cwd=codex.standards).out
