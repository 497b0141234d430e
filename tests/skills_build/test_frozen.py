"""`skills_build.frozen.dataclass` behaves like the decorator of the standard library."""

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills_build import frozen

VALUES = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2).map(tuple)
DECORATORS: tuple[Callable[..., Any], ...] = (dataclass, frozen.dataclass)
NAMES = st.sampled_from(["a", "b", "c", "self_", "value", "_own", "cls"])


def _class(
    decorator: Callable[..., Any], names: list[str], defaults: dict[str, object], options: dict[str, Any]
) -> Any:
    given_options = {"frozen": True, "slots": True, "kw_only": True} | options
    values = {n: field(default_factory=list) if v == () else v for n, v in defaults.items() if n in names}
    return decorator(**given_options)(type("Made", (), {"__annotations__": dict.fromkeys(names, object), **values}))


def _outcome(action: Callable[[], object]) -> object:
    """Return the result as text, or the type and message of the error."""
    try:
        return repr(action())
    except (TypeError, AttributeError, FrozenInstanceError) as error:
        return type(error), str(error)


def _behaviour(made: Any, arguments: dict[str, object], other: dict[str, object]) -> list[object]:
    """What a class does with its arguments: the text of each result or error."""
    names = [f.name for f in fields(made)]
    steps: list[Callable[[], object]] = [
        lambda: re.sub(r" at 0x\w+", "", repr(made(**arguments))),
        lambda: made(**arguments) == made(**other),
        lambda: made.__hash__ is not object.__hash__ and hash(made(**arguments)),
        lambda: [getattr(replace(made(**arguments), **other), name) for name in names],
        lambda: dataclasses.asdict(made(**arguments)),
        lambda: [made.__setattr__(made(**arguments), name, 1) for name in names],
        lambda: [made.__delattr__(made(**arguments), name) for name in names],
        lambda: (made.__match_args__, names, made.__dataclass_params__.frozen),
    ]
    return [_outcome(step) for step in steps]


@given(
    names=st.lists(NAMES, unique=True, max_size=5),
    defaults=st.dictionaries(NAMES, VALUES, max_size=3),
    arguments=st.dictionaries(NAMES, VALUES, max_size=5),
    other=st.dictionaries(NAMES, VALUES, max_size=5),
    options=st.sampled_from(
        [{}, {"eq": False}, {"repr": False}, {"slots": False}, {"kw_only": False}, {"frozen": False}]
    ),
)
def test_a_class_behaves_as_one_of_the_standard_library(
    names: list[str],
    defaults: dict[str, object],
    arguments: dict[str, object],
    other: dict[str, object],
    options: dict[str, Any],
) -> None:
    if options == {"kw_only": False}:
        defaults = {}
    behaviours = [_behaviour(_class(decorator, names, defaults, options), arguments, other) for decorator in DECORATORS]
    assert behaviours[0] == behaviours[1]


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value of this module, so that pickle finds its class."""

    x: int
    label: str = field(default="", compare=False, repr=False)
    near: "tuple[Point, ...]" = ()


def test_values_can_be_pickled_and_copied() -> None:
    point = Point(x=1, label="here", near=(Point(x=2),))
    for again in (pickle.loads(pickle.dumps(point)), copy.copy(point), copy.deepcopy(point)):
        assert again == point
        assert again.label == "here"


def test_fields_can_be_left_out_of_comparison_and_display() -> None:
    assert Point(x=1, label="a") == Point(x=1, label="b")
    assert hash(Point(x=1, label="a")) == hash(Point(x=1, label="b"))
    assert repr(Point(x=1, label="a")) == "Point(x=1, near=())"


def test_methods_of_the_class_itself_are_kept() -> None:
    @frozen.dataclass(frozen=True, slots=True, kw_only=True)
    class Word:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Word) and self.text.lower() == other.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

        def __repr__(self) -> str:
            return f"<{self.text}>"

    assert len({Word(text="A"), Word(text="a")}) == 1
    assert repr(Word(text="A")) == "<A>"


def test_a_check_after_construction_runs() -> None:
    @frozen.dataclass(frozen=True, slots=True, kw_only=True)
    class Positive:
        number: int

        def __post_init__(self) -> None:
            if self.number < 1:
                raise ValueError("not positive")

    assert Positive(number=1).number == 1
    with pytest.raises(ValueError, match="not positive"):
        Positive(number=0)


def test_a_class_can_inherit_fields() -> None:
    @frozen.dataclass(frozen=True, slots=True, kw_only=True)
    class Place(Point):
        name: str

    place = Place(x=1, name="here")
    assert (place.x, place.name) == (1, "here")
    with pytest.raises(FrozenInstanceError):
        cast("Any", place).x = 2


def test_a_field_that_cannot_be_set_is_refused_at_definition() -> None:
    with pytest.raises(TypeError, match="init=False"):

        @frozen.dataclass(frozen=True, slots=True, kw_only=True)
        class Counted:
            number: int = field(init=False)
