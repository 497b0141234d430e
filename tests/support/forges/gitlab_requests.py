"""Merge requests, labels and comments of the fake GitLab."""

from collections.abc import Iterable

from tests.support.forges.flavour import named, page_of
from tests.support.forges.forking import may_edit
from tests.support.forges.gitlab_common import invalid, listing, not_found, project_of, refused, request_of, writable
from tests.support.forges.gitlab_repositories import near, repositories_of
from tests.support.forges.gitlab_views import (
    label_view,
    note_view,
    request_view,
)
from tests.support.forges.state import MergeRequest, Repository
from tests.support.forges.wire import Answer, Call, json_answer

# Merge requests.


def project_requests(call: Call) -> Answer:
    repository = project_of(call)
    if not repository.requests_enabled:
        raise refused(403, "403 Forbidden")
    return request_list(call, [repository])


def group_requests(call: Call) -> Answer:
    repositories = repositories_of(call, deep=True)
    return request_list(
        call, [repository for repository in repositories if not repository.archived and repository.requests_enabled]
    )


def all_requests(call: Call) -> Answer:
    heads = [
        repository for repository in call.world.repositories.values() if call.world.find(repository.path, call.user)
    ]
    return request_list(call, heads, scope="created_by_me")


def request_list(call: Call, repositories: Iterable[Repository], scope: str = "all") -> Answer:
    rows = [
        (repository, request)
        for repository in repositories
        for request in call.listed(repository)
        if wanted(call, request, scope)
    ]
    upwards, by = call.asked.text("sort", "desc") == "asc", call.asked.text("order_by", "created_at")
    rows.sort(
        key=lambda row: (row[1].updated if by == "updated_at" else row[1].created, row[1].id), reverse=not upwards
    )
    page, size = page_of(call)
    views = [
        request_view(request, row, call) if near(number, page, size) else {}
        for number, (row, request) in enumerate(rows)
    ]
    return listing(call, views)


def wanted(call: Call, request: MergeRequest, scope: str) -> bool:
    query = call.asked
    state, labels = query.text("state", "all"), query.texts("labels") or ()
    numbers = query.numbers("iids")
    return (
        state in ("all", request.state)
        and query.text("source_branch", request.source) == request.source
        and query.text("target_branch", request.target) == request.target
        and (query.text("scope", scope).replace("-", "_") != "created_by_me" or request.author == call.user)
        and query.text("author_username", request.author.name) == request.author.name
        and all(label in request.labels for label in labels)
        and (numbers is None or request.number in numbers)
    )


def create_request(call: Call) -> Answer:
    """Open a merge request of this project, or of the one that it is a fork of."""
    project, sent = writable(call), call.sent
    repository = call.world.find(str(sent.number("target_project_id") or project.id), call.user)
    if repository is None or repository.archived:
        raise not_found("Project")
    fork = project if project is not repository else None
    if not repository.requests_enabled or not project.requests_enabled:
        raise refused(403, "403 Forbidden")
    lacking = [name for name in ("title", "source_branch", "target_branch") if not sent.text(name)]
    if lacking:
        raise invalid(", ".join(f"{name} is missing" for name in lacking))
    source, target = sent.text("source_branch"), sent.text("target_branch")
    if source == target and fork is None:
        raise refused(409, ["You can't use same project/branch for source and target"])
    for field, place, name in (("source_branch", project, source), ("target_branch", repository, target)):
        if place.bare.tip(name) is None:
            raise refused(400, {field: ["does not exist"]})
    unrivalled(repository, source, target, fork.id if fork else None)
    opened = call.world.open_request(
        repository,
        call.user,
        source=source,
        target=target,
        title=sent.text("title"),
        description=sent.text("description"),
        fork=fork,
    )
    change(call, repository, opened)
    return json_answer(request_view(opened, repository, call, full=True), 201)


def unrivalled(repository: Repository, source: str, target: str, fork: int | None = None) -> None:
    other = repository.open_from(source, target, fork)
    if other is not None:
        text = "Another open merge request already exists for this source branch"
        raise refused(409, [f"{text}: !{other.number}"])


def change(call: Call, repository: Repository, request: MergeRequest) -> None:
    """Set labels and people; unknown labels are made, unknown ids passed over, and all of it without access."""
    if not call.world.may_write(repository, call.user):
        return
    sent, everybody = call.sent, tuple(call.world.users.values())
    labels = sent.texts("labels")
    if labels is not None:
        request.labels = list(dict.fromkeys(labels))
    request.labels += [name for name in sent.texts("add_labels") or () if name not in request.labels]
    removed = sent.texts("remove_labels") or ()
    request.labels = [name for name in request.labels if name not in removed]
    for name in request.labels:
        if name not in repository.labels:
            call.world.add_label(repository, name)
    reviewers, assignees = sent.numbers("reviewer_ids"), sent.numbers("assignee_ids")
    if reviewers is not None:
        request.reviewers = (
            named(everybody, reviewers)[:1] if call.world.single_reviewer else named(everybody, reviewers)
        )
    if assignees is None and "assignee_id" in sent:
        assignees = (sent.number("assignee_id"),)
    if assignees is not None:
        request.assignees = named(everybody, assignees)


