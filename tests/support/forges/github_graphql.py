"""GitHub's GraphQL: bulk reading by aliases, and the mutations of a bot. Errors come in answers of status 200.

Source: https://docs.github.com/graphql/reference. How GitHub counts points and nodes is not imitated.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.forges.github_nodes import (
    CommentNode,
    LabelNode,
    OrganizationNode,
    PullNode,
    RepositoryNode,
    UserNode,
    git_node,
    ref_node,
)
from tests.support.forges.github_views import WEB_FLOW
from tests.support.forges.graphql_door import problem, run
from tests.support.forges.state import Label, MergeRequest, Note, Repository
from tests.support.forges.wire import Answer, Call

Input = Mapping[str, Any]
ZERO = "0" * 40


def graphql(call: Call) -> Answer:
    return run("github", call, Root(), shaped)


def shaped(error: Mapping[str, object]) -> Mapping[str, object]:
    """An error as GitHub writes it: its type is next to the message."""
    extensions = error.get("extensions")
    if isinstance(extensions, Mapping) and "type" in extensions:
        return {"type": extensions["type"], **{name: value for name, value in error.items() if name != "extensions"}}
    return error


# Objects by id.


def missing(identifier: str) -> Exception:
    return problem(f"Could not resolve to a node with the global id of '{identifier}'", "NOT_FOUND")


def repository_by(call: Call, identifier: str) -> Repository:
    repository = call.world.find(identifier.removeprefix("R_"), call.user) if identifier.startswith("R_") else None
    if repository is None:
        raise missing(identifier)
    return repository


def pull_by(call: Call, identifier: str) -> tuple[Repository, MergeRequest]:
    number = identifier.removeprefix("PR_")
    request = call.world.opened.get(int(number)) if number.isdecimal() else None
    if request is None or call.world.find(request[0].path, call.user) is None:
        raise missing(identifier)
    return request


def note_by(call: Call, identifier: str) -> tuple[Repository, MergeRequest, Note]:
    for repository, request in call.world.opened.values():
        for note in request.notes:
            if f"IC_{note.id}" == identifier:
                return repository, request, note
    raise missing(identifier)


def ref_by(call: Call, identifier: str) -> tuple[Repository, str]:
    try:
        text = base64.urlsafe_b64decode(identifier.removeprefix("REF_")).decode()
    except ValueError:
        raise missing(identifier) from None
    number, _, name = text.partition(":")
    return repository_by(call, f"R_{number}"), name


def labels_by(repository: Repository, identifiers: Iterable[str]) -> list[Label]:
    labels = {f"LA_{label.id}": label for label in repository.labels.values()}
    for identifier in identifiers:
        if identifier not in labels:
            raise missing(identifier)
    return [labels[identifier] for identifier in identifiers]


def writable(call: Call, repository: Repository) -> Repository:
    if repository.archived:
        raise problem("Repository was archived so is read-only.", "FORBIDDEN")
    if not call.world.may_write(repository, call.user):
        raise problem("Resource not accessible by personal access token", "FORBIDDEN")
    return repository


def writable_pull(call: Call, identifier: str) -> tuple[Repository, MergeRequest]:
    repository, request = pull_by(call, identifier)
    return writable(call, repository), request


class Root:
    """The query and the mutation."""

    def viewer(self, call: Call) -> UserNode:
        return UserNode(call.user)

    def rate_limit(self, call: Call, *, dry_run: bool) -> dict[str, object]:
        limits = {"limit": 5000, "remaining": 4999, "used": 1, "cost": 1, "node_count": 0}
        return {**limits, "reset_at": "2096-10-02T07:06:40Z"}

    def organization(self, call: Call, *, login: str) -> OrganizationNode:
        name = call.world.group(login)
        if name is None:
            text = f"Could not resolve to an Organization with the login of '{login}'."
            raise problem(text, "NOT_FOUND")
        return OrganizationNode(name, call.world.groups[name])

    def repository(self, call: Call, *, owner: str, name: str, follow_renames: bool) -> RepositoryNode:
        repository = call.world.find(f"{owner}/{name}", call.user)
        if repository is None:
            raise problem(f"Could not resolve to a Repository with the name '{owner}/{name}'.", "NOT_FOUND")
        return RepositoryNode(repository)

    def node(self, call: Call, *, id: str) -> object:  # noqa: A002
        if id.startswith("R_"):
            return RepositoryNode(repository_by(call, id))
        if id.startswith("REF_"):
            return ref_node(*ref_by(call, id))
        repository, request = pull_by(call, id)
        return PullNode(request, repository)

    # Branches and commits.

    def create_ref(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository = writable(call, repository_by(call, input["repository_id"]))
        name, oid = input["name"], input["oid"]
        if repository.bare.object(oid) is None:
            raise problem(f"Could not resolve to a node with the oid of '{oid}'", "NOT_FOUND")
        if not repository.bare.create_ref(name, oid):
            raise problem(f'A ref named "{name}" already exists in the repository.', "UNPROCESSABLE")
        call.world.refresh(repository)
        return {"ref": ref_node(repository, name)}

    def delete_ref(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, name = ref_by(call, input["ref_id"])
        move(call, writable(call, repository), name, None, None, force=True)
        return {}

    def update_ref(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, name = ref_by(call, input["ref_id"])
        move(call, writable(call, repository), name, None, input["oid"], force=input["force"])
        return {"ref": ref_node(repository, name)}

    def update_refs(self, call: Call, *, input: Input) -> object:  # noqa: A002
        """All or nothing: every update is checked before the first is made."""
        repository = writable(call, repository_by(call, input["repository_id"]))
        rows = [
            (update["name"], update.get("before_oid"), update["after_oid"], update["force"])
            for update in input["ref_updates"]
        ]
        for name, before, after, force in rows:
            allowed(repository, name, before, None if after == ZERO else after, force=force)
        for name, before, after, force in rows:
            move(call, repository, name, before, None if after == ZERO else after, force=force)
        return {}

    def create_commit_on_branch(self, call: Call, *, input: Input) -> object:  # noqa: A002
        """A signed commit by GitHub; the branch exists and points where the caller thinks.

        Source: https://docs.github.com/graphql/reference/mutations#createcommitonbranch
        """
        repository, name = branch_of(call, input["branch"])
        writable(call, repository)
        tip, expected = repository.bare.tip(name), input["expected_head_oid"]
        if tip is None:
            raise problem(f"A branch named '{name}' could not be found in {repository.path}.", "NOT_FOUND")
        if tip != expected:
            raise problem(
                f'Expected branch to point to "{expected}" but it did not.  Pull and try again.', "STALE_DATA"
            )
        if name in repository.protected:
            raise problem("Changes must be made through a pull request.", "BRANCH_PROTECTION_RULE_VIOLATION")
        changes = file_changes(repository, tip, input.get("file_changes") or {})
        message = input["message"]
        text = "\n\n".join(part for part in (message["headline"], message["body"]) if part)
        bare = repository.bare
        files = bare.changed(tip, changes, text, call.user.author)
        oid = bare.add_commit(bare.tree_of(files), (tip,), text, call.user.author, WEB_FLOW)
        if not bare.set_ref(f"refs/heads/{name}", oid, tip):
            raise problem(
                f'Expected branch to point to "{expected}" but it did not.  Pull and try again.', "STALE_DATA"
            )
        call.world.refresh(repository)
        return {"commit": git_node(repository, oid), "ref": ref_node(repository, f"refs/heads/{name}")}

    # Pull requests.

    def create_pull_request(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository = writable(call, repository_by(call, input["repository_id"]))
        source = input["head_ref_name"].removeprefix(f"{repository.owner}:").removeprefix("refs/heads/")
        target = input["base_ref_name"].removeprefix("refs/heads/")
        text = pull_refusal(repository, source, target)
        if text is not None:
            raise problem(text, "UNPROCESSABLE")
        body = input.get("body") or ""
        opened = call.world.open_request(
            repository, call.user, source=source, target=target, title=input["title"], description=body
        )
        opened.draft = bool(input.get("draft"))
        return {"pull_request": PullNode(opened, repository)}

    def update_pull_request(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request = writable_pull(call, input["pull_request_id"])
        request.title = input.get("title") or request.title
        body = input.get("body")
        request.description = request.description if body is None else body
        request.target = input.get("base_ref_name") or request.target
        if input.get("label_ids") is not None:
            request.labels = [label.name for label in labels_by(repository, input["label_ids"])]
        if input.get("assignee_ids") is not None:
            request.assignees = [user for user in call.world.users.values() if f"U_{user.id}" in input["assignee_ids"]]
        step = {"CLOSED": close, "OPEN": reopen}.get(input.get("state") or "")
        if step is not None:
            step(call, repository, request)
        request.updated = call.world.clock()
        return {"pull_request": PullNode(request, repository), "actor": UserNode(call.user)}

    def enable_pull_request_auto_merge(self, call: Call, *, input: Input) -> object:  # noqa: A002
        """Source: https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge"""
        repository, request = writable_pull(call, input["pull_request_id"])
        if input.get("expected_head_oid") not in (None, request.head):
            raise problem("Head sha didn't match expected value", "UNPROCESSABLE")
        if request.state != "opened" or request.draft:
            raise problem("Pull request is in draft or not open", "UNPROCESSABLE")
        request.auto_merge = True
        return {"pull_request": PullNode(request, repository), "actor": UserNode(call.user)}

    def mark_pull_request_ready_for_review(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request = writable_pull(call, input["pull_request_id"])
        request.draft = False
        return {"pull_request": PullNode(request, repository)}

    def close_pull_request(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request = writable_pull(call, input["pull_request_id"])
        close(call, repository, request)
        return {"pull_request": PullNode(request, repository)}

    def reopen_pull_request(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request = writable_pull(call, input["pull_request_id"])
        reopen(call, repository, request)
        return {"pull_request": PullNode(request, repository)}

    def request_reviews(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request = writable_pull(call, input["pull_request_id"])
        users = {f"U_{user.id}": user for user in call.world.users.values()}
        for identifier in input.get("user_ids") or ():
            if identifier not in users:
                raise missing(identifier)
        reviewers = [users[identifier] for identifier in input.get("user_ids") or ()]
        if request.author in reviewers:
            raise problem("Review cannot be requested from pull request author.", "UNPROCESSABLE")
        kept = request.reviewers if input["union"] else []
        request.reviewers = [*kept, *(user for user in reviewers if user not in kept)]
        return {"pull_request": PullNode(request, repository)}

    # Labels and comments.

    def create_label(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository = writable(call, repository_by(call, input["repository_id"]))
        if input["name"] in repository.labels:
            raise problem("Name has already been taken", "UNPROCESSABLE")
        text = input.get("description") or ""
        return {"label": LabelNode(call.world.add_label(repository, input["name"], input["color"], text))}

    def add_labels_to_labelable(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request = writable_pull(call, input["labelable_id"])
        names = [label.name for label in labels_by(repository, input["label_ids"])]
        request.labels += [name for name in names if name not in request.labels]
        return {"labelable": PullNode(request, repository)}

    def remove_labels_from_labelable(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request = writable_pull(call, input["labelable_id"])
        names = [label.name for label in labels_by(repository, input["label_ids"])]
        request.labels = [name for name in request.labels if name not in names]
        return {"labelable": PullNode(request, repository)}

    def add_comment(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request = writable_pull(call, input["subject_id"])
        note = call.world.add_note(request, call.user, input["body"])
        subject = PullNode(request, repository)
        return {"comment_edge": {"node": CommentNode(note, request, repository)}, "subject": subject}

    def update_issue_comment(self, call: Call, *, input: Input) -> object:  # noqa: A002
        repository, request, note = note_by(call, input["id"])
        writable(call, repository)
        note.body, note.updated = input["body"], call.world.clock()
        return {"issue_comment": CommentNode(note, request, repository)}


def branch_of(call: Call, branch: Input) -> tuple[Repository, str]:
    """The branch that a commit goes to, named in one of two ways."""
    if branch.get("id"):
        repository, full = ref_by(call, branch["id"])
        return repository, full.removeprefix("refs/heads/")
    path = branch.get("repository_name_with_owner") or ""
    found_repository = call.world.find(path, call.user)
    if found_repository is None:
        raise problem(f"Could not resolve to a Repository with the name '{path}'.", "NOT_FOUND")
    return found_repository, (branch.get("branch_name") or "").removeprefix("refs/heads/")


def file_changes(repository: Repository, tip: str, changes: Input) -> dict[str, bytes | None]:
    """Additions are written whether or not they exist; a deletion of what is not there is refused."""
    contents: dict[str, bytes | None] = {}
    for deletion in changes.get("deletions") or ():
        if deletion["path"] not in repository.bare.files(tip):
            text = f"A path was requested for deletion which does not exist as of commit oid `{tip}`"
            raise problem(text, "FILE_NOT_FOUND")
        contents[deletion["path"]] = None
    for addition in changes.get("additions") or ():
        try:
            contents[addition["path"]] = base64.b64decode(addition["contents"])
        except ValueError as error:
            raise problem("A file's contents are not valid Base64", "UNPROCESSABLE") from error
    return contents


def allowed(repository: Repository, name: str, before: str | None, after: str | None, *, force: bool) -> None:
    """Refuse a move of a reference that git, its rules or the caller's own expectation forbid."""
    now, branch = repository.bare.ref(name), name.removeprefix("refs/heads/")
    if before is not None and (now or ZERO) != before:
        raise problem(f"{name} is at {now or ZERO} but expected {before}", "UNPROCESSABLE")
    if branch in repository.protected or (after is None and branch == repository.default_branch):
        raise problem("Cannot update this protected ref.", "UNPROCESSABLE")
    if after is not None and repository.bare.object(after) is None:
        raise problem(f"Could not resolve to a node with the oid of '{after}'", "NOT_FOUND")
    if after and now and not force and repository.bare.merge_base(now, after) != now:
        raise problem("Update is not a fast forward", "UNPROCESSABLE")


