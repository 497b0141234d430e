"""What is judged and what is read are the same: statuses, kinds of changes, and sources in front matter."""

from dataclasses import fields, replace
from typing import Any

import pytest

from skills_build.model.standard import Attestation, DatedStatus, Status
from skills_build.source.dialect import DocumentRules
from skills_build.source.front_matter import dated_status, keys_read
from skills_build.source.values import status_problem
from tests.support.compiling import canonical

LATER = DatedStatus(status=Status.APPROVED, then=Status.ENFORCED, on="2027-01-15")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("approved, enforced from 2027-01-15", LATER),
        ("approved,enforced from 2027-01-15", LATER),
        ("Approved enforced  from 2027-01-15", LATER),
        ("enforced from 2027-01-15", LATER),
        ("deprecated", DatedStatus(status=Status.DEPRECATED)),
    ],
)
def test_a_valid_status_is_read_as_it_is_judged(text: str, expected: DatedStatus) -> None:
    assert status_problem(text) is None
    assert dated_status(text, {}, "approved") == expected


@pytest.mark.parametrize(
    "text", ["approved, enforced", "enforced since 2027-01-15", "enforced from 2027-02-30", "darft", ""]
)
def test_an_invalid_status_is_the_default_and_reported(text: str) -> None:
    assert dated_status(text, {}, "approved") == DatedStatus(status=Status.APPROVED)
    assert status_problem(text) is not None


@pytest.mark.parametrize("text", ["editorial", "Editorial, a plural", "narrower: one case", "wider (all)"])
def test_a_declared_change_is_one_for_releases_and_lints(text: str) -> None:
    assert Attestation.of(text) is not None


@pytest.mark.parametrize("text", ["editorial-note", "editorial/typo", "editorial_x", "minor", ""])
def test_another_word_declares_nothing(text: str) -> None:
    assert Attestation.of(text) is None


@pytest.mark.parametrize(
    "field", [field.name for field in fields(DocumentRules) if isinstance(getattr(DocumentRules(), field.name), tuple)]
)
def test_every_source_in_front_matter_counts_as_read(field: str) -> None:
    changes: dict[str, Any] = {field: ("front-matter:mine",)}
    rules = replace(DocumentRules(), **changes)
    read = keys_read(replace(canonical(), document=rules))
    assert read is not None and "mine" in read
