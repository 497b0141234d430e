"""Linters: configuration in `.engineering-codex/` that switches on exactly the rules that checks name.

People extend it from their own configuration, so that editors and hooks report violations at once. For ast-grep these
are rules with their tests, the examples (https://ast-grep.github.io/guide/test-rule.html). A linter whose rules are all
on by default, such as shellcheck and hadolint, needs no file.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from skills_build.emit.context import text_file
from skills_build.emit.projection import Projected, Remark, RepositoryRules
from skills_build.model.bundle import PlacedRule
from skills_build.model.check import Check
from skills_build.model.standard import Example

ROOTS: Final = (".engineering-codex/",)
"""The folders of a repository in which this target owns files."""
_ROOT: Final = ROOTS[0]
Rules = Mapping[str, Sequence[str]]
"""The ids of the codex's rules by the linter's rule, in order."""


def project(repository: RepositoryRules) -> Iterator[Projected]:
    """Yield the configuration of each linter that checks name, and the rules of ast-grep."""
    named: dict[str, dict[str, list[str]]] = {}
    for placed in repository.rules:
        for check in repository.checks.get(placed.rule.id, ()):
            for rule in check.spec.rules or ():
                ids = named.setdefault(check.spec.linter or "", {}).setdefault(rule, [])
                ids.extend([placed.rule.id] if placed.rule.id not in ids else [])
    for linter, (name, write) in _FILES.items():
        if linter in named:
            yield text_file(f"{_ROOT}{name}", write(dict(sorted(named[linter].items()))))
    yield from _ast_grep(repository)


def _ruff(rules: Rules) -> str:
    lines = "".join(f'  "{rule}", # {", ".join(ids)}\n' for rule, ids in rules.items())
    return f'# In ruff.toml: extend = "{_ROOT}ruff.toml"\n[lint]\nextend-select = [\n{lines}]\n'


def _clippy(rules: Rules) -> str:
    lines = "".join(f'{rule} = "warn" # {", ".join(ids)}\n' for rule, ids in rules.items())
    head = "# Cargo cannot include a file: copy these into Cargo.toml, with `lints.workspace = true` in each package."
    return f"{head}\n[workspace.lints.clippy]\n{lines}"


def _eslint(rules: Rules) -> str:
    return json.dumps({"rules": dict.fromkeys(rules, "error")}, indent=2)


def _golangci(rules: Rules) -> str:
    lines = "".join(f"    - {rule} # {', '.join(ids)}\n" for rule, ids in rules.items())
    return f'version: "2"\nlinters:\n  enable:\n{lines}'


def _sqlfluff(rules: Rules) -> str:
    return f"[sqlfluff]\nrules = {','.join(rules)}\n"


_FILES: Final[Mapping[str, tuple[str, Callable[[Rules], str]]]] = {
    "ruff": ("ruff.toml", _ruff),
    "clippy": ("clippy-lints.toml", _clippy),
    "eslint": ("eslint.json", _eslint),
    "golangci-lint": ("golangci.yml", _golangci),
    "sqlfluff": ("sqlfluff.cfg", _sqlfluff),
}
"""The file of each linter, and what writes it."""


def _ast_grep(repository: RepositoryRules) -> Iterator[Projected]:
    folder, written = f"{_ROOT}ast-grep/", 0
    for placed in repository.rules:
        for check in repository.checks.get(placed.rule.id, ()):
            grep = check.spec.ast_grep
            if grep is None:
                continue
            if grep.not_inside is not None:
                yield Remark(
                    text=f"no ast-grep rule is written for `{placed.rule.id}`: ast-grep does not support `not-inside`"
                )
                continue
            written += 1
            name = f"{placed.rule.id.lower()}-{check.number}"
            yield text_file(f"{folder}rules/{name}.yml", _yaml(_grep_rule(name, placed, check)))
            tests = _grep_tests(name, grep.language, repository.examples.get(placed.rule.id, ()))
            if tests["valid"] or tests["invalid"]:
                yield text_file(f"{folder}tests/{name}-test.yml", _yaml(tests))
    if written:
        configuration = {"ruleDirs": ["rules"], "testConfigs": [{"testDir": "tests"}]}
        yield text_file(f"{folder}sgconfig.yml", _yaml(configuration))


def _grep_rule(name: str, placed: PlacedRule, check: Check) -> dict[str, object]:
    spec, grep = check.spec, check.spec.ast_grep
    assert grep is not None
    optional = {"constraints": grep.constraints, "files": spec.files, "ignores": spec.ignore}
    return {
        "id": name,
        "language": grep.language,
        "severity": "error" if placed.blocks else "warning",
        "message": f"{placed.rule.id}: {spec.message or placed.rule.statement}",
        "rule": grep.rule,
        **{key: value for key, value in optional.items() if value},
    }


def _grep_tests(name: str, language: str, examples: Sequence[Example]) -> dict[str, object]:
    fitting = [example for example in examples if example.language in (language, _SHORT.get(language))]
    return {
        "id": name,
        "valid": [example.code for example in fitting if example.good],
        "invalid": [example.code for example in fitting if not example.good],
    }


_SHORT: Final = {"python": "py", "typescript": "ts", "javascript": "js", "rust": "rs", "tsx": "jsx"}


def _yaml(value: object) -> str:
    """Write JSON, which is YAML too (https://yaml.org/spec/1.2.2/#13-terminology)."""
    return json.dumps(value, indent=2, ensure_ascii=False)
