"""Where a rule applies: conditions and globs are read, or reported with what to write."""

import pytest

from skills_build.model.standard import Scope
from skills_build.source.glob_shapes import glob_problem
from tests.skills_build.source.reading import HEAD, reading
from tests.skills_build.source.valued import WHY, found, rule, values_reported
from tests.support.linting import FRONT, linted


@pytest.mark.parametrize(
    ("scope", "languages", "paths", "codes"),
    [
        ("languages: go, python", ("go", "python"), (), []),
        ("languages: go,\npython", ("go", "python"), (), []),
        ("languages: go\ntechnologies: docker", ("go",), (), []),
        ("languages: go\nand python", ("go",), (), ["CX041"]),
        ("languages: go; languages: python", ("go", "python"), (), []),
        ("language: go", (), (), ["CX006"]),
        ("paths: ./src/**, /lib/**", (), ("src/**", "lib/**"), []),
        ("paths: `./src/**`", (), ("src/**",), []),
        ("paths: *_/Dockerfile_, *_/Containerfile_", (), ("*_/Dockerfile_", "*_/Containerfile_"), ["CX047", "CX047"]),
        (r"paths: \*\*/\*.py", (), (r"\*\*/\*.py",), ["CX047"]),
        (r"paths: `pages/\*.py`", (), (r"pages/\*.py",), []),
        ("paths: \N{LEFT DOUBLE QUOTATION MARK}**/*.py\N{RIGHT DOUBLE QUOTATION MARK}", (), ("**/*.py",), ["CX045"]),
        ("paths: **/*.{ts, tsx}", (), ("**/*.{ts, tsx}",), ["CX047"]),
        ("languages: \N{LEFT SINGLE QUOTATION MARK}go\N{RIGHT SINGLE QUOTATION MARK}", ("go",), (), ["CX045"]),
    ],
)
def test_where_a_rule_applies_is_read_or_reported(
    scope: str, languages: tuple[str, ...], paths: tuple[str, ...], codes: list[str]
) -> None:
    body = f"**Applies to:** {scope}\n\n{WHY}"
    assert [f.code for f in found(body)] == codes
    assert (rule(body).scope.languages, rule(body).scope.paths) == (languages, paths)


@pytest.mark.parametrize(
    ("glob", "suggestion"),
    [
        ("*.py", "**/*.py"),
        (".py", "**/*.py"),
        ("**/.tsx", "**/*.tsx"),
        ("src", "src/**"),
        ("services/api", "services/api/**"),
        ("**/migrations", "**/migrations/**"),
        ("packages/*/src", "packages/*/src/**"),
    ],
)
def test_a_glob_that_matches_less_than_it_seems_to_is_reported(glob: str, suggestion: str) -> None:
    (label,) = found(f"**Applies to:** paths: `{glob}`\n\n{WHY}")
    assert (label.code, label.fix and label.fix.edits[0].text) == ("CX047", f"`{suggestion}`")
    front = FRONT.replace("status:", f"applies_to: {{paths: ['{glob}']}}\nstatus:")
    assert [f.code for f in linted({"a.md": front})[0] if f.code == "CX047"] == ["CX047"]


@pytest.mark.parametrize(
    "glob",
    ["Makefile", "Dockerfile", "**/justfile", "makefile", ".env", ".gitignore", "bin/console", "scripts/deploy", "src/**", "src/",
     "src/*", "**/Containerfile", "go.mod", "gradlew"],
)  # fmt: skip
def test_the_name_of_a_file_is_a_glob(glob: str) -> None:
    assert found(f"**Applies to:** paths: `{glob}`\n\n{WHY}") == ()


def test_a_condition_goes_on_over_lines() -> None:
    assert (
        rule(f"**Applies to:** languages: go; when: the service\nis public\n\n{WHY}").scope.when
        == "the service is public"
    )


@pytest.mark.parametrize(
    "glob",
    ["**/*_test.go", "src/_private/*.py", "**/__init__.py", "config.*.yaml", "**/*.{ts,tsx}", "_", "a b/*.md", "docs/"],
)
def test_usual_globs_are_no_findings(glob: str) -> None:
    assert glob_problem(glob, code=False) is None


@pytest.mark.parametrize(
    ("glob", "suggestion"),
    [
        ("*_/Dockerfile_", "**/Dockerfile*"),
        ("src/_", "src/*"),
        ("__/src/__", "**/src/**"),
        (r"src\api\*.cs", "src/api/*.cs"),
        ("~/src/**", None),
        ("https://example.com/**", None),
        ("!**/test/**", None),
        (r"^src/.*\.py$", None),
    ],
)
def test_a_glob_that_matches_nothing_says_what_to_write(glob: str, suggestion: str | None) -> None:
    problem = glob_problem(glob)
    assert problem is not None
    assert problem.suggestion == suggestion


