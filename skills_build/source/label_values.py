"""Checks and reads the values of labels: statuses, changes, dates, and where a rule applies."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from skills_build.diagnostics import Edit, Finding, Fix, Span
from skills_build.globs import fault, split
from skills_build.model.standard import Attestation, Audience, Decider, Label, Scope
from skills_build.source.glob_findings import invalid_glob, normalised_glob, shape_finding
from skills_build.source.glob_shapes import glob_problem, misplaced, too_narrow
from skills_build.source.hypertext import inline as written_inline
from skills_build.source.origins import origin_problem
from skills_build.source.quotes import curly_finding, curly_quoted
from skills_build.source.scope_words import globs_problem, is_quoted_list, piece_problem, word_problem
from skills_build.source.similar import nearest, negated
from skills_build.source.terms import alias_finding
from skills_build.source.values import Problem, status_problem
from skills_build.vocabulary import canonical

_SCOPE_KEYS: Final = ("languages", "technologies", "kinds", "paths")
_CHANGES: Final = tuple(Attestation)
_QUOTES: Final = "`\"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
_GOES_ON: Final = (",", ";", ":")
_REQUIREMENT: Final = re.compile(r"[A-Za-z0-9](?:[\w.:/ #-]{0,78}[A-Za-z0-9])?")
_BETWEEN: Final = re.compile(r"[;/&+]|\s(?:and|or)\s")
_IN_FORCE: Final = re.compile(
    r"(?:no|not|none|never|false|n/?a|[-\u2013\u2014]+|0|nil|null)\b.*|[-\u2013\u2014]+", re.IGNORECASE
)
"""Values that say that a rule is not withdrawn."""
_SEVERAL: Final = re.compile(
    r"\d\s+(?:and|or)\s+\S|\b(?P<prefix>[A-Za-z]{1,12})[-:]?\d\S*\s+(?P=prefix)[-:]?\d", re.IGNORECASE
)
"""Two ids with a word or only a space between them: `V1.2.4 and LLM05:2025`, `V1.2.3 V1.2.4`."""
_AND_MORE: Final = re.compile(r"(?:and|or)\s.*|etc|(?:many\s+)?(?:others?|more)", re.IGNORECASE)
_ITEM: Final = re.compile(r"\A\s{0,20}(?:[-*+]|\d{1,9}[.)])\s")
_CODE: Final = re.compile(r"\A`([^`\n]*)`\Z")
_WHEN: Final = re.compile(r"\s*when\s*:", re.IGNORECASE)
_KEY: Final = re.compile(r"(?:languages|technologies|kinds|paths|when)\s*:", re.IGNORECASE)


def first_line(text: str) -> str:
    """Return the first line of a label without quotes and full stop."""
    return text.split("\n")[0].strip().rstrip(".").strip(_QUOTES).rstrip(".").strip()


def value_findings(labels: Iterable[Label], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each label with an invalid value, and for text that is not part of a value."""
    for label in labels:
        value = label.text.split("\n")[0] if label.name == "selected by" else first_line(label.text)
        problem = _PROBLEMS[label.name](value) if label.name in _PROBLEMS else None
        if problem:
            yield _finding("CX040" if label.name in ("status", "withdrawn") else "CX041", problem, label, path)
        elif label.name in _PROBLEMS and (rest := label.text.split("\n")[1:]):
            yield _after(label, rest[0], path)


_TEXTS: Final = frozenset({"when", "except", "use", "instead of", "why", "how", "check", "see", "use instead"})
"""Labels that need text."""


_ID: Final = re.compile(r"[A-Z][A-Z0-9-]*-\d+[a-z]?")
_NAMED: Final = re.compile(r"\d|\]\(|\]\[|://")
"""The number of an id, or a link to something else."""


def missing_findings(labels: Sequence[Label], *, replaced: bool, path: str) -> Iterator[Finding]:
    """Yield a finding for each label without text, and for a replacement of a rule that is in force.

    `replaced` is whether the rule is withdrawn or deprecated.
    """
    for label in labels:
        name = label.name.capitalize()
        if label.name in _TEXTS and not label.text:
            help_ = "write text after the label, or remove the label"
            yield Finding(code="CX041", message=f"`{name}` has no text", path=path, span=label.span, help=help_)
        elif label.name == "use" and replaced and _ID.fullmatch(first_line(label.text)):
            message = "`Use` does not name the rule that replaces this one"
            help_ = f"write `**Use instead:** {first_line(label.text)}`"
            yield Finding(code="CX041", message=message, path=path, span=label.span, help=help_)
        elif label.name == "use instead" and not replaced:
            message = "`Use instead` is in a rule that is neither withdrawn nor deprecated"
            help_ = "write `**Withdrawn:**` and the date before the label, or write `**See:**` instead"
            yield Finding(code="CX041", message=message, path=path, span=label.span, help=help_)
        elif label.name == "use instead" and not _NAMED.search(label.text):
            message = "`Use instead` does not name a rule"
            help_ = "write the id of the rule that replaces this one, or remove the label; put advice after `**Why:**`"
            yield Finding(code="CX041", message=message, path=path, span=label.value or label.span, help=help_)


