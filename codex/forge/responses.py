"""What forges answer, by type: each response is checked at the door, and a wrong field is named.

Keys that are not listed are left out. `None` stands only where the API's reference allows null, or a host is known to
send it; a list that is null where the API has none is an error.
"""

from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

from codex.limits import TEXT_PER_FIELD

Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_PER_FIELD)]
Name = Annotated[str, msgspec.Meta(max_length=4096)]
Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40}$")]
"""A commit or blob."""


class VersionResponse(TypedDict):
    """`GET version`."""

    version: NotRequired[Name | None]


class Titled(TypedDict):
    """A label of GitLab's GraphQL."""

    title: Name


class Called(TypedDict):
    """A label."""

    name: Name


class WithId(TypedDict):
    """What has a number on its host."""

    id: Number


class GiteaLabel(TypedDict):
    """A label of a repository of Gitea."""

    id: Number
    name: Name


class Username(TypedDict):
    """A person on GitLab."""

    username: Name


class Login(TypedDict):
    """A person on GitHub or Gitea."""

    login: Name


# GitLab: https://docs.gitlab.com/api/rest/


class GitLabUser(TypedDict):
    """`GET user`."""

    username: Name
    name: NotRequired[Name | None]
    commit_email: NotRequired[Name | None]
    email: NotRequired[Name | None]
    public_email: NotRequired[Name | None]


class GitLabPerson(TypedDict):
    """`GET users`."""

    id: Number
    username: Name


class GitLabToken(TypedDict):
    """`GET personal_access_tokens/self`."""

    scopes: NotRequired[list[Name] | None]
    expires_at: NotRequired[Name | None]
    active: NotRequired[bool | None]


class GitLabProject(TypedDict):
    """`GET projects/:id`."""

    id: Number
    default_branch: NotRequired[Name | None]
    archived: NotRequired[bool | None]
    merge_requests_access_level: NotRequired[Name | None]


class GitLabMergeRequest(TypedDict):
    """`GET projects/:id/merge_requests`."""

    iid: Number
    target_branch: Name
    web_url: Name
    title: Text
    state: Name
    description: NotRequired[Text | None]
    draft: NotRequired[bool]
    created_at: NotRequired[Name | None]
    labels: NotRequired[list[Name] | None]
    reviewers: NotRequired[list[Username] | None]
    detailed_merge_status: NotRequired[Name]
    source_project_id: NotRequired[Number | None]
    target_project_id: NotRequired[Number | None]


class GitLabApprovals(TypedDict):
    """`GET projects/:id/merge_requests/:iid/approvals`; the free tier names no number."""

    approvals_required: NotRequired[Number | None]


class _Commit(TypedDict):
    id: Id


class GitLabBranch(TypedDict):
    """`GET projects/:id/repository/branches/:branch`."""

    commit: _Commit


class GitLabCommit(TypedDict):
    """`POST projects/:id/repository/commits`."""

    id: Id


class GitLabNote(TypedDict):
    """`GET projects/:id/merge_requests/:iid/notes`."""

    id: Number
    body: Text
    author: Username


class _Sha(TypedDict):
    sha: NotRequired[Id | None]


class _GitLabRepository(TypedDict):
    empty: NotRequired[bool | None]
    rootRef: NotRequired[Name | None]
    base: NotRequired[_Sha | None]
    tip: NotRequired[_Sha | None]


class _TitledNodes(TypedDict):
    nodes: NotRequired[list[Titled] | None]


class _UserNodes(TypedDict):
    nodes: NotRequired[list[Username] | None]


class _GitLabNode(TypedDict):
    iid: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,18}$")] | Number
    webUrl: Name
    title: Text
    state: Name
    targetBranch: Name
    description: NotRequired[Text | None]
    draft: NotRequired[bool]
    createdAt: NotRequired[Name | None]
    detailedMergeStatus: NotRequired[Name | None]
    sourceProjectId: NotRequired[Number | Name | None]
    labels: NotRequired[_TitledNodes | None]
    reviewers: NotRequired[_UserNodes | None]


class _GitLabNodes(TypedDict):
    nodes: NotRequired[list[_GitLabNode] | None]


class _Permissions(TypedDict):
    pushCode: NotRequired[bool | None]


class GitLabSeen(TypedDict):
    """A project in the document that reads many."""

    id: Name
    fullPath: Name
    archived: NotRequired[bool | None]
    mergeRequestsEnabled: NotRequired[bool | None]
    userPermissions: NotRequired[_Permissions | None]
    repository: NotRequired[_GitLabRepository | None]
    mergeRequests: NotRequired[_GitLabNodes | None]


class _GitLabProjects(TypedDict):
    nodes: NotRequired[list[Any] | None]


class GitLabData(TypedDict):
    """The document that reads many projects; each is checked for itself."""

    projects: NotRequired[_GitLabProjects | None]


# Gitea and Forgejo: https://docs.gitea.com/api/, modules/structs in its source. Keys that Go leaves nil are null.


class GiteaUser(TypedDict):
    """`GET user`."""

    login: Name
    full_name: NotRequired[Name | None]
    email: NotRequired[Name | None]


class _GiteaSide(TypedDict):
    ref: NotRequired[Name | None]
    sha: NotRequired[Name | None]
    repo_id: NotRequired[int | None]


