"""The decision table as a function: every row by what leads to it, and what holds of all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import pytest

from codex.sync.changeset import Action, ChangeSet, FileChange, State
from codex.sync.decision_table import Decision, Proposal, Step, decide
from codex.sync.lock import Lock, Selection
from codex.sync.observed import BranchTip, ClosedRequest, MergeRequest, Observed, TreeEntry
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy, Touched
from codex.sync.repository import Repository
from codex.sync.request_text import RequestText
from codex.sync.seal import Trailers, seal, sealed, trailers
from codex.sync.settings import OptOut, Settings

BASE, OLDER = "b" * 40, "a" * 40
DIGEST, OTHER, WORDS = "d" * 64, "e" * 64, "f" * 64
PAGE: Final = FileChange(path="AGENTS.md", state=State.CLEAN, action=Action.UPDATE, new=b"new")
ELSEWHERE: Final = replace(PAGE, path="CLAUDE.md")
KEPT: Final = replace(PAGE, state=State.EDITED, action=Action.KEEP, new=None)
STUCK: Final = replace(KEPT, state=State.UNUSABLE, why="it is kept in Git LFS")
DAMAGED: Final = replace(STUCK, markers=True)
POLICY: Final = Policy()
HERE: Final = Repository(id="1", path="shop/payments")
PLAIN: Final = Settings()


def body(digest: str = DIGEST, words: str = WORDS) -> str:
    return f"Words.\n\n<!-- codex:request digest={digest} fingerprint={words} title={WORDS} -->\n"


def ours(digest: str = DIGEST, parent: str = BASE) -> BranchTip:
    """A commit of ours."""
    changed = {"AGENTS.md": TreeEntry(blob="1" * 40)}
    said = Trailers(source="acme", version="1.0.0", base=parent, digest=digest, seal=seal(changed, "Title"))
    return BranchTip(commit="c" * 40, parent=parent, message=f"Title\n\n{said.text()}", changed=changed, on_base=True)


THEIRS: Final = replace(ours(), message="Work of a person\n")
REQUEST: Final = MergeRequest(number=1, url="!1", title="T", body=body(), labels=("codex",), mergeable=True)
CLOSED: Final = ClosedRequest(number=1, url="!1", body=body(), merged=False)
MERGED: Final = replace(CLOSED, merged=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is observed, what would be proposed, and what is asked for."""

    target: Repository = HERE
    base: str | None = BASE
    settings: Settings = PLAIN
    change: FileChange | None = PAGE
    tip: BranchTip | None = None
    request: MergeRequest | None = None
    past: ClosedRequest | None = None
    policy: Policy = POLICY
    before: Outcome | None = None
    lock: Lock | None = None
    """The lock that the change writes; the default branch has none."""
    exact: bool = True
    """Whether a branch that claims to hold what is wanted is what this run would write."""

    def decided(self) -> Decision:
        observed = Observed(
            target=self.target,
            base=self.base,
            settings=self.settings,
            tip=self.tip,
            request=self.request,
            closed_request=self.past,
        )
        work = ChangeSet(changes=(self.change,) if self.change else (), lock=self.lock)
        letter = RequestText(title="T", body=body(), fingerprint=WORDS)
        said = trailers(self.tip.message) if self.tip else None
        exact = self.exact and said is not None and said.digest == DIGEST
        proposal = Proposal(change_set=work, digest=DIGEST, request_text=letter, exact=exact)
        return decide(observed, proposal, self.policy, before=self.before)


OUT = Settings(opt_out=OptOut(reason="frozen"))
HELD = replace(REQUEST, labels=("codex-hold",))
TAKEN = replace(REQUEST, labels=("codex-takeover",))
DRAFT = replace(REQUEST, draft=True, body=body().replace(" -->", " draft -->"))
LIFTED = replace(DRAFT, draft=False)
THEIRS_MERGED = replace(THEIRS, merged=True)
SQUASHED = replace(MERGED, head=THEIRS.commit)
CLOSED_TAKEN = replace(CLOSED, labels=("codex-takeover",))
LOCK = Lock(codex="acme", version="1.0.0", tree="0" * 64, selection=Selection(profile="", targets=(), skills=()))
MAKE, DROP = (Step.COMMIT, Step.OPEN), (Step.DELETE_BRANCH,)


