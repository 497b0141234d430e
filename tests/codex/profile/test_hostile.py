"""Hostile repositories: any bytes give a profile, within limits, with a note for what cannot be read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex.profile.as_json import profile_as_json
from codex.profile.build_profile import build_profile
from codex.profile.evidence import evidence_paths
from codex.profile.model import ListingEntry
from codex.profile.shell_lines import simple_commands, stages
from codex.report.profile import profile_as_text
from skills_build.globs import matches_plain
from tests.support.effort import at_most_cpu_seconds
from tests.support.profiling import profiled

FILES = (
    ".gitattributes",
    ".github/CODEOWNERS",
    ".github/workflows/ci.yml",
    ".github/actions/a/action.yml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".cargo/config.toml",
    ".tool-versions",
    ".nvmrc",
    ".mise.toml",
    "Cargo.toml",
    "Gemfile",
    "Makefile",
    "Pipfile",
    "Rakefile",
    "Taskfile.yml",
    "a.gemspec",
    "build.gradle",
    "catalog-info.yaml",
    "composer.json",
    "deno.jsonc",
    "go.mod",
    "go.work",
    "justfile",
    "lerna.json",
    "noxfile.py",
    "package.json",
    "pnpm-workspace.yaml",
    "pom.xml",
    "pyproject.toml",
    "requirements.txt",
    "rust-toolchain.toml",
    "settings.gradle",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    "uv.lock",
)
SECONDS = 20.0
HUGE = 250 * 1024
FLOODS = {
    "brackets": "[" * HUGE,
    "braces": "{" * HUGE,
    "nested tables": "[a" + ".a" * 5000 + "]\n",
    "dots": "a" + ".a" * 60000 + " = 1\n",
    "spaces": "a:" + " " * HUGE + "b",
    "tabs": "test:\n" + "\t\\\n" * 60000,
    "continuations": "\\\n" * (HUGE // 2),
    "quotes": '"' * HUGE,
    "escapes": '"' + '\\"' * (HUGE // 2),
    "comments": "/*" * (HUGE // 2),
    "slashes": "//" * (HUGE // 2),
    "commas": "[" + ", " * (HUGE // 2),
    "stars": "*a" * 2000 + " linguist-vendored\n",
    "crossings": "**/" * 2000 + "x linguist-vendored\n",
    "colons": "a:" * (HUGE // 2),
    "targets": "".join(f"t{n}: t{n + 1}\n\t$(MAKE) t{n + 1}\n" for n in range(6000)),
    "circle": "".join(f"t{n}: t{(n + 1) % 500} t{(n + 7) % 500}\n\tpytest\n" for n in range(500)),
    "words": "test " * 50000,
    "digits": '{"a": ' + "9" * 100000 + "}",
    "parentheses": "(" * 60000,
    "elements": "<a>" * 60000,
    "entities": '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    "anchors": "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *a]\n" for n in range(2000)),
    "merges": "a0: &a0 {k: v}\n"
    + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: v}}\n" for n in range(1, 800)),
    "requires": "require (\n" + "\tgithub.com/a/b v1\n" * 10000,
    "gems": "gem " * 60000,
    "tasks": "task " * 50000,
    "coordinates": "'a:" * 80000,
    "includes": "include *\n" * 20000,
    "groups": "[project]\nname = 'a'\n[tool.ruff]\n[tool.uv]\n[tool.mypy]\n[dependency-groups]\n"
    "dev = [" + "{include-group = 'dev'}, " * 9000 + "]\n",
    "gathering": "".join(f"t{n}: {' '.join(f't{n + k}' for k in range(1, 40))}\n" for n in range(1000)),
    "variables": "test:\n" + f"\tmake lint {'A=1 ' * 30}\n" * 800 + "lint:\n" + "\truff $(A)\n" * 800,
    "null bytes": "\0" * HUGE,
    "surrogates": '{"name": "\\ud800", "scripts": {"test": "\\udfff"}}',
    "escape sequences": '{"name": "\\u001b[31mred", "scripts": {"te\\nst": "jest", "lint": "eslint"}}',
    "wrong shapes": '{"scripts": [1], "workspaces": 5, "dependencies": "x", "engines": [], "name": {}, "packageManager": 1}',
    "wrong tables": "project = 1\ntool = []\nworkspace = 'x'\ndependencies = 3\n",
    "wrong jobs": "jobs: [1, {a: b}]\ntest: {script: {a: b}}\ntasks: [x]\nspec: 1\nmetadata: []\nkind: Component\n",
}


SLOW_FLOODS = {"tabs": "continuations", "gathering": "targets", "anchors": "merges"}
"""Floods that take seconds, each with a quick one of its kind."""


@pytest.mark.parametrize(
    "flood", [pytest.param(flood, marks=[pytest.mark.slow] if flood in SLOW_FLOODS else []) for flood in FLOODS]
)
def test_every_parser_of_a_profile_survives_any_bytes(flood: str) -> None:
    with at_most_cpu_seconds(SECONDS):
        profile = profiled(dict.fromkeys(FILES, FLOODS[flood]) | {"a.py": "x"})
    assert [language.name for language in profile.languages][:1] != []
    json.dumps(profile_as_json(profile)).encode()
    assert profile_as_text(profile, show_all=True).encode()


@pytest.mark.parametrize(
    ("path", "data", "message"),
    [
        ("package.json", b"{", "not readable as JSON, line 1, column 2"),
        ("package.json", b'{\n/* a\n b */\n"a": x}', "not readable as JSON, line 4, column 6"),
        ("package.json", b"\xff\xfe{}", "not UTF-8"),
        ("package.json", b"[" * 9999, "not readable as JSON"),
        ("pyproject.toml", b"[project", "not readable as TOML"),
        ("pyproject.toml", b"a = 1\nb = = 2\n", "not readable as TOML, line 2, column 5"),
        ("pyproject.toml", b"a = " + b"[" * 9999, "not readable as TOML"),
        (".gitlab-ci.yml", b"a: [", "not readable as YAML, line 1, column 5"),
        (".gitlab-ci.yml", b"[" * 50, "not readable as YAML"),
        (".gitlab-ci.yml", b"a: b\n" * 25000, "the file exceeds the limit of 96 KiB for YAML files"),
        ("pom.xml", b"<project>", "not readable as XML, line 1, column 9"),
        ("pom.xml", b"<!DOCTYPE a><project/>", "XML files with a DOCTYPE are not read"),
        ("tox.ini", b"[testenv", "not readable as INI, line 1"),
        ("noxfile.py", b"def (:", "not readable as Python, line 1"),
        ("noxfile.py", b"x = 1\n" * 20000, "the file exceeds the limit of 64 KiB for Python files"),
    ],
)
def test_an_unreadable_file_is_a_note(path: str, data: bytes, message: str) -> None:
    profile = profiled({path: data, "a.go": "x", "src/test/java/A.java": ""})
    assert [(note.path, note.message) for note in profile.notes] == [(path, message)]
    assert next(language.name for language in profile.languages) in ("Go", "Python")


def test_contents_larger_than_the_listed_size_are_refused() -> None:
    data = b" " * (256 * 1024 + 1)
    profile = build_profile({"package.json": ListingEntry(size=1)}, {"package.json": data})
    assert [(note.path, note.message) for note in profile.notes] == [("package.json", "larger than 256 KiB")]


def test_makefiles_that_include_each_other() -> None:
    profile = profiled(
        {"Makefile": "include a.mk\n", "a.mk": "include b.mk\ntest:\n\tpytest\n", "b.mk": "include a.mk\n"}
    )
    assert [(command.line, command.evidence) for command in profile.commands] == [
        ("make test", "a.mk#test"),
        ("pytest FILE::NAME", "a.mk#test"),
    ]


def test_includes_never_leave_the_tree() -> None:
    profile = profiled({"Makefile": "include ../../etc/passwd /etc/passwd\ntest:\n\tpytest\n"})
    assert [command.line for command in profile.commands] == ["make test", "pytest FILE::NAME"]


def test_a_command_is_one_printable_line() -> None:
    scripts = {"te\nst": "jest", "test\u001b[0m": "jest", "lint": "eslint", "l" * 300: "eslint"}
    profile = profiled({"package.json": json.dumps({"scripts": scripts})})
    assert [command.line for command in profile.commands] == ["npm install", "npm run lint"]


@pytest.mark.parametrize("name", ["test; rm -rf ~", "test $(id)", "test `id`", "test|sh", "-test", "test'", "test > x"])
def test_a_name_with_shell_syntax_is_not_a_target(name: str) -> None:
    files = {
        "package.json": json.dumps({"scripts": {name: "jest"}}),
        "composer.json": json.dumps({"scripts": {name: "phpunit"}}),
        "deno.json": json.dumps({"tasks": {name: "deno test"}}),
        ".mise.toml": f'[tasks]\n"{name}" = "pytest"\n',
    }
    assert {command.line for command in profiled(files).commands} == {
        "npm install",
        "composer install",
        "deno test",
        "deno test FILE --filter NAME",
        "deno lint",
        "deno fmt",
    }


@pytest.mark.parametrize("line", ["pytest `id`", "pytest $(id)", 'pytest "it\'s"', "pytest > /etc/x", "pytest é"])
def test_a_line_with_expansions_is_not_a_command(line: str) -> None:
    workflow = json.dumps({"jobs": {"a": {"steps": [{"run": line}]}}})
    assert profiled({".github/workflows/a.yml": workflow}).commands == ()


def test_terminal_escapes_are_not_printed() -> None:
    profile = profiled(
        {"a\u001b[31m/x.py": "x", "package.json": '{"name": "\\u001b[2J"}', "b\u202e/go.mod": "module m"}
    )
    assert profile_as_text(profile, show_all=True).replace("\n", "").isprintable()


def test_a_listing_without_contents_is_enough() -> None:
    profile = build_profile({path: ListingEntry() for path in FILES}, {})
    assert [language.name for language in profile.languages] == ["Ruby", "Python"]
    assert not [note for note in profile.notes if "was left out" not in note.message]


@pytest.mark.slow
def test_a_large_tree_is_read_in_time() -> None:
    listing = {f"a{n % 50}/b{n % 7}/f{n}.py": ListingEntry(size=n) for n in range(40_000)}
    rules = b"".join(b"a%d/**/x*.py linguist-generated\n" % n for n in range(40))
    with at_most_cpu_seconds(SECONDS):
        profile = build_profile({**listing, ".gitattributes": ListingEntry(size=len(rules))}, {".gitattributes": rules})
    assert profile.languages[0].files == 40_000
    assert len(profile.paths) <= 5000


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a/**", "a/b/c", True),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("**/c", "c", True),
        ("**/c", "a/b/c", True),
        ("a/*", "a/b/c", False),
        ("/a/*", "a/b", True),
        ("a/[bc]", "a/c", True),
        ("a/[!bc]", "a/c", False),
        ("a/[", "a/[", False),
        ("a/b", "x/a/b", False),
    ],
)
def test_a_glob_of_gitattributes_matches_as_in_git(pattern: str, path: str, expected: bool) -> None:
    assert matches_plain(path, pattern) is expected


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(FILES), st.binary(max_size=400), max_size=6))
def test_any_bytes_give_a_profile(files: dict[str, bytes]) -> None:
    profile = profiled(files)
    assert json.loads(json.dumps(profile_as_json(profile)))["$schema"] == "urn:codexc:schema:profile:1"


WORDS = st.sampled_from(
    [
        "test",
        "lint",
        "jobs",
        "steps",
        "run",
        ":",
        " ",
        "\n",
        "\t",
        "- ",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "=",
        "pytest",
        "*",
        "&a",
        "\\",
        "scripts",
        "tool",
        ".",
        ",",
        "#",
        "!",
        "<",
        ">",
        "project",
        "name",
        "$(",
        ")",
        "include ",
        "make",
        "&&",
        "tasks",
        "0",
        "é",
        "/",
    ]
)


@settings(max_examples=250, deadline=None)
@given(st.dictionaries(st.sampled_from(FILES), st.lists(WORDS, max_size=40).map("".join), max_size=4))
def test_any_words_give_a_profile(files: dict[str, str]) -> None:
    profile = profiled(files)
    assert all(command.evidence.partition("#")[0] in files for command in profile.commands)
    assert all(command.line.isprintable() and len(command.line) <= 160 for command in profile.commands)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=30).map("".join))
def test_any_line_is_split(line: str) -> None:
    for words in simple_commands(line):
        assert words
        assert all(stages(words))


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(alphabet="ab./-*\\[é ", min_size=1, max_size=20),
        st.sampled_from([0o100644, 0o100755, 0o120000, 0o160000, 0, 7]),
        max_size=8,
    )
)
def test_any_paths_give_a_profile(paths: dict[str, int]) -> None:
    listing = {path: ListingEntry(mode=mode) for path, mode in paths.items()}
    assert set(evidence_paths(listing)) <= set(listing)
    assert build_profile(listing, {}).commands == ()


VALID = {
    "tox.ini": b"[tox]\nenvlist = py\n[testenv]\ncommands =\n    pytest\n",
    "setup.cfg": b"[metadata]\nname = x\n[options.entry_points]\nconsole_scripts =\n    x = x:main\n",
    "pyproject.toml": b'[project]\nname = "x"\nversion = "1"\n[tool.pytest.ini_options]\naddopts = "-q"\n',
    "package.json": b'{"name": "x", "scripts": {"test": "jest"}, "workspaces": ["packages/*"]}',
    "pom.xml": b"<project><artifactId>x</artifactId><modules><module>a</module></modules></project>",
    ".gitlab-ci.yml": b"test:\n  script:\n    - pytest\n",
    ".github/workflows/ci.yml": b"jobs:\n  test:\n    steps:\n      - run: pytest\n",
    "Taskfile.yml": b"version: '3'\ntasks:\n  test:\n    cmds: [pytest]\n",
    "noxfile.py": b"import nox\n@nox.session\ndef tests(session):\n    session.run('pytest')\n",
    "Cargo.toml": b'[package]\nname = "x"\n[workspace]\nmembers = ["a"]\n',
    "composer.json": b'{"name": "a/b", "scripts": {"test": "phpunit"}}',
    "go.mod": b"module x\n\ngo 1.22\n",
    ".gitmodules": b'[submodule "x"]\n\tpath = x\n',
    ".gitattributes": b"*.py linguist-vendored\n",
    "Makefile": b"test:\n\tpytest\n",
}
PIECES = st.sampled_from(
    [b"", b"\n", b"\n    x", b"[", b"]", b"{", b"}", b"=", b":", b"\0", b"\xff", b'"', b"'", b"*", b"&a", b"#"]
)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_corrupted_manifest_affects_no_other_file(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(VALID)))
    text = VALID[name]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(at, min(len(text), at + 8)))
        text = text[:at] + data.draw(PIECES | st.binary(max_size=4)) + text[end:]
    contents = {**VALID, name: text}
    profile = build_profile({path: ListingEntry(size=len(content)) for path, content in contents.items()}, contents)
    assert not [note for note in profile.notes if "could not be determined" in note.message]
    left_out = [note for note in profile.notes if "was left out" in note.message]
    assert not [note for note in profile.notes if note.path not in ("", name) and note not in left_out]


@pytest.mark.parametrize("text", ["[testenv]\ncommands\n    pytest\n", "[a]\nb\n c\n", "no section\n", "[a\n"])
@pytest.mark.parametrize("name", ["tox.ini", "setup.cfg"])
def test_an_unreadable_ini_file_is_a_note(name: str, text: str) -> None:
    profile = profiled({name: text, "pyproject.toml": '[project]\nname = "x"\n'})
    assert [note.path for note in profile.notes] == [name]
    assert profile.notes[0].message.startswith("not readable as INI")


def test_a_failing_reader_is_a_note_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def facts(_: object) -> object:
        raise ZeroDivisionError

    from codex.profile.ecosystems.registry import READERS

    monkeypatch.setattr("codex.profile.build_profile.READERS", (facts, *READERS))
    profile = profiled({"package.json": '{"name": "x", "scripts": {"test": "jest"}}'})
    assert "npm test" in [command.line for command in profile.commands]
    assert len(profile.notes) == 1
    assert "ZeroDivisionError" in profile.notes[0].message
