"""SPDX expressions, and what is meant by other names of licences."""

import pytest

from skills_build.source.licence import is_expression, meant_licence

KNOWN = (
    "Apache-2.0",
    "BSD-3-Clause",
    "Classpath-exception-2.0",
    "GPL-2.0",
    "GPL-2.0-only",
    "MIT",
    "MPL-2.0",
    "Unlicense",
)


@pytest.mark.parametrize(
    "text",
    [
        "MIT",
        "mit",
        "MIT OR Apache-2.0",
        "(MIT OR Apache-2.0) AND LicenseRef-acme",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "GPL-2.0+",
        "NONE",
    ],
)
def test_an_expression_of_known_identifiers_is_accepted(text: str) -> None:
    assert is_expression(text, KNOWN)


@pytest.mark.parametrize("text", ["", "MIT AND", "(MIT", "MIT)", "MIT Apache-2.0", "OR MIT", "MIT, GPL", "acme", "()"])
def test_any_other_text_is_no_expression(text: str) -> None:
    assert not is_expression(text, KNOWN)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Apache 2", "Apache-2.0"),
        ("Apache License, 2.0", "Apache-2.0"),
        ("Apache-2.O", "Apache-2.0"),
        ("The MIT License", "MIT"),
        ("GPLv2", "GPL-2.0-only"),
        ("Mozilla Public License 2.0", "MPL-2.0"),
        ("BSD", "BSD-3-Clause"),
        ("UNLICENSED", "LicenseRef-Proprietary"),
        ("internal use only", None),
        ("Creative Commons", None),
    ],
)
def test_the_identifier_that_a_name_means_is_found(name: str, meant: str | None) -> None:
    assert meant_licence(name, KNOWN) == meant
