"""Merge requests, labels and comments of the fake Gitea and Forgejo."""

from collections.abc import Sequence

from tests.support.forges.forking import head_of, may_edit
from tests.support.forges.gitea_common import (
    Dialect,
    absent,
    listing,
    readable,
    refused,
    repository_of,
    request_of,
    writable,
)
from tests.support.forges.gitea_views import (
    comment_view,
    label_view,
    pull_view,
    user_view,
)
from tests.support.forges.state import Label, MergeRequest, Repository, User
from tests.support.forges.wire import Answer, Call, json_answer, moment

# Pull requests.


def pulls(call: Call) -> Answer:
    """There is no narrowing by branch."""
    repository, state = repository_of(call), call.asked.text("state", "open")
    rows = [
        merge_request
        for merge_request in call.listed(repository)
        if (state == "all" or (state == "open") == (merge_request.state == "opened"))
        and call.asked.text("poster", merge_request.author.name) == merge_request.author.name
    ]
    return listing(call, [pull_view(row, repository, call) for row in rows])


def create_pull(call: Call, *, dialect: Dialect) -> Answer:
    repository, sent = readable(call), call.sent
    if not repository.requests_enabled:
        raise absent()
    (place, source), target = head_of(call.world, repository, sent.text("head")), sent.text("base")
    if place is None:
        raise refused(400, "the user does not have a fork of the base repository")
    head, base = place.bare.tip(source), repository.bare.tip(target)
    fork = place if place is not repository else None
    if source == target and fork is None:
        raise refused(422, "Invalid PullRequest: There are no changes between the head and the base")
    if head is None or base is None:
        raise absent()
    if not call.world.hasty:
        unrivalled(repository, source, target, fork.id if fork else None)
    if not (fork or repository).bare.count_between(base, head):
        raise refused(409, f"there are no commits between {target} and {source}")
    opened = call.world.open_request(
        repository,
        call.user,
        source=source,
        target=target,
        title=sent.text("title"),
        description=sent.text("body"),
        fork=fork,
    )
    opened.labels = [label.name for label in labels_by(repository, sent.several("labels") or ())]
    opened.assignees = people(call, "assignees")
    opened.reviewers = people(call, "reviewers") if dialect.reviewers else []
    return json_answer(pull_view(opened, repository, call), 201)


def unrivalled(repository: Repository, source: str, target: str, fork: int | None = None) -> None:
    """409 where one is open; its ids stand in the text."""
    other = repository.open_from(source, target, fork)
    if other is not None:
        ids = f"id: {other.id}, issue_id: {other.id}, head_repo_id: {repository.id}, base_repo_id: {repository.id}"
        text = f"pull request already exists for these targets [{ids}, head_branch: {source}, base_branch: {target}]"
        raise refused(409, text)


def people(call: Call, field: str) -> list[User]:
    names = call.sent.texts(field) or ()
    unknown = [name for name in names if name not in call.world.users]
    if unknown:
        raise refused(422, f"Assignee does not exist: [name: {unknown[0]}]")
    return [call.world.users[name] for name in names]


