"""Merge requests, labels and comments of the fake GitHub."""

from tests.support.forges import github_views
from tests.support.forges.forking import head_of, may_edit, source_of
from tests.support.forges.github_common import (
    invalid,
    listing,
    readable,
    refused,
    repository_of,
    request_of,
    writable,
)
from tests.support.forges.github_graphql import pull_refusal
from tests.support.forges.github_views import (
    comment_view,
    issue_view,
    label_view,
    mergeable,
    pull_view,
    user_view,
)
from tests.support.forges.state import Label, MergeRequest, Repository
from tests.support.forges.wire import Answer, Call, Fields, json_answer

# Pull requests.


def pulls(call: Call) -> Answer:
    """`head` without an owner before its colon narrows nothing, as on GitHub."""
    repository, query = repository_of(call), call.asked
    state, head = query.text("state", "open"), query.text("head")
    owner, colon, source = head.partition(":")
    rows = [
        merge_request
        for merge_request in call.listed(repository)
        if (state == "all" or (state == "open") == (merge_request.state == "opened"))
        and (not colon or (owned_by(call, repository, merge_request, owner) and merge_request.source == source))
        and query.text("base", merge_request.target) == merge_request.target
    ]
    if query.text("sort") == "updated":
        rows.sort(key=lambda row: -row.updated)
    if query.text("direction", "desc") == "asc":
        rows.reverse()
    return listing(call, [pull_view(row, repository, call) for row in rows])


def owned_by(call: Call, repository: Repository, request: MergeRequest, owner: str) -> bool:
    """Whether the repository that a pull request comes from belongs to somebody."""
    source = source_of(call.world, repository, request)
    return source is not None and source.owner.lower() == owner.lower()


def create_pull(call: Call) -> Answer:
    """Open a pull request: from the repository itself with write access, from a fork without."""
    repository, sent = repository_of(call), call.sent
    place, source = head_of(call.world, repository, sent.text("head"))
    fork = place if place is not repository else None
    repository = readable(call) if fork else writable(call)
    target = sent.text("base")
    problem = {"field": "head", "code": "invalid"} if place is None else pull_problem(repository, source, target, fork)
    if problem is not None:
        raise invalid("PullRequest", **problem)
    if not sent.text("title"):
        raise invalid("PullRequest", code="missing_field", field="title")
    opened = call.world.open_request(
        repository,
        call.user,
        source=source,
        target=target,
        title=sent.text("title"),
        description=sent.text("body"),
        fork=fork,
    )
    opened.draft = sent.flag("draft")
    return json_answer(pull_view(opened, repository, call, full=True), 201)


def pull_problem(
    repository: Repository, source: str, target: str, fork: Repository | None = None
) -> dict[str, str] | None:
    """Why a pull request cannot be opened."""
    for field, place, name in (("head", fork or repository, source), ("base", repository, target)):
        if place.bare.tip(name) is None:
            return {"field": field, "code": "invalid"}
    text = pull_refusal(repository, source, target, fork)
    return {"code": "custom", "message": text} if text else None


def show_pull(call: Call) -> Answer:
    """Reading starts the job that computes whether it can be merged."""
    repository = repository_of(call)
    request = request_of(call, repository)
    view = pull_view(request, repository, call, full=True)
    call.world.look(request)
    return json_answer(view)


def edit_pull(call: Call) -> Answer:
    repository, sent = readable(call), call.sent
    request = request_of(call, repository)
    if not may_edit(call.world, repository, request, call.user):
        raise refused(403, "Resource not accessible by personal access token")
    state = sent.text("state")
    if state == "open" and request.state == "closed":
        problem = pull_problem(repository, request.source, request.target)
        if problem is not None:
            raise invalid("PullRequest", **{"code": "custom", "field": "state", **problem})
        call.world.set_state(request, "opened", call.user)
    if state == "closed" and request.state == "opened":
        call.world.set_state(request, "closed", call.user)
    target = sent.text("base", request.target)
    if repository.bare.tip(target) is None:
        raise invalid("PullRequest", field="base", code="invalid")
    request.target = target
    request.title = sent.text("title", request.title)
    request.description = sent.text("body", request.description)
    request.updated = call.world.clock()
    return json_answer(pull_view(request, repository, call, full=True))


