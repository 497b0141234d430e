"""Types of responses of Bitbucket Cloud. Source: https://developer.atlassian.com/cloud/bitbucket/rest/, as in the
OpenAPI description from which the npm package `@coderabbitai/bitbucket` is generated.
"""

from typing import NotRequired, TypedDict

from codex.forge.responses import Name, Number, Text


class BitbucketPage(TypedDict):
    """A page of any list: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination."""

    next: NotRequired[Name | None]


class BitbucketAccount(TypedDict):
    """A user, a team, or an access token, which is a user of its own."""

    uuid: NotRequired[Name | None]
    display_name: NotRequired[Name | None]
    nickname: NotRequired[Name | None]


class BitbucketUser(TypedDict):
    """`GET user`."""

    uuid: Name
    display_name: Name


class _Branch(TypedDict):
    name: NotRequired[Name | None]


class _Named(TypedDict):
    full_name: NotRequired[Name | None]


class _Endpoint(TypedDict):
    branch: NotRequired[_Branch | None]
    repository: NotRequired[_Named | None]


class _Link(TypedDict):
    href: NotRequired[Name | None]


class _Links(TypedDict):
    html: NotRequired[_Link | None]


class BitbucketText(TypedDict):
    """A text, as it was written."""

    raw: NotRequired[Text | None]


class BitbucketPullRequest(TypedDict):
    """A pull request; lists leave out `reviewers`."""

    id: Number
    state: Name
    title: NotRequired[Text | None]
    summary: NotRequired[BitbucketText | None]
    source: NotRequired[_Endpoint | None]
    destination: NotRequired[_Endpoint | None]
    author: NotRequired[BitbucketAccount | None]
    reviewers: NotRequired[list[BitbucketAccount] | None]
    links: NotRequired[_Links | None]
    comment_count: NotRequired[Number | None]
    created_on: NotRequired[Name | None]
    draft: NotRequired[bool | None]


class BitbucketPullRequests(BitbucketPage):
    """A page of pull requests."""

    values: list[BitbucketPullRequest]


class _Parent(TypedDict):
    id: Number


class _Inline(TypedDict):
    path: NotRequired[Text | None]


class BitbucketComment(TypedDict):
    """A comment on a pull request, on a line of it (`inline`), or on another comment (`parent`)."""

    id: Number
    content: NotRequired[BitbucketText | None]
    user: NotRequired[BitbucketAccount | None]
    parent: NotRequired[_Parent | None]
    inline: NotRequired[_Inline | None]
    deleted: NotRequired[bool | None]


class BitbucketComments(BitbucketPage):
    """A page of comments."""

    values: list[BitbucketComment]


class BitbucketMembership(TypedDict):
    """A member of a workspace."""

    user: NotRequired[BitbucketAccount | None]


class BitbucketMemberships(BitbucketPage):
    """A page of members."""

    values: list[BitbucketMembership]


class BitbucketRestriction(TypedDict):
    """A restriction of branches."""

    kind: Name
    branch_match_kind: NotRequired[Name | None]
    pattern: NotRequired[Name | None]
    value: NotRequired[Number | None]


class BitbucketRestrictions(BitbucketPage):
    """A page of restrictions."""

    values: list[BitbucketRestriction]


class BitbucketRepository(TypedDict):
    """`GET repositories/{workspace}/{repo_slug}`."""

    is_private: NotRequired[bool | None]
    mainbranch: NotRequired[_Branch | None]


class BitbucketStatus(TypedDict):
    """The build status of a commit; a new one with its key replaces it."""

    state: Name


class BitbucketStatuses(BitbucketPage):
    """A page of build statuses."""

    values: list[BitbucketStatus]