def _status(value: str) -> Problem | None:
    return (
        status_problem(value)
        if value
        else Problem(message="`Status` has no value", help="add a status after the label")
    )


def _change(value: str) -> Problem | None:
    if Attestation.of(value):
        return None
    named = [word for word in re.findall(r"\w+", value.lower()) if word in _CHANGES]
    if len(set(named)) > 1:
        return Problem(message="`Change` has more than one value", help=f"write only one value, such as `{named[0]}`")
    if not value:
        return Problem(message="`Change` has no value", help=f"write one of {_listed(_CHANGES)}, or remove the label")
    near = nearest(re.split(r"[\s,;:(]", value.lower(), maxsplit=1)[0], _CHANGES)
    help_ = f"did you mean `{near}`?" if near else f"write one of {_listed(_CHANGES)}, or remove the label"
    return Problem(message=f"`{value}` is not a valid kind of change", help=help_, suggestion=near)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def listed(text: str) -> tuple[str, ...]:
    """Return the values of a label that lists them with commas, each once."""
    values = (value.strip().strip(_QUOTES).strip() for value in first_line(text).split(","))
    return tuple(dict.fromkeys(value for value in values if value))


def _requirements(value: str) -> Problem | None:
    ids = listed(value)
    wrong = next(
        (id_ for id_ in ids if not _REQUIREMENT.fullmatch(id_) or _AND_MORE.fullmatch(id_) or _SEVERAL.search(id_)),
        None,
    )
    if ids and wrong is None:
        return None
    message = f"`{wrong}` is not a requirement id" if wrong else "`Maps to` has no value"
    return Problem(message=message, help="list ids with commas, such as `v5.0.0-1.2.4, LLM05:2025`")


def _alias(value: str) -> Problem | None:
    ids = [one for one in re.split(r"[,;]\s+", value) if one]
    if len(ids) < 2:
        return None
    return Problem(message="`Alias` has more than one value", help=f"write only one id, such as `{ids[0]}`")


def _deciders(value: str) -> Problem | None:
    return _words_problem("Decided by", value, tuple(Decider))


def _signals(value: str) -> Problem | None:
    from skills_build.source.signals import read_signals  # it compiles patterns, which few corpora have

    found = read_signals(value)
    return found if isinstance(found, Problem) else None


def signal_findings(value: str, *, path: str, place: Span) -> Iterator[Finding]:
    """Yield a finding if the value of `selected_by` in front matter is not valid."""
    problem = _signals(value)
    if problem is not None:
        yield Finding(code="CX041", message=problem.message, path=path, span=place, help=problem.help)


def selected_by(text: str | None) -> str:
    """Return the value of the label `Selected by`; empty without one that is valid, which is reported."""
    value = (text or "").split("\n")[0].strip()
    return value if value and _signals(value) is None else ""


def _audience(value: str) -> Problem | None:
    problem = _words_problem("Audience", value, tuple(Audience))
    if problem is None and len(listed(value)) > 1:
        return Problem(message="`Audience` has more than one value", help="write only `code`, which includes people")
    return problem


def _words_problem(label: str, value: str, words: tuple[str, ...]) -> Problem | None:
    """Return the problem of a list of words, with the whole list to write if each wrong word is near a right one."""
    values = [word.lower() for word in listed(value)]
    parted = [part.strip() for word in values for part in _BETWEEN.split(word)]
    if len(parted) > len(values) and all(part in words for part in parted):
        wanted = ", ".join(parted)
        message = f"the values of `{label}` are not separated by commas"
        return Problem(message=message, help=f"write `{wanted}`", suggestion=wanted)
    wrong = next((word for word in values if word not in words), None)
    if values and wrong is None:
        return None
    known = _listed(words)
    if wrong is None:
        return Problem(message=f"`{label}` has no value", help=f"write one of {known}")
    near = [word if word in words else nearest(word, words) for word in values]
    suggestion = ", ".join(dict.fromkeys(word for word in near if word)) if all(near) else None
    help_ = f"did you mean `{suggestion}`?" if suggestion else f"write one of {known}"
    return Problem(message=f"`{wrong}` is not a value of `{label}`", help=help_, suggestion=suggestion)


