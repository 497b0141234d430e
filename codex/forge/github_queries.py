"""GraphQL documents of GitHub, and its rows as our types.

Source: https://docs.github.com/graphql/reference, https://docs.github.com/rest/pulls.
"""

from collections.abc import Iterable, Sequence
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
  labels(first: 50) { nodes { name } }
}
fragment opened on PullRequest {
  id number url title body isDraft createdAt mergeable baseRefName isCrossRepository
  labels(first: 50) { nodes { name } }
  reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { combinedSlug } } } }
}
fragment seen on Repository {
  isArchived isMirror viewerPermission
  defaultBranchRef { name target { oid } }
  ours: ref(qualifiedName: $ref) { ...tip }
  opened: pullRequests(headRefName: $branch, states: [OPEN], first: 5) { nodes { ...opened } }
  ended: pullRequests(
    headRefName: $branch, states: [CLOSED, MERGED], first: 5, orderBy: {field: CREATED_AT, direction: DESC}
  ) { nodes { ...ended } }
}
"""
_MERGEABLE: Final = {"MERGEABLE": True, "CONFLICTING": False}


def heads_query(targets: Sequence[Repository], branch: str) -> tuple[str, dict[str, object]]:
    """Return the document that reads the heads of repositories, and its variables; the n-th repository is `r<n>`."""
    variables: dict[str, object] = {"branch": branch, "ref": f"refs/heads/{branch}"}
    types, fields = ["$branch: String!", "$ref: String!"], []
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


def first_into(base: str, rows: Iterable[Row]) -> Row | None:
    """The first pull request into the branch `base` that is not from a fork."""
    return next((row for row in rows if row["baseRefName"] == base and not row["isCrossRepository"]), None)


def mergeable(row: Row) -> bool | None:
    """Whether a pull request can be merged; None where GitHub has not computed it yet."""
    return _MERGEABLE.get(row.get("mergeable") or "")


def approvals(rule: GitHubRequiredReviews | None) -> int:
    """The number of approvals that a rule requires; 0 where it has none."""
    return (rule or {}).get("required_approving_review_count") or 0


def bare_login(login: str | None) -> str:
    """A login in lower case, without the suffix that an App's has in REST and lacks in GraphQL:
    https://github.com/ampproject/amp-github-apps/pull/469."""
    return (login or "").removesuffix("[bot]").lower()


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
