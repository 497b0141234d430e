"""Changed lines are divided into code and comments."""

import pytest

from codex.review.comments import divided
from codex.review.signals import ChangedText
from skills_build.checks.patch import parse_patch
from tests.support.effort import at_most_cpu_seconds


@pytest.mark.parametrize(
    ("path", "lines", "code"),
    [
        ("a.py", ("x = 1  # sleep",), ("x = 1",)),
        ("a.py", ('x = "a # b"',), ('x = "a # b"',)),
        ("a.py", ("# x",), ("",)),
        (".github/CODEOWNERS", ("* @acme/web", "# all"), ("* @acme/web", "")),
        ("a.ts", ("x()  // sleep", "y('http://a')"), ("x()", "y('http://a')")),
        ("a.css", ("color: red; // why", "a { color: #fff }"), ("color: red;", "a { color: #fff }")),
        ("a.yml", ("a: b # c", "color: '#fff # x'"), ("a: b", "color: '#fff # x'")),
        ("a.go", ("/* one", "two", "three */", "four"), ("", "", "", "four")),
        ("a.go", ("/* one */", "two"), ("", "two")),
        ("a.html", ("<!-- one", "two -->", "three"), ("", "", "three")),
        ("a.py", ("def f():", '    """One.', "    two", '    """', "    three"), ("def f():", "", "", "", "    three")),
        ("a.py", ("def f():", '    """One."""', "    two"), ("def f():", "", "    two")),
        ("a.go", ("/**/ run()",), (" run()",)),
        ("a.go", ("/* one", "*/ run()"), ("", " run()")),
        ("a.go", (" * one */ run()",), (" run()",)),
        ("a.tsx", ("{/* one */}{run()}",), ("{run()}",)),
        ("a.c", ("* p = run();", " * two", "/* one", " * x = 1;", "*/"), ("* p = run();", "", "", "", "")),
        ("a.go", ("* get(x) += 1", "* run(", " * when x == 1"), ("* get(x) += 1", "* run(", "")),
        ("a.ts", (" * const x = 1;",), ("",)),
        ("a.ts", ("x = `", "/* ", "`; run()", "/* one", "two */"), ("x = `", "/* ", "`; run()", "", "")),
        ("a.java", ('x = """', "/*", '"""; run();'), ('x = """', "/*", '"""; run();')),
        ("a.go", ("x := `a`", "/* one", "two"), ("x := `a`", "", "")),
        ("a.html", ("<!-- one --><p>",), ("<p>",)),
        ("a.py", ("def f():", '    """One."""; run()'), ("def f():", "; run()")),
        ("a.py", ("def f():", '    """One."""  # noqa'), ("def f():", "")),
        ("a.go", ("-- run()",), ("-- run()",)),
        ("a.sql", ("-- one", "SELECT 1"), ("", "SELECT 1")),
        ("a.py", ("run(", '    """SELECT 1"""', ")"), ("run(", '    """SELECT 1"""', ")")),
    ],
)
def test_comments_are_not_code(path: str, lines: tuple[str, ...], code: tuple[str, ...]) -> None:
    rows = list(divided(path, enumerate(lines, start=5)))
    assert tuple(one.code for one in rows) == code
    assert [one.code + one.comment.strip() != "" for one in rows] == [True] * len(lines)


HIDING = [
    ("a.js", ("<!-- one", "run()")),
    ("a.js", ("{/* one */ run();",)),
    ("a.go", ("{/* one */ run()}",)),
    ("a.go", ("{/* one", "*/ x = 1", "run()")),
    ("a.sql", ("/*!50000 run() */",)),
    ("a.sql", ("  /*M! run() */",)),
    ("a.js", ('x = "\\" // "; run()',)),
    ("a.py", ('x = "\\" # "; run()',)),
    ("a.yml", ('x: "a\\" # \\""; run()',)),
    ("a.js", ('x = \'"\' + " // " + run()',)),
    ("a.rs", ('let x = r#"a" // "#; run();',)),
    ("a.cs", ('x = @"a\\" + " // " + run();',)),
    ("a.sh", ("echo '\\' ' # '; run()",)),
    ("a.py", ('x = """a" # """; run()',)),
    ("a.py", ('x = f"""a" # {run()}', '"""')),
    ("a.py", ('x = f"""', "# {run()}", '"""')),
    ("a.js", ('x = /["]/; y = " // "; run()',)),
    ("a.html", ("<!--> <script>run()</script>",)),
    ("a.html", ("<!---><script>run()</script>",)),
    ("a.vue", ("<!-- one --><script>run()</script>",)),
    ("a.php", ("// one ?> <?php run() ?>",)),
    ("a.php", ("x(); // one ?> <?php run() ?>",)),
]


@pytest.mark.parametrize(("path", "lines"), HIDING)
def test_what_only_looks_like_a_comment_hides_no_code(path: str, lines: tuple[str, ...]) -> None:
    assert sum("run()" in one.code for one in divided(path, enumerate(lines, start=5))) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "x = 'a'  # don't run()"),
        ("a.py", 'x = """a"""  # run()'),
        ("a.js", 'x = "a"; // "run()"'),
        ("a.js", "{/* run() */}"),
        ("a.vue", "<!-- run() -->"),
        ("a.php", "x(); // run()"),
        ("a.sql", "/* run() */"),
    ],
)
def test_a_comment_next_to_strings_is_still_one(path: str, line: str) -> None:
    assert all("run()" not in one.code for one in divided(path, [(5, line)]))


def test_quotes_without_an_end_are_read_in_linear_time() -> None:
    for text in ('"' * 200_000, '\\"' * 100_000, "'\"" * 100_000, "# " * 100_000, '" # ' * 50_000):
        with at_most_cpu_seconds(2):
            list(divided("a.py", [(5, f"x = {text} # a")]))


def test_the_first_line_of_a_file_may_be_a_docstring() -> None:
    rows = [(1, '"""One.'), (2, "two"), (3, '"""'), (4, "three")]
    assert [one.code for one in divided("a.py", rows)] == ["", "", "", "three"]


def test_a_block_ends_where_lines_are_missing() -> None:
    assert [one.code for one in divided("a.go", [(5, "/* one"), (9, "two")])] == ["", "two"]


PATCH = """diff --git a/a.go b/a.go
--- a/a.go
+++ b/a.go
@@ -5,2 +5,2 @@
-/* One
+/** One
  two */
@@ -20,3 +20,2 @@
 one()
-verify()
 two()
"""


def test_a_comment_in_one_place_hides_no_line_that_is_removed_in_another() -> None:
    (changed,) = parse_patch(PATCH).files
    assert changed.removed_at == (5, 21)
    assert [one.code for one in ChangedText(changed)._old] == ["", "verify()"]
