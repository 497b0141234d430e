"""Types of responses that several forges share. A response is checked when it is decoded; an error names the field.

Keys that are not listed are dropped. A type allows `None` only where the API's reference allows null, or where a host
is known to send it; a list that is null where the API has none is an error. The types of one forge are in
`<forge>_responses`.
"""

from typing import Annotated, NotRequired, TypedDict

import msgspec

from codex.limits import TEXT_PER_FIELD

Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_PER_FIELD)]
Name = Annotated[str, msgspec.Meta(max_length=4096)]
Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40}$")]
"""The id of a commit or blob."""


class VersionResponse(TypedDict):
    """`GET version`."""

    version: NotRequired[Name | None]


class NamedLabel(TypedDict):
    """A label."""

    name: Name


class ObjectWithId(TypedDict):
    """An object with a numeric id."""

    id: Number


class Login(TypedDict):
    """A user on GitHub or Gitea."""

    login: Name
    id: NotRequired[Number | None]


class CommentResponse(TypedDict):
    """A comment on Gitea or GitHub."""

    id: Number
    body: NotRequired[Text | None]
    user: NotRequired[Login | None]


class Message(TypedDict):
    """The message of an error."""

    message: NotRequired[Text | None]
