"""Reads the settings of a repository of GitHub: rulesets, and branch protection where the token may read it.

https://docs.github.com/en/rest/repos/rules, https://docs.github.com/en/rest/branches/branch-protection
"""

from collections.abc import Sequence
from typing import Final, NotRequired, TypedDict
from urllib.parse import quote

import msgspec

from codex.forge.repository_settings import RepositorySettings, known
from codex.forge.responses import Message, Name, Number
from codex.http.client import Client
from codex.http.response import Response
from codex.sync.repository import Repository


class _Repository(TypedDict):
    visibility: NotRequired[Name | None]
    default_branch: NotRequired[Name | None]


class _Branch(TypedDict):
    protected: NotRequired[bool | None]


class _Check(TypedDict):
    context: Name


class _Parameters(TypedDict):
    required_approving_review_count: NotRequired[Number | None]
    require_code_owner_review: NotRequired[bool | None]
    require_code_owner_reviews: NotRequired[bool | None]
    required_status_checks: NotRequired[list[_Check] | None]
    contexts: NotRequired[list[Name] | None]


class _Rule(TypedDict):
    type: Name
    parameters: NotRequired[_Parameters | None]


class _Enabled(TypedDict):
    enabled: bool


class _Protection(TypedDict):
    required_pull_request_reviews: NotRequired[_Parameters | None]
    required_status_checks: NotRequired[_Parameters | None]
    allow_force_pushes: NotRequired[_Enabled | None]


_UNPROTECTED: Final = "Branch not protected"
"""The message for a branch without protection; other responses with 404 mean that the token is not allowed to read it.
"""
_PROTECTING: Final = ("pull_request", "required_status_checks", "update", "non_fast_forward")
"""The rules without which anyone with push access may change a branch freely."""


def read_settings(client: Client, target: Repository) -> RepositorySettings:
    """Read the settings of a repository."""
    row: _Repository = client.get(f"repos/{target.path}").decode(_Repository)
    branch = row.get("default_branch") or ""
    place = f"repos/{target.path}/branches/{quote(branch)}"
    found = client.get(place, ok_statuses=(403, 404))
    protected = found.decode(_Branch).get("protected") if found.status == 200 else None
    rules = _rules(client.get(f"repos/{target.path}/rules/branches/{quote(branch)}", ok_statuses=(403, 404)))
    classic = _protection(client.get(f"{place}/protection", ok_statuses=(403, 404)))
    values = {
        "visibility": row.get("visibility"),
        "default_branch.name": branch or None,
        "default_branch.protected": True if any(row["type"] in _PROTECTING for row in rules or ()) else protected,
        **_values(rules, classic),
    }
    return known(4, values)


def _rules(answer: Response) -> Sequence[_Rule] | None:
    rows: list[_Rule] | None = answer.decode(list[_Rule]) if answer.status == 200 else None
    return rows


def _protection(answer: Response) -> _Protection | None:
    """Return the protection of a branch, empty if it has none; None if the token may not read it."""
    if answer.status == 200:
        found: _Protection = answer.decode(_Protection)
        return found
    try:
        message = msgspec.json.decode(answer.body, type=Message).get("message")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return _Protection() if message == _UNPROTECTED else None


def _values(rules: Sequence[_Rule] | None, classic: _Protection | None) -> dict[str, object]:
    """Return the combined requirements of both, without settings that either does not report."""
    if rules is None or classic is None:
        return {}
    parameters = [row.get("parameters") or _Parameters() for row in rules]
    reviews = [*parameters, classic.get("required_pull_request_reviews") or _Parameters()]
    checks = {one["context"] for row in parameters for one in row.get("required_status_checks") or ()}
    checks |= set((classic.get("required_status_checks") or _Parameters()).get("contexts") or ())
    kept = any(row["type"] == "non_fast_forward" for row in rules)
    allowed = (classic.get("allow_force_pushes") or _Enabled(enabled=not classic))["enabled"]
    owners = [row.get("require_code_owner_review") or row.get("require_code_owner_reviews") for row in reviews]
    return {
        "default_branch.required_approvals": max(row.get("required_approving_review_count") or 0 for row in reviews),
        "default_branch.required_checks": sorted(checks),
        "default_branch.force_push": allowed and not kept,
        "default_branch.code_owners": any(owners),
    }
