"""Whatever an attacker pushes to our branch: it ends as ours, or as the work of a person that is reported."""

import tempfile
from pathlib import Path
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from codex.forge.local import LocalForge
from codex.sync.observed import MergeRequest
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from codex.sync.repository import Repository
from tests.support.attacker import Edits, Forgery, changes, forge
from tests.support.fleet import People, codex_of, git, sync

REPO: Final = "shop/payments"
BRANCH: Final = "codex/sync"
OURS: Final = (
    "AGENTS.md",
    ".engineering-codex.lock",
    ".agents/skills/eng-python/SKILL.md",
    ".agents/skills/eng-index/SKILL.md",
)
THEIRS: Final = ("src/a.py", "pyproject.toml", ".github/workflows/ci.yml", "new/deep/x", ".agents/skills/evil/SKILL.md")
POLICY: Final = Policy(source="eng", auto_merge=True, without_approval=True)
CONTENT: Final = st.tuples(st.sampled_from(["100644", "100755", "120000"]), st.binary(min_size=1, max_size=9))
MODULE: Final = st.just(("160000", b"1" * 40))
EDITS: Final = st.dictionaries(st.sampled_from(OURS + THEIRS), CONTENT | MODULE | st.none(), max_size=4)
SAID: Final = st.dictionaries(
    st.sampled_from(["source", "version", "base", "digest"]),
    st.sampled_from(["1.0.0", "2.0.0", "0.0.0", "x", "0" * 40, "0" * 64]),
    max_size=2,
)
TEXTS: Final = st.sampled_from([None, "Title", "Engineering codex 1.0.0\n\nCodex-Seal: x"])


class Asking(LocalForge):
    """Remembers the commits that it made, and those at which a merge was asked for."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.commits: list[str] = []
        self.auto_merges: list[str] = []

    def commit(self, *arguments: Any, **named: Any) -> str:
        self.commits.append(super().commit(*arguments, **named))
        return self.commits[-1]

    def auto_merge(self, target: Repository, request: MergeRequest, *, expected: str) -> str:
        self.auto_merges.append(expected)
        return super().auto_merge(target, request, expected=expected)


@settings(max_examples=20)
@example(edits={}, said={}, text=None, parent=None, merged=True, resealed=False, closed=False, newer=False)
@given(
    edits=EDITS,
    said=SAID,
    text=TEXTS,
    parent=st.sampled_from([None, "main^", BRANCH]),
    merged=st.booleans(),
    resealed=st.booleans(),
    closed=st.booleans(),
    newer=st.booleans(),
)
def test_outcomes_of_forged_branches(
    *,
    edits: Edits,
    said: dict[str, str],
    text: str | None,
    parent: str | None,
    merged: bool,
    resealed: bool,
    closed: bool,
    newer: bool,
) -> None:
    forgery = Forgery(edits=edits, said=said, text=text, parent=parent, merged=merged, resealed=resealed)
    codex = codex_of("2.0.0", "\nA newer word.\n") if newer else codex_of()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repositories"
        root.mkdir()
        people = People(root)
        people.add(REPO)
        people.commit(REPO, {"src/b.py": "y = 1\n"})
        bare = root / f"{REPO}.git"
        sync(people, codex=codex)
        expected = changes(bare, f"{BRANCH}^", BRANCH)
        git(bare, "update-ref", "-d", f"refs/heads/{BRANCH}")
        people.change(REPO, 1, state="merged", labels=["codex-retry"])  # merged and reverted, and wanted again
        sync(people)
        if closed:
            people.change(REPO, 2, state="closed", labels=["codex-retry"])
        theirs = forge(bare, forgery)
        port = Asking(root)
        result = sync(people, codex=codex, policy=POLICY, forge=port)[REPO]
        tip = people.tip(REPO)
        if result.decision.outcome is Outcome.HUMAN_EDITED:
            assert (tip, port.commits) == (theirs, [])
        else:
            assert changes(bare, "main", BRANCH) == expected
        assert set(port.auto_merges) <= set(port.commits)
        assert set(port.commits) <= {tip}
