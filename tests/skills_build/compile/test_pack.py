"""Runs of pieces: bounded, in order, and seldom moved by a new one."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from skills_build.compile.names import portable_name, skill_name
from skills_build.compile.pack import Volume, pack_items, split_volume
from skills_build.compile.pieces import Piece, Unit
from tests.support.compiling import compiled, standard
from tests.support.linting import FRONT, linted


@dataclass(frozen=True)
class Thing:
    """Something with a size."""

    slug: str
    size: int
    weight: int = 2


THINGS = st.lists(
    st.builds(Thing, st.text("abcdef", min_size=1, max_size=6), st.integers(1, 120)), min_size=1, max_size=60
)


@given(THINGS)
def test_runs_are_bounded_and_lose_nothing(things: list[Thing]) -> None:
    runs = list(pack_items(things, 100))
    assert [thing for run in runs for thing in run] == things
    assert all(len(run) == 1 or sum(thing.size for thing in run) <= 100 for run in runs)


def test_a_new_piece_moves_few_others() -> None:
    things = [Thing(f"piece-{n}", 10) for n in range(200)]
    before = {tuple(run) for run in pack_items(things, 100)}
    kept = 0
    for place in range(0, 200, 10):
        after = {tuple(run) for run in pack_items([*things[:place], Thing(f"new-{place}", 10), *things[place:]], 100)}
        kept += len(before & after)
    assert kept / (20 * len(before)) > 0.8


def test_a_section_that_is_too_long_alone_is_cut_between_its_paragraphs() -> None:
    _, (standard,) = linted({"a.md": FRONT})
    paragraphs = [f"Paragraph {number} says something that takes a line of its own." for number in range(20)]
    units = (Unit("\n\n".join(paragraphs)),)
    piece = Piece(standard=standard, number=0, slug="rules", weight=2, heading="## Rules", units=units)
    chunks = list(split_volume(Volume(standard=standard, pieces=(piece,), slug="services"), 300))
    assert len(chunks) > 1
    assert all(sum(part.size for part in chunk.pieces) <= 300 for chunk in chunks)
    assert "\n\n".join(part.text for chunk in chunks for part in chunk.pieces) == piece.text
    assert len({chunk.name for chunk in chunks}) == len(chunks)
    assert not any(chunk.whole for chunk in chunks)


def test_names_are_short_portable_and_distinct() -> None:
    assert portable_name("HTTP APIs & Größe", max_length=48) == "http-apis-groe"
    assert portable_name("日本語", max_length=48) == "x-77710a"
    assert portable_name("日本語", max_length=48) != portable_name("中文", max_length=48)
    long = portable_name("a very long title " * 9, max_length=48)
    assert len(long) <= 48
    assert long != portable_name("a very long title " * 8, max_length=48)
    assert skill_name("acme", "http-apis") == "acme-http-apis"
    assert len(skill_name("acme", "x" * 80)) + len("acme:") <= 64


def test_files_of_sections_whose_titles_have_no_ascii_letters_have_names_of_their_own() -> None:
    titles = ("規則", "命名", "名前", "定数", "変数", "命名")
    sections = "".join(f"## {title}\n\n{'text ' * 2500}\n\n" for title in titles)
    files = compiled({"a.md": standard(f"{sections}### Services MUST log (SVC-1)\n")}).artifacts
    names = [file.path for file in files]
    assert sum("/references/" in name for name in names) > 4
    assert len(set(names)) == len(names)
