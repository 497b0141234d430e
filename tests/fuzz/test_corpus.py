"""Every saved input, and a few mutations that are always the same, raise nothing but our own errors."""

import random

import pytest

from tests.fuzz.__main__ import mutated, seeds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_saved_inputs_and_mutations_of_them_fail_cleanly(target: str) -> None:
    inputs = seeds(target)
    rng = random.Random(0)
    for data in (*inputs, *(mutated(rng, inputs) for _ in range(40))):
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_a_saved_input(target: str) -> None:
    assert seeds(target) != [b""]
