"""Types of responses of Gitea and Forgejo. Source: https://docs.gitea.com/api/, `modules/structs` in Gitea's source.

Keys that Go leaves nil are null.
"""

from typing import NotRequired, TypedDict

from codex.forge.responses import Login, Name, NamedLabel, Number, Text


class GiteaLabel(TypedDict):
    """A label of a repository of Gitea."""

    id: Number
    name: Name


class GiteaAccount(TypedDict):
    """`GET user`."""

    login: Name
    full_name: NotRequired[Name | None]
    email: NotRequired[Name | None]


class _Permissions(TypedDict):
    push: NotRequired[bool | None]


class _Parent(TypedDict):
    full_name: Name


class GiteaRepository(TypedDict):
    """`GET repos/:owner/:name`."""

    id: NotRequired[Number | None]
    full_name: NotRequired[Name | None]
    parent: NotRequired[_Parent | None]
    default_branch: NotRequired[Name | None]

    default_merge_style: NotRequired[Name | None]
    archived: NotRequired[bool | None]
    mirror: NotRequired[bool | None]
    has_pull_requests: NotRequired[bool | None]
    open_pr_counter: NotRequired[Number | None]
    permissions: NotRequired[_Permissions | None]


class _Head(TypedDict):
    label: NotRequired[Name | None]
    ref: NotRequired[Name | None]
    sha: NotRequired[Name | None]
    repo_id: NotRequired[int | None]
    repo: NotRequired[GiteaRepository | None]


class _Base(TypedDict):
    ref: Name
    sha: NotRequired[Name | None]
    repo_id: NotRequired[int | None]
    repo: NotRequired[GiteaRepository | None]


class GiteaPullRequest(TypedDict):
    """`GET repos/:owner/:name/pulls`."""

    number: Number
    state: Name
    base: _Base
    head: NotRequired[_Head | None]
    user: NotRequired[Login | None]
    html_url: NotRequired[Name | None]
    title: NotRequired[Text | None]
    body: NotRequired[Text | None]
    merged: NotRequired[bool | None]
    mergeable: NotRequired[bool | None]
    draft: NotRequired[bool | None]
    created_at: NotRequired[Name | None]
    labels: NotRequired[list[NamedLabel] | None]
    requested_reviewers: NotRequired[list[Login] | None]


class GiteaBranch(TypedDict):
    """`GET repos/{owner}/{repo}/branches/{branch}`."""

    required_approvals: NotRequired[Number | None]
