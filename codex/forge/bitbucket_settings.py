"""Reads the settings of a repository of Bitbucket Cloud.

Restrictions of branches are readable for administrators only, and those of the branching model name no branch.
Source: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-branch-restrictions/.
"""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from codex.forge import bitbucket_responses as responses
from codex.forge.api_forge import Row
from codex.forge.bitbucket_rows import PER_PAGE, api_path
from codex.forge.repository_settings import RepositorySettings, known
from codex.http.client import Client
from codex.sync.repository import Repository

_APPROVALS: Final = "require_approvals_to_merge"
_PROTECTING: Final = frozenset({"push", "force", "delete", "restrict_merges"})


def restrictions(client: Client, target: Repository, branch: str) -> Sequence[Row] | None:
    """Read the restrictions that name a branch; None if the token may not, or not all of them are on one page."""
    place = f"{api_path(target)}/branch-restrictions"
    response = client.get(place, {"pagelen": PER_PAGE * 2}, ok_statuses=(403, 404))
    if response.status != 200:
        return None
    page: responses.BitbucketRestrictions = response.decode(responses.BitbucketRestrictions)
    return None if page.get("next") else [row for row in page["values"] if _names(row, branch)]


def _names(row: Row, branch: str) -> bool:
    """Whether a restriction is about a branch: in its pattern, `*` is any text, and all else itself."""
    pattern = re.sub(r"[?[]", r"[\g<0>]", row.get("pattern") or "")
    return row.get("branch_match_kind") == "glob" and fnmatchcase(branch, pattern)


def approvals(rows: Sequence[Row]) -> int:
    """Return how many people must approve."""
    return max((row.get("value") or 0 for row in rows if row["kind"] == _APPROVALS), default=0)


def read_settings(client: Client, target: Repository) -> RepositorySettings:
    """Read the settings of a repository."""
    row: responses.BitbucketRepository = client.get(api_path(target)).decode(responses.BitbucketRepository)
    branch, private = (row.get("mainbranch") or {}).get("name") or "", row.get("is_private")
    rules = restrictions(client, target, branch)
    kinds = {rule["kind"] for rule in rules or ()}
    values = {
        "visibility": None if private is None else "private" if private else "public",
        "default_branch.name": branch or None,
        "default_branch.protected": None if rules is None else bool(kinds & _PROTECTING),
        "default_branch.required_approvals": None if rules is None else approvals(rules),
        "default_branch.force_push": None if rules is None else "force" not in kinds,
    }
    return known(2, values)
