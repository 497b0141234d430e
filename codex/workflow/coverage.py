"""The coverage of a check or build: the rules, and which words of each file are in the output."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from skills_build.model.codex import Codex

if TYPE_CHECKING:
    from codex.workflow.check import CheckResult
    from skills_build.compile.coverage import Coverage, FileCoverage


def read_facts(checked: "CheckResult") -> dict[str, object]:
    """Return what was read, as JSON values; `words` is null for a check of single files, which makes no output."""
    return {
        "rules": rule_rows(checked.loaded.codex),
        "words": word_rows(checked.coverage) if checked.coverage else None,
    }


def rule_rows(codex: Codex) -> list[dict[str, object]]:
    """Return each rule with its level, id and place."""
    return [
        {
            "id": rule.id,
            "level": str(rule.level),
            "form": str(rule.form),
            "path": standard.path,
            "span": {
                "line": rule.span.line,
                "column": rule.span.column,
                "end_line": rule.span.end_line,
                "end_column": rule.span.end_column,
            },
        }
        for standard in codex.standards
        for rule in standard.rules
    ]


def word_rows(coverage: "Coverage") -> dict[str, object]:
    """Return the words read, in the output, left out and lost: of all files, and of each."""
    return {
        **_words(coverage.files),
        "files": [{"path": file.path, **_words([file])} for file in coverage.files],
    }


def _words(files: "Sequence[FileCoverage]") -> dict[str, object]:
    return {
        "in": sum(file.words for file in files),
        "out": sum(file.out for file in files),
        "excluded": excluded(files),
        "lost": sum(file.lost for file in files),
    }


def excluded(files: "Sequence[FileCoverage]") -> Mapping[str, int]:
    """Return the words that are left out, by what leaves them out; the most first."""
    total: Counter[str] = Counter()
    for file in files:
        total.update(file.excluded)
    return dict(total.most_common())