@pytest.mark.parametrize(
    ("row", "outcome", "steps", "case"),
    [
        (1, Outcome.SKIPPED, (), Case(target=Repository(id="1", path="a/b", archived=True))),
        (1, Outcome.SKIPPED, (), Case(target=Repository(id="1", path="a/b", mirror=True))),
        (1, Outcome.SKIPPED, (), Case(target=Repository(id="1", path="a/b", requests_off=True))),
        (1, Outcome.SKIPPED, (), Case(target=Repository(id="1", path="a/b", writable=False))),
        (1, Outcome.SKIPPED, (), Case(base=None)),
        (1, Outcome.SKIPPED, (), Case(change=STUCK)),
        (2, Outcome.OPTED_OUT, (), Case(settings=OUT, tip=ours(), request=REQUEST)),
        (3, Outcome.IN_SYNC, (), Case(change=None)),
        (3, Outcome.IN_SYNC, (), Case(change=None, tip=THEIRS)),
        (3, Outcome.IN_SYNC, DROP, Case(change=None, tip=ours(), past=CLOSED)),
        (3, Outcome.MERGED, DROP, Case(change=None, tip=ours(), past=MERGED, before=Outcome.OPEN)),
        (4, Outcome.CLOSED, (Step.NOTE, Step.CLOSE, *DROP), Case(change=None, tip=ours(), request=REQUEST)),
        (5, Outcome.NEEDS_HUMAN, (Step.NOTE,), Case(change=None, tip=THEIRS, request=REQUEST)),
        (6, Outcome.DRIFT, (), Case(change=KEPT)),
        (6, Outcome.DRIFT, DROP, Case(change=KEPT, tip=ours())),
        (7, Outcome.CONFLICT, (), Case(change=DAMAGED, tip=ours(), request=REQUEST)),
        (8, Outcome.DECLINED, (), Case(past=CLOSED)),
        (8, Outcome.DECLINED, (), Case(past=CLOSED, tip=ours())),
        (8, Outcome.DECLINED, (), Case(past=replace(CLOSED, body="Not for us."), tip=ours())),
        (9, Outcome.HELD, (), Case(tip=ours(OTHER), request=HELD)),
        (9, Outcome.HELD, (), Case(change=None, tip=ours(), request=HELD)),
        (10, Outcome.HUMAN_EDITED, (Step.NOTE,), Case(tip=THEIRS, request=REQUEST)),
        (10, Outcome.HUMAN_EDITED, (), Case(tip=THEIRS)),
        (11, Outcome.OPEN, (), Case(tip=ours(), request=REQUEST)),
        (11, Outcome.OPEN, (Step.REVISE,), Case(tip=ours(), request=replace(REQUEST, body=body(words=OTHER)))),
        (12, Outcome.OPEN, (), Case(tip=ours(parent=OLDER), request=REQUEST)),
        (13, Outcome.UPDATED, (Step.COMMIT,), Case(tip=ours(OTHER), request=REQUEST)),
        (13, Outcome.UPDATED, (Step.COMMIT,), Case(tip=ours(parent=OLDER), request=replace(REQUEST, mergeable=False))),
        (
            13,
            Outcome.UPDATED,
            (Step.COMMIT,),
            Case(tip=ours(parent=OLDER), request=REQUEST, policy=Policy(rebase=True)),
        ),
        (13, Outcome.UPDATED, (Step.COMMIT,), Case(tip=ours(parent=OLDER), request=REQUEST, change=ELSEWHERE)),
        (13, Outcome.UPDATED, (Step.UNLABEL, Step.COMMIT), Case(tip=THEIRS, request=TAKEN)),
        (13, Outcome.UPDATED, (Step.UNLABEL, Step.COMMIT), Case(tip=ours(OTHER), request=TAKEN)),
        (11, Outcome.OPEN, (Step.UNLABEL,), Case(tip=ours(), request=TAKEN)),
        (12, Outcome.OPEN, (Step.UNLABEL,), Case(tip=ours(parent=OLDER), request=TAKEN)),
        (11, Outcome.OPEN, (Step.READY, Step.REVISE), Case(tip=ours(), request=DRAFT)),
        (12, Outcome.OPEN, (Step.READY, Step.REVISE), Case(tip=ours(parent=OLDER), request=DRAFT)),
        (
            13,
            Outcome.UPDATED,
            (Step.COMMIT, Step.READY, Step.AUTO_MERGE, Step.REVISE),
            Case(tip=ours(OTHER), request=DRAFT, policy=Policy(auto_merge=True)),
        ),
        (11, Outcome.OPEN, (), Case(tip=ours(), request=DRAFT, policy=Policy(draft=True))),
        (11, Outcome.OPEN, (Step.REVISE,), Case(tip=ours(), request=LIFTED, policy=Policy(draft=True))),
        (11, Outcome.OPEN, (), Case(tip=ours(), request=replace(REQUEST, draft=True))),
        (3, Outcome.IN_SYNC, DROP, Case(change=None, tip=THEIRS_MERGED)),
        (3, Outcome.IN_SYNC, DROP, Case(change=None, tip=THEIRS, past=SQUASHED)),
        (14, Outcome.OPENED, MAKE, Case(tip=THEIRS_MERGED, past=MERGED)),
        (14, Outcome.OPENED, MAKE, Case(tip=THEIRS, past=SQUASHED)),
        (
            10,
            Outcome.HUMAN_EDITED,
            (Step.NOTE,),
            Case(tip=THEIRS, past=replace(SQUASHED, merged=False, body=body(OTHER))),
        ),
        (10, Outcome.HUMAN_EDITED, (Step.NOTE,), Case(tip=THEIRS, past=MERGED)),
        (10, Outcome.HUMAN_EDITED, (Step.NOTE,), Case(tip=THEIRS, past=replace(CLOSED, body=body(OTHER)))),
        (14, Outcome.OPENED, (Step.UNLABEL, *MAKE), Case(tip=THEIRS, past=replace(CLOSED_TAKEN, body=body(OTHER)))),
        (14, Outcome.OPENED, (Step.OPEN,), Case(tip=ours(), past=replace(CLOSED_TAKEN, body=body(OTHER)))),
        (8, Outcome.DECLINED, (), Case(tip=THEIRS, past=CLOSED_TAKEN)),
        (8, Outcome.DECLINED, (), Case(past=MERGED, lock=LOCK)),
        (15, Outcome.OPENED, MAKE, Case(past=MERGED, lock=LOCK, change=replace(PAGE, state=State.EDITED))),
        (15, Outcome.OPENED, MAKE, Case(past=replace(MERGED, body=body(OTHER)), lock=LOCK)),
        (15, Outcome.OPENED, MAKE, Case(past=replace(MERGED, labels=("codex-retry",)), lock=LOCK)),
        (1, Outcome.SKIPPED, (), Case(target=replace(HERE, default_branch="codex/sync"), change=None, tip=ours())),
        (14, Outcome.OPENED, (Step.OPEN,), Case(tip=ours())),
        (14, Outcome.OPENED, MAKE, Case(tip=ours(OTHER))),
        (14, Outcome.OPENED, (Step.OPEN,), Case(tip=ours(), past=replace(CLOSED, labels=("codex-retry",)))),
        (15, Outcome.OPENED, MAKE, Case()),
        (15, Outcome.OPENED, MAKE, Case(past=MERGED)),
        (15, Outcome.OPENED, MAKE, Case(past=replace(CLOSED, body=body(OTHER)))),
        (15, Outcome.OPENED, (*MAKE, Step.AUTO_MERGE), Case(policy=Policy(auto_merge=True))),
        (15, Outcome.OPENED, MAKE, Case(policy=Policy(auto_merge=True, draft=True))),
        (14, Outcome.OPENED, (*MAKE, Step.AUTO_MERGE), Case(tip=ours(), policy=Policy(auto_merge=True))),
        (3, Outcome.IN_SYNC, DROP, Case(change=None, tip=ours(), exact=False)),
        (3, Outcome.MERGED, DROP, Case(change=None, tip=ours(), past=MERGED, before=Outcome.OPEN, exact=False)),
        (
            4,
            Outcome.CLOSED,
            (Step.NOTE, Step.CLOSE, *DROP),
            Case(change=None, tip=ours(), request=REQUEST, exact=False),
        ),
        (6, Outcome.DRIFT, DROP, Case(change=KEPT, tip=ours(), exact=False)),
        (7, Outcome.CONFLICT, (), Case(change=DAMAGED, tip=ours(), request=REQUEST, exact=False)),
        (8, Outcome.DECLINED, (), Case(past=CLOSED, tip=ours(), exact=False)),
        (9, Outcome.HELD, (), Case(tip=ours(), request=HELD, exact=False)),
        (13, Outcome.UPDATED, (Step.COMMIT,), Case(tip=ours(), request=REQUEST, exact=False)),
        (13, Outcome.UPDATED, (Step.COMMIT,), Case(tip=ours(parent=OLDER), request=REQUEST, exact=False)),
        (
            13,
            Outcome.UPDATED,
            (Step.COMMIT, Step.REVISE),
            Case(tip=ours(), request=replace(REQUEST, body=body(words=OTHER)), exact=False),
        ),
        (14, Outcome.OPENED, MAKE, Case(tip=ours(), exact=False)),
        (14, Outcome.OPENED, MAKE, Case(tip=ours(), past=replace(CLOSED, labels=("codex-retry",)), exact=False)),
    ],
)
def test_each_row_of_the_table_decides_its_case(
    row: int, outcome: Outcome, steps: tuple[Step, ...], case: Case
) -> None:
    found = case.decided()
    assert (found.row, found.outcome, found.steps) == (row, outcome, steps)
    assert found.reason


