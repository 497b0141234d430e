"""A tool that a rule names finds its Bad example, and no tool finds a Good one: not even for another rule."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from skills_build.model.standard import Example, Rule
from tests.standards.loaded import live

ALLOWED = {
    ("TEST", "S101"): "PY-5 allows assert in tests",
    ("PG-4", "require-lock-timeout"): "ALTER ROLE locks no table",
    **{
        (id_, "require-lock-timeout"): "DATA-4 allows tables that the same migration creates"
        for id_ in ("PG-9", "SQL-8", "SQL-12", "SQL-14")
    },
}
"""Codes that Good examples of a standard or rule may have, with the exception that allows them."""
FRAGMENT = "FROM scratch@sha256:" + "0" * 64 + "\n"
WORKFLOW = "on: push\npermissions: {}\njobs:\n  job:\n    runs-on: ubuntu-24.04\n    steps:\n"


@dataclass(frozen=True)
class Case:
    """One example, and the file name under which a tool sees it."""

    rule: Rule
    example: Example
    name: str


@dataclass(frozen=True)
class Tool:
    """A linter: how a `Check` names its rules, and how it is run on a folder of examples.

    `run` returns the codes that it reports, by file name.
    """

    program: str
    languages: Mapping[str, str]
    """The suffix of a file by the language of its example."""
    named: str
    """What precedes the codes in a `Check`."""
    code: str
    run: Callable[[str, Path, Iterable[str]], Mapping[str, set[str]]]
    whole: Callable[[Example], str] = lambda example: example.code

    def codes(self, rule: Rule) -> frozenset[str]:
        """Return the codes that the check of a rule names."""
        text = " ".join((rule.label("check") or "").split())
        item = rf"(?:{self.code})"
        lists = re.findall(rf"{self.named}\s(`?{item}`?(?:(?:,|,? and|,? or) `?{item}`?)*)", text)
        return frozenset(code for found in lists for code in re.findall(item, found))


def output(program: str, *arguments: str, folder: Path) -> str:
    result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert result.stdout.strip().startswith(("[", "{")), result.stderr
    return result.stdout


def grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path, code in pairs:
        found.setdefault(Path(path).name, set()).add(code)
    return found


def ruff(program: str, folder: Path, codes: Iterable[str]) -> Mapping[str, set[str]]:
    select = ["--isolated", "--preview", "--no-cache", f"--select={','.join(sorted(codes))}"]
    rows = json.loads(output(program, "check", *select, "--output-format=json", ".", folder=folder))
    return grouped((row["filename"], row["code"]) for row in rows)


def shellcheck(program: str, folder: Path, _codes: Iterable[str]) -> Mapping[str, set[str]]:
    files = sorted(path.name for path in folder.iterdir())
    # Examples are parts of scripts: SC2154 reports variables that the rest of the script sets.
    text = output(program, "--format=json", "--severity=style", "--exclude=SC2154", *files, folder=folder)
    return grouped((row["file"], f"SC{row['code']}") for row in json.loads(text))


def hadolint(program: str, folder: Path, _codes: Iterable[str]) -> Mapping[str, set[str]]:
    files = sorted(path.name for path in folder.iterdir())
    rows = json.loads(output(program, "--format=json", *files, folder=folder))
    return grouped((row["file"], row["code"]) for row in rows)


def squawk(program: str, folder: Path, _codes: Iterable[str]) -> Mapping[str, set[str]]:
    files = sorted(path.name for path in folder.iterdir())
    rows = json.loads(output(program, "--reporter=json", "--assume-in-transaction", *files, folder=folder))
    return grouped((row["file"], row["rule_name"]) for row in rows)


def zizmor(program: str, folder: Path, _codes: Iterable[str]) -> Mapping[str, set[str]]:
    home = folder / ".github" / "workflows"
    home.mkdir(parents=True)
    for path in [path for path in folder.iterdir() if path.is_file()]:
        path.rename(home / path.name)
    found: dict[str, set[str]] = {}
    for path in sorted(home.iterdir()):
        options = ("--offline", "--no-config", "--persona=pedantic", "--format=json")
        rows = json.loads(output(program, *options, str(path), folder=folder))
        found[path.name] = {row["ident"] for row in rows}
    return found


def dockerfile(example: Example) -> str:
    return example.code if example.code.startswith("FROM") else FRAGMENT + example.code


def workflow(example: Example) -> str:
    if "jobs:" in example.code:
        return example.code
    return WORKFLOW + "".join(f"      {line}\n" for line in example.code.splitlines())


def script(example: Example) -> str:
    return example.code if example.code.startswith("#!") else f"#!/bin/{example.language}\n{example.code}"


SHELLS = {"sh": ".sh", "bash": ".bash"}
TOOLS = (
    Tool("ruff", {"python": ".py"}, "`ruff` rules?(?: group)?", r"[A-Z]{1,5}\d{3,4}|DTZ", ruff),
    Tool("shellcheck", SHELLS, "ShellCheck", r"SC\d{4}", shellcheck, script),
    Tool("hadolint", {"dockerfile": ".Dockerfile"}, "`hadolint` rules?", r"DL\d{4}", hadolint, dockerfile),
    Tool("squawk", {"sql": ".sql"}, "`squawk` rules?", r"[a-z]+(?:-[a-z]+)+", squawk),
    Tool(
        "zizmor",
        {"yaml": ".yml"},
        "`zizmor(?: --persona pedantic)?` reports no",
        r"(?<=`)[a-z]+(?:-[a-z]+)*(?=`)",
        zizmor,
        workflow,
    ),
)


def found_program(name: str) -> str:
    """Return the program, from the virtual environment or the path; skip the test where there is none."""
    program = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


def cases(tool: Tool) -> list[Case]:
    return [
        Case(rule, example, f"{rule.id}-{number}{tool.languages[example.language]}")
        for _, rule in live()
        for number, example in enumerate(rule.examples)
        if example.language in tool.languages
        and (example.language != "yaml" or tool.codes(rule) or is_workflow(example))
    ]


def is_workflow(example: Example) -> bool:
    """Return whether a YAML example is a workflow of GitHub: others are no input for a linter of workflows."""
    return "runs-on:" in example.code and "on:" in example.code.split("jobs:")[0]


@pytest.mark.parametrize("tool", TOOLS, ids=[tool.program for tool in TOOLS])
def test_named_tools_find_bad_examples_and_no_good_ones(tool: Tool, tmp_path: Path) -> None:
    program = found_program(tool.program)
    every = frozenset(code for _, rule in live() for code in tool.codes(rule))
    assert every
    chosen = cases(tool)
    for case in chosen:
        (tmp_path / case.name).write_text(tool.whole(case.example), encoding="utf-8")
    reported = tool.run(program, tmp_path, every)
    wrong = []
    for case in chosen:
        own, seen = tool.codes(case.rule), reported.get(case.name, set())
        names = (case.rule.id, case.rule.id.rpartition("-")[0])
        if not case.example.good and own and not any(code.startswith(tuple(own)) for code in seen):
            wrong.append(f"{case.rule.id}: its Bad example is not found by {', '.join(sorted(own))}")
        if case.example.good:
            hits = {code for code in seen if code.startswith(tuple(every))}
            hits -= {code for code in hits for name in names if (name, code) in ALLOWED}
            wrong += [f"{case.rule.id}: its Good example is reported by {code}" for code in sorted(hits)]
    assert wrong == []


def test_codes_are_read_from_the_words_of_a_check() -> None:
    by_id = {rule.id: rule for _, rule in live()}
    ruff_, zizmor_ = TOOLS[0], TOOLS[4]
    assert ruff_.codes(by_id["PY-4"]) == {"E722", "BLE001", "S110"}
    assert ruff_.codes(by_id["CRYPTO-7"]) == {"S324"}
    assert zizmor_.codes(by_id["CICD-1"]) == {"unpinned-uses", "unpinned-images"}
    assert ruff_.codes(by_id["GO-2"]) == frozenset()
