"""Rows of Gitea and Forgejo as our types. Source: https://docs.gitea.com/api/."""

import re
from dataclasses import replace
from typing import Any, Final

from codex.forge.api_forge import Row, normalize_newlines
from codex.forge.forks import Fork
from codex.sync.observed import ClosedRequest, MergeRequest
from codex.sync.repository import Repository

DRAFT_MARK: Final = re.compile(r"^\s*(?:wip:|\[wip\])\s*", re.IGNORECASE)
"""How a title marks a draft: https://docs.gitea.com/administration/config-cheat-sheet (`WORK_IN_PROGRESS_PREFIXES`)."""


def head_name(target: Repository, branch: str) -> str:
    """The name of our branch for the host: that of a fork begins with its owner."""
    return f"{target.source.path.partition('/')[0]}:{branch}" if target.fork else branch


def branch_of(row: Row) -> str | None:
    """The branch that a pull request is from: `ref` is `refs/pull/N/head` once that is deleted, `label` keeps its name.

    https://github.com/go-gitea/gitea/blob/main/services/convert/pull.go
    """
    head = row.get("head") or {}
    name: str | None = head.get("label") or head.get("ref")
    return name


def source_of(target: Repository, row: Row) -> str | None:
    """The path of the repository that a pull request is from; None if that was deleted."""
    head, base = row.get("head") or {}, row.get("base") or {}
    if head.get("repo_id") == base.get("repo_id"):
        return target.path
    path: str | None = (head.get("repo") or {}).get("full_name")
    return path


def with_rights(target: Repository, row: Row) -> Repository:
    """A repository with what the host says of it."""
    permissions = row.get("permissions") or {}
    return replace(
        target,
        archived=target.archived or bool(row.get("archived")),
        mirror=target.mirror or bool(row.get("mirror")),
        requests_off=target.requests_off or row.get("has_pull_requests") is False,
        writable=target.writable and permissions.get("push") is not False,
    )


def fork_of(row: Row) -> Fork:
    """A repository as a fork."""
    return Fork(
        path=row.get("full_name") or "",
        parent=(row.get("parent") or {}).get("full_name") or "",
        number=row.get("id") or 0,
        default_branch=row.get("default_branch"),
        archived=bool(row.get("archived")),
        writable=(row.get("permissions") or {}).get("push") is not False,
    )


def _names(rows: Any, key: str) -> tuple[str, ...]:
    return tuple(row[key] for row in rows or ())


def open_request(row: Row) -> MergeRequest:
    """An open pull request."""
    return MergeRequest(
        number=row["number"],
        url=row.get("html_url") or "",
        title=DRAFT_MARK.sub("", row.get("title") or ""),
        body=normalize_newlines(row.get("body")),
        labels=_names(row.get("labels"), "name"),
        reviewers=_names(row.get("requested_reviewers"), "login"),
        mergeable=bool(row.get("mergeable")),
        created=str(row.get("created_at") or "")[:10],
        draft=bool(row.get("draft")) or DRAFT_MARK.match(row.get("title") or "") is not None,
    )


def closed_request(row: Row) -> ClosedRequest:
    """A pull request that is closed or merged."""
    return ClosedRequest(
        number=row["number"],
        url=row.get("html_url") or "",
        body=normalize_newlines(row.get("body")),
        merged=bool(row.get("merged")),
        labels=_names(row.get("labels"), "name"),
    )
