"""A small codex and every byte that is made of it.

After a wanted change of the output run it with the environment variable `CODEXC_REFRESH_GOLDEN=1`, and read the
diff of `tests/golden/mini/dist` before it is committed.
"""

import os
import shutil
from pathlib import Path

from skills_build.emit.committed import committed
from tests.support.compiling import compiled_folder

MINI = Path(__file__).resolve().parents[2] / "golden" / "mini"


def on_disk(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refresh(files: dict[str, bytes], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def test_the_small_codex_gives_exactly_these_files() -> None:
    files = {file.path: file.data for file in committed(compiled_folder(MINI / "standards").artifacts)}
    if os.environ.get("CODEXC_REFRESH_GOLDEN"):
        refresh(files, MINI / "dist")
    expected = on_disk(MINI / "dist")
    assert sorted(files) == sorted(expected)
    assert {path: data.decode() for path, data in files.items()} == {
        path: data.decode() for path, data in expected.items()
    }
