"""Publishing to a folder."""

from pathlib import Path

from tests.support.goals import (
    Bundles,
    goal,
)
from tests.support.publishing import offered, publish, put


def test_a_folder_with_other_files_is_refused(bundles: Bundles, tmp_path: Path) -> None:
    with goal("folder", tmp_path) as fresh:
        (tmp_path / "goal").mkdir()
        (tmp_path / "goal" / "notes.txt").write_text("mine")
        before = fresh.state()
        run = publish(bundles.first, fresh)
        assert run.code == 2
        assert "not written by codexc" in run.err
        assert fresh.state() == before


def test_a_folder_that_lost_a_file_is_restored(bundles: Bundles, tmp_path: Path) -> None:
    with goal("folder", tmp_path) as fresh:
        put(bundles.first, fresh)
        (tmp_path / "goal" / "statements.json").unlink()
        (tmp_path / "goal" / "old.md").write_text("left over")
        put(bundles.first, fresh)
        fresh.check(offered(bundles.first))
