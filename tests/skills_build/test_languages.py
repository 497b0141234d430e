"""The one table of languages, and that what codexc decides on top of it is about languages that it has."""

from typing import Any

import pytest

from codex.profile import language_table as table
from skills_build.emit import globs
from skills_build.languages import LANGUAGES, RELEASE, extensions
from tools.languages import module

ROWS: list[dict[str, Any]] = [
    {"name": "Toy", "type": "programming", "extensions": [".toy", ".TOY", ".t"], "aliases": ['t"oy']},
    {"name": "Bare", "type": "data"},
]


def test_the_generator_writes_a_module_with_every_row() -> None:
    written: dict[str, object] = {}
    exec(compile(module(ROWS, "1.2.3"), "languages.py", "exec"), written)
    assert written["RELEASE"] == "linguist-languages 1.2.3"
    assert written["LANGUAGES"] == {
        "Bare": ("data", (), (), (), ()),
        "Toy": ("programming", ("toy", "t"), (), (), ('t"oy',)),
    }


def test_the_release_is_named() -> None:
    assert RELEASE == "linguist-languages 9.5.0"
    assert extensions("Python")[0] == "py"


def test_our_decisions_are_about_languages_of_the_table() -> None:
    names = {*table._CHOSEN, *table._PART_OF, *table._PART_OF.values(), *table._COUNTED_TOO, *table._NOT_COUNTED}
    assert names | {*globs._EXTENSIONS} <= {*LANGUAGES}


def test_the_usual_endings_of_a_language_are_endings_that_linguist_knows() -> None:
    endings = {ending for row in LANGUAGES.values() for ending in row[1]}
    assert {ending for endings in globs._EXTENSIONS.values() for ending in endings.split()} <= endings


@pytest.mark.parametrize(
    ("path_or_word", "language"),
    [
        ("tsx", "TypeScript"),
        ("sv", "Verilog"),
        ("dart", "Dart"),
        ("nim", "Nim"),
        ("awk", "Awk"),
        ("html", "HTML"),
        ("md", None),
        ("json", None),
        ("cmake", None),
        ("sig", None),
        ("p8", None),
        ("inc", None),
    ],
)
def test_the_language_of_an_ending(path_or_word: str, language: str | None) -> None:
    assert table.EXTENSIONS.get(path_or_word) == language


def test_an_ending_of_several_languages_counts_only_where_we_chose() -> None:
    owners: dict[str, set[str]] = {}
    for name, row in LANGUAGES.items():
        for ending in row[1]:
            owners.setdefault(ending, set()).add(table._PART_OF.get(name, name))
    chosen = {ending for endings in table._CHOSEN.values() for ending in endings.split()}
    shared = {ending for ending, names in owners.items() if len(names) > 1}
    assert shared & {*table.EXTENSIONS} <= chosen


@pytest.mark.parametrize(
    ("word", "expected"),
    [("python", ("**/*.py", "**/*.pyi")), ("elixir", ("**/*.ex",)), ("golang", ("**/*.go",)), ("klingon", ())],
)
def test_a_language_has_globs_by_any_of_its_names(word: str, expected: tuple[str, ...]) -> None:
    assert globs._language_globs(word) == expected
