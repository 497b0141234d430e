"""A commit with its files, in one exchange where there is a network."""

from pathlib import Path

import pytest

from tests.support.contract import ROWS, Row, head
from tests.support.fleet import git

FILES = {"README.md": "# Here\n", "src/a.py": "x = 1\n", "large.txt": "x" * 3000}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_commit_is_fetched_without_its_large_files(row: Row, tmp_path: Path) -> None:
    with row.begin(tmp_path) as stage:
        target = stage.add("shop/payments", FILES)
        seen = head(stage.port, target)
        assert seen.base is not None
        if stage.fake is not None:
            stage.fake.forget()
        repository = stage.port.fetch(seen.target, seen.base, most=2000)
        assert set(repository.listing) == set(FILES)
        assert repository.read(["src/a.py", "README.md", "large.txt", "absent"]) == {
            "src/a.py": b"x = 1\n",
            "README.md": b"# Here\n",
        }
        if stage.fake is not None:
            assert [entry.is_git for entry in stage.fake.log] == [True]
            assert repository.listing["large.txt"].size == 2001


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_file_of_exactly_the_limit_is_fetched(row: Row, tmp_path: Path) -> None:
    with row.begin(tmp_path) as stage:
        target = stage.add("shop/payments", {"a.txt": "x" * 2000})
        seen = head(stage.port, target)
        assert seen.base is not None
        assert len(stage.port.fetch(seen.target, seen.base, most=2000).read(["a.txt"])["a.txt"]) == 2000


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_last_author_of_a_file_is_that_of_its_last_change(row: Row, tmp_path: Path) -> None:
    with row.begin(tmp_path) as stage:
        target = stage.add("shop/payments", FILES)
        stage.commit("shop/payments", {"src/a.py": "x = 2\n"})
        stage.commit("shop/payments", {"README.md": "# There\n"})
        seen = head(stage.port, target)
        assert seen.base is not None
        expected = git(stage.git("shop/payments"), "log", "-1", "--format=%an <%ae>", "main", "--", "src/a.py")
        assert stage.port.last_author(seen.target, seen.base, "src/a.py") == expected
