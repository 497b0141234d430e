"""Types of responses of GitLab.

Source: https://docs.gitlab.com/api/rest/, https://docs.gitlab.com/api/graphql/reference/.
"""

from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

from codex.forge.responses import Id, Name, Number, Text


class _Label(TypedDict):
    """A label of GitLab's GraphQL."""

    title: Name


class _User(TypedDict):
    """A user on GitLab."""

    username: Name


class GitLabAccount(TypedDict):
    """`GET user`."""

    username: Name
    name: NotRequired[Name | None]
    commit_email: NotRequired[Name | None]
    email: NotRequired[Name | None]
    public_email: NotRequired[Name | None]


class GitLabUser(TypedDict):
    """`GET users`."""

    id: Number
    username: Name


class GitLabToken(TypedDict):
    """`GET personal_access_tokens/self`."""

    scopes: NotRequired[list[Name] | None]
    expires_at: NotRequired[Name | None]
    active: NotRequired[bool | None]


class _ForkedFrom(TypedDict):
    path_with_namespace: Name


class _Level(TypedDict):
    access_level: NotRequired[Number | None]


class _Access(TypedDict):
    project_access: NotRequired[_Level | None]
    group_access: NotRequired[_Level | None]


class GitLabProject(TypedDict):
    """`GET projects/:id`."""

    id: Number
    default_branch: NotRequired[Name | None]
    archived: NotRequired[bool | None]
    merge_requests_access_level: NotRequired[Name | None]
    merge_trains_enabled: NotRequired[bool | None]
    path_with_namespace: NotRequired[Name | None]
    forked_from_project: NotRequired[_ForkedFrom | None]
    forking_access_level: NotRequired[Name | None]
    import_status: NotRequired[Name | None]
    import_error: NotRequired[Text | None]
    permissions: NotRequired[_Access | None]


class _Pipeline(TypedDict):
    sha: NotRequired[Id | None]
    status: NotRequired[Name | None]


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
    reviewers: NotRequired[list[_User] | None]
    detailed_merge_status: NotRequired[Name]
    source_project_id: NotRequired[Number | None]
    target_project_id: NotRequired[Number | None]
    source_branch: NotRequired[Name]
    author: NotRequired[_User | None]
    sha: NotRequired[Id | None]
    head_pipeline: NotRequired[_Pipeline | None]


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
    author: _User


class _Sha(TypedDict):
    sha: NotRequired[Id | None]


class _Repository(TypedDict):
    empty: NotRequired[bool | None]
    rootRef: NotRequired[Name | None]
    base: NotRequired[_Sha | None]
    tip: NotRequired[_Sha | None]


class _LabelNodes(TypedDict):
    nodes: NotRequired[list[_Label] | None]


class _UserNodes(TypedDict):
    nodes: NotRequired[list[_User] | None]


class _Source(TypedDict):
    fullPath: Name


class _MergeRequestNode(TypedDict):
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
    diffHeadSha: NotRequired[Id | None]
    sourceProject: NotRequired[_Source | None]
    author: NotRequired[_User | None]
    labels: NotRequired[_LabelNodes | None]
    reviewers: NotRequired[_UserNodes | None]


class _MergeRequestNodes(TypedDict):
    nodes: NotRequired[list[_MergeRequestNode] | None]


class _Permissions(TypedDict):
    pushCode: NotRequired[bool | None]


class GitLabProjectNode(TypedDict):
    """A project in the document that reads many."""

    id: Name
    fullPath: Name
    archived: NotRequired[bool | None]
    mergeRequestsEnabled: NotRequired[bool | None]
    userPermissions: NotRequired[_Permissions | None]
    repository: NotRequired[_Repository | None]
    mergeRequests: NotRequired[_MergeRequestNodes | None]


class _ProjectNodes(TypedDict):
    nodes: NotRequired[list[Any] | None]


class GitLabHeadsData(TypedDict):
    """The document that reads many projects; each is checked for itself."""

    projects: NotRequired[_ProjectNodes | None]
