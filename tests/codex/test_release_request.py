"""Releases by merge request: prepared on a branch, merged by people in any way, tagged once they are merged."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from codex.http.hosts import HOST_KINDS
from tests.support.forges import running
from tests.support.forges.faults import Kind
from tests.support.releasing import NEW_MUST, Codex, codex_in, git
from tests.support.running import Run, codexc

BRANCH = "codex/release"


class Remote:
    """A bare remote with a protected default branch, and the clones in which people and pipelines work."""

    def __init__(self, root: Path) -> None:
        self.root = root
        seed = codex_in(root / "seed")
        assert seed.run("build").code == 0
        seed.commit("Build")
        self.bare = root / "codex.git"
        git(root, "clone", "--quiet", "--bare", str(seed.root), str(self.bare))
        self.count = 0

    def clone(self) -> Codex:
        """What a pipeline checks out."""
        self.count += 1
        folder = self.root / f"clone-{self.count}"
        git(self.root, "clone", "--quiet", str(self.bare), str(folder))
        git(folder, "config", "user.name", "CI")
        git(folder, "config", "user.email", "ci@example.org")
        return Codex(folder)

    def pipeline(self, *arguments: str) -> Run:
        """The release job on the tip of the default branch: it prepares, tags and pushes tags, nothing else."""
        clone = self.clone()
        run = clone.run("release", "--request", *arguments)
        assert run.code == 0, run.err
        for tag in run.out.split():
            git(clone.root, "push", "--quiet", "origin", f"refs/tags/{tag}")
        return run

    def change(self, text: str = NEW_MUST, id_: str = "SVC-3") -> None:
        """A person changes the standards, and has that merged."""
        clone = self.clone()
        page = clone.standards / "services.md"
        clone.write("services.md", page.read_text() + text.format(id=id_))
        assert clone.run("build").code == 0
        clone.commit(f"Add {id_}")
        git(clone.root, "push", "--quiet", "origin", "main")

    def tags(self) -> list[str]:
        return git(self.bare, "tag", "--list").split()

    def requests(self) -> list[dict[str, Any]]:
        path = self.root / "codex.requests.json"
        rows: list[dict[str, Any]] = json.loads(path.read_text())["requests"] if path.is_file() else []
        return rows

    def open(self) -> list[dict[str, Any]]:
        return [row for row in self.requests() if row["state"] == "open"]

    def merge(self, how: Callable[[Codex], None], *, delete: bool = True) -> str:
        """A person merges the request; returns the new tip of the default branch."""
        clone = self.clone()
        git(clone.root, "fetch", "--quiet", "origin", f"{BRANCH}:release")
        how(clone)
        git(clone.root, "push", "--quiet", "origin", "main")
        rows = self.requests()
        for row in rows:
            row["state"] = "merged" if row["state"] == "open" else row["state"]
        (self.root / "codex.requests.json").write_text(json.dumps({"requests": rows}))
        if delete:
            git(self.bare, "branch", "-D", BRANCH)
        return git(self.bare, "rev-parse", "main")


def by_merge_commit(clone: Codex) -> None:
    git(clone.root, "merge", "--quiet", "--no-ff", "--no-edit", "-X", "theirs", "release")


def by_squash(clone: Codex) -> None:
    git(clone.root, "merge", "--quiet", "--squash", "-X", "theirs", "release")
    git(clone.root, "commit", "--quiet", "--message", "Release it (#1)")


def by_rebase(clone: Codex) -> None:
    git(clone.root, "commit", "--quiet", "--allow-empty", "--message", "Something else")
    git(clone.root, "rebase", "--quiet", "main", "release")
    git(clone.root, "checkout", "--quiet", "-B", "main", "release")


def by_fast_forward(clone: Codex) -> None:
    git(clone.root, "merge", "--quiet", "--ff-only", "release")


WAYS = (by_merge_commit, by_squash, by_rebase, by_fast_forward)


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def test_one_request_has_version_changelog_output_and_record(remote: Remote) -> None:
    before = git(remote.bare, "rev-parse", "main")
    run = remote.pipeline()
    assert run.out == ""
    assert "opened the merge request for 1.0.0" in run.err
    (request,) = remote.requests()
    assert (request["branch"], request["title"]) == (BRANCH, "Release Acme codex 1.0.0")
    assert request["body"].startswith(
        "First release: 4 rules.\n\n---\n\nTo release 1.0.0, merge this request; a merge commit"
    )
    changed = git(remote.bare, "diff", "--name-only", "main", BRANCH).split()
    assert {"standards/CHANGELOG.md", "standards/codex.releases.json", "dist/manifest.json"} <= set(changed)
    assert git(remote.bare, "rev-parse", f"{BRANCH}^") == git(remote.bare, "rev-parse", "main") == before
    assert remote.tags() == []


def test_a_second_run_writes_nothing(remote: Remote) -> None:
    remote.pipeline()
    before = (git(remote.bare, "for-each-ref"), remote.requests())
    assert "the merge request for 1.0.0 is up to date" in remote.pipeline().err
    assert (git(remote.bare, "for-each-ref"), remote.requests()) == before


def test_each_push_computes_the_request_again(remote: Remote) -> None:
    remote.pipeline()
    remote.merge(by_squash)
    remote.pipeline()
    remote.change("\n### Services MAY sing ({id})\n\n**Why:** it is fun.\n")
    assert "opened the merge request for 1.1.0" in remote.pipeline().err
    remote.change(id_="SVC-4")
    assert "updated the merge request for 2.0.0" in remote.pipeline().err
    (request,) = remote.open()
    assert request["title"] == "Release Acme codex 2.0.0"
    assert "SVC-3" in request["body"]
    assert "SVC-4" in request["body"]
    assert git(remote.bare, "rev-parse", f"{BRANCH}^") == git(remote.bare, "rev-parse", "main")


@pytest.mark.parametrize(
    ("way", "delete"),
    [
        *(pytest.param(way, True, marks=() if way is by_squash else pytest.mark.slow) for way in WAYS),
        (by_squash, False),
    ],
)
def test_what_was_merged_in_any_way_is_tagged_once(remote: Remote, way: Callable[[Codex], None], delete: bool) -> None:
    remote.pipeline()
    assert remote.tags() == []
    tip = remote.merge(way, delete=delete)
    run = remote.pipeline()
    assert run.out == "codex-v1.0.0\n"
    assert git(remote.bare, "rev-parse", "codex-v1.0.0^{commit}") == tip
    assert "First release: 4 rules." in git(remote.bare, "tag", "--list", "--format=%(contents)")
    again = remote.pipeline()
    assert (again.out, again.err) == ("", "nothing to release\n")
    assert BRANCH not in git(remote.bare, "branch", "--list")
    clone = remote.clone()
    git(clone.root, "checkout", "--quiet", "codex-v1.0.0")
    assert clone.run("bundle").code == 0
    assert codexc("verify", clone.bundle("1.0.0")).code == 0


def test_a_tag_that_was_not_pushed_is_made_by_the_next_run(remote: Remote) -> None:
    remote.pipeline()
    tip = remote.merge(by_squash)
    lost = remote.clone()
    assert lost.run("release", "--request").out == "codex-v1.0.0\n"
    shutil.rmtree(lost.root)
    remote.change()
    run = remote.pipeline()
    assert run.out == "codex-v1.0.0\n"
    assert git(remote.bare, "rev-parse", "codex-v1.0.0^{commit}") == tip
    assert "opened the merge request for 2.0.0" in run.err


@pytest.mark.parametrize("way", [by_merge_commit, by_squash])
def test_a_release_merged_with_other_changes_is_prepared_again(remote: Remote, way: Callable[[Codex], None]) -> None:
    remote.pipeline()
    remote.merge(by_squash)
    remote.pipeline()
    clone = remote.clone()
    clone.write("CHANGELOG.md", (clone.standards / "CHANGELOG.md").read_text().replace(
        "\n## [1.0.0]", "\n## [Unreleased]\n\nRead this first.\n\n## [1.0.0]"))  # fmt: skip
    clone.commit("Note")
    git(clone.root, "push", "--quiet", "origin", "main")
    remote.change("\n### Services MAY sing ({id})\n\n**Why:** it is fun.\n")
    remote.pipeline()
    clone = remote.clone()
    clone.edit("data.md", "readers get lost.", "readers are lost.")
    assert clone.run("build").code == 0
    clone.commit("Reword")
    git(clone.root, "push", "--quiet", "origin", "main")
    remote.merge(way)
    run = remote.pipeline()
    assert run.out == ""
    assert "opened the merge request for 1.1.0" in run.err
    changelog = git(remote.bare, "show", f"{BRANCH}:standards/CHANGELOG.md")
    assert changelog.count("## [1.1.0]") == 1
    assert changelog.count("Read this first.") == 1
    tip = remote.merge(by_squash)
    assert remote.pipeline().out == "codex-v1.1.0\n"
    assert git(remote.bare, "rev-parse", "codex-v1.1.0^{commit}") == tip
    assert remote.tags() == ["codex-v1.0.0", "codex-v1.1.0"]


def test_a_request_without_a_reason_is_closed(remote: Remote) -> None:
    remote.pipeline()
    remote.merge(by_squash)
    remote.pipeline()
    remote.change()
    remote.pipeline()
    clone = remote.clone()
    git(clone.root, "revert", "--no-edit", "HEAD")
    clone.edit("codex.ids.lock", "", "")
    git(clone.root, "push", "--quiet", "origin", "main")
    run = remote.pipeline()
    assert "nothing to release: closed the merge request" in run.err
    assert remote.open() == []
    assert BRANCH not in git(remote.bare, "branch", "--list")


def test_commits_of_people_on_the_branch_are_kept(remote: Remote) -> None:
    remote.pipeline()
    clone = remote.clone()
    git(clone.root, "checkout", "--quiet", BRANCH)
    clone.write("CHANGELOG.md", (clone.standards / "CHANGELOG.md").read_text() + "\nMine.\n")
    mine = clone.commit("Edit the release")
    git(clone.root, "push", "--quiet", "origin", BRANCH)
    remote.change()
    run = remote.clone().run("release", "--request")
    assert run.code == 1
    assert f"`{BRANCH}` has commits not made by codexc" in run.err
    assert git(remote.bare, "rev-parse", BRANCH) == mine


def test_a_pipeline_of_an_older_commit_leaves_the_request_alone(remote: Remote) -> None:
    old = remote.clone()
    remote.change()
    remote.pipeline()
    before = git(remote.bare, "for-each-ref")
    run = old.run("release", "--request")
    assert (run.code, run.err) == (
        0,
        "the default branch has a new commit: the pipeline for that commit prepares the release\n",
    )
    assert git(remote.bare, "for-each-ref") == before


def test_json_names_the_tag_and_the_request(remote: Remote) -> None:
    facts = json.loads(remote.clone().run("release", "--request", "--format", "json").out)
    assert (facts["tag"], facts["request"], facts["version"]) == (None, "opened", "1.0.0")


def test_errors_in_the_standards_stop_it(remote: Remote) -> None:
    clone = remote.clone()
    clone.write("services.md", (clone.standards / "services.md").read_text() + "\n### Services MUST sing\n")
    clone.commit("Break")
    git(clone.root, "push", "--quiet", "origin", "main")
    run = remote.clone().run("release", "--request")
    assert run.code == 1
    assert "CX101" in run.out
    assert remote.requests() == []


@pytest.mark.parametrize(("kind", "variable"), [(name, HOST_KINDS[name].pipeline) for name in get_args(Kind)])
def test_each_forge_keeps_the_request(tmp_path: Path, kind: Any, variable: str) -> None:
    seed = codex_in(tmp_path / "seed")
    assert seed.run("build").code == 0
    files = {path.relative_to(seed.root).as_posix(): path.read_bytes() for path in seed.root.rglob("*")
             if path.is_file() and ".git" not in path.relative_to(seed.root).parts}  # fmt: skip
    with running(kind, tmp_path / "forge") as forge:
        forge.add_repository("standards/codex", files=files)
        address = f"{forge.url}/standards/codex"
        environment = {variable: "true", "CODEX_RELEASE_TOKEN": forge.token}
        arguments = ("release", "--request", "--repository", address, "--token-env", "CODEX_RELEASE_TOKEN")

        def pipeline(name: str) -> Run:
            clone = tmp_path / name
            git(tmp_path, "clone", "--quiet", forge.clone_url("standards/codex"), str(clone))
            return Codex(clone).run(*arguments, **environment)

        opened = pipeline("one")
        assert opened.code == 0, opened.err
        (request,) = forge.requests("standards/codex")
        assert (request.source, request.title) == (BRANCH, "Release Acme codex 1.0.0")
        writes = sum(entry.writes for entry in forge.log)
        assert pipeline("two").code == 0
        assert sum(entry.writes for entry in forge.log) == writes
        report = tmp_path / "review.md"
        page = {"gitlab": "-/merge_requests", "github": "pull"}.get(kind, "pulls")
        for text in ("First report.\n", "Second report.\n"):
            report.write_text(text)
            where = ("--on", f"{address}/{page}/{request.number}", "--token-env", "CODEX_RELEASE_TOKEN")
            written = Codex(tmp_path / "one").run("comment", report, *where, as_of=None, **environment)
            assert written.code == 0, written.err
        missing = ("--on", f"{address}/{page}/{request.number + 90}", *where[2:])
        refused = Codex(tmp_path / "one").run("comment", report, *missing, as_of=None, **environment)
        assert refused.code == 2
        assert f"`standards/codex` does not have a merge request {request.number + 90}" in refused.err
        notes = [note.body for note in forge.merge_request("standards/codex", request.number).notes]
        assert [note.partition("\n")[2].strip() for note in notes] == ["Second report."]


@pytest.mark.parametrize("address", ["https://git.example.com/a/b", "nonsense", "https://git.example.com/pull/x"])
def test_an_address_that_is_no_merge_request_is_refused(tmp_path: Path, address: str) -> None:
    (tmp_path / "a.md").write_text("x")
    run = codexc("comment", tmp_path / "a.md", "--on", address)
    assert run.code == 2
    assert "is not the URL of a merge request" in run.err


@pytest.mark.parametrize(
    "repository",
    ["/", "//", ".", "", "https://[", "https://[::1", "https://h:99999999/a/b", "https://h:x/a/b", "https://u:pw@h:x/a/b",
     "https://[::1]:x/a/b", "git@[::1:a/b", "https:///a/b", "//h/a/b", "file:///tmp/a"],
)  # fmt: skip
def test_an_address_of_no_repository_is_refused_and_nothing_is_written(tmp_path: Path, repository: str) -> None:
    report = tmp_path / "report.md"
    report.write_text("x")
    for address in (f"{repository}/pull/1", f"{repository}/-/merge_requests/1"):
        run = codexc("comment", report, "--on", address, cwd=tmp_path, GITHUB_ACTIONS="true")
        assert (run.code, run.err.startswith("error: ")) == (2, True), run.err
        assert "pw" not in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
    assert not Path("/.requests.json").exists()


def test_a_local_merge_request_that_does_not_exist_gets_no_comment(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("x")
    git(tmp_path, "init", "--quiet", "--bare", "fleet.git")
    (tmp_path / "plain").mkdir()
    for name, message in (
        ("fleet.git", "`fleet` does not have a merge request 1"),
        ("plain", "is not a bare repository"),
    ):
        run = codexc("comment", tmp_path / "report.md", "--on", f"{tmp_path}/{name}/pull/1", cwd=tmp_path)
        assert (run.code, message in run.err) == (2, True), run.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.git", "plain", "report.md"]


@pytest.mark.parametrize(
    "words", ["install {}", "verify {}", "diff --against {}", "publish . --to {}", "publish . --to gitlab:{}"]
)
@pytest.mark.parametrize("address", ["https://[x", "https://[::1", "https://h:99999/a", "https://h:ab/a", "https://"])
def test_no_command_crashes_on_an_invalid_address(words: str, address: str, tmp_path: Path) -> None:
    run = codexc(*words.format(address).split(), cwd=tmp_path)
    assert (run.code, run.err != "") == (2, True)