def show_pull(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    view = pull_view(request, repository, call)
    call.world.look(request)
    return json_answer(view)


def pull_by_branches(call: Call) -> Answer:
    """The first one from a branch to another, be it open or not: the query asks for no state and no order.

    Source: `GetPullRequestByBaseHeadInfo` in Gitea's models/issues/pull.go
    """
    repository = repository_of(call)
    head, base = call.parts["head"], call.parts["base"]
    owner, colon, branch = head.rpartition(":")
    place: Repository | None = repository
    if colon and owner != repository.owner:
        place = call.world.find(owner if "/" in owner else f"{owner}/{repository.name}", call.user)
    fork = place.id if place is not None and place is not repository else None
    ends = branch, base, fork
    requests = repository.requests if place is not None else []
    request = next((one for one in requests if (one.source, one.target, one.fork) == ends), None)
    if request is None:
        raise absent()
    return json_answer(pull_view(request, repository, call))


def edit_pull(call: Call) -> Answer:
    repository, sent = readable(call), call.sent
    request = request_of(call, repository)
    if not may_edit(call.world, repository, request, call.user):
        raise refused(403, "")
    target = sent.text("base") or request.target
    if repository.bare.tip(target) is None:
        raise absent()
    if target != request.target:
        unrivalled(repository, request.source, target)
    step(call, repository, request)
    request.target = target
    request.title = sent.text("title") or request.title
    request.description = sent.text("body", request.description)
    if "labels" in sent and call.world.may_write(repository, call.user):
        request.labels = [label.name for label in labels_by(repository, sent.several("labels") or ())]
    if "assignees" in sent:
        request.assignees = people(call, "assignees")
    request.updated = call.world.clock()
    return json_answer(pull_view(request, repository, call), 201)


def step(call: Call, repository: Repository, request: MergeRequest) -> None:
    """Close or reopen."""
    state = call.sent.text("state")
    if state == "closed" and request.state == "opened":
        call.world.set_state(request, "closed", call.user)
    if state == "open" and request.state == "closed":
        unrivalled(repository, request.source, request.target)
        if repository.bare.tip(request.source) is None:
            raise absent()
        call.world.set_state(request, "opened", call.user)
        call.world.refresh(repository)
    if state and request.state == "merged":
        raise refused(412, "cannot change state of this pull request, it was already merged")


def merge_pull(call: Call, *, dialect: Dialect) -> Answer:
    """405 while it is being checked, and where it cannot be merged."""
    repository = writable(call)
    request = request_of(call, repository)
    if not call.sent.text(dialect.merge):
        raise refused(422, f"[{dialect.merge}]: Required")
    head = call.sent.text("head_commit_id")
    if head and head != request.head:
        raise refused(409, "head out of date")
    state = call.world.mergeability(repository, request)
    if request.state != "opened" or state in ("unchecked", "checking"):
        raise refused(405, "Please try again later")
    if call.sent.flag("merge_when_checks_succeed"):
        if request.auto_merge:
            raise refused(409, "already scheduled to auto merge")
        request.auto_merge = True
        return Answer(status=201)
    if call.world.merge(repository, request, call.user) is None:
        raise refused(409, "conflict in merging")
    return Answer(status=200)


def ask_reviewers(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    reviewers = people(call, "reviewers")
    request.reviewers += [user for user in reviewers if user not in request.reviewers]
    web = f"{call.url}/{repository.path}/pulls/{request.number}"
    rows = [
        {
            "id": user.id,
            "user": user_view(user, call.url),
            "team": None,
            "state": "REQUEST_REVIEW",
            "body": "",
            "commit_id": "",
            "stale": False,
            "official": False,
            "dismissed": False,
            "comments_count": 0,
            "submitted_at": moment(call.world.clock()),
            "updated_at": moment(call.world.clock()),
            "html_url": web,
            "pull_request_url": web,
        }
        for user in reviewers
    ]
    return json_answer(rows, 201)


# Labels and comments.


def labels_by(repository: Repository, named: Sequence[object]) -> list[Label]:
    """Labels by id or name; unknown ones are passed over."""
    every = (*repository.inherited.values(), *repository.labels.values())
    labels: dict[object, Label] = {label.id: label for label in every}
    labels.update({label.name: label for label in every})
    return [labels[key] for key in named if isinstance(key, int | str) and key in labels]


def labels(call: Call) -> Answer:
    repository = repository_of(call)
    return listing(call, [label_view(label, repository, call.url) for label in repository.labels.values()])


def organisation_labels(call: Call) -> Answer:
    """The labels of an organisation; a user is none."""
    name = call.world.group(call.parts["org"])
    if name is None:
        raise absent()
    rows = call.world.under(name, call.user, deep=False)
    labels = {label.id: label_view(label, row, call.url) for row in rows for label in row.inherited.values()}
    return listing(call, list(labels.values()))


def create_label(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    if not sent.text("name") or not sent.text("color"):
        raise refused(422, "[Name]: Required" if not sent.text("name") else "[Color]: Required")
    label = call.world.add_label(repository, sent.text("name"), sent.text("color"), sent.text("description"))
    return json_answer(label_view(label, repository, call.url), 201)


def shown_labels(call: Call, repository: Repository, request: MergeRequest) -> Answer:
    return json_answer([label_view(repository.all_labels[name], repository, call.url) for name in request.labels])


def issue_labels(call: Call) -> Answer:
    repository = repository_of(call)
    return shown_labels(call, repository, request_of(call, repository))


def add_issue_labels(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    names = [label.name for label in labels_by(repository, call.sent.several("labels") or ())]
    request.labels += [name for name in names if name not in request.labels]
    return shown_labels(call, repository, request)


def set_issue_labels(call: Call) -> Answer:
    repository = writable(call)
    request_of(call, repository).labels = []
    return add_issue_labels(call)


def remove_issue_label(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    number = call.parts["label"]
    removed = labels_by(repository, [int(number) if number.isdecimal() else number])
    if not removed:
        raise absent()
    request.labels = [name for name in request.labels if name != removed[0].name]
    return Answer(status=204)


def comments(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    return json_answer([comment_view(note, request, repository, call.url) for note in request.notes])


def create_comment(call: Call) -> Answer:
    repository = readable(call)
    request = request_of(call, repository)
    note = call.world.add_note(request, call.user, call.sent.text("body"))
    return json_answer(comment_view(note, request, repository, call.url), 201)


def edit_comment(call: Call) -> Answer:
    repository = readable(call)
    request, note = repository.note(call.parts["comment"])
    if request is None or note is None:
        raise absent()
    if note.author != call.user:
        raise refused(403, "user should be the author of the comment")
    note.body, note.updated = call.sent.text("body", note.body), call.world.clock()
    return json_answer(comment_view(note, request, repository, call.url))
