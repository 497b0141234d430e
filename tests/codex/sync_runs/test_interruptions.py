"""A run that dies, or meets another one, is continued by the next."""

from pathlib import Path
from typing import Any

import pytest

from codex.forge.local import LocalForge
from codex.sync.outcome import Outcome
from tests.support.fleet import People, codex_of, git, state, sync
from tests.support.sync_runs import NEWER, REPO, decided


class Dying(LocalForge):
    """A forge that dies at the k-th thing it is asked to write: before doing it, or after."""

    def __init__(self, root: Path, at: int, *, after: bool) -> None:
        super().__init__(root, clock=lambda: 1_790_000_000)
        self._at, self._after, self.count = at, after, 0

    def _maybe(self, done: bool) -> None:
        if done is not self._after:
            return
        self.count += 1
        if self.count == self._at:
            raise KeyboardInterrupt

    def commit(self, *arguments: Any, **named: Any) -> str:
        self._maybe(False)
        commit = super().commit(*arguments, **named)
        self._maybe(True)
        return commit

    def open_request(self, *arguments: Any, **named: Any) -> Any:
        self._maybe(False)
        commit = super().open_request(*arguments, **named)
        self._maybe(True)
        return commit

    def update_request(self, *arguments: Any, **named: Any) -> None:
        self._maybe(False)
        super().update_request(*arguments, **named)
        self._maybe(True)

    def comment(self, *arguments: Any, **named: Any) -> None:
        self._maybe(False)
        super().comment(*arguments, **named)
        self._maybe(True)

    def close_request(self, *arguments: Any, **named: Any) -> None:
        self._maybe(False)
        super().close_request(*arguments, **named)
        self._maybe(True)

    def delete_branch(self, *arguments: Any, **named: Any) -> None:
        self._maybe(False)
        super().delete_branch(*arguments, **named)
        self._maybe(True)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("scene", ["new", "newer", "obsolete"])
def test_killed_at_any_write_the_next_run_converges(people: People, scene: str, at: int, after: bool) -> None:
    codex = NEWER if scene == "newer" else codex_of()
    if scene != "new":
        sync(people)
    if scene == "obsolete":
        git(people.root / f"{REPO}.git", "update-ref", "refs/heads/main", people.tip(REPO) or "")
    dying = Dying(people.root, at, after=after)
    try:
        sync(people, forge=dying, codex=codex)
    except KeyboardInterrupt:
        assert dying.count == at
    sync(people, codex=codex)
    last = state(people)
    outcome = decided(sync(people, codex=codex))[0]
    assert state(people) == last
    assert outcome is (Outcome.IN_SYNC if scene == "obsolete" else Outcome.OPEN)
    assert len(people.requests(REPO)) == 1
    assert len(people.requests(REPO)[0]["notes"]) <= 1
    if scene != "obsolete":
        assert git(people.root / f"{REPO}.git", "rev-list", "--count", "main..codex/sync") == "1"


class Racing(LocalForge):
    """A forge on which a person pushes between our look and our commit."""

    def __init__(self, people: People, times: int) -> None:
        super().__init__(people.root)
        self._people, self._times = people, times

    def commit(self, *arguments: Any, **named: Any) -> str:
        if self._times:
            self._times -= 1
            self._people.commit(REPO, {"src/theirs.py": f"x = {self._times}\n"}, "codex/sync")
        return super().commit(*arguments, **named)


def test_a_person_who_pushes_during_a_sync_never_loses_a_commit(people: People) -> None:
    sync(people)
    results = sync(people, forge=Racing(people, 1), codex=NEWER)
    assert decided(results) == (Outcome.HUMAN_EDITED, 10)
    assert people.show(REPO, "src/theirs.py", "codex/sync") == "x = 0\n"


def test_two_runners_end_as_one(people: People, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for number in range(6):
        people.add(f"many/r{number}")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: sync(people), range(2)))
    assert all(len(people.requests(path)) == 1 for path in people.targets)
    last = state(people)
    assert {decided(sync(people), path)[0] for path in people.targets} == {Outcome.OPEN}
    assert state(people) == last
