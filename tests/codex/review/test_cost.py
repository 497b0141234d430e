"""What a review costs: many rules on a change of usual size, and only the files of the change."""

import pytest

from codex.audit.applied_rule import applied_rules
from codex.audit.inputs import Inputs
from codex.review.change import reviewed
from codex.review.findings import Sides
from codex.review.review import Setting, review, selection
from skills_build.checks.ast_grep import _may_match, search
from skills_build.checks.base import ChangedFile, Subject
from skills_build.checks.read import check_of
from skills_build.model.rules_file import Applicability, InstalledRule, InstalledStandard
from tests.support.effort import at_most_cpu_seconds

DIGEST = "0" * 64


def installed(count: int) -> tuple[InstalledStandard, ...]:
    """Rules of which six of ten have a regex, two a pattern of ast-grep, and two a linter."""
    rules = []
    for number in range(count):
        kinds: list[dict[str, object]] = [
            {"kind": "regex", "regex": {"match": rf"\bname_{number}\(", "unless": "allowed"}, "files": ["**/*.py"]},
            {"kind": "ast-grep", "ast-grep": {"language": "python", "rule": {"pattern": f"call_{number}($$$)"}}},
            {"kind": "linter", "linter": "ruff", "rules": ["S113"]},
        ]
        row = kinds[0 if number % 10 < 6 else 1 if number % 10 < 8 else 2]
        rules.append(
            InstalledRule(
                id=f"B-{number}",
                level="MUST",
                status="enforced",
                blocking=True,
                text="Code MUST NOT call it",
                checks=({**row, "digest": DIGEST},),
                applies_to=Applicability(languages=("python",)),
                digest=DIGEST,
            )
        )
    return (InstalledStandard(id="B", title="B", skill="b", source="b.md", rules=tuple(rules)),)


def test_a_thousand_rules_on_fifty_files_take_few_seconds_and_read_no_other_file() -> None:
    lines = [f"    value_{number} = compute(request, {number})" for number in range(200)]
    texts = {f"src/m{number}.py": "def f():\n" + "\n".join(lines) + "\n" for number in range(50)}
    texts["src/m7.py"] += "    name_0(1)\n    call_6(1)\n"
    added: dict[str, tuple[tuple[int, str], ...]] = dict.fromkeys(texts, ((2, lines[0]),))
    added["src/m7.py"] = ((202, "    name_0(1)"), (203, "    call_6(1)"))
    files = [ChangedFile(path=path, old=path, added=rows) for path, rows in added.items()]
    read: set[str] = set()

    def text(path: str) -> str:
        read.add(path)
        return texts[path]

    change = reviewed(files, (), (), ())
    subject = Subject(paths=(*texts, "src/other.py"), read=text, commits=(), change=change.files)
    inputs = Inputs(subject=subject, results=(), located=lambda path: path, day="2026-11-29")
    setting = Setting(codex="a", title="a", codexc="1", day="2026-11-29", base=None, head=None)
    with at_most_cpu_seconds(8):
        selected = selection(tuple(applied_rules(installed(1000))), Sides.of(inputs, None, change))
        found = review(selected, change, setting, (), ())
    assert [(one.id, one.path, one.line) for one in found.findings] == [
        ("B-0", "src/m7.py", 202),
        ("B-6", "src/m7.py", 203),
    ]
    assert read == set(texts)


@pytest.mark.parametrize(
    ("language", "pattern", "code"),
    [
        ("python", "requests.get($$$)", "requests . get(\n  url)\n"),
        ("python", "$A == None", "x == None\n"),
        ("python", "print($X)", "print( 1 )\n"),
        ("rust", "$E.unwrap()", "fn f() { a.b().unwrap(); }\n"),
        ("typescript", "JSON.parse($$$) as $T", "const a = JSON.parse(b) as C;\n"),
        ("java", "new ObjectInputStream($$$)", "class A { void f() { new ObjectInputStream(b); } }\n"),
        ("go", "defer $F($$$)", "package a\nfunc f() { defer close(1) }\n"),
    ],
)
def test_the_words_of_a_pattern_never_exclude_a_match(language: str, pattern: str, code: str) -> None:
    row = {"ast-grep": {"language": language, "rule": {"pattern": pattern}}, "digest": DIGEST}
    check = check_of("A-1", 1, row).spec.ast_grep
    assert check is not None
    assert _may_match(check.rule, code) and len(search(check, code)) == 1


def test_a_rule_that_is_not_only_a_pattern_is_always_tried() -> None:
    assert _may_match({"kind": "call"}, "")
    assert _may_match({"any": [{"pattern": "abc()"}, {"regex": "x"}]}, "")
    assert not _may_match({"any": [{"pattern": "abc()"}, {"pattern": "def_()"}]}, "ab")