class _GiteaBase(TypedDict):
    ref: Name
    repo_id: NotRequired[int | None]


class GiteaPull(TypedDict):
    """`GET repos/:owner/:name/pulls`."""

    number: Number
    state: Name
    base: _GiteaBase
    head: NotRequired[_GiteaSide | None]
    html_url: NotRequired[Name | None]
    title: NotRequired[Text | None]
    body: NotRequired[Text | None]
    merged: NotRequired[bool | None]
    mergeable: NotRequired[bool | None]
    created_at: NotRequired[Name | None]
    labels: NotRequired[list[Called] | None]
    requested_reviewers: NotRequired[list[Login] | None]


class GiteaBranch(TypedDict):
    """`GET repos/{owner}/{repo}/branches/{branch}`."""

    required_approvals: NotRequired[Number | None]


class GiteaRow(TypedDict):
    """A file or folder of a commit."""

    path: Name
    mode: Annotated[str, msgspec.Meta(pattern="^[0-7]{1,6}$")]
    type: Name
    sha: Id
    size: NotRequired[Number | None]


class GiteaTree(TypedDict):
    """`GET repos/:owner/:name/git/trees/:sha`."""

    tree: NotRequired[list[GiteaRow] | None]
    truncated: NotRequired[bool | None]
    total_count: NotRequired[Number | None]


class GiteaRepository(TypedDict):
    """`GET repos/:owner/:name`."""

    default_merge_style: NotRequired[Name | None]


class CommentResponse(TypedDict):
    """A comment on Gitea or GitHub."""

    id: Number
    body: NotRequired[Text | None]
    user: NotRequired[Login | None]


# GitHub: https://docs.github.com/rest, https://docs.github.com/graphql/reference


class GitHubViewer(TypedDict):
    """Who the token belongs to."""

    login: Name
    databaseId: NotRequired[Number | None]


class GitHubWho(TypedDict):
    """The document that asks for it."""

    viewer: NotRequired[GitHubViewer | None]


class _Rate(TypedDict):
    remaining: int
    limit: int


class _Resources(TypedDict):
    core: _Rate
    graphql: _Rate


class GitHubLimits(TypedDict):
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
    nodes: NotRequired[list[Called | None] | None]


class _Ended(TypedDict):
    number: Number
    url: Name
    body: Text | None
    merged: bool
    baseRefName: Name
    isCrossRepository: bool
    labels: NotRequired[_NameNodes | None]


class _EndedNodes(TypedDict):
    nodes: NotRequired[list[_Ended | None] | None]


class _Reviewer(TypedDict):
    login: NotRequired[Name | None]
    combinedSlug: NotRequired[Name | None]


class _Asked(TypedDict):
    requestedReviewer: _Reviewer | None


class _AskedNodes(TypedDict):
    nodes: NotRequired[list[_Asked | None] | None]


class _Opened(TypedDict):
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
    labels: NotRequired[_NameNodes | None]
    reviewRequests: NotRequired[_AskedNodes | None]


class _OpenedNodes(TypedDict):
    nodes: NotRequired[list[_Opened | None] | None]


class GitHubSeen(TypedDict):
    """A repository in the document that reads many."""

    isArchived: NotRequired[bool | None]
    isMirror: NotRequired[bool | None]
    viewerPermission: NotRequired[Name | None]
    defaultBranchRef: NotRequired[_Ref | None]
    base: NotRequired[_Ref | None]
    ours: NotRequired[_Ref | None]
    opened: NotRequired[_OpenedNodes | None]
    ended: NotRequired[_EndedNodes | None]


class _Owned(TypedDict):
    owner: Login


class _Branch(TypedDict):
    repo: _Owned


class _Team(TypedDict):
    slug: Name


class GitHubPull(TypedDict):
    """`GET repos/:owner/:name/pulls`."""

    number: Number
    node_id: Name
    html_url: Name
    title: Text
    base: _Branch
    body: NotRequired[Text | None]
    mergeable: NotRequired[bool | None]
    created_at: NotRequired[Name | None]
    labels: NotRequired[list[Called] | None]
    requested_reviewers: NotRequired[list[Login] | None]
    requested_teams: NotRequired[list[_Team] | None]


class GitHubReviews(TypedDict):
    """What a rule or a branch's protection says of reviews."""

    required_approving_review_count: NotRequired[Number | None]


class GitHubRule(TypedDict):
    """`GET repos/{owner}/{repo}/rules/branches/{branch}`."""

    type: Name
    parameters: NotRequired[GitHubReviews | None]


class GitHubProtection(TypedDict):
    """`GET repos/{owner}/{repo}/branches/{branch}/protection`."""

    required_pull_request_reviews: NotRequired[GitHubReviews | None]


class Message(TypedDict):
    """What a host says of an error."""

    message: NotRequired[Text | None]


# The requests of a folder of bare repositories.


class LocalRequest(TypedDict):
    """A merge request in a file; people may write there too."""

    repository: Name
    number: Number
    state: Name
    branch: Name
    title: Text
    body: Text
    labels: list[Name]
    reviewers: list[Name]
    notes: list[Text]
    assignees: NotRequired[list[Name]]
    created: NotRequired[Name]
    draft: NotRequired[bool]
    auto_merge: NotRequired[bool]


class LocalRequests(TypedDict):
    """The file."""

    requests: list[LocalRequest]
