"""The glob language of docs/globs.md: what matches, what is invalid, and that no glob takes long."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from wcmatch import glob as wcmatch

from codex.resources import data_root
from skills_build.errors import CodexError
from skills_build.glob_syntax import MAX_ALTERNATIVES, MAX_DEPTH, MAX_LENGTH
from skills_build.globs import (
    Glob,
    NameTest,
    compile_glob,
    expanded,
    fault,
    is_literal,
    literal,
    matches,
    matches_plain,
    matches_repository,
    require_valid,
    runs_match,
    split,
    unmatched,
)
from tests.support.data import THOROUGH

FLAGS = wcmatch.GLOBSTAR | wcmatch.BRACE | wcmatch.DOTGLOB | wcmatch.FORCEUNIX
NAMES = st.text("ab.-*", min_size=1, max_size=5).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=7).map("/".join)
HEADS = st.sampled_from(
    ["a", "b", "-", "*", "?", "[ab]", "[!a]", "[^b.]", r"\*", r"\a", "{a,b}", "{a,b/*}", "{?,a{b,-}}"]
)
PIECES = st.one_of(HEADS, st.sampled_from([".", "[]a]", "[a-b]", "[*-]", r"[\*]", "{,a}", "{.,{a,*b}}"]))
GLOB_NAMES = st.one_of(st.just("**"), st.tuples(HEADS, st.lists(PIECES, max_size=4).map("".join)).map("".join))
GLOBS = st.lists(GLOB_NAMES, min_size=1, max_size=6).map("/".join)


@settings(max_examples=400 if THOROUGH else 100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(GLOBS, PATHS)
@example("**/a/**/b", "a/a/b")
@example("a/**", "a")
@example("*a*b*", "ab")
def test_a_valid_glob_matches_what_wcmatch_says(pattern: str, path: str) -> None:
    assume(fault(pattern) is None)
    assert matches(path, (pattern,)) is wcmatch.globmatch(path, pattern, flags=FLAGS)


@settings(max_examples=150, deadline=None)
@given(GLOBS, PATHS)
def test_expanded_braces_match_the_same_paths(pattern: str, path: str) -> None:
    assert matches(path, expanded(pattern)) is matches(path, (pattern,))


@settings(max_examples=150, deadline=None)
@given(st.text(r"ab/*?[]!^-{},\.:", max_size=30), PATHS)
def test_any_text_is_a_glob_or_has_a_fault_with_help(pattern: str, path: str) -> None:
    problem = fault(pattern)
    if problem is not None:
        assert problem.message
        assert problem.help
        assert not matches(path, (pattern,))
    elif is_literal(pattern):
        assert matches("/".join(literal(pattern)), (pattern,))


@settings(max_examples=80, deadline=None)
@given(PATHS)
def test_a_path_with_its_wildcards_escaped_matches_itself_alone(path: str) -> None:
    pattern = path.replace("*", r"\*")
    assert is_literal(pattern)
    assert matches(path, (pattern,))
    assert not matches(f"{path}x", (pattern,))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.md", "a.md", True),
        ("*.md", ".a.md", True),
        ("*.md", "docs/a.md", False),
        ("**/*.md", "a.md", True),
        ("**/*.md", "a.MD", False),
        ("docs/**", "docs/api/a.md", True),
        ("docs/**", "docs", False),
        ("docs/", "docs/api/a.md", True),
        ("/docs/*", "docs/a.md", True),
        ("./docs/*", "docs/a.md", True),
        ("**/*.{ts,tsx}", "web/app.tsx", True),
        ("**/*.{ts,tsx}", "web/app.js", False),
        ("{src,lib}/{a,{b,c}}.py", "lib/c.py", True),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("[[:digit:]].py", "7.py", True),
        (r"pages/\[id\].tsx", "pages/[id].tsx", True),
        (r"pages/\[id\].tsx", "pages/i.tsx", False),
        (r"\*.py", "*.py", True),
        (r"\*.py", "a.py", False),
        (r"a\{b,c\}", "a{b,c}", True),
        ("a.c", "abc", False),
        ("**", "a/b", True),
        ("?", "ä", True),
        ("a?c", "a/c", False),
        ("a[/]c", "a/c", False),
        ("*", "a\nb", True),
    ],
)
def test_each_form_of_the_glob_language_matches_what_it_says(pattern: str, path: str, expected: bool) -> None:
    assert matches(path, (pattern,)) is expected


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "empty"),
        ("/", "empty"),
        ("a//b", "empty"),
        ("../a", "`..`"),
        ("a/./b", "`.`"),
        ("[ab", "`[`"),
        ("a[b/c]", "`[`"),
        ("[b-a]", "reversed"),
        ("[[:letter:]]", "[:letter:]"),
        ("{a,b", "`{`"),
        ("a}", "`}`"),
        ("{1..3}", "range"),
        ("a\\", "single"),
        ("**.md", "`**`"),
        ("src/a**/b", "`**`"),
        ("x" * (MAX_LENGTH + 1), f"{MAX_LENGTH:,}"),
        ("{a,b}" * 60, f"{MAX_ALTERNATIVES}"),
        ("{" * (MAX_DEPTH + 1) + "a" + "}" * (MAX_DEPTH + 1), f"{MAX_DEPTH}"),
        ("{" * 900, "nested"),
        ("x" * 900 + "{a,b}" * 5, "20,000"),
    ],
)
def test_an_invalid_glob_has_a_reason_and_matches_nothing(pattern: str, words: str) -> None:
    problem = fault(pattern)
    assert problem is not None
    assert words in problem.message
    assert not matches(pattern, (pattern,))
    with pytest.raises(CodexError, match="of `--only` is invalid"):
        require_valid((pattern,), source="--only")


@pytest.mark.parametrize(
    "pattern", ["**/a/**/a/**/a/**/a/**/b", "**/a/a/**/a/a/**/b", "**/**/**/**/**/x.md", "a/**/*/**/*/**/b"]
)
def test_the_comparisons_grow_linearly_with_the_path(pattern: str) -> None:
    short, long = (_comparisons(pattern, "/".join("a" * folders)) for folders in (200, 2000))
    assert long <= 10 * short + 20


def _comparisons(pattern: str, path: str) -> int:
    """How many names were compared to decide about one path."""
    count = 0

    def counting(test: NameTest) -> NameTest:
        def compare(name: str) -> object:
            nonlocal count
            count += 1
            return test(name)

        return compare

    glob = compile_glob(pattern)
    assert isinstance(glob, Glob)
    names = path.split("/")
    for runs in glob.runs:
        assert not runs_match(tuple(tuple(counting(test) for test in run) for run in runs), names)
    return count


@pytest.mark.parametrize("pattern", ["*a" * 40 + "b", "*[ab]" * 40 + "c", "*?" * 40 + "b"])
def test_stars_within_a_name_never_go_back(pattern: str) -> None:
    """With backtracking this would be 20,000 to the power of 40 steps, and the test would not end."""
    assert not matches("a" * 20_000, (pattern,))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("**/*.{ts,tsx}, a", ("**/*.{ts,tsx}", " a")),
        ("{a,{b,c}},d", ("{a,{b,c}}", "d")),
        ("[,],a", ("[,]", "a")),
        (r"a\,b,c", (r"a\,b", "c")),
        ("{a,b", ("{a", "b")),
        ("a[,b", ("a[", "b")),
        ("a},b", ("a}", "b")),
        ("", ("",)),
    ],
)
def test_a_list_is_cut_between_its_globs(text: str, pieces: tuple[str, ...]) -> None:
    assert split(text, ",") == pieces


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("services/api/**/*.py", ("services", "api")),
        ("src/{a,b}/c", ("src",)),
        ("src/{a,a}/c", ("src", "a", "c")),
        (r"pages/\[id\]/*", ("pages", "[id]")),
        ("*", ()),
        ("[a", ()),
    ],
)
def test_the_literal_start_of_a_glob(pattern: str, names: tuple[str, ...]) -> None:
    assert literal(pattern) == names


def test_a_repository_goes_by_its_path_or_its_name() -> None:
    fleet = ("payments/ledger", "payments/legacy/api", "shop/ledger", "docs")
    selected = {
        pattern: [path for path in fleet if matches_repository(path, (pattern,))]
        for pattern in ("payments/*", "payments/**", "ledger", "*", "d*", "**/api")
    }
    assert selected == {
        "payments/*": ["payments/ledger"],
        "payments/**": ["payments/ledger", "payments/legacy/api"],
        "ledger": ["payments/ledger", "shop/ledger"],
        "*": list(fleet),
        "d*": ["docs"],
        "**/api": ["payments/legacy/api"],
    }


def test_globs_that_match_none_of_the_paths() -> None:
    assert unmatched(("a/*", "b/*", "b/*", "[c"), ("a/x", "c/y")) == ("b/*",)


ATTRIBUTE_GLOBS = st.lists(
    st.one_of(
        st.just("**"),
        st.lists(
            st.sampled_from(["a", "b", "*", "?", "[ab]", "[!a]", "[^b]", "{a,b}", "**", "[[:alpha:]]"]),
            min_size=1,
            max_size=4,
        ).map("".join),
    ),
    min_size=2,
    max_size=4,
).map("/".join)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ATTRIBUTE_GLOBS, min_size=1, max_size=20, unique=True),
    st.lists(PATHS, min_size=1, max_size=20, unique=True),
)
@example(["a/***", "***/b", "a***/b"], ["a/a/a", "a/b", "b"])
@example(["**/**", "a**/**", "a**/b", "a/b**/**", "a*/b"], ["a", "ab", "a/b", "aa/c/b", "b"])
def test_gitattributes_match_as_git_says(attributed: Path, patterns: list[str], paths: list[str]) -> None:
    lines = "".join(f"{pattern} is{number}\n" for number, pattern in enumerate(patterns))
    (attributed / ".gitattributes").write_text(lines)
    answer = subprocess.run(
        ["git", "check-attr", "-z", "--stdin", *(f"is{number}" for number in range(len(patterns)))],
        cwd=attributed,
        input="\0".join(paths).encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    words = answer.split("\0")[:-1]
    says = {(words[n], int(words[n + 1][2:])): words[n + 2] == "set" for n in range(0, len(words), 3)}
    ours = {(path, n): matches_plain(path, pattern) for path in paths for n, pattern in enumerate(patterns)}
    assert ours == says


@pytest.fixture
def attributed(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def test_the_globs_that_ship_are_valid() -> None:
    from skills_build.source.dialect import load_dialect

    schema = (data_root("validators") / "schemas" / "dialect.schema.json").read_text(encoding="utf-8")
    for path in (data_root("templates") / "dialects").glob("*.toml"):
        load_dialect(path.read_text(encoding="utf-8"), name=path.stem, schema=schema)
