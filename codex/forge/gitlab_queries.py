"""The GraphQL document of GitLab, and rows of GraphQL and REST as our types.

Both kinds of row are converted to one, with the names that GraphQL has.
Source: https://docs.gitlab.com/api/graphql/reference/, https://docs.gitlab.com/api/merge_requests/.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from codex.forge.api_forge import Row
from codex.forge.base import FileWrite
from codex.profile.model import ListingEntry
from codex.sync.observed import ClosedRequest, MergeRequest

HEADS: Final = """
query heads($paths: [String!], $branch: String!, $branches: [String!], $first: Int, $few: Int) {
  projects(fullPaths: $paths, first: $first) {
    nodes {
      id fullPath archived mergeRequestsEnabled userPermissions { pushCode }
      repository { empty rootRef base: commit(ref: "HEAD") { sha } tip: commit(ref: $branch) { sha } }
      mergeRequests(sourceBranches: $branches, first: $few) {
        nodes {
          iid webUrl title description state draft createdAt detailedMergeStatus
          sourceProjectId targetBranch diffHeadSha sourceProject { fullPath } author { username }
          labels(first: 50) { nodes { title } }
          reviewers(first: 20) { nodes { username } }
        }
      }
    }
  }
}
"""
_DRAFT: Final = re.compile(r"^\s*(?:draft:|\[draft\]|\(draft\))\s*", re.IGNORECASE)
"""How a title marks a draft: https://docs.gitlab.com/user/project/merge_requests/drafts/."""
_NOT_MERGEABLE: Final = {"conflict": False, "need_rebase": False}

FEW: Final = 5
"""The number of merge requests that are read of a project."""
MANY: Final = 100
"""The same where those of others, who may give a branch of a fork our name, hide ours."""


def heads_variables(paths: Sequence[str], branch: str) -> dict[str, object]:
    """Return the variables of `HEADS`."""
    return {"paths": paths, "branch": f"refs/heads/{branch}", "branches": [branch], "first": len(paths), "few": FEW}


def graphql_rows(project: Row) -> list[Row]:
    """The merge requests of a project of GraphQL; `source` is the path of the project that each is from."""
    project_id = str(project["id"]).rpartition("/")[2]
    nodes = (project.get("mergeRequests") or {}).get("nodes") or ()
    return [
        {
            **node,
            "labels": [label["title"] for label in (node.get("labels") or {}).get("nodes") or ()],
            "reviewers": [user["username"] for user in (node.get("reviewers") or {}).get("nodes") or ()],
            "status": str(node.get("detailedMergeStatus") or "").lower(),
            "source": project["fullPath"]
            if str(node.get("sourceProjectId")) == project_id
            else (node.get("sourceProject") or {}).get("fullPath"),
            "by": (node.get("author") or {}).get("username"),
        }
        for node in nodes
    ]


_NO_SOURCES: Final[Mapping[int | None, str]] = MappingProxyType({})


def rest_row(row: Row, sources: Mapping[int | None, str] = _NO_SOURCES) -> Row:
    """A merge request of REST, with the names of GraphQL; `sources` are the paths of projects by their ids."""
    return {
        "source": sources.get(row.get("source_project_id")),
        "by": (row.get("author") or {}).get("username"),
        "iid": row["iid"],
        "targetBranch": row["target_branch"],
        "webUrl": row["web_url"],
        "title": row["title"],
        "description": row.get("description"),
        "state": row["state"],
        "draft": row.get("draft", False),
        "createdAt": row.get("created_at"),
        "labels": list(row.get("labels") or ()),
        "reviewers": [user["username"] for user in row.get("reviewers") or ()],
        "status": row.get("detailed_merge_status") or "",
        "diffHeadSha": row.get("sha"),
    }


def open_request(row: Row) -> MergeRequest:
    """An open merge request."""
    title = str(row["title"])
    return MergeRequest(
        number=int(row["iid"]),
        url=row["webUrl"],
        title=_DRAFT.sub("", title) if row.get("draft") else title,
        body=row.get("description") or "",
        labels=tuple(row["labels"]),
        reviewers=tuple(row["reviewers"]),
        mergeable=_NOT_MERGEABLE.get(row["status"]),
        created=str(row.get("createdAt") or "")[:10],
        draft=bool(row.get("draft")),
    )


def closed_request(row: Row) -> ClosedRequest:
    """A closed or merged merge request."""
    return ClosedRequest(
        number=int(row["iid"]),
        url=row["webUrl"],
        body=row.get("description") or "",
        merged=row["state"] == "merged",
        labels=tuple(row["labels"]),
        head=row.get("diffHeadSha") or "",
    )


def commit_actions(files: Sequence[FileWrite], before: Mapping[str, ListingEntry]) -> list[dict[str, object]]:
    """Return the actions of a commit of REST; `before` are those of the files that the parent has.

    Source: https://docs.gitlab.com/api/commits/#create-a-commit-with-multiple-files-and-actions
    """
    return [action for file in files for action in _actions(file, before.get(file.path))]


def _actions(file: FileWrite, before: ListingEntry | None) -> Iterator[dict[str, object]]:
    """Yield the action of GitLab's commits API for one file; none if it is already gone."""
    if file.data is None:
        if before is not None:
            yield {"action": "delete", "file_path": file.path}
        return
    action: dict[str, object] = {
        "action": "create" if before is None else "update",
        "file_path": file.path,
        "encoding": "base64",
        "content": base64.b64encode(file.data).decode(),
    }
    executable = bool(file.mode & 0o111)
    if executable != bool(before is not None and before.mode & 0o111):
        action["execute_filemode"] = executable
    yield action
