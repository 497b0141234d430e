"""How site generators turn a heading into a fragment, and how a title becomes a slug.

Each slugger takes the heading's visible text and returns the fragment before duplicates are numbered.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Final


def checksum(text: str) -> str:
    """Return six hexadecimal digits that distinguish a text from similar ones."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def told_apart(id_: str, path: str) -> str:
    """Return an id that was derived from a path, with a checksum of the path, for one that another document has."""
    return f"{id_[:57]}-{checksum(path).upper()}"


def github_slug(text: str) -> str:
    """Return the fragment on GitHub: lower case; spaces become `-`, all but letters, marks, digits, `_-` is dropped."""
    kept = "".join(
        c for c in text.strip().lower() if c.isalnum() or c in "_- " or unicodedata.category(c).startswith("M")
    )
    return kept.replace(" ", "-")


def gitlab_slug(text: str) -> str:
    """Return the fragment on GitLab: that of GitHub with runs of `-` as one.

    Source: https://docs.gitlab.com/user/markdown/#heading-ids-and-links
    """
    return re.sub(r"-{2,}", "-", github_slug(text))


def kramdown_slug(text: str) -> str:
    """Return the fragment of kramdown (Jekyll): lower case, from the first ASCII letter on, without other than ASCII.

    Spaces become `-`. Source: https://kramdown.gettalong.org/converter/html.html#auto-ids
    """
    kept = re.sub(r"[^a-zA-Z0-9 -]", "", re.sub(r"^[^a-zA-Z]+", "", text))
    return kept.replace(" ", "-").lower()


def mkdocs_slug(text: str) -> str:
    """Return the fragment of MkDocs: lower-case ASCII; runs of spaces and `-` become one `-`.

    Source: https://python-markdown.github.io/extensions/toc/
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_text).strip().lower())


def mdbook_slug(text: str) -> str:
    """Return the fragment of mdBook: lower case; spaces become `-`, all but letters, digits, `_` and `-` is dropped."""
    return "".join("-" if c.isspace() else c for c in text.strip().lower() if c.isalnum() or c.isspace() or c in "_-")


def markdown_it_anchor_slug(text: str) -> str:
    """Return the fragment of markdown-it-anchor (Eleventy): lower case; runs of spaces become `-`."""
    return re.sub(r"\s+", "-", text.strip().lower())


SLUGGERS: Final[Mapping[str, Callable[[str], str]]] = {
    "github": github_slug,
    "gitlab": gitlab_slug,
    "kramdown": kramdown_slug,
    "mkdocs": mkdocs_slug,
    "mdbook": mdbook_slug,
    "markdown-it-anchor": markdown_it_anchor_slug,
}


def number_duplicates(fragments: Iterable[str], *, joiner: str = "-") -> tuple[str, ...]:
    """Number repeated fragments as site generators do: `a`, `a-1`, `a-2`."""
    seen: dict[str, int] = {}
    result = []
    for fragment in fragments:
        count = seen.get(fragment, 0)
        seen[fragment] = count + 1
        result.append(f"{fragment}{joiner}{count}" if count else fragment)
    return tuple(result)


def slug(text: str, *, most: int = 64) -> str:
    """Return a machine-readable name: lower-case ASCII words joined by hyphens, cut between words at `most` characters.

    Text without ASCII letters and digits gives the empty string.
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    words = re.findall(r"[a-z0-9]+", ascii_text.replace("'", ""))
    kept = words[:1]
    for word in words[1:]:
        if len("-".join(kept)) + 1 + len(word) > most:
            break
        kept.append(word)
    return "-".join(kept)[:most]
