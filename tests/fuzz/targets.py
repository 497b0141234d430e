"""What is fuzzed: each target reads bytes of others, and may raise nothing but our own errors."""

import contextlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Final

from codex.audit.results.registry import read_results
from codex.cli.main import main
from codex.cli.review import FORMATS as REVIEW_FORMATS
from codex.distill.compaction import verified
from codex.distill.sentences import Demand, read_document
from codex.forge.local_requests import LocalRequests
from codex.gateway.answers import Answers, key_of
from codex.gateway.chat import tokens_of, value_of
from codex.gateway.ledger import read_ledger
from codex.gateway.question import GatewayError, Question, Tokens
from codex.http.errors import HttpError
from codex.http.response import Response, decode_json
from codex.report.review import render
from codex.sync.block import BlockPlace, UnusableFile, find_block, remove_block, write_block
from codex.sync.keys.base import UnsafeEditError
from codex.sync.keys.edits import insert, remove
from codex.sync.lock import load_lock
from codex.sync.settings import settings_of
from codex.workflow.codex_folder import schema
from codex.workflow.importing import parse_canonical
from codex.workflow.review import Reviewing, ReviewRequest
from codex.workflow.trust import Trust
from skills_build.checks.linters import LINTERS
from skills_build.emit.committed import completed
from skills_build.errors import CodexError
from skills_build.release.archive import SKILL_LIMITS, member, read_damaged, unpack
from skills_build.release.loaded_bundle import load_bundle
from skills_build.release.record import load_record
from skills_build.source.dialect import load_dialect
from tests.support.data import ROOT
from tests.support.profiling import profiled
from tests.support.reviewing import BLOCKING, FRONT, repository, rule

JUDGED: Final = "judgement: Does it print?"
MANIFESTS: Final = (
    "package.json", "pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "go.mod", "Cargo.toml", "pom.xml",
    "build.gradle.kts", "composer.json", "Gemfile", "mix.exs", "Makefile", "justfile", "Taskfile.yml", "Jenkinsfile",
    ".gitlab-ci.yml", ".github/workflows/ci.yml", "a.csproj", "Dockerfile", "CODEOWNERS", ".gitattributes", "deno.json",
    "noxfile.py", "requirements.txt", "pnpm-workspace.yaml", ".pre-commit-config.yaml", "compose.yaml",
)  # fmt: skip


def standard(data: bytes) -> None:
    """The reader of standards, with all lints and the report."""
    path = _folder() / "a.md"
    path.write_bytes(data)
    with contextlib.redirect_stdout(StringIO()), contextlib.redirect_stderr(StringIO()) as errors:
        code = main(["check", str(path), "--no-cache"])
    assert code in (0, 1, 2), errors.getvalue()


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="codexc-fuzz-"))
    (folder / "codex.yaml").write_text("namespace: acme\n", encoding="utf-8")
    return folder


def block(data: bytes) -> None:
    """The editor of blocks: what it adds can be removed again, byte for byte."""
    for place in BlockPlace:
        with contextlib.suppress(CodexError):
            had = find_block(data)
            made = write_block(data, "- a\n", version="1.0.0", place=place)
            if had is None and not isinstance(made, UnusableFile):
                assert remove_block(made) == data
    remove_block(data)


def archive(data: bytes) -> None:
    """Archives from a host."""
    read_damaged(data, limits=SKILL_LIMITS)
    for read in (
        lambda: unpack(data, name="x", limits=SKILL_LIMITS),
        lambda: member(data, "a.md", name="x", limits=SKILL_LIMITS),
    ):
        with contextlib.suppress(CodexError):
            read()


def lock(data: bytes) -> None:
    """The lock in a repository."""
    with contextlib.suppress(CodexError):
        load_lock(data, schema=schema("lock"))


def settings(data: bytes) -> None:
    """The settings in a repository."""
    with contextlib.suppress(CodexError):
        settings_of(data, schema=schema("repository"))


def record(data: bytes) -> None:
    """The record of releases."""
    with contextlib.suppress(CodexError):
        load_record(data, schema=schema("releases"))


def bundle(data: bytes) -> None:
    """A bundle whose manifest anyone may have written."""
    files = [replace(file, data=data) if file.path == "manifest.json" else file for file in _bundle()]
    with contextlib.suppress(CodexError):
        load_bundle(completed(files))


@cache
def _bundle() -> tuple:  # type: ignore[type-arg]
    from codex.shell.folder import read_folder

    return read_folder(ROOT / "dist", most=10**9)


def manifest(data: bytes) -> None:
    """The manifests of every ecosystem."""
    profiled({**dict.fromkeys(MANIFESTS, data), "a.py": b"x = 1\n"})