def says_in_force(value: str) -> bool:
    """Return whether the value of `Withdrawn` says that the rule is not withdrawn, such as `no`."""
    return not value or _IN_FORCE.fullmatch(value) is not None


def _withdrawn(value: str) -> Problem | None:
    if not says_in_force(value):
        return None
    said = f"`{value}` is not a date" if value else "`Withdrawn` has no date"
    return Problem(
        message=f"{said}, and a rule with `**Withdrawn:**` is not in force",
        help="remove `**Withdrawn:**` if the rule is in force; otherwise write the date, such as `2026-08`",
    )


_PROBLEMS: Final = {
    "status": _status,
    "withdrawn": _withdrawn,
    "change": _change,
    "maps to": _requirements,
    "alias": _alias,
    "decided by": _deciders,
    "selected by": _signals,
    "audience": _audience,
    "origin": origin_problem,
}


def _finding(code: str, problem: Problem, label: Label, path: str) -> Finding:
    place, fix = label.value or label.span, None
    if problem.suggestion and label.value:
        edit = Edit(span=label.value, text=problem.suggestion)
        fix = Fix(title=f"write `{problem.suggestion}`", edits=(edit,), unsafe=True)
    return Finding(code=code, message=problem.message, path=path, span=place, help=problem.help, fix=fix)


def _after(label: Label, rest: str, path: str) -> Finding:
    """Return the finding for text in the paragraph of a label that is not part of its value."""
    return Finding(
        code="CX041",
        message=f"`{rest.strip()[:60]}` is not part of `{label.name.capitalize()}`",
        path=path,
        span=Span(label.span.line + 1, 1, label.span.line + 1, 1),
        help="write all values on one line, separated by commas; leave an empty line above any other text",
    )


_INNER_KEY: Final = re.compile(r"(?P<key>[A-Za-z]{3,16})\s*:(?!//)\s*\S")


def scope_text(text: str) -> tuple[str, str]:
    """Return the text of a scope on one line, and the first line after it that is not part of it.

    A line goes on after a comma, semicolon or colon; a line that starts with a key starts a new piece.
    """
    lines = [line.strip() for line in text.split("\n")]
    whole = lines[0]
    for line in lines[1:]:
        if whole.endswith(_GOES_ON) or _WHEN.match(whole.rpartition(";")[2]):
            whole += f" {line}"
        elif _KEY.match(line):
            whole += f"; {line}"
        else:
            return whole, line
    return whole, ""


def read_scope(label: Label, *, path: str) -> tuple[Scope, tuple[Finding, ...]]:
    """Read `languages: go; technologies: docker; paths: **/Dockerfile*` (front matter's keys)."""
    reader = _ScopeReader(label, path)
    if _ITEM.match(label.text):
        return Scope(), (reader.a_list(),)
    text, rest = scope_text(_CODE.sub(r"\1", label.text))
    for piece in split(text, ";"):
        reader.read(piece)
    if rest:
        reader.findings.append(_after(label, rest, path))
    fields = reader.fields
    scope = Scope(
        languages=tuple(dict.fromkeys(fields["languages"])),
        technologies=tuple(dict.fromkeys(fields["technologies"])),
        kinds=tuple(dict.fromkeys(fields["kinds"])),
        paths=tuple(normalised_glob(glob) for glob in fields["paths"]),
        when=written_inline("; ".join(reader.when)) or None,
    )
    return scope, tuple(reader.findings)


