"""Reads CODEOWNERS and the components of catalog-info.yaml."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from codex.profile.evidence_files import EvidenceFiles
from codex.profile.model import CatalogInfoComponent, CodeOwners, OwnerRule
from codex.profile.untyped import as_str, get
from skills_build.globs import matches_plain

PLACES: Final = (
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
    ".gitea/CODEOWNERS",
    ".forgejo/CODEOWNERS",
)
"""The CODEOWNERS files of all forges, in the order in which they look for them; those of each are in `http.hosts`."""
MAX_RULES: Final = 1000
_SECTION: Final = re.compile(r"\^?\[([^\]]+)\](?:\[\d+\])?(?=\s|$)(.*)")
"""The heading of a section of GitLab: `^` marks an optional one, and lines without owners get those of the heading.

Names are compared without case, and sections of one name are one:
https://docs.gitlab.com/user/project/codeowners/reference/#section-headings
"""


def code_owners(sources: EvidenceFiles, files: Sequence[str] = ()) -> CodeOwners | None:
    """Return the first of these CODEOWNERS files that exists, by default of all forges, with its rules."""
    for path in files or PLACES:
        text = sources.text(path)
        if text is not None:
            return CodeOwners(path=path, rules=tuple(_rules(text)))
    return None


def owners_of(code_owners: CodeOwners | None, path: str) -> tuple[str, ...]:
    """Return the owners of a path, each once: in each section of the file, those of the last line that matches.

    In a section of GitLab, a path that matches an exclusion (`!pattern`) has no owners, whatever other lines match:
    https://docs.gitlab.com/user/project/codeowners/reference/#exclusion-patterns. Only GitLab has sections: elsewhere
    the whole file is one.
    """
    by_section: dict[str, tuple[str, ...]] = {}
    excluded: set[str] = set()
    for rule in code_owners.rules if code_owners else ():
        if not _matches(rule.pattern.removeprefix("!"), path):
            continue
        if rule.pattern.startswith("!"):
            excluded.add(rule.section)
        by_section[rule.section] = rule.owners
    found = (owner for section, owners in by_section.items() if section not in excluded for owner in owners)
    return tuple(dict.fromkeys(found))


def _matches(pattern: str, path: str) -> bool:
    """Return whether a pattern of gitignore(5) matches: without a slash at any depth, and a folder with its contents.

    Unlike in gitignore(5), `docs/*` matches only files directly in `docs`:
    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-syntax
    """
    is_anchored = "/" in pattern.rstrip("/")
    contents = f"{pattern.strip('/')}/**"
    patterns = [contents] if pattern.endswith("/") else [pattern.strip("/")]
    patterns += [] if pattern.endswith(("/", "/*")) else [contents]
    return any(matches_plain(path, glob if is_anchored else f"**/{glob}") for glob in patterns)


def _rules(text: str) -> Iterator[OwnerRule]:
    section = ""
    default_owners: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n")[:MAX_RULES], start=1):
        words = line.split(" #")[0].strip().replace("\\ ", "\0").split()
        if not words or words[0].startswith("#"):
            continue
        heading = _SECTION.match(line.strip())
        if heading:
            section = heading[1].strip().lower()
            default_owners = tuple(word for word in heading[2].split(" #")[0].split() if "@" in word)
            continue
        pattern, *owners = (word.replace("\0", " ") for word in words)
        yield OwnerRule(pattern=pattern, owners=tuple(owners) or default_owners, line=number, section=section)


def components(sources: EvidenceFiles) -> Iterator[CatalogInfoComponent]:
    """Yield the components of each catalog-info.yaml, outer folders first; other kinds of entity are left out.

    Source: https://backstage.io/docs/features/software-catalog/descriptor-format#kind-component
    """
    paths = [path for path in sources.listing if path.rpartition("/")[2] == "catalog-info.yaml"]
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        for data in sources.documents(path):
            yield from _component(data, path)


def _component(data: object, path: str) -> Iterator[CatalogInfoComponent]:
    name = as_str(data, "metadata", "name")
    if name and str(get(data, "kind")) == "Component":
        yield CatalogInfoComponent(
            name=name,
            type=as_str(data, "spec", "type"),
            owner=as_str(data, "spec", "owner"),
            system=as_str(data, "spec", "system"),
            lifecycle=as_str(data, "spec", "lifecycle"),
            evidence=f"{path}#metadata.name",
        )