@pytest.mark.parametrize(
    ("items", "line"),
    [
        ("- languages: go\n- paths: cmd/**", "languages: go; paths: cmd/**"),
        ("\n* languages:\n  * go\n  * python\n* kinds: service", "languages: go, python; kinds: service"),
        ("\n1. when: it is public", "when: it is public"),
    ],
)
def test_a_list_below_applies_to_is_one_finding_whose_advice_is_read(items: str, line: str) -> None:
    rule = "### Clients MUST retry (SVC-1)\n\n**Applies to:**"
    findings, standards = linted({"a.md": f"{FRONT}{rule}\n{items}\n"})
    (help_,) = [f.help for f in findings if f.code in ("CX006", "CX041")]
    assert help_ == f"write all values on one line: `**Applies to:** {line}`"
    findings, standards = linted({"a.md": f"{FRONT}{rule} {line}\n"})
    assert [f for f in findings if f.code in ("CX006", "CX041", "CX115")] == []
    assert standards[0].rules[0].scope != Scope()


def test_a_scope_in_code_is_read_as_written() -> None:
    _, standards = linted({"a.md": f"{FRONT}### Clients MUST retry (SVC-1)\n\n**Applies to:** `languages: go`\n"})
    assert standards[0].rules[0].scope.languages == ("go",)


@pytest.mark.parametrize("glob", ["*.py", "*.{ts,tsx}", "test_*.py", "Dockerfile*", "*_test.go"])
def test_a_glob_that_only_matches_files_in_the_root_is_reported(glob: str) -> None:
    said = f"write `**/{glob}` for files in any directory, or `/{glob}` if only the root is meant"
    label = f"{HEAD}## Rules\n\n### Services MUST log (SVC-1)\n\n**Applies to:** paths: `{glob}`\n"
    front = HEAD.replace("status:", f'applies_to:\n  paths: ["{glob}"]\nstatus:')
    assert values_reported(label) == values_reported(front) == [("CX047", said)]


@pytest.mark.parametrize("glob", ["/*.py", "**/*.py", "src/*.py", "**", "*", "go.mod", "Dockerfile", "./*.py"])
def test_other_globs_match_what_they_seem_to(glob: str) -> None:
    front = HEAD.replace("status:", f'applies_to:\n  paths: ["{glob}"]\nstatus:')
    assert values_reported(front) == []


@pytest.mark.parametrize(
    ("scope", "key", "help_"),
    [
        ("languages: python, path: src/**", "path", "paths: src/**"),
        ("languages: go, python, technologies: docker, kafka", "technologies", "technologies: docker, kafka"),
        ("paths: src/**, when: it is public", "when", "when: it is public"),
    ],
)
def test_a_key_behind_a_comma_is_reported_and_its_value_is_none_of_the_key_before(
    scope: str, key: str, help_: str
) -> None:
    findings, standards = linted({"a.md": f"{FRONT}### Clients MUST retry (SVC-1)\n\n**Applies to:** {scope}\n"})
    (finding,) = (f for f in findings if f.code in ("CX006", "CX115", "CX047"))
    assert finding.message == f"`{key}:` in `Applies to` follows a comma"
    assert finding.help == f"write a semicolon before the key: `; {help_}`"
    read = standards[0].rules[0].scope
    assert not any(":" in word for word in (*read.languages, *read.technologies, *read.paths))


def test_front_matter_of_the_wrong_form_says_what_to_write() -> None:
    for old, new, help_ in (
        ("status: approved", "status: Approved", "write `approved`"),
        ("status:", 'owner: ["@a", "@b"]\nstatus:', 'write one text: `"@a, @b"`'),
        (
            "status:",
            "applies_to: go\nstatus:",
            "write a mapping with keys such as `languages`, `technologies`, `kinds`,",
        ),
    ):
        (finding,) = (f for f in reading(HEAD.replace(old, new)).findings if f.code == "CX007")
        assert str(finding.help).startswith(help_)


@pytest.mark.parametrize(
    ("scope", "code", "help_"),
    [
        ("languages: python except notebooks", "CX115", "write `python`, and the exception on a separate line"),
        ("languages: python, go without tests", "CX115", "write `go`, and the exception on a separate line"),
        ("languages: python (not notebooks)", "CX115", "write `python`, and the exception on a separate line"),
        ("technologies: docker but not swarm", "CX115", "write `docker`, and the exception on a separate line"),
        ("paths: src/** except src/vendor/**", "CX047", "write `src/**`, and the exception on a separate line"),
        ("python except notebooks", "CX006", "write `languages: python`, and the exception on a separate line"),
        ("src/** excluding tests", "CX006", "write `paths: src/**`, and the exception on a separate line"),
    ],
)
def test_an_exception_behind_a_word_is_reported_with_what_to_write(scope: str, code: str, help_: str) -> None:
    findings, _ = linted({"a.md": f"{FRONT}### It MUST hold (SVC-1)\n\n**Applies to:** {scope}\n\n{WHY}"})
    assert [(f.help or "").startswith(help_) for f in findings if f.code == code] == [True]