class _ScopeReader:
    """Reads the pieces of a scope. `findings` collects what is wrong with them."""

    def __init__(self, label: Label, path: str) -> None:
        self._label = label
        self._path = path
        self.fields: dict[str, list[str]] = {key: [] for key in _SCOPE_KEYS}
        self.when: list[str] = []
        self.findings: list[Finding] = []

    def a_list(self) -> Finding:
        """Return the finding for a list, of which only one line is read: what to write in its place."""
        lines = (_ITEM.sub("", line).strip() for line in self._label.text.split("\n"))
        whole = ""
        for line in filter(None, lines):
            between = "" if not whole else " " if whole.endswith(":") else "; " if _KEY.match(line) else ", "
            whole += f"{between}{line}"
        help_ = f"write all values on one line: `**Applies to:** {whole}`"
        message = "`Applies to` contains a list, which is not read"
        return Finding(code="CX006", message=message, path=self._path, span=self._label.span, help=help_)

    def read(self, piece: str) -> None:
        """Read `languages: go, python`."""
        key, colon, values = piece.partition(":")
        name = key.strip().lower()
        if colon and name in (*_SCOPE_KEYS, "when") and not values.strip():
            self.findings.append(self._without_value(key.strip()))
        elif colon and name in _SCOPE_KEYS:
            pieces = [values] if name == "paths" and is_quoted_list(values) else split(values, ",")
            written = [piece.strip() for piece in pieces if piece.strip()]
            own = next((at for at, value in enumerate(written) if self._is_key(value)), len(written))
            self.fields[name].extend(self._value(name, value) for value in written[:own])
            if own < len(written):
                self.findings.append(self._behind_comma(", ".join(written[own:])))
        elif colon and name == "when":
            self.when.append(values.strip())
        elif piece.strip():
            self.findings.append(self._unknown(piece.strip()))

    @staticmethod
    def _is_key(value: str) -> bool:
        """Return whether a value is a key with values of its own, as in `languages: python, paths: src/**`."""
        match = _INNER_KEY.match(value)
        return match is not None and nearest(match["key"].lower(), (*_SCOPE_KEYS, "when")) is not None

    def _behind_comma(self, piece: str) -> Finding:
        key, _, values = piece.partition(":")
        near = nearest(key.strip().lower(), (*_SCOPE_KEYS, "when"))
        message = f"`{key.strip()}:` in `Applies to` follows a comma"
        place = value_place(self._label, key.strip())
        help_ = f"write a semicolon before the key: `; {near}: {values.strip()}`"
        return Finding(code="CX006", message=message, path=self._path, span=place, help=help_)

    def _value(self, name: str, written: str) -> str:
        value = written.strip(_QUOTES).strip()
        if curly_quoted(written):
            self.findings.append(curly_finding(written, value, self._path, value_place(self._label, written)))
        if name == "paths":
            self._check_glob(value, written)
            return value
        if finding := alias_finding(name, value, self._path, value_place(self._label, written)):
            self.findings.append(finding)
        return canonical(name, value)

    def _check_glob(self, glob: str, written: str) -> None:
        place = value_place(self._label, written)
        cure = globs_problem(glob) or misplaced(glob)
        if excludes := word_problem("paths", glob):
            self.findings.append(shape_finding(excludes, self._path, place, quote="`"))
        elif fault(glob):
            self.findings.append(invalid_glob(glob, path=self._path, span=place, cure=cure))
        elif problem := cure or glob_problem(glob, code=written.startswith("`")) or too_narrow(glob):
            self.findings.append(shape_finding(problem, self._path, place, quote="`"))

    def _without_value(self, key: str) -> Finding:
        place = value_place(self._label, key)
        help_ = "add a value, or remove the key: a rule without this key applies to all values"
        return Finding(code="CX041", message=f"`{key}` has no value", path=self._path, span=place, help=help_)

    def _unknown(self, piece: str) -> Finding:
        problem = piece_problem(piece)
        if problem:
            place = value_place(self._label, piece)
            edits = (
                (Edit(span=place, text=problem.suggestion),) if problem.suggestion and place != self._label.span else ()
            )
            fix = Fix(title=f"write `{problem.suggestion}`", edits=edits, unsafe=True) if edits else None
            return Finding(
                code="CX006", message=problem.message, path=self._path, span=place, help=problem.help, fix=fix
            )
        key = piece.partition(":")[0].strip()
        near = nearest(key.split(":")[0], (*_SCOPE_KEYS, "when"))
        known = "known keys: `languages: go; technologies: docker; kinds: service; paths: **/Dockerfile*; when: ...`"
        if negated(key.split(":")[0], (*_SCOPE_KEYS, "when")):
            known = "after `**Applies to:**`, list what the rule applies to; list exceptions after `**Except:**`"
        place = value_place(self._label, key)
        edits = (Edit(span=place, text=near),) if near and place != self._label.span else ()
        return Finding(
            code="CX006",
            message=f"unknown key `{key}` in `Applies to`",
            path=self._path,
            span=place,
            help=f"did you mean `{near}`? {known}" if near else known,
            fix=Fix(title=f"write `{near}`", edits=edits, unsafe=True) if edits else None,
        )


def value_place(label: Label, written: str) -> Span:
    """Return the place of a text in the first line of a label; that of the label if it is not there."""
    at = label.text.split("\n")[0].find(written) if written else -1
    if label.value is None or at < 0:
        return label.span
    column = label.value.column + at
    return Span(label.value.line, column, label.value.line, column + len(written))
