"""Types of responses of GitHub. Source: https://docs.github.com/rest, https://docs.github.com/graphql/reference."""

from typing import NotRequired, TypedDict

from codex.forge.responses import Id, Login, Name, NamedLabel, Number, Text


class GitHubViewer(TypedDict):
    """The account of the token."""

    login: Name
    databaseId: Number


class GitHubViewerData(TypedDict):
    """The document that reads it."""

    viewer: NotRequired[GitHubViewer | None]


class _Rate(TypedDict):
    remaining: int
    limit: int


class _Resources(TypedDict):
    core: _Rate
    graphql: _Rate


class GitHubRateLimits(TypedDict):
    """`GET rate_limit`."""

    resources: _Resources


class _Oid(TypedDict):
    oid: Id


class _Parents(TypedDict):
    nodes: NotRequired[list[_Oid] | None]


class _Tip(TypedDict):
    oid: Id
    message: NotRequired[Text | None]
    parents: NotRequired[_Parents | None]


class _Ref(TypedDict):
    name: NotRequired[Name | None]
    target: NotRequired[_Tip | None]


class _NameNodes(TypedDict):
    nodes: NotRequired[list[NamedLabel | None] | None]


class _SourceRepository(TypedDict):
    nameWithOwner: Name


class _Author(TypedDict):
    databaseId: NotRequired[Number | None]


class _ClosedRequest(TypedDict):
    number: Number
    url: Name
    body: Text | None
    merged: bool
    baseRefName: Name
    isCrossRepository: bool
    headRefOid: NotRequired[Id | None]
    headRepository: NotRequired[_SourceRepository | None]
    author: NotRequired[_Author | None]
    labels: NotRequired[_NameNodes | None]


class _ClosedRequestNodes(TypedDict):
    nodes: NotRequired[list[_ClosedRequest | None] | None]


class _Reviewer(TypedDict):
    login: NotRequired[Name | None]
    combinedSlug: NotRequired[Name | None]


class _ReviewRequest(TypedDict):
    requestedReviewer: _Reviewer | None


class _ReviewRequestNodes(TypedDict):
    nodes: NotRequired[list[_ReviewRequest | None] | None]


class _OpenRequest(TypedDict):
    id: Name
    number: Number
    url: Name
    title: Text
    body: Text | None
    isDraft: NotRequired[bool | None]
    createdAt: Name
    mergeable: NotRequired[Name | None]
    baseRefName: Name
    isCrossRepository: bool
    headRepository: NotRequired[_SourceRepository | None]
    headRef: NotRequired[_Ref | None]
    labels: NotRequired[_NameNodes | None]
    reviewRequests: NotRequired[_ReviewRequestNodes | None]


class _OpenRequestNodes(TypedDict):
    nodes: NotRequired[list[_OpenRequest | None] | None]


class GitHubRepositoryNode(TypedDict):
    """A repository in the document that reads many."""

    isArchived: NotRequired[bool | None]
    isMirror: NotRequired[bool | None]
    viewerPermission: NotRequired[Name | None]
    defaultBranchRef: NotRequired[_Ref | None]
    base: NotRequired[_Ref | None]
    ours: NotRequired[_Ref | None]
    opened: NotRequired[_OpenRequestNodes | None]
    ended: NotRequired[_ClosedRequestNodes | None]


class _Parent(TypedDict):
    full_name: Name


class _Rights(TypedDict):
    push: NotRequired[bool | None]


class GitHubFork(TypedDict):
    """`GET repos/:owner/:name`, `POST repos/:owner/:name/forks`."""

    id: Number
    full_name: Name
    parent: NotRequired[_Parent | None]
    default_branch: NotRequired[Name | None]
    archived: NotRequired[bool | None]
    disabled: NotRequired[bool | None]
    allow_forking: NotRequired[bool | None]
    permissions: NotRequired[_Rights | None]


class _Owned(TypedDict):
    owner: Login
    full_name: NotRequired[Name]


class _Branch(TypedDict):
    repo: _Owned | None
    ref: NotRequired[Name]


class _Team(TypedDict):
    slug: Name


class GitHubPullRequest(TypedDict):
    """`GET repos/:owner/:name/pulls`."""

    number: Number
    node_id: Name
    html_url: Name
    title: Text
    base: _Branch
    head: NotRequired[_Branch]
    user: NotRequired[Login | None]
    draft: NotRequired[bool | None]
    body: NotRequired[Text | None]
    mergeable: NotRequired[bool | None]
    created_at: NotRequired[Name | None]
    labels: NotRequired[list[NamedLabel] | None]
    requested_reviewers: NotRequired[list[Login] | None]
    requested_teams: NotRequired[list[_Team] | None]


class GitHubRequiredReviews(TypedDict):
    """The reviews that a rule or a branch's protection requires."""

    required_approving_review_count: NotRequired[Number | None]


class GitHubRule(TypedDict):
    """`GET repos/{owner}/{repo}/rules/branches/{branch}`."""

    type: Name
    parameters: NotRequired[GitHubRequiredReviews | None]


class GitHubProtection(TypedDict):
    """`GET repos/{owner}/{repo}/branches/{branch}/protection`."""

    required_pull_request_reviews: NotRequired[GitHubRequiredReviews | None]
