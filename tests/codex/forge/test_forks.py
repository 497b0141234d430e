"""Whole syncs of repositories that the token cannot push to: their merge requests come from a fork."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codex.forge.base import Forge as Port
from codex.forge.base import Probe
from codex.resources import templates
from codex.rollout.batch import ApplyMode, process
from codex.rollout.close import close_requests
from codex.rollout.context import ReleaseSource, RepositoryResult, SyncContext
from codex.rollout.limits import RunLimits
from codex.shell.journal import Journal
from codex.sync.outcome import Outcome
from codex.sync.policy import Forking, Forks, Policy, Touched
from codex.sync.repository import Repository
from codex.sync.seal import trailers
from skills_build.release.loaded_bundle import LoadedBundle
from tests.support.contract import BRANCH, ROWS, Row, Served
from tests.support.fleet import PYTHON, codex_of, git
from tests.support.forges import Forge as Fake
from tests.support.forges.faults import dropped
from tests.support.forges.wire import Request

REPO, FORK = "shop/payments", "codex-bot/payments"
NEWER = codex_of("2.0.0", "\nA newer word.\n")
WHEN_NEEDED = Forks(when=Forking.WHEN_NEEDED)
POLICY = Policy(source="eng", forks=WHEN_NEEDED)
pytestmark = pytest.mark.any_host
NETWORKED = [row for row in ROWS if row.name in ("gitlab", "github", "gitea", "forgejo")]
one_host = pytest.mark.parametrize("stage", [NETWORKED[0]], ids=[NETWORKED[0].name], indirect=True)
"""For what all hosts have in common."""


@pytest.fixture(params=NETWORKED, ids=lambda row: row.name)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    row: Row = request.param
    with row.begin(tmp_path) as stage:
        assert isinstance(stage, Served)
        stage.add(REPO, dict(PYTHON))
        stage.restrict(REPO, read_only=True)
        yield stage


@pytest.fixture
def fake(stage: Served) -> Fake:
    assert stage.fake is not None
    return stage.fake


def port(stage: Served, forks: Forks = WHEN_NEEDED) -> Port:
    fresh = stage.fresh()
    fresh.use_forks(forks)
    return fresh


def sync(
    stage: Served,
    *,
    codex: LoadedBundle | None = None,
    policy: Policy = POLICY,
    journal: Journal | None = None,
    write: bool = True,
) -> RepositoryResult:
    """Run one sync with a new adapter; returns the result of `REPO`."""
    run = SyncContext(
        source=ReleaseSource(codex=codex or codex_of(), origin="c" * 40, releases=lambda _: None),
        forge=port(stage, policy.forks),
        policy=policy,
        templates=templates(),
        day="2026-11-24",
        targets=("agents",),
    )
    results = process(
        run,
        list(stage.targets.values()),
        journal or Journal(None),
        mode=ApplyMode(write=write),
        limits=RunLimits(),
        workers=4,
    )
    return {result.target.path: result for result in results}[REPO]


def decided(result: RepositoryResult) -> tuple[Outcome, int]:
    return result.decision.outcome, result.decision.row


def state(stage: Served) -> dict[str, Any]:
    """Everything that could have been written."""
    assert stage.fake is not None
    paths = list(stage.fake.world.repositories)
    return {path: (git(stage.git(path), "for-each-ref", "refs/heads"), stage.requests(path)) for path in paths}


def settled(stage: Served, outcome: Outcome, **more: Any) -> None:
    """Another run says this, and writes nothing."""
    before = state(stage)
    assert stage.fake is not None
    stage.fake.forget()
    assert sync(stage, **more).decision.outcome is outcome
    writes = [entry for entry in stage.fake.write_log if "graphql" not in entry.request.path]
    assert [entry.request.path for entry in writes if "git-upload-pack" not in entry.request.path] == []
    assert state(stage) == before


def test_new_then_nothing_then_newer_then_merged(stage: Served, fake: Fake, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    planned = sync(stage, write=False)
    assert (decided(planned), planned.target.fork) == ((Outcome.OPENED, 15), FORK)
    assert "from the fork `codex-bot/payments`" in planned.decision.reason
    assert list(fake.world.repositories) == [REPO]
    assert decided(sync(stage, journal=journal)) == (Outcome.OPENED, 15)
    (request,) = stage.requests(REPO)
    assert (stage.tip(REPO), request.state) == (None, "open")
    assert b"codex:begin version=1.0.0" in stage.show(FORK, "AGENTS.md", BRANCH)
    settled(stage, Outcome.OPEN)
    settled(stage, Outcome.OPEN, journal=journal)
    assert decided(sync(stage, codex=NEWER, journal=journal)) == (Outcome.UPDATED, 13)
    assert b"A newer word." in stage.show(FORK, ".agents/skills/eng-python/SKILL.md", BRANCH)
    assert git(stage.git(FORK), "rev-list", "--count", f"main..{BRANCH}") == "1"
    settled(stage, Outcome.OPEN, codex=NEWER)
    fake.merge(REPO, 1)
    assert decided(sync(stage, codex=NEWER, journal=journal)) == (Outcome.MERGED, 3)
    assert (stage.tip(FORK), len(stage.requests(REPO))) == (None, 1)
    settled(stage, Outcome.IN_SYNC, codex=NEWER)
    assert fake.repository(FORK).parent == fake.repository(REPO).id
    journal.close()


@one_host
def test_a_repository_with_write_access_needs_no_fork(stage: Served, fake: Fake) -> None:
    stage.restrict(REPO)
    assert sync(stage).target.fork == ""
    assert (list(fake.world.repositories), stage.tip(REPO) is None) == ([REPO], False)


@one_host
def test_without_forks_nothing_is_written_where_the_token_may_not(stage: Served, fake: Fake) -> None:
    result = sync(stage, policy=Policy(source="eng"))
    assert (decided(result), result.decision.reason) == ((Outcome.SKIPPED, 1), "no permission")
    assert list(fake.world.repositories) == [REPO]


def test_always_uses_a_fork_in_an_organisation(stage: Served, fake: Fake) -> None:
    stage.restrict(REPO)
    fake.add_repository("forks/other")
    forks = Forks(when=Forking.ALWAYS, owner="forks", name="{owner}-{name}")
    result = sync(stage, policy=replace(POLICY, forks=forks))
    assert (decided(result), result.target.fork) == ((Outcome.OPENED, 15), "forks/shop-payments")
    assert (stage.tip(REPO), stage.tip("forks/shop-payments") is None) == (None, False)
    (request,) = stage.requests(REPO)
    assert request.labels == ("codex",)
    settled(stage, Outcome.OPEN, policy=replace(POLICY, forks=forks))


def test_labels_that_take_write_access_are_named(stage: Served, fake: Fake) -> None:
    missing = "; the label `codex` could not be set without write access" in sync(stage).decision.reason
    assert missing is (stage.requests(REPO)[0].labels == ())


def test_declined_and_wanted_again(stage: Served, fake: Fake) -> None:
    sync(stage)
    stage.close(REPO, 1)
    settled(stage, Outcome.DECLINED)
    stage.label(REPO, 1, "codex-retry")
    assert decided(sync(stage))[0] is Outcome.OPENED
    assert [request.state for request in stage.requests(REPO)] == ["closed", "open"]


def test_a_declined_request_stays_declined_without_its_fork(stage: Served, fake: Fake) -> None:
    sync(stage)
    stage.close(REPO, 1)
    fake.delete_repository(FORK)
    settled(stage, Outcome.DECLINED)


def test_commits_of_people_in_the_fork_are_kept(stage: Served, fake: Fake) -> None:
    sync(stage)
    theirs = stage.commit(FORK, {"src/b.py": "x = 1\n"}, BRANCH)
    assert decided(sync(stage, codex=NEWER)) == (Outcome.HUMAN_EDITED, 10)
    (request,) = stage.requests(REPO)
    assert (stage.tip(FORK), len(request.notes)) == (theirs, 1)
    assert "`codex/sync` in `codex-bot/payments` has commits by others" in request.notes[0]
    settled(stage, Outcome.HUMAN_EDITED, codex=NEWER)
    stage.label(REPO, 1, "codex-takeover")
    settled(stage, Outcome.HUMAN_EDITED, codex=NEWER)
    stage.drop_branch(FORK)
    assert sync(stage, codex=NEWER).decision.outcome in (Outcome.OPENED, Outcome.DECLINED)


@pytest.mark.slow
def test_a_commit_goes_on_top_of_those_of_people(stage: Served, fake: Fake) -> None:
    policy = replace(POLICY, touched=Touched.APPEND)
    sync(stage, policy=policy)
    theirs = stage.commit(FORK, {"src/b.py": "x = 1\n"}, BRANCH)
    assert decided(sync(stage, codex=NEWER, policy=policy)) == (Outcome.UPDATED, 10)
    assert git(stage.git(FORK), "rev-parse", f"{BRANCH}^") == theirs
    settled(stage, Outcome.OPEN, codex=NEWER, policy=policy)


@pytest.mark.slow
def test_the_default_branch_of_a_fork_may_be_behind(stage: Served, fake: Fake) -> None:
    fake.fork(REPO, "codex-bot")
    behind = stage.tip(FORK, "main")
    for number in range(3):
        stage.commit(REPO, {f"src/{number}.py": f"x = {number}\n"})
    assert decided(sync(stage)) == (Outcome.OPENED, 15)
    assert git(stage.git(FORK), "rev-parse", f"{BRANCH}^") == stage.tip(REPO, "main")
    assert stage.tip(FORK, "main") == behind
    git(stage.git(FORK), "fsck", "--connectivity-only")
    stage.commit(REPO, {"AGENTS.md": "# Ours\n"})
    assert decided(sync(stage, codex=NEWER)) == (Outcome.UPDATED, 13)
    assert git(stage.git(FORK), "rev-parse", f"{BRANCH}^") == stage.tip(REPO, "main")
    settled(stage, Outcome.OPEN, codex=NEWER)


@one_host
def test_a_sealed_commit_of_someone_else_in_the_fork_is_rewritten(stage: Served, fake: Fake) -> None:
    """Anyone can compute a seal: only what this run would write is kept, or gets a merge request."""
    fake.fork(REPO, "codex-bot")
    assert decided(sync(stage)) == (Outcome.OPENED, 15)
    stage.close(REPO, 1)
    ours = stage.tip(FORK)
    forged = codex_of("1.0.0", "\nA word of an attacker.\n")
    sync(stage, codex=forged)
    stage.close(REPO, 2)
    assert stage.tip(FORK) != ours
    assert decided(sync(stage, codex=NEWER)) == (Outcome.OPENED, 14)
    assert b"attacker" not in stage.show(FORK, ".agents/skills/eng-python/SKILL.md", BRANCH)


@pytest.mark.slow
def test_a_fork_that_was_deleted_is_created_again(stage: Served, fake: Fake) -> None:
    sync(stage)
    fake.delete_repository(FORK)
    if fake.kind != "github":  # those close the merge request, which a person may have done as well
        settled(stage, Outcome.DECLINED)
    assert decided(sync(stage, codex=NEWER)) == (Outcome.OPENED, 15)
    assert [request.state for request in stage.requests(REPO)] == ["closed", "open"]
    settled(stage, Outcome.OPEN, codex=NEWER)


@one_host
def test_a_slow_host_is_waited_for(stage: Served, fake: Fake) -> None:
    fake.world.copies_after = 4
    assert decided(sync(stage)) == (Outcome.OPENED, 15)
    assert len(stage.clock.slept) >= 2


@one_host
def test_a_host_that_never_copies_fails_the_repository(stage: Served, fake: Fake) -> None:
    fake.world.copies_after = 10_000
    result = sync(stage)
    assert result.decision.outcome is Outcome.FAILED
    assert "the fork `codex-bot/payments` is still empty; run the sync again later" in result.decision.reason
    assert sum(stage.clock.slept) < 900


def test_a_repository_that_is_no_fork_is_left_alone(stage: Served, fake: Fake) -> None:
    """Its branch of our name is neither read nor overwritten."""
    fake.add_repository(FORK, files={"a.txt": "theirs\n"})
    stage.commit(FORK, {"b.txt": "theirs\n"}, BRANCH)
    before = state(stage)
    for write in (False, True):
        result = sync(stage, write=write)
        assert result.decision.outcome is Outcome.FAILED
        assert f"`{FORK}` is not a fork, but a fork of `{REPO}` is needed" in result.decision.reason
        assert 'sync.fork_name: "{owner}-{name}"' in result.decision.reason
    assert state(stage) == before
    named = replace(POLICY, forks=replace(WHEN_NEEDED, name="{owner}-{name}"))
    assert decided(sync(stage, policy=named)) == (Outcome.OPENED, 15)
    settled(stage, Outcome.OPEN, policy=named)


@one_host
def test_the_fork_of_another_repository_is_left_alone(stage: Served, fake: Fake) -> None:
    fake.add_repository("other/payments")
    fake.fork("other/payments", "codex-bot")
    assert f"is a fork of `other/payments`, but a fork of `{REPO}` is needed" in sync(stage).decision.reason


@one_host
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"archived": True}, "the fork `codex-bot/payments` is archived; unarchive or delete the fork"),
        ({"access": "read"}, "the token cannot push to the fork `codex-bot/payments`; give the token's account write"),
    ],
)
def test_a_fork_that_cannot_be_used(stage: Served, fake: Fake, change: dict[str, Any], words: str) -> None:
    fork = fake.fork(REPO, "codex-bot")
    for name, value in change.items():
        setattr(fork, name, value)
    before = state(stage)
    for write in (False, True):
        result = sync(stage, write=write)
        assert result.decision.outcome is Outcome.FAILED
        assert words in result.decision.reason
    assert state(stage) == before
    assert not _probe(stage, result.target).ok


def test_forks_that_are_not_allowed(stage: Served, fake: Fake) -> None:
    fake.repository(REPO).forkable = False
    result = sync(stage)
    assert result.decision.outcome is Outcome.FAILED
    assert "allow forks of the repository" in result.decision.reason
    assert list(fake.world.repositories) == [REPO]


@one_host
def test_an_owner_that_does_not_exist(stage: Served, fake: Fake) -> None:
    result = sync(stage, policy=replace(POLICY, forks=replace(WHEN_NEEDED, owner="nobody")))
    assert result.decision.outcome is Outcome.FAILED
    assert "check that `sync.fork_owner` exists" in result.decision.reason
    assert list(fake.world.repositories) == [REPO]


@one_host
def test_no_auto_merge_without_write_access(stage: Served, fake: Fake) -> None:
    result = sync(stage, policy=replace(POLICY, auto_merge=True, without_approval=True))
    assert "no auto-merge: the token has no write access to the repository" in result.decision.reason
    assert not stage.requests(REPO)[0].auto_merge


@one_host
def test_closing_deletes_the_branch_and_keeps_the_fork(stage: Served, fake: Fake) -> None:
    sync(stage)
    (closed,) = close_requests(port(stage), POLICY, list(stage.targets.values()), "We stop.", dry=False)
    assert (closed.done, stage.requests(REPO)[0].state, stage.tip(FORK)) == ("closed", "closed", None)
    assert stage.tip(FORK, "main") == stage.tip(REPO, "main")


@pytest.mark.slow
def test_a_request_of_before_the_fork_is_replaced(stage: Served, fake: Fake) -> None:
    stage.restrict(REPO)
    sync(stage)
    stage.restrict(REPO, read_only=True)
    assert decided(sync(stage))[0] is Outcome.OPENED  # a fork of Gitea has our branch too, since it has all branches
    assert [request.state for request in stage.requests(REPO)] == ["closed", "open"]
    settled(stage, Outcome.OPEN)
    stage.restrict(REPO)
    assert sync(stage, codex=NEWER).decision.outcome is Outcome.OPENED
    assert [request.state for request in stage.requests(REPO)] == ["closed", "closed", "open"]


def test_a_stranger_who_uses_our_branch_name_is_ignored(stage: Served, fake: Fake) -> None:
    fork = fake.fork(REPO, "mallory")
    stage.commit("mallory/payments", {"a.py": "x = 1\n"}, BRANCH)
    world, stranger = fake.world, fake.user("mallory")
    opened = {"source": BRANCH, "target": "main", "title": "Mine", "description": "Mine."}
    world.open_request(fake.repository(REPO), stranger, fork=fork, **opened)
    assert decided(sync(stage)) == (Outcome.OPENED, 15)
    settled(stage, Outcome.OPEN)
    assert [request.state for request in stage.requests(REPO)] == ["open", "open"]


@pytest.mark.parametrize("others", [6, pytest.param(110, marks=pytest.mark.slow)])
@pytest.mark.parametrize("theirs", ["open", "closed"])
def test_requests_of_strangers_from_branches_with_our_name_do_not_hide_ours(
    stage: Served, fake: Fake, theirs: str, others: int
) -> None:
    stage.restrict(REPO, read_only=False)
    sync(stage)
    if theirs == "closed":
        stage.close(REPO, 1)
    _requests_of_a_stranger(stage, fake, others, closed=theirs == "closed")
    result = sync(stage)
    if others > 100 and (fake.kind == "gitlab" or (fake.kind == "github" and theirs == "closed")):
        assert result.decision.outcome is Outcome.FAILED and "in forks may hide" in result.decision.reason
    else:
        assert result.decision.outcome is (Outcome.OPEN if theirs == "open" else Outcome.DECLINED)
    assert [request.state for request in stage.requests(REPO)] == [theirs] * (others + 1)


def _requests_of_a_stranger(stage: Served, fake: Fake, count: int, *, closed: bool) -> None:
    fork = fake.fork(REPO, "mallory")
    stage.commit("mallory/payments", {"a.py": "x = 1\n"}, BRANCH)
    world, stranger, repository = fake.world, fake.user("mallory"), fake.repository(REPO)
    for number in range(count):
        opened = {"source": BRANCH, "target": "main", "title": f"Mine {number}", "description": "Mine."}
        request = world.open_request(repository, stranger, fork=fork, **opened)
        if closed:
            world.set_state(request, "closed", stranger)


def test_doctor_says_what_the_first_merge_request_creates(stage: Served, fake: Fake) -> None:
    target = sync(stage, write=False).target
    probe = _probe(stage, target)
    assert (probe.ok, probe.details) == (
        True,
        f"{REPO} is served from {FORK}; the fork is created with the first merge request",
    )
    sync(stage)
    probe = _probe(stage, target)
    assert (probe.ok, probe.details) == (True, f"{REPO} is served from {FORK}: a push is accepted")


@pytest.mark.slow
def test_every_request_fits_the_description_of_the_host(stage: Served, fake: Fake) -> None:
    openapi = Path(__file__).parents[4] / "shared" / "openapi"
    if not openapi.is_dir():
        pytest.skip("no descriptions of the hosts' APIs")
    sync(stage)
    sync(stage, codex=NEWER)
    assert fake.unknown == []
    assert fake.check_contract(openapi) == []


@pytest.mark.slow
@pytest.mark.parametrize("served", [False, True], ids=["before", "after"])
def test_the_network_dies_at_any_request_and_the_next_run_converges(stage: Served, fake: Fake, served: bool) -> None:
    """The k-th request and all after it get no response; with `served`, the k-th had its effect."""
    count, stage.targets = 0, {}
    while True:
        path = f"shop/r{count}"
        stage.targets.clear()
        stage.add(path, dict(PYTHON))
        stage.restrict(path, read_only=True)
        seen = [0]

        def late(_: Request, seen: list[int] = seen, k: int = count) -> bool:
            seen[0] += 1
            return seen[0] == k + 1

        if served:
            fake.fail(late, dropped(after=True), times=1)
        fake.kill_after(count + served)
        _run(stage, path)
        reached = fake.log[-1].fault != ""
        fake.heal()
        _run(stage, path)
        last = state(stage)
        assert _run(stage, path).decision.outcome is Outcome.OPEN, count
        assert state(stage) == last, count
        fork = f"codex-bot/{path.partition('/')[2]}"
        assert [request.state for request in stage.requests(path)] == ["open"]
        assert git(stage.git(fork), "rev-list", "--count", f"main..{BRANCH}") == "1"
        assert trailers(git(stage.git(fork), "log", "-1", "--format=%B", BRANCH)) is not None
        assert not any(name.startswith(f"{fork}-") for name in fake.world.repositories)
        if not reached:
            break
        count += 1
    assert count > 8


def _probe(stage: Served, target: Repository) -> Probe:
    return next(probe for probe in port(stage).probe_repository(target) if probe.name == "fork")


def _run(stage: Served, path: str) -> RepositoryResult:
    run = SyncContext(
        source=ReleaseSource(codex=codex_of(), origin="c" * 40, releases=lambda _: None),
        forge=port(stage),
        policy=POLICY,
        templates=templates(),
        day="2026-11-24",
        targets=("agents",),
    )
    targets = [stage.targets[path]]
    (result,) = process(run, targets, Journal(None), mode=ApplyMode(), limits=RunLimits(), workers=1)
    return result


def test_requests_of_an_unchanged_repository(stage: Served, fake: Fake, tmp_path: Path) -> None:
    """The figures in docs/sync.md, with an open merge request; the name of the account is one request for a run."""

    def requests(journal: Journal, policy: Policy) -> int:
        fake.forget()
        sync(stage, journal=journal, policy=policy)
        return len(fake.log)

    stage.targets[REPO] = replace(stage.targets[REPO], default_branch="main")
    counts = []
    named = replace(POLICY, forks=replace(WHEN_NEEDED, owner="codex-bot"))
    for policy, read_only in ((replace(POLICY, forks=Forks()), False), (named, True)):
        stage.restrict(REPO, read_only=read_only)
        journal = Journal(tmp_path / f"{read_only}.jsonl")
        sync(stage, journal=journal, policy=policy)
        requests(journal, policy)
        counts.append(requests(journal, policy))
        journal.close()
    extra = {"github": 0, "gitlab": 1, "gitea": 1, "forgejo": 1}[fake.kind]
    assert counts[1] - counts[0] == extra, counts
