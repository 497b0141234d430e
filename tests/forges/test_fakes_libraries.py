"""Others' clients work on the fakes: what only our own client understands would be found here."""

from collections.abc import Iterator

import pytest
from github import Auth, Github, GithubException, InputGitTreeElement
from gitlab import Gitlab, GitlabCreateError, GitlabGetError, GitlabMRClosedError

from tests.support.forges import Forge, faults


@pytest.fixture
def client(gitlab: Forge) -> Iterator[Gitlab]:
    """python-gitlab, and a project with a branch."""
    gitlab.add_repository("acme/team/shop", files={"README.md": "# Shop\n"})
    with Gitlab(gitlab.url, private_token=gitlab.token) as forge:
        yield forge


def test_python_gitlab_takes_a_request_from_commit_to_merge(gitlab: Forge, client: Gitlab) -> None:
    client.auth()
    assert client.user is not None and client.user.username == "codex-bot"
    project = client.projects.get("acme/team/shop")
    action = {"action": "create", "file_path": "AGENTS.md", "content": "x\n"}
    body = {"branch": "codex/sync", "start_branch": "main", "commit_message": "Sync", "actions": [action]}
    commit = project.commits.create(body)
    request = project.mergerequests.create(
        {"source_branch": "codex/sync", "target_branch": "main", "title": "Sync", "labels": ["codex"]}
    )
    assert (request.sha, request.labels, request.detailed_merge_status) == (commit.id, ["codex"], "preparing")
    with pytest.raises(GitlabMRClosedError):
        request.merge()
    request.title = "Sync 2"
    request.labels = ["codex", "more"]
    request.save()
    note = request.notes.create({"body": "hello"})
    note.body = "hello again"
    note.save()
    assert [note.body for note in request.notes.list(get_all=True)] == ["hello again"]
    again = [project.mergerequests.get(request.iid) for _ in range(2)][-1]
    assert (again.title, again.labels, again.detailed_merge_status) == ("Sync 2", ["codex", "more"], "mergeable")
    again.merge()
    assert project.files.get("AGENTS.md", ref="main").decode() == b"x\n"
    project.branches.delete("codex/sync")
    assert [branch.name for branch in project.branches.list(get_all=True)] == ["main"]
    assert gitlab.unknown == []


def test_python_gitlab_lists_by_offset_and_by_keyset(gitlab: Forge, client: Gitlab) -> None:
    for number in range(7):
        gitlab.add_repository(f"acme/r{number}")
    group = client.groups.get("acme")
    every = {f"r{number}" for number in range(7)} | {"shop"}
    assert {project.path for project in group.projects.list(get_all=True, per_page=3, include_subgroups=True)} == every
    keyset = group.projects.list(iterator=True, pagination="keyset", order_by="id", per_page=3, include_subgroups=True)
    assert {project.path for project in keyset} == every
    assert list(group.mergerequests.list(iterator=True, state="opened", scope="created_by_me")) == []


def test_python_gitlab_reads_refusals(client: Gitlab) -> None:
    with pytest.raises(GitlabGetError, match="404 Project Not Found"):
        client.projects.get("acme/gone")
    project = client.projects.get("acme/team/shop")
    with pytest.raises(GitlabCreateError, match="does not exist"):
        project.mergerequests.create({"source_branch": "gone", "target_branch": "main", "title": "x"})


def test_python_gitlab_waits_as_a_limit_says(gitlab: Forge, client: Gitlab) -> None:
    gitlab.fail("GET */projects/*", faults.too_many(retry_after=0))
    assert client.projects.get("acme/team/shop").path == "shop"
    assert [entry.status for entry in gitlab.log] == [429, 200]


@pytest.fixture
def hub(github: Forge) -> Iterator[Github]:
    """PyGithub, without its pauses between requests."""
    github.add_repository("acme/shop", files={"README.md": "# Shop\n"}, labels=["codex"])
    client = Github(
        base_url=github.api,
        auth=Auth.Token(github.token),
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    yield client
    client.close()


def test_pygithub_takes_a_pull_request_from_blob_to_merge(github: Forge, hub: Github) -> None:
    assert hub.get_user().login == "codex-bot"
    repository = hub.get_repo("acme/shop")
    base = repository.get_branch("main").commit
    element = InputGitTreeElement("AGENTS.md", "100644", "blob", content="x\n")
    tree = repository.create_git_tree([element], base.commit.tree)
    commit = repository.create_git_commit("Sync", tree, [repository.get_git_commit(base.sha)])
    repository.create_git_ref("refs/heads/codex/sync", commit.sha)
    pull = repository.create_pull(base="main", head="codex/sync", title="Sync", body="Text")
    pull.add_to_labels("codex")
    pull.create_review_request(reviewers=["ada"])
    comment = pull.create_issue_comment("hello")
    comment.edit("hello again")
    pull.edit(title="Sync 2")
    pulls = repository.get_pulls(state="open", head="acme:codex/sync")
    assert [(repository.number, repository.title, repository.head.sha) for repository in pulls] == [
        (1, "Sync 2", commit.sha)
    ]
    assert [note.body for note in pull.get_issue_comments()] == ["hello again"]
    assert [label.name for label in pull.get_labels()] == ["codex"]
    assert [repository.get_pull(1).mergeable for _ in range(2)] == [None, True]
    assert pull.merge().merged
    content = repository.get_contents("AGENTS.md")
    assert not isinstance(content, list) and content.decoded_content == b"x\n"
    repository.get_git_ref("heads/codex/sync").delete()
    assert [branch.name for branch in repository.get_branches()] == ["main"]
    assert github.unknown == []


def test_pygithub_pages_and_reads_refusals(github: Forge, hub: Github) -> None:
    for number in range(35):
        github.add_repository(f"acme/r{number}")
    github.fail("GET */repos", faults.page_cap(10), times=9)
    repository = hub.get_repo("acme/shop")
    with pytest.raises(GithubException) as caught:
        repository.create_pull(base="main", head="gone", title="x", body="")
    assert caught.value.status == 422
    github.fail("GET /repos/*", faults.secondary_limit())
    with pytest.raises(GithubException, match="secondary rate limit"):
        hub.get_repo("acme/r1")
