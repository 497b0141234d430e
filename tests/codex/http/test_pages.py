"""Link headers and cursors."""

import pytest

from codex.http.pagination import follow, parse_link_header
from skills_build.errors import CodexError

BASE = "https://host.example/api/v4/groups/7/projects?per_page=100"


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ('<https://host.example/a?page=2>; rel="next"', {"next": "https://host.example/a?page=2"}),
        ('</a?ids=1,2;3>; rel="next", </b>; rel="last"', {"next": "https://host.example/a?ids=1,2;3", "last": "https://host.example/b"}),
        ("<?page=2>; rel=next", {"next": "https://host.example/api/v4/groups/7/projects?page=2"}),
        ('</a>; title="a, \\"b\\"; rel=last"; rel="next"', {"next": "https://host.example/a"}),
        ('</a>; REL="Next prev"', {"next": "https://host.example/a", "prev": "https://host.example/a"}),
        ('</a>; rel="next", </b>; rel="next"', {"next": "https://host.example/a"}),
        ("</a>", {}),
        ("", {}),
        ('garbage, </a>; rel="next"', {}),
    ],
)  # fmt: skip
def test_links_are_read_by_their_relations(header: str, links: dict[str, str]) -> None:
    assert parse_link_header(header, BASE) == links


def test_cursors_are_followed_to_the_end() -> None:
    pages = {None: ("a", "1"), "1": ("b", "2"), "2": ("c", None)}
    assert list(follow(lambda cursor: pages[cursor], what="list")) == ["a", "b", "c"]


def test_a_repeated_cursor_is_an_error() -> None:
    pages = {None: ("a", "1"), "1": ("b", "2"), "2": ("c", "1")}
    listing = follow(lambda cursor: pages[cursor], what="the list")
    with pytest.raises(CodexError, match="the list: the host returned the same page cursor twice"):
        list(listing)