def show_request(call: Call) -> Answer:
    repository = project_of(call)
    request = request_of(call, repository)
    call.world.look(request)
    return json_answer(request_view(request, repository, call, full=True))


EDITABLE = (
    *("title", "description", "state_event", "labels", "add_labels", "remove_labels", "reviewer_ids"),
    *("assignee_ids", "assignee_id", "target_branch", "remove_source_branch", "squash", "milestone_id"),
)


def edit_request(call: Call) -> Answer:
    repository, sent = project_of(call), call.sent
    request = request_of(call, repository)
    if repository.archived or not may_edit(call.world, repository, request, call.user):
        raise refused(403, "403 Forbidden")
    if not any(name in sent for name in EDITABLE):
        raise invalid(f"{', '.join(EDITABLE)} are missing, at least one parameter must be provided")
    if "title" in sent and not sent.text("title"):
        raise invalid("title is empty")
    target = sent.text("target_branch", request.target)
    if target != request.target:
        unrivalled(repository, request.source, target)
        request.target, request.reads = target, 0
    step(call, repository, request)
    request.title = sent.text("title", request.title)
    request.description = sent.text("description", request.description)
    change(call, repository, request)
    request.updated = call.world.clock()
    return json_answer(request_view(request, repository, call, full=True))


def step(call: Call, repository: Repository, request: MergeRequest) -> None:
    """Close or reopen."""
    event = call.sent.text("state_event")
    if event == "close" and request.state == "opened":
        call.world.set_state(request, "closed", call.user)
    if event == "reopen" and request.state == "closed":
        unrivalled(repository, request.source, request.target)
        call.world.set_state(request, "opened", call.user)
        call.world.refresh(repository)
    if event not in ("", "close", "reopen"):
        raise invalid("state_event does not have a valid value")


def merge_request(call: Call) -> Answer:
    """Merge. Too early, or closed, is 405; another tip than the one named is 409."""
    repository = writable(call)
    request = request_of(call, repository)
    sha = call.sent.text("sha")
    if sha and sha != request.head:
        raise refused(409, f"SHA does not match HEAD of source branch: {request.head}")
    if request.state != "opened" or call.world.mergeability(repository, request) in ("unchecked", "checking"):
        raise refused(405, "405 Method Not Allowed")
    if call.sent.flag("auto_merge") or call.sent.flag("merge_when_pipeline_succeeds"):
        request.auto_merge = True
        return json_answer(request_view(request, repository, call, full=True))
    if call.world.merge(repository, request, call.user) is None:
        raise refused(422, "Branch cannot be merged")
    return json_answer(request_view(request, repository, call, full=True))


def board(call: Call) -> Answer:
    """Add a merge request to the merge train, once its pipeline succeeds; 403 in a project without trains.

    Source: https://docs.gitlab.com/api/merge_trains/
    """
    repository = writable(call)
    request = request_of(call, repository)
    if not repository.trains:
        raise refused(403, "403 Forbidden")
    if call.sent.text("sha") != request.head:
        raise refused(409, "SHA does not match HEAD of source branch")
    if not call.sent.flag("auto_merge"):
        raise refused(400, "400 Bad request")
    request.auto_merge = request.on_train = True
    return json_answer([], 201)


def approvals(call: Call) -> Answer:
    """Who approved a request, and how many have to; the free tier has no such rules and leaves the counts out.

    Source: https://docs.gitlab.com/api/merge_request_approvals/#retrieve-approval-state-for-a-merge-request
    """
    repository = project_of(call)
    request_of(call, repository)
    needed = repository.required_approvals
    approvals = {"user_has_approved": False, "user_can_approve": False, "approved": not needed, "approved_by": []}
    return json_answer(approvals | ({"approvals_required": needed, "approvals_left": needed} if needed else {}))


# Notes and labels.


def notes(call: Call) -> Answer:
    repository = project_of(call)
    request = request_of(call, repository)
    rows = [note_view(note, request, repository, call.url) for note in request.notes]
    return listing(call, rows if call.asked.text("sort") == "asc" else rows[::-1])


def create_note(call: Call) -> Answer:
    repository = project_of(call)
    request = request_of(call, repository)
    if not call.sent.text("body"):
        raise invalid("body is missing")
    note = call.world.add_note(request, call.user, call.sent.text("body"))
    return json_answer(note_view(note, request, repository, call.url), 201)


def edit_note(call: Call) -> Answer:
    repository = project_of(call)
    request = request_of(call, repository)
    note = next((note for note in request.notes if str(note.id) == call.parts["note"]), None)
    if note is None:
        raise not_found("Note")
    if note.author != call.user:
        raise refused(403, "403 Forbidden")
    note.body, note.updated = call.sent.text("body", note.body), call.world.clock()
    return json_answer(note_view(note, request, repository, call.url))


def labels(call: Call) -> Answer:
    labels = sorted(project_of(call).labels.values(), key=lambda label: label.name)
    return listing(call, [label_view(label) for label in labels])


def create_label(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    lacking = [name for name in ("name", "color") if not sent.text(name)]
    if lacking:
        raise invalid(", ".join(f"{name} is missing" for name in lacking))
    if sent.text("name") in repository.labels:
        raise refused(409, "Label already exists")
    label = call.world.add_label(repository, sent.text("name"), sent.text("color"), sent.text("description"))
    return json_answer(label_view(label), 201)