def merge_pull(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    sha = call.sent.text("sha")
    if sha and sha != request.head:
        raise refused(409, "Head branch was modified. Review and try the merge again.")
    if request.state != "opened" or mergeable(call.world, repository, request)[0] is False or request.draft:
        raise refused(405, "Pull Request is not mergeable")
    commit = call.world.merge(repository, request, call.user)
    if commit is None:
        raise refused(405, "Pull Request is not mergeable")
    return json_answer({"sha": commit, "merged": True, "message": "Pull Request successfully merged"})


def reviewers(call: Call) -> Answer:
    request = request_of(call, repository_of(call))
    return json_answer({"users": [user_view(user, call.url) for user in request.reviewers], "teams": []})


def ask_reviewers(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    for name in call.sent.texts("reviewers") or ():
        user = call.world.users.get(name)
        if user is None:
            raise refused(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator",
            )
        if user == request.author:
            raise refused(422, "Review cannot be requested from pull request author.")
        if user not in request.reviewers:
            request.reviewers.append(user)
    return json_answer(pull_view(request, repository, call), 201)


# Labels and comments: of a pull request as an issue.


def labels(call: Call) -> Answer:
    repository = repository_of(call)
    return listing(call, [label_view(label, repository, call.url) for label in repository.labels.values()])


def create_label(call: Call) -> Answer:
    repository, sent = writable(call), call.sent
    if sent.text("name") in repository.labels:
        raise invalid("Label", code="already_exists", field="name")
    label = call.world.add_label(repository, sent.text("name"), sent.text("color", "ededed"), sent.text("description"))
    return json_answer(label_view(label, repository, call.url), 201)


def known_labels(call: Call, repository: Repository) -> list[Label]:
    """The labels that a body names; those that are not there yet are made."""
    sent = call.sent.several("labels") or call.sent.several("") or ()
    names = [Fields(value).text("name") if isinstance(value, dict) else str(value) for value in sent]
    return [repository.labels.get(name) or call.world.add_label(repository, name, "ededed") for name in names]


def issue_labels(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    return listing(call, [label_view(repository.labels[name], repository, call.url) for name in request.labels])


def add_issue_labels(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    request.labels += [label.name for label in known_labels(call, repository) if label.name not in request.labels]
    return json_answer([label_view(repository.labels[name], repository, call.url) for name in request.labels])


def add_assignees(call: Call) -> Answer:
    """Users who cannot be assigned are ignored.

    Source: https://docs.github.com/rest/issues/assignees#add-assignees-to-an-issue
    """
    repository = writable(call)
    request = request_of(call, repository)
    users = [call.world.users.get(name) for name in call.sent.texts("assignees") or ()]
    request.assignees += [user for user in users if user and user not in request.assignees]
    return json_answer(issue_view(request, repository, call), 201)


def set_issue_labels(call: Call) -> Answer:
    repository = writable(call)
    request_of(call, repository).labels = []
    return add_issue_labels(call)


def remove_issue_label(call: Call) -> Answer:
    repository = writable(call)
    request = request_of(call, repository)
    if call.parts["name"] not in request.labels:
        raise refused(404, "Label does not exist")
    request.labels.remove(call.parts["name"])
    return json_answer([label_view(repository.labels[name], repository, call.url) for name in request.labels])


def comments(call: Call) -> Answer:
    repository = repository_of(call)
    request = request_of(call, repository)
    rows = [comment_view(note, request, repository, call.url) for note in request.notes]
    return listing(
        call,
        [{**row, "user": github_views.author_view(note, call)} for row, note in zip(rows, request.notes, strict=True)],
    )


def create_comment(call: Call) -> Answer:
    repository = readable(call)
    request = request_of(call, repository)
    note = call.world.add_note(request, call.user, call.sent.text("body"))
    return json_answer(comment_view(note, request, repository, call.url), 201)


def edit_comment(call: Call) -> Answer:
    repository = readable(call)
    request, note = repository.note(call.parts["comment"])
    if request is None or note is None:
        raise refused(404, "Not Found")
    note.body, note.updated = call.sent.text("body", note.body), call.world.clock()
    return json_answer(comment_view(note, request, repository, call.url))
