"""GraphQL documents of GitHub, and its rows as our types.

Source: https://docs.github.com/graphql/reference, https://docs.github.com/rest/pulls.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from codex.forge.api_forge import Row, normalize_newlines
from codex.forge.github_responses import GitHubRequiredReviews
from codex.sync.observed import ClosedRequest, MergeRequest
from codex.sync.repository import Repository

MERGE_METHODS: Final = ("MERGE", "SQUASH", "REBASE")
VIEWER: Final = "query { viewer { login databaseId } }"
ENABLE_AUTO_MERGE: Final = """
mutation auto($id: ID!, $oid: GitObjectID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $oid, mergeMethod: $method}) {
    pullRequest { number }
  }
}
"""
MAKE_READY: Final = """
mutation ready($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { number } } }
"""
_FRAGMENTS: Final = """
fragment tip on Ref { target { oid ... on Commit { message parents(first: 3) { nodes { oid } } } } }
fragment ended on PullRequest {
  number url body merged baseRefName isCrossRepository headRefOid
  author { ... on User { databaseId } ... on Bot { databaseId } } headRepository { nameWithOwner }
  labels(first: 50) { nodes { name } }
}
fragment opened on PullRequest {
  id number url title body isDraft createdAt mergeable baseRefName isCrossRepository
  headRepository { nameWithOwner } headRef { ...tip }
  labels(first: 50) { nodes { name } }
  reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { combinedSlug } } } }
}
fragment seen on Repository {
  isArchived isMirror viewerPermission
  defaultBranchRef { name target { oid } }
  ours: ref(qualifiedName: $ref) { ...tip }
  opened: pullRequests(headRefName: $branch, states: [OPEN], first: $most) { nodes { ...opened } }
  ended: pullRequests(
    headRefName: $branch, states: [CLOSED, MERGED], first: $most, orderBy: {field: CREATED_AT, direction: DESC}
  ) { nodes { ...ended } }
}
"""
_MERGEABLE: Final = {"MERGEABLE": True, "CONFLICTING": False}


FEW: Final = 5
"""The number of open, and of ended, pull requests that are read of a repository."""
MANY: Final = 100
"""The same where those of others, who may give a branch of a fork our name, hide ours. GitHub allows no more."""


def heads_query(targets: Sequence[Repository], branch: str, most: int = FEW) -> tuple[str, dict[str, object]]:
    """Return the document that reads the heads of repositories, and its variables; the n-th repository is `r<n>`."""
    variables: dict[str, object] = {"branch": branch, "ref": f"refs/heads/{branch}", "most": most}
    types, fields = ["$branch: String!", "$ref: String!", "$most: Int!"], []
    for number, target in enumerate(targets):
        owner, _, name = target.path.partition("/")
        variables |= {f"o{number}": owner, f"n{number}": name}
        types.append(f"$o{number}: String!, $n{number}: String!")
        base = ""
        if target.default_branch:
            variables[f"b{number}"] = f"refs/heads/{target.default_branch}"
            types.append(f"$b{number}: String!")
            base = f" base: ref(qualifiedName: $b{number}) {{ target {{ oid }} }}"
        fields.append(f"r{number}: repository(owner: $o{number}, name: $n{number}) {{ ...seen{base} }}")
    return f"query heads({', '.join(types)}) {{ {' '.join(fields)} }}{_FRAGMENTS}", variables


def commit_id(ref: Row | None) -> str | None:
    """The commit of a branch, if there is one."""
    return ((ref or {}).get("target") or {}).get("oid")


def nodes(row: Row, name: str) -> list[Row]:
    """The nodes of a connection. Those that the token cannot see are null, and left out."""
    return [node for node in (row.get(name) or {}).get("nodes") or () if node]


def is_full(row: Row, name: str, most: int) -> bool:
    """Whether a connection may have more nodes than were read."""
    return len((row.get(name) or {}).get("nodes") or ()) >= most


def first_into(target: Repository, rows: Iterable[Row], is_ours: Callable[[Repository, Row], bool]) -> Row | None:
    """The first pull request into the default branch that is from the repository with our branch."""
    base = target.default_branch or ""
    return next((row for row in rows if row["baseRefName"] == base and is_ours(target, row)), None)


def source_of(target: Repository, row: Row) -> str | None:
    """The path of the repository that a pull request comes from; None if that was deleted."""
    return (row.get("headRepository") or {}).get("nameWithOwner") if row["isCrossRepository"] else target.path


def mergeable(row: Row) -> bool | None:
    """Whether a pull request can be merged; None where GitHub has not computed it yet."""
    return _MERGEABLE.get(row.get("mergeable") or "")


def approvals(rule: GitHubRequiredReviews | None) -> int:
    """The number of approvals that a rule requires; 0 where it has none."""
    return (rule or {}).get("required_approving_review_count") or 0


def is_account(user: Mapping[str, object] | None, account: Row) -> bool:
    """Return whether a user is the account of the token, which is compared by its number.

    Logins do not tell an App from a person: the App's is `name[bot]` in REST and `name` in GraphQL, where a person may
    have it too (https://github.com/ampproject/amp-github-apps/pull/469).
    """
    return user is not None and user.get("id") == account["databaseId"]


def open_request(row: Row, *, can_merge: bool | None) -> MergeRequest:
    """An open pull request of a heads query."""
    reviewers = [node["requestedReviewer"] or {} for node in nodes(row, "reviewRequests")]
    return MergeRequest(
        number=int(row["number"]),
        url=row["url"],
        title=row["title"],
        body=normalize_newlines(row["body"]),
        labels=tuple(node["name"] for node in nodes(row, "labels")),
        reviewers=tuple(str(person.get("login") or person.get("combinedSlug")) for person in reviewers if person),
        mergeable=can_merge,
        created=str(row["createdAt"])[:10],
        draft=bool(row.get("isDraft")),
    )


def closed_request(row: Row) -> ClosedRequest:
    """A closed or merged pull request of a heads query."""
    return ClosedRequest(
        number=int(row["number"]),
        url=row["url"],
        body=normalize_newlines(row["body"]),
        merged=bool(row["merged"]),
        labels=tuple(node["name"] for node in nodes(row, "labels")),
        head=row.get("headRefOid") or "",
    )


def rest_request(row: Row) -> MergeRequest:
    """A pull request of the REST API."""
    owner = row["base"]["repo"]["owner"]["login"]
    teams = [f"{owner}/{team['slug']}" for team in row.get("requested_teams") or ()]
    return MergeRequest(
        number=row["number"],
        url=row["html_url"],
        title=row["title"],
        body=normalize_newlines(row.get("body")),
        labels=tuple(label["name"] for label in row.get("labels") or ()),
        reviewers=(*(person["login"] for person in row.get("requested_reviewers") or ()), *teams),
        created=str(row.get("created_at") or "")[:10],
        draft=bool(row.get("draft")),
    )
