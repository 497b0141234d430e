"""YAML of others: anchors, merge keys, tags and several documents are read; nothing grows when it is."""

import pytest

from skills_build.source.yaml_documents import load_yaml_tolerant
from skills_build.source.yaml_scalars import Data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: [x, 'yes', true, ~, 1.5]\n", {"a": 1, "b": ["x", "yes", True, None, 1.5]}),
        ("on: [push]\n", {"on": ["push"]}),
        ("true: 1\n1: a\n", {"true": 1, "1": "a"}),
        ("a: 1\na: 2\n", {"a": 2}),
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
        ("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}),
        ("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\n", {"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 3}}),
        ("a: &x {k: 1}\nb: {<<: [*x, {m: 2}]}\n", {"a": {"k": 1}, "b": {"k": 1, "m": 2}}),
        ("s: !reference [.a, script]\n", {"s": {"!reference": [".a", "script"]}}),
        ("s: !!str 1\n", {"s": 1}),
        ("s: !vault abc\n", {"s": {"!vault": "abc"}}),
        ("? [a]\n: b\nc: d\n", {"c": "d"}),
        ("a: *missing\n", {"a": None}),
        ("a: &a [*a]\n", {"a": [None]}),
        ("run: |\n  [[ -f x ]] &&\n    y\n", {"run": "[[ -f x ]] &&\n  y\n"}),
    ],
)
def test_the_yaml_of_other_tools_is_read(text: str, expected: Data) -> None:
    assert load_yaml_tolerant(text) == (expected,)


@pytest.mark.parametrize("text", ["a: [", "\t- a", "[" * 41, "a: b: c", "{" * 5000, "- a\nb: c\n"])
def test_invalid_yaml_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        load_yaml_tolerant(text)


def test_every_document_is_read() -> None:
    assert load_yaml_tolerant("a: &x 1\n---\nb: *x\n...\n---\n- c\n") == ({"a": 1}, {"b": None}, ["c"])
    assert load_yaml_tolerant("") == load_yaml_tolerant("# nothing\n") == ()
    assert len(load_yaml_tolerant("--- a\n" * 300)) == 100


def test_aliases_are_shared_not_copied() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60))]
    [document] = load_yaml_tolerant("\n".join(lines))
    assert isinstance(document, dict)
    last, before = document["a59"], document["a58"]
    assert isinstance(last, list)
    assert last[0] is last[1] is before
