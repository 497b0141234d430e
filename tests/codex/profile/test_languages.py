"""Languages: by bytes of hand-written files, after .gitattributes and path names."""

import pytest

from codex.profile.model import LINK, SUBMODULE, Language
from codex.profile.rule_profile import rule_profile
from tests.support.profiling import profiled, shares


def test_shares_are_by_bytes() -> None:
    profile = profiled(
        {"a.go": "x" * 600, "b.go": "x" * 150, "c.py": "x" * 200, "d.sh": "x" * 50, "README.md": "x" * 9999}
    )
    assert profile.languages == (
        Language(name="Go", bytes=750, files=2, share=0.75),
        Language(name="Python", bytes=200, files=1, share=0.2),
        Language(name="Shell", bytes=50, files=1, share=0.05),
    )


def test_without_sizes_files_are_counted() -> None:
    profile = profiled({"a.go": "x" * 600, "b.py": "x", "c.py": "x", "d.py": "x"}, sized=False)
    assert profile.languages == (
        Language(name="Python", bytes=None, files=3, share=0.75),
        Language(name="Go", bytes=None, files=1, share=0.25),
    )


def test_empty_files_are_counted_by_files() -> None:
    assert shares(profiled({"a.py": "", "b/__init__.py": "", "c.go": ""})) == {"Python": 0.6667, "Go": 0.3333}


def test_an_empty_repository_has_no_language() -> None:
    assert profiled({}).languages == ()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", {"Python": 1.0}),
        ("lib/** linguist-vendored", {}),
        ("*.py linguist-generated", {}),
        ("*.py linguist-generated=true", {}),
        ("*.py linguist-documentation", {}),
        ("*.py -linguist-detectable", {}),
        ("*.py linguist-detectable=false", {}),
        ("*.py linguist-language=Starlark", {"Starlark": 1.0}),
        ("*.py linguist-language=csharp", {"C#": 1.0}),
        ("lib/ linguist-vendored", {"Python": 1.0}),
        ("# lib/** linguist-vendored", {"Python": 1.0}),
        ("*.py linguist-generated\n*.py -linguist-generated", {"Python": 1.0}),
        ("*.py linguist-generated\n*.py !linguist-generated", {"Python": 1.0}),
        ('"lib/a.py" linguist-generated', {}),
        ("/lib/[a-c].py linguist-generated", {}),
        ("/lib/[!a].py linguist-generated", {"Python": 1.0}),
        ("**/a.py linguist-generated", {}),
        ("*.py text eol=lf", {"Python": 1.0}),
    ],
)
def test_gitattributes_set_languages_and_leave_files_out(attributes: str, expected: dict[str, float]) -> None:
    assert shares(profiled({".gitattributes": attributes, "lib/a.py": "x = 1\n"})) == expected


def test_attributes_take_precedence_over_names() -> None:
    files = {"vendor/a.go": "x", "docs/b.go": "x", "gen/c.go": "x", "examples/d.go": "x", "e.rs": "x"}
    assert shares(profiled(files)) == {"Rust": 1.0}
    kept = (
        "vendor/** -linguist-vendored\ndocs/** -linguist-documentation\ngen/** linguist-generated=false\n"
        "examples/** linguist-detectable\n"
    )
    assert shares(profiled({**files, ".gitattributes": kept})) == {"Go": 0.8, "Rust": 0.2}


def test_attributes_of_a_folder_apply_to_that_folder() -> None:
    files = {"a/x.py": "1", "b/x.py": "1", "c.go": "1", "a/.gitattributes": "*.py linguist-vendored\n"}
    assert shares(profiled(files)) == {"Go": 0.5, "Python": 0.5}


def test_detectable_prose_and_data_count() -> None:
    files = {"a.md": "x" * 300, "b.json": "x" * 100, ".gitattributes": "*.md linguist-detectable\n"}
    assert shares(profiled(files)) == {"Markdown": 1.0}


@pytest.mark.parametrize(
    "path",
    [
        "vendor/a.js",
        "web/node_modules/x/a.js",
        "third_party/a.js",
        "gen/a.js",
        "src/__generated__/a.js",
        "docs/a.js",
        "static/jquery-3.7.1.min.js",
        "static/app.min.js",
        "api/x_pb2.py",
        "api/x.pb.go",
        "api/zz_generated.deepcopy.go",
        "testdata/a.js",
        "tests/fixtures/a.js",
        "examples/a.js",
        "template-react/a.js",
    ],
)
def test_foreign_and_generated_code_is_not_counted(path: str) -> None:
    assert shares(profiled({path: "x" * 1000, "main.rs": "x"})) == {"Rust": 1.0}


def test_examples_count_where_there_is_nothing_else() -> None:
    assert shares(profiled({"examples/a.js": "x", "templates/b.html": "xxx"})) == {"HTML": 0.75, "JavaScript": 0.25}


def test_a_java_package_named_samples_counts() -> None:
    path = "src/main/java/org/framework/samples/Pet.java"
    assert shares(profiled({path: "xxx", "build.sh": "x"})) == {"Java": 0.75, "Shell": 0.25}


def test_links_and_submodules_are_not_counted() -> None:
    files = {"a.py": "x", "link.go": "a.py", "lib": ""}
    profile = profiled(files, modes={"link.go": LINK, "lib": SUBMODULE})
    assert shares(profile) == {"Python": 1.0}