def requests(data: bytes) -> None:
    """A response of a forge, and the request file of a local one."""
    with contextlib.suppress(HttpError):
        rows = decode_json(data, LocalRequests, where="x")
        json.dumps(rows)


def results(data: bytes) -> None:
    """The results of every linter, as SARIF and in its own form."""
    for tool in LINTERS:
        with contextlib.suppress(CodexError):
            read_results(tool, data, name="x")


def dialect(data: bytes) -> None:
    """A dialect of an organisation."""
    with contextlib.suppress(CodexError):
        load_dialect(data.decode("utf-8", "replace"), name="x", schema=schema("dialect"))


def check(data: bytes) -> None:
    """A check of a rule in a standard."""
    fence = b"````yaml check\n" + data + b"\n````\n"
    standard((FRONT + rule(1)).encode().replace(b"**Bad:**", b"**Check:**\n\n" + fence + b"\n**Bad:**", 1))


def diff(data: bytes) -> None:
    """A change to review, in all forms of the report, and as the packet for a reviewer."""
    reviewing = _reviewing(data)
    try:
        review = reviewing.run()
    except CodexError:
        return
    for form in REVIEW_FORMATS:
        render(review, form)
    json.dumps(reviewing.packet(2_000))


def verdicts(data: bytes) -> None:
    """What a reviewer answered."""
    reviewing = _reviewing(b"--- a/src/a.py\n+++ b/src/a.py\n@@ -1,2 +1,3 @@\n x = 1\n+print(x, x)\n print(x)\n")
    answer = _repository() / "answer.json"
    answer.write_bytes(data)
    with contextlib.suppress(CodexError):
        reviewing.with_verdicts(reviewing.run(), answer)
    with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
        fields = {"packet": reviewing.packet(2_000)["packet"], "verdicts": json.loads(data)["verdicts"]}
        answer.write_text(json.dumps(fields))
        with contextlib.suppress(CodexError):
            render(reviewing.with_verdicts(reviewing.run(), answer), "markdown")


def completion(data: bytes) -> None:
    """The response of a gateway to models, what it answers about a document, and what earlier runs kept."""
    response = Response(status=200, url="https://gateway.example.com/v1", body=data)
    assert tokens_of(response, Tokens(input=1, output=1)).input > 0
    with contextlib.suppress(GatewayError):
        rows = value_of(response).get("rules")
        verified(rows if isinstance(rows, list) else [], {one.number: one for one in _demands()}, frozenset({"A-1"}))
    question = Question(
        task="review", version=1, instructions="a", context={}, data={}, schema={}, listed="rules", most=10
    )
    kept = _folder() / "answers" / "review" / f"{key_of(question, 'm')}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    with contextlib.suppress(GatewayError):
        Answers(_folder() / "answers", shared=False).get(question, "m")
    read_ledger(kept)


@cache
def _demands() -> tuple[Demand, ...]:
    document = parse_canonical("a.md", "# A\n\nCalls MUST have a deadline of 2 s, unless `X-Slow` is set.\n")
    assert document is not None
    return read_document(document).demands


def prose(data: bytes) -> None:
    """A document from which a standard is drafted: what is written is read back."""
    path = _folder() / "prose.txt"
    path.write_bytes(data)
    with contextlib.redirect_stdout(StringIO()), contextlib.redirect_stderr(StringIO()) as errors:
        code = main(["distill", str(path), "--root", str(_folder()), "--dry-run", "--no-cache"])
    assert code in (0, 1, 2), errors.getvalue()
    assert "report this as a bug" not in errors.getvalue()


def _reviewing(patch: bytes) -> Reviewing:
    return Reviewing(ReviewRequest(root=_repository(), day="2026-11-23", patch=patch), Trust())


@cache
def _repository() -> Path:
    return repository(Path(tempfile.mkdtemp(prefix="codexc-fuzz-")), [rule(1, BLOCKING), rule(2), rule(3, JUDGED)])


def lists(data: bytes) -> None:
    """A file of settings that belongs to people: what is added to a list in it can be taken out, byte for byte."""
    for path in ("settings.json", "settings.yaml"):
        with contextlib.suppress(UnsafeEditError):
            made, added = insert(path, data, ("context", "fileName"), ("AGENTS.md",), ("AGENTS.md",))
            assert added == () or remove(path, made, added) == data


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    one.__name__: one
    for one in (
        standard, block, archive, lock, settings, record, bundle, manifest, requests,
        results, dialect, check, diff, verdicts, lists, completion, prose,
    )
}  # fmt: skip