def move(call: Call, repository: Repository, name: str, before: str | None, after: str | None, *, force: bool) -> None:
    allowed(repository, name, before, after, force=force)
    now = repository.bare.ref(name)
    done = (
        repository.bare.set_ref(name, after, now) if now or after is None else repository.bare.create_ref(name, after)
    )
    if not done:
        raise problem(f"{name} has moved", "UNPROCESSABLE")
    call.world.refresh(repository)


def pull_refusal(repository: Repository, source: str, target: str, fork: Repository | None = None) -> str | None:
    """Why a pull request cannot be opened."""
    place = fork or repository
    head, base = place.bare.tip(source), repository.bare.tip(target)
    if head is None or base is None:
        kind = "Head" if head is None else "Base"
        return f"{kind} sha can't be blank, {kind} ref must be a branch"
    if repository.open_from(source, target, fork.id if fork else None) is not None:
        return f"A pull request already exists for {place.owner}:{source}."
    return None if place.bare.count_between(base, head) else f"No commits between {target} and {source}"


def close(call: Call, repository: Repository, request: MergeRequest) -> None:
    if request.state == "opened":
        call.world.set_state(request, "closed", call.user)


def reopen(call: Call, repository: Repository, request: MergeRequest) -> None:
    if request.state != "closed":
        raise problem("Could not open the pull request.", "UNPROCESSABLE")
    text = pull_refusal(repository, request.source, request.target)
    if text is not None:
        raise problem(f"Could not open the pull request. {text}", "UNPROCESSABLE")
    call.world.set_state(request, "opened", call.user)
    call.world.refresh(repository)