def every() -> Iterator[Case]:
    """All that may be observed together."""
    tips = (None, ours(), ours(OTHER), ours(parent=OLDER), THEIRS)
    requests = (None, REQUEST, HELD, TAKEN, replace(REQUEST, mergeable=False), replace(REQUEST, body="Theirs."))
    pasts = (None, CLOSED, MERGED, replace(CLOSED, body=body(OTHER)), replace(CLOSED, labels=("codex-retry",)))
    policies = (POLICY, Policy(touched=Touched.TAKEOVER), Policy(rebase=True, auto_merge=True), Policy(draft=True))
    changes, befores = (PAGE, KEPT, STUCK, DAMAGED, None), (None, Outcome.OPEN)
    grades = (True, False)
    for tip, request, past, change, policy, before, exact in product(
        tips, requests, pasts, changes, policies, befores, grades
    ):
        if request is None or tip is not None:
            yield Case(tip=tip, request=request, past=past, change=change, policy=policy, before=before, exact=exact)


def test_what_holds_of_all_rows() -> None:
    order = list(Step)
    rows = set()
    for case in every():
        found = case.decided()
        rows.add(found.row)
        steps = set(found.steps)
        assert list(found.steps) == sorted(found.steps, key=order.index), case
        assert not steps or found.row in (3, 4, 5, 6, 1, 10, 11, 12, 13, 14, 15), case
        assert (Step.COMMIT in steps) <= (case.change is PAGE), case
        assert (Step.OPEN in steps) <= (case.request is None), case
        assert not steps & {Step.REVISE, Step.READY, Step.CLOSE} or case.request is not None, case
        assert not steps & {Step.NOTE, Step.UNLABEL} or case.request is not None or case.past is not None, case
        assert (Step.NOTE in steps) == bool(found.note), case
        assert Step.AUTO_MERGE not in steps or (case.policy.auto_merge and Step.COMMIT in steps), case
        kept = found.row in (11, 12, 14) and Step.COMMIT not in steps
        assert not kept or (case.exact and case.tip is not None and sealed(case.tip)), case
    assert rows == {*range(1, 16)} - {2}


def test_what_people_did_is_never_undone() -> None:
    for case in every():
        steps, request = set(case.decided().steps), case.request
        may_take = case.policy.touched is Touched.TAKEOVER or request is TAKEN
        if case.tip is not None and not sealed(case.tip):
            assert steps <= {Step.NOTE} or (may_take and Step.DELETE_BRANCH not in steps), case
        if request is HELD or case.change is DAMAGED:
            assert not steps, case
        if request is None and case.past is CLOSED:
            assert not steps & {Step.COMMIT, Step.OPEN}, case


def test_what_was_carried_out_leaves_nothing_to_do() -> None:
    for case in every():
        steps = case.decided().steps
        if Step.COMMIT in steps or Step.OPEN in steps:
            tip = ours() if Step.COMMIT in steps else case.tip
            request = replace(case.request or REQUEST, body=body(), mergeable=True)
            request = replace(request, labels=tuple({*request.labels} - {"codex-takeover"}))
            after = replace(case, tip=tip, request=request, exact=True).decided()
            assert (after.outcome, after.steps) == (Outcome.OPEN, ()), case
