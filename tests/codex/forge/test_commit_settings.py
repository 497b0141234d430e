"""How commits and merge requests are written where an organisation has rules for them."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from codex.forge.base import Forge as Port
from codex.forge.bitbucket import BitbucketForge
from codex.forge.git.objects import Sign
from codex.forge.gitea import GiteaForge
from codex.forge.github import GitHubForge
from codex.forge.gitlab import GitLabForge
from codex.forge.local import LocalForge
from codex.forge.registry import make_forge
from codex.http.hosts import Hosts
from codex.shell.signing import GIT, sign
from codex.sync.outcome import Outcome
from codex.sync.policy import Policy
from skills_build.errors import CodexError
from skills_build.model.fleet import ForgeSettings
from tests.codex.forge.test_scenarios import NEWER, outcome_of, state, sync
from tests.support.contract import BRANCH, REPO, ROWS, OnDisk, Row, Stage, client_of
from tests.support.fleet import PYTHON, People, git
from tests.support.trusting import key

POLICY = Policy(
    source="eng", title="chore(codex): {title} [RULES-1]", trailers=("Signed-off-by: Codex <codex@example.com>",)
)
FORGES: dict[str, Callable[..., Port]] = {
    "gitlab": GitLabForge,
    "github": GitHubForge,
    "gitea": GiteaForge,
    "bitbucket": BitbucketForge,
}


@pytest.fixture(params=[row for row in ROWS if row.name != "forgejo"], ids=lambda row: row.name)
def row(request: pytest.FixtureRequest) -> Row:
    param: Row = request.param
    return param


@pytest.fixture
def stage(row: Row, tmp_path: Path) -> Iterator[Stage]:
    with row.begin(tmp_path) as stage:
        stage.add(REPO, dict(PYTHON))
        yield stage


@pytest.mark.any_host
def test_titles_and_trailers_are_as_the_organisation_wants(stage: Stage) -> None:
    for codex, verb in ((None, "1.0.0"), (NEWER, "2.0.0")):
        assert outcome_of(sync(stage, codex=codex, policy=POLICY))[0] in (Outcome.OPENED, Outcome.UPDATED)
        title = f"chore(codex): Add Engineering codex {verb} [RULES-1]"
        assert stage.requests(REPO)[0].title == title
        subject, signed = git(stage.git(REPO), "log", "-1", "--format=%s%n%(trailers:key=Signed-off-by)", BRANCH).split(
            "\n", 1
        )
        assert (subject, signed.strip()) == (title, POLICY.trailers[0])
        before = state(stage)
        assert outcome_of(sync(stage, codex=codex, policy=POLICY)) == (Outcome.OPEN, 11)
        assert state(stage) == before
    assert outcome_of(sync(stage, codex=NEWER)) == (Outcome.UPDATED, 13)


@contextmanager
def _signing_port(stage: Stage, row: Row, signing: Sign) -> Iterator[Port]:
    """A new adapter that signs."""
    if isinstance(stage, OnDisk):
        yield LocalForge(stage.people.root, sign=signing)
        return
    assert stage.fake is not None
    with client_of(stage.fake, stage.clock) as client:
        yield FORGES[row.name](client, sign=signing)


@pytest.mark.any_host
@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen on this machine")
def test_commits_are_signed_by_the_configured_key(stage: Stage, row: Row, tmp_path: Path) -> None:
    if row.name not in (*FORGES, "local"):
        pytest.skip("a real host is pushed to as its fake is")
    signing = partial(sign, key=key(tmp_path, "codex.key"), namespace=GIT)
    allowed = tmp_path / "allowed"
    allowed.write_text("codexc@localhost,*@example.invalid,* " + (tmp_path / "codex.key.pub").read_text())
    for codex in (None, NEWER):
        with _signing_port(stage, row, signing) as port:
            assert outcome_of(sync(stage, codex=codex, port=port))[0] in (Outcome.OPENED, Outcome.UPDATED)
        verified = subprocess.run(
            ["git", "-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", BRANCH],
            cwd=stage.git(REPO),
            capture_output=True,
            text=True,
            check=False,
        )
        assert verified.returncode == 0, verified.stderr
        assert 'Good "git" signature' in verified.stderr
        assert git(stage.git(REPO), "fsck", "--strict", "--no-dangling") == ""
        before = state(stage)
        assert outcome_of(sync(stage, codex=codex)) == (Outcome.OPEN, 11)
        assert state(stage) == before


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An OpenPGP key in a keyring of its own; returns its address."""
    end = shutil.which("gpgconf") or ""
    home, name = Path(tempfile.mkdtemp(prefix="gpg-")), "codexc@example.com"  # the path of its socket must be short
    home.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    make = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never"]
    subprocess.run(make, check=True, capture_output=True)
    yield name
    subprocess.run([end, "--kill", "all"], check=True, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.skipif(not shutil.which("gpg"), reason="no gpg on this machine")
def test_commits_are_signed_with_openpgp_keys(tmp_path: Path, keyring: str) -> None:
    people = People(tmp_path)
    stage = OnDisk(people, LocalForge(people.root))
    stage.add(REPO, dict(PYTHON))
    section = ForgeSettings(kind="local", root=str(people.root), signing_format="openpgp", signing_key=keyring)
    for codex in (None, NEWER):
        port = make_forge(section, Hosts(root=people.root))
        assert outcome_of(sync(stage, codex=codex, port=port))[0] in (Outcome.OPENED, Outcome.UPDATED)
        verify = ["git", "verify-commit", "--raw", BRANCH]
        verified = subprocess.run(verify, cwd=stage.git(REPO), capture_output=True, text=True, check=False)
        assert verified.returncode == 0, verified.stderr
        assert "GOODSIG" in verified.stderr
        assert git(stage.git(REPO), "fsck", "--strict", "--no-dangling") == ""
        assert outcome_of(sync(stage, codex=codex)) == (Outcome.OPEN, 11)


@pytest.mark.skipif(not shutil.which("gpg"), reason="no gpg on this machine")
def test_an_openpgp_key_that_is_missing_ends_the_run_before_it_starts(
    tmp_path: Path, keyring: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in ("other@example.com", "--version"):
        section = ForgeSettings(kind="local", root=".", signing_format="openpgp", signing_key=wrong)
        with pytest.raises(CodexError, match="gpg has no secret key"):
            make_forge(section, Hosts(root=tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CodexError, match="require gpg, which is not installed") as caught:
        make_forge(replace(section, signing_key=keyring), Hosts(root=tmp_path))
    assert caught.value.hint == "install GnuPG 2.1 or newer"


def test_a_key_that_is_missing_ends_the_run_before_it_starts(tmp_path: Path) -> None:
    with pytest.raises(CodexError, match="there is no key") as caught:
        make_forge(ForgeSettings(kind="local", root=".", signing_key="codex.key"), Hosts(root=tmp_path))
    assert "forge.signing_key" in str(caught.value.hint)
