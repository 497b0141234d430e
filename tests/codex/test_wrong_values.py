"""Each value of each file that codexc reads is wrong in turn: a clear message, never a bug report."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from skills_build.emit.committed import completed
from skills_build.model.bundle import Artifact
from tests.support.data import THOROUGH
from tests.support.releasing import Codex, codex_in
from tests.support.reviewing import git
from tests.support.running import codexc
from tests.support.wrong_values import WRONG, changed, places

CONFIG: Final = """
targets: [agents, claude]
delivery: {mode: full, source: https://example.org/acme/codex}
catalog: {kind: inventory, path: ../fleet.json, select: {topics: [a]}}
forge: {kind: local, root: ..}
profiles: {small: {domains: [services], languages: [python]}}
lint: {ignore: [CX040]}
budgets: {skill: 20000}
sync: {branch: codex/sync, labels: [codex]}
"""
CHECKED: Final = """
### Code MUST NOT print (SVC-3)

**Why:** it is lost.

**Check:**

```yaml check
regex: {match: 'print\\('}
files: ['**/*.py']
```

**Bad:**

```python
print(x)
```

**Good:**

```python
log(x)
```
"""
SETTINGS: Final = """
targets: [agents, claude]
pin: 1.0.0
delivery: {mode: skills}
facts: ["The database is shared."]
profile: {languages: [python], domains: [services]}
waivers: [{rule: SVC-2, reason: later, owner: "@a", expires: "2027-01-01"}]
hosts: [AGENTS.md]
"""
INVENTORY: Final = {
    "repositories": [
        "https://github.com/acme/shop",
        {
            "url": "https://github.com/acme/pay",
            "topics": ["a"],
            "owner": "@a",
            "components": [{"ref": "component:default/pay", "owner": "@a", "lifecycle": "production"}],
        },
    ]
}


@dataclass(frozen=True)
class Document:
    """A file with values, by its path from the template, and the commands that read it, run in `folder`."""

    path: str
    commands: tuple[str, ...]
    folder: str = "repository"
    finish: Callable[[Path], None] | None = None


def _complete(folder: Path) -> None:
    """Give a bundle whose manifest or statements were changed digests that hold again."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [Artifact(path=path.relative_to(folder).as_posix(), data=path.read_bytes()) for path in paths]
    for file in completed(files):
        (folder / file.path).write_bytes(file.data)


COUNT: Final = int(os.environ.get("CODEXC_TEST_WRONG_VALUES", 100 if THOROUGH else 2))
"""How many wrong values of each file are tried."""
INSTALL: Final = "install ../dist --into . --dry-run --as-of 2026-11-24"
DOCUMENTS: Final = (
    Document("standards/codex.yaml", ("check --no-cache", "catalog", "sync plan ../dist"), "standards"),
    Document(
        "standards/codex.ids.lock", ("check --no-cache", "build --check", "withdraw SVC-2 --dry-run"), "standards"
    ),
    Document("standards/codex.releases.json", ("check --no-cache", "breaking", "release --dry-run"), "standards"),
    Document("fleet.json", ("catalog", "sync plan ../dist"), "standards"),
    Document(
        "repository/.engineering-codex.yaml", (INSTALL, "audit .", "verify --installed", "review . --base HEAD~1")
    ),
    Document("repository/.engineering-codex.lock", (INSTALL, "verify --installed", "uninstall --dry-run")),
    Document("repository/.engineering-codex.rules.json", ("audit .", "rules SVC-1", "review . --base HEAD~1")),
    Document("dist/manifest.json", (INSTALL, "verify ../dist")),
    Document("dist/manifest.json", (INSTALL, "audit . --bundle ../dist"), finish=_complete),
    Document("dist/statements.json", (INSTALL, "audit . --bundle ../dist"), finish=_complete),
    Document("results.sarif", ("audit . --results ruff:../results.sarif",)),
    Document("verdicts.json", ("review . --base HEAD~1 --verdicts ../verdicts.json",)),
)
SARIF: Final = {
    "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "ruff", "rules": [{"id": "T201", "shortDescription": {"text": "print"}}]}},
            "invocations": [{"executionSuccessful": True, "commandLine": "ruff check"}],
            "results": [
                {
                    "ruleId": "T201",
                    "level": "error",
                    "message": {"text": "print"},
                    "locations": [
                        {"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 1}}}
                    ],
                }
            ],
        }
    ],
}
VERDICTS: Final = {"verdicts": [{"rule": "SVC-1", "file": "a.py", "state": "violated", "line": 2, "quote": "print(2)"}]}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wrong") / "template"
    codex = codex_in(root)
    text = (codex.standards / "codex.yaml").read_text()
    codex.write("services.md", (codex.standards / "services.md").read_text() + CHECKED)
    (root / "fleet.json").write_text(json.dumps(INVENTORY))
    (root / "results.sarif").write_text(json.dumps(SARIF))
    codex.commit()
    codex.release("--commit", "--tag")
    codex.write("codex.yaml", text + CONFIG)
    _repository(root / "repository", codex)
    packet = codexc("review", ".", "--base", "HEAD~1", "--packet", "4000", cwd=root / "repository")
    (root / "verdicts.json").write_text(json.dumps({"packet": json.loads(packet.out)["packet"], **VERDICTS}))
    return root


def _repository(root: Path, codex: Codex) -> None:
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / ".engineering-codex.yaml").write_text(SETTINGS)
    (root / "a.py").write_text("print(1)\n")
    done = codexc("install", str(codex.out), "--into", str(root), "--as-of", "2026-11-24")
    assert done.code == 0, done.err
    git(root, "add", "-A")
    git(root, "commit", "-qm", "feat: begin")
    (root / "a.py").write_text("print(1)\nprint(2)\n")
    git(root, "commit", "-qam", "feat: more")


def _cases(document: Document, template: Path) -> Iterator[tuple[str, str]]:
    """Pairs of a wrong text of the file and a command: `COUNT` of them, evenly from all."""
    value = YAML(typ="safe").load((template / document.path).read_text("utf-8"))
    pairs = [(place, wrong) for place in places(value) for wrong in WRONG]
    for number, (place, wrong) in enumerate(pairs[3 :: max(1, len(pairs) // COUNT)]):
        yield json.dumps(changed(value, place, wrong)), document.commands[number % len(document.commands)]


@pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda document: f"{document.path}{' again' * bool(document.finish)}"
)
def test_no_wrong_value_is_a_bug_of_codexc(document: Document, template: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(template, tmp_path / "root", symlinks=True))
    fine = {command: codexc(*command.split(), cwd=root / document.folder) for command in document.commands}
    assert all(run.code in (0, 1) for run in fine.values()), fine
    found_out = 0
    for text, command in _cases(document, template):
        (root / document.path).write_text(text)
        if document.finish:
            document.finish((root / document.path).parent)
        run = codexc(*command.split(), cwd=root / document.folder)  # it fails for a traceback and for exit code 3
        assert run.code in (0, 1, 2), run.err
        found_out += (run.code, run.out) != (fine[command].code, fine[command].out)
    assert found_out > 0