@pytest.mark.parametrize(
    ("paths", "language"),
    [
        (["a.rs"], "Rust"),
        (["a.ts"], "TypeScript"),
        (["a.tsx"], "TypeScript"),
        (["a.h"], "C"),
        (["a.h", "b.cpp"], "C++"),
        (["a.h", "b.m"], "Objective-C"),
        (["a.m"], "Objective-C"),
        (["a.m", "b.mlx"], "MATLAB"),
        (["a.v"], "Verilog"),
        (["a.v", "b.vo"], "Coq"),
        (["a.pl"], "Perl"),
        (["a.pl", "b.plt"], "Prolog"),
        (["a.sql"], "SQL"),
        (["a.fs"], "F#"),
        (["a.fs", "b.frag"], "GLSL"),
        (["a.pp"], "Puppet"),
        (["a.R"], "R"),
        (["a.S"], "Assembly"),
        (["a.PY"], "Python"),
        (["Rakefile"], "Ruby"),
        (["Jenkinsfile"], "Groovy"),
        (["BUILD.bazel"], "Starlark"),
    ],
)
def test_an_ambiguous_extension_counts_for_one_of_its_languages(paths: list[str], language: str) -> None:
    assert language in shares(profiled(dict.fromkeys(paths, "x")))


def test_qt_translations_are_not_typescript() -> None:
    assert shares(profiled({"de.ts": "<TS/>", "app.pro": "QT += core", "app.cpp": "x"})) == {"C++": 1.0}


@pytest.mark.parametrize(
    ("first", "language"),
    [
        (b"#!/bin/sh\n", "Shell"),
        (b"#!/usr/bin/env bash\n", "Shell"),
        (b"#!/usr/bin/env python3\n", "Python"),
        (b"#!/usr/bin/env -S node --no-warnings\n", "JavaScript"),
        (b"#!/usr/bin/perl -w\n", "Perl"),
        (b"#!/usr/bin/env ruby\n", "Ruby"),
    ],
)
def test_executables_without_an_extension_by_shebang(first: bytes, language: str) -> None:
    assert shares(profiled({"bin/tool": first}, modes={"bin/tool": 0o100755})) == {language: 1.0}
    assert shares(profiled({"bin/tool": first})) == {}


@pytest.mark.parametrize(
    "first", [b"", b"#!", b"#!\xff\xfe\n", b"#!/usr/bin/env\n", b"\x7fELF", b"#!/bin/unheard-of\n"]
)
def test_executables_without_a_language(first: bytes) -> None:
    assert shares(profiled({"bin/tool": first}, modes={"bin/tool": 0o100755})) == {}


def test_small_languages_select_no_rules() -> None:
    files = {"b.scss": "x" * 950, "c.sh": "x" * 5, "Dockerfile": "FROM scratch\n"}
    files |= {f"{number:02}.ts": "x" * 300 for number in range(30)}
    profile = rule_profile(profiled(files))
    assert profile.languages == ("typescript", "scss", "css")
    assert profile.technologies == ("docker",)
    assert {"Dockerfile", "00.ts", "b.scss", "c.sh"} <= set(profile.paths)


SERVICE = {f"app/{name}.py": "def f(x):\n    return x\n" * 100 for name in "abcde"}


@pytest.mark.parametrize(
    "big",
    [
        {"report.html": "<p>row</p>\n" * 200_000},
        {"static/bundle.js": "var a=1;\n" * 200_000},
        {"dump.sql": "INSERT INTO a VALUES (1);\n" * 80_000},
        {f"htmlcov/{number}.html": "<p>row</p>\n" * 9_000 for number in range(60)},
        {f"site/{number}.html": "<p>row</p>\n" * 9_000 for number in range(60)},
        {f"public/{number}.css": "a {}\n" * 20_000 for number in range(9)},
    ],
    ids=["report", "bundle", "dump", "coverage", "site", "styles"],
)
@pytest.mark.parametrize("manifest", ["pyproject.toml", "requirements.txt", "setup.cfg"])
def test_large_files_of_other_languages_hide_no_rules(big: dict[str, str], manifest: str) -> None:
    assert "python" in rule_profile(profiled({**SERVICE, **big, manifest: ""})).languages


def test_without_a_manifest_the_number_of_files_counts_too() -> None:
    files = {"report.html": "<p>row</p>\n" * 200_000, "a.py": "x = 1\n", "b.py": "y = 2\n"}
    assert "python" in rule_profile(profiled(files)).languages


def test_one_large_file_counts_like_one_of_64_kib() -> None:
    assert shares(profiled({"a.py": "x" * 65_536, "report.html": "x" * 3_000_000})) == {"HTML": 0.5, "Python": 0.5}


def test_rules_for_python_also_apply_to_notebooks() -> None:
    assert rule_profile(profiled({"a.ipynb": "{}", "README.md": ""})).languages == ("jupyter notebook", "python")


@pytest.mark.parametrize("folder", ["benchmarks", "bench", "fixtures", "examples", "src/benchmark"])
def test_benchmarks_and_examples_do_not_count(folder: str) -> None:
    files = {"go.mod": "module example.com/a\n", "main.go": "x" * 20, f"{folder}/a.py": "x" * 9_000}
    assert rule_profile(profiled({**files, f"{folder}/requirements.txt": ""})).languages == ("go",)


def test_a_manifest_is_the_evidence_of_its_language() -> None:
    profile = profiled({"b/go.mod": "module b\n", "go.mod": "module a\n", "b/b.go": "x", "c.sh": "x"})
    assert {language.name: language.manifest for language in profile.languages} == {"Go": "go.mod", "Shell": None}


def test_deep_paths_are_shortened() -> None:
    profile = profiled({"a/b/c/d/e.py": "", "a/b/c/d/f.py": "", "a/README.md": "", "go.mod": ""})
    assert profile.paths == ("a/README.md", "a/b/c", "go.mod")
