"""Checks and builds an import in memory before it is written, and fixes problems that the original did not have."""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Final

from codex.shell.atomic import Writer, write_file
from codex.shell.locking import locked
from codex.shell.tree import SourceTree, read_inside
from codex.workflow.codex_folder import (
    CONFIG,
    ID_LOCK,
    CodexFolder,
    SourceOptions,
    named_dialect,
    parsed_config,
    read_lock,
)
from codex.workflow.import_links import unlinked
from codex.workflow.importing import ImportResult, parse_canonical
from skills_build.diagnostics import Diagnostic, Severity
from skills_build.errors import CodexError
from skills_build.frozen import dataclass
from skills_build.json_input import parse_json
from skills_build.model.paths import path_fault
from skills_build.model.standard import CANONICAL

RECORD: Final = ".codexc-import.json"
"""The checksums of the files that an import wrote, by which the next one recognises edits."""
_LINKS: Final = frozenset({"CX401", "CX402", "CX403", "CX411", "CX412", "CX611"})
_READ_AS_RULES: Final = {"CX101": "rule-without-id", "CX102": "malformed-id", "CX020": "rule-without-level"}
_NOT_IN_A_RULE: Final = "is not part of a rule"
_PLAIN_LABEL: Final = "codexc: allow invalid-status: this text is not a label in its original dialect"
_PASSES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An import after its check, with the errors that are left; `unlinked` are paths, lines and targets of links."""

    result: ImportResult
    errors: tuple[Diagnostic, ...]
    unlinked: tuple[tuple[str, int, str], ...]
    allowed: tuple[str, ...]
    sources: Mapping[str, str]


def checked_import(result: ImportResult, out: Path, *, as_of: str) -> Checked:
    """Check and build an import in memory.

    Links that lead nowhere become plain text, and text that only looks like a rule is allowed with a comment. Other
    errors have to be fixed in the original.
    """
    gone: list[tuple[str, int, str]] = []
    allowed: set[str] = set()
    result = replace(result, texts={path: _without_new_rules(result, path) for path in result.texts})
    known: dict[str, object] = {}
    for _ in range(_PASSES):
        errors = _errors(result, out, as_of, known)
        repaired = dict(result.texts)
        for path, found in _by_path(errors).items():
            if path in repaired:
                repaired[path] = _without_links(path, repaired[path], found, gone)
                repaired[path] = _with_plain_labels(path, repaired[path], found)
                repaired[path] = _allowing(path, repaired[path], found, allowed)
        if repaired == result.texts:
            break
        result = replace(result, texts=repaired)
    parse_canonical.cache_clear()
    return Checked(
        result=result, errors=errors, unlinked=tuple(sorted(gone)), allowed=tuple(sorted(allowed)), sources=result.texts
    )


def _by_path(errors: Sequence[Diagnostic]) -> dict[str, list[Diagnostic]]:
    result: dict[str, list[Diagnostic]] = defaultdict(list)
    for error in errors:
        result[error.finding.path].append(error)
    return result


def _errors(result: ImportResult, out: Path, as_of: str, known: dict[str, object]) -> tuple[Diagnostic, ...]:
    """Return the errors of a check, or if there are none, those of a build. `known` is what earlier passes parsed."""
    from codex.workflow.build import BuildOptions, build

    place = _folder(result, out, as_of)
    place = replace(place, request=replace(place.request, known=known))
    built = build(place, place.config.lint, BuildOptions(out=out.parent / f"{out.name}-dist"))
    return tuple(d for d in dict.fromkeys((*built.stopped, *built.diagnostics)) if d.severity is Severity.ERROR)


def _folder(result: ImportResult, out: Path, as_of: str) -> CodexFolder:
    """Return the new codex as if it had been read from `out`."""
    config, fleet, findings = parsed_config(result.config)
    files = result.files
    texts = {path: text.encode() for path, text in result.texts.items()}
    return CodexFolder(
        root=out,
        config=config,
        fleet=fleet,
        dialects=((named_dialect(CANONICAL, out), ()),),
        lock_path=out / ID_LOCK,
        locked=result.lock,
        tree=SourceTree(files=texts, names=frozenset(files), findings=()),
        findings=findings,
        request=SourceOptions(root=out, cache=False, as_of=as_of),
    )


def _without_new_rules(result: ImportResult, path: str) -> str:
    """Return the text of a standard in which only its rules are read as rules: a full stop follows other ids."""
    document = parse_canonical(path, result.texts[path])
    rules = result.rules.get(path)
    if document is None or rules is None:
        return result.texts[path]
    lines = document.raw.split("\n")
    left = list(rules)
    for rule in sorted(document.standard.rules, key=lambda r: r.span):
        if rule.id in left:
            left.remove(rule.id)
        elif rule.id_span is not None and (end := rule.id_span.end_column) <= len(lines[rule.id_span.line - 1]):
            line = lines[rule.id_span.line - 1]
            lines[rule.id_span.line - 1] = f"{line[:end]}.{line[end:]}"
    return "\n".join(lines)


def _without_links(path: str, text: str, errors: Sequence[Diagnostic], gone: list[tuple[str, int, str]]) -> str:
    spans = [error.finding.span for error in errors if error.code in _LINKS]
    document = parse_canonical(path, text) if spans else None
    if document is None:
        return text
    without = unlinked(document, spans)
    gone += [(path, line, target) for line, target in without.links]
    return without.text


def _with_plain_labels(path: str, text: str, errors: Sequence[Diagnostic]) -> str:
    """Suppress findings about a label such as `**Status**:` in text that is no rule in the dialect of the original."""
    lines = text.split("\n")
    for error in errors:
        number = error.finding.span.line - 1
        if error.code == "CX040" and _NOT_IN_A_RULE in error.finding.message and number < len(lines):
            words = lines[number].rstrip()
            lines[number] = f"{words} <!-- {_PLAIN_LABEL} -->{lines[number][len(words) :]}"
    return "\n".join(lines)


def _allowing(path: str, text: str, errors: Sequence[Diagnostic], allowed: set[str]) -> str:
    """Suppress findings about text that only looks like a rule in our format, but is not one in its own dialect."""
    names = sorted({_READ_AS_RULES[error.code] for error in errors if error.code in _READ_AS_RULES})
    if not names or path in allowed or not text.startswith("---\n"):
        return text
    allowed.add(path)
    reason = "this text is not a rule in its original dialect"
    return f"---\n# codexc: allow-file {', '.join(names)}: {reason}\n{text[4:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """Files of an earlier import that the original no longer has: standards are deleted, others are left to people."""

    deleted: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def outdated(result: ImportResult, out: Path) -> Outdated:
    """Return the files in the record of `out` that this import does not write.

    Whoever can edit the record could name any file in it. So a file is deleted only if it is a standard in our format
    whose rules have their ids in the lock.
    """
    present = sorted(path for path in _record(out) if path not in result.files and os.path.lexists(out / path))
    locked_ids = {(entry.file, entry.id) for entry in read_lock(out / ID_LOCK)}
    deleted = tuple(path for path in present if _is_imported(out, path, locked_ids))
    return Outdated(deleted=deleted, left=tuple(path for path in present if path not in deleted))


def _is_imported(out: Path, path: str, locked_ids: Set[tuple[str, str]]) -> bool:
    data = read_inside(out, path)
    document = parse_canonical(path, data.decode("utf-8", "replace")) if data and path.endswith(".md") else None
    rules = document.standard.rules if document else ()
    return bool(rules) and all((path, rule.id) in locked_ids for rule in rules)


def write_import(result: ImportResult, out: Path) -> Outdated:
    """Write the new codex; returns the files of an earlier import that were deleted, and those that were not.

    Raises `CodexError` if a file that would change exists and is not as an earlier import wrote it.
    """
    record = _record(out)
    files = result.files
    edited = sorted(path for path in {*files, *record} if _is_edited(out, path, files.get(path), record))
    if edited:
        names = ", ".join(f"`{path}`" for path in edited[:3])
        if not record:
            raise CodexError(f"`{out}` already contains {names}", hint="pass an empty directory with `--out`")
        hint = "make the change in the original, or pass an empty directory with `--out`"
        raise CodexError(f"{names} were edited since the last import to `{out}`", hint=hint)
    old = outdated(result, out)
    digests = {path: _digest(data) for path, data in sorted(files.items()) if path not in (CONFIG, ID_LOCK)}
    new_record = f"{json.dumps({'files': digests}, indent=2)}\n".encode()
    with locked(out):
        if not record:  # so that a first import that is interrupted can be completed by running it again
            write_file(out / RECORD, new_record, root=out)
        for path, data in files.items():
            write_file(out / path, data, root=out)
        write_file(out / RECORD, new_record, root=out)
        with Writer.at(out) as writer:
            for path in old.deleted:
                writer.delete(path)
    return old


def _is_edited(out: Path, path: str, new: bytes | None, record: Mapping[str, str]) -> bool:
    """Return whether a file would be overwritten or deleted that is neither as it would be nor as it was written."""
    if not os.path.lexists(out / path):
        return False
    if path in (CONFIG, ID_LOCK):
        return not record
    present = read_inside(out, path)
    return present is not None and present != new and _digest(present) != record.get(path)


def _record(out: Path) -> dict[str, str]:
    data = read_inside(out, RECORD)
    if data is None:
        return {}
    try:
        files = parse_json(data)["files"]
        record = {str(path): str(digest) for path, digest in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CodexError(f"`{out / RECORD}` is damaged", hint="pass an empty directory with `--out`") from error
    if any(path_fault(path) for path in record):
        raise CodexError(f"`{out / RECORD}` is damaged", hint="pass an empty directory with `--out`")
    return record


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
