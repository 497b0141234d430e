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
        put(bundles.first, fresh)
        fresh.check(offered(bundles.first))


def test_a_file_that_was_added_to_a_published_folder_is_named_and_kept(bundles: Bundles, tmp_path: Path) -> None:
    with goal("folder", tmp_path) as fresh:
        put(bundles.first, fresh)
        (tmp_path / "goal" / "robots.txt").write_text("mine")
        before = fresh.state()
        for bundle in (bundles.first, bundles.second):
            run = publish(bundle, fresh)
            assert (run.code, "not written by codexc: `robots.txt`" in run.err) == (2, True)
            assert fresh.state() == before
        (tmp_path / "goal" / "robots.txt").unlink()
        put(bundles.second, fresh)
        fresh.check(offered(bundles.second))
