"""Findings about globs that are invalid or match no file."""

from collections.abc import Iterable, Iterator
from typing import Final

from skills_build.diagnostics import FILE_START, Edit, Finding, Fix, Span
from skills_build.globs import fault, matches, unmatched
from skills_build.source.glob_shapes import glob_problem, misplaced, too_narrow
from skills_build.source.values import Problem
from skills_build.source.yaml import Key, YamlValue
from skills_build.source.yaml_keys import texts_at

IN_CONFIGURATION: Final[tuple[Key, ...]] = (
    ("exclude", "*"),
    ("dialects", "*", "paths", "*"),
    ("profiles", "*", "paths", "*"),
    ("catalog", "select", "names", "*"),
    ("catalog", "select", "exclude", "*"),
    ("waves", "*", "names", "*"),
)
"""Where codex.yaml has globs; `*` is any key or number. The keys of `lint.per_path` are globs too."""
OF_SOURCES: Final = frozenset({"exclude", "dialects"})
"""The sections whose globs select files of the codex."""
_OF_OUTPUT: Final = ("skills", "targets", "agents-md", ".claude-plugin")
"""Directories of the build output, whose files `lint.per_path` may select too."""
_OUTPUT_FILES: Final = (
    "skills/a/SKILL.md",
    "skills/a/references/a.md",
    "skills/a/agents/openai.yaml",
    "agents-md/a.md",
)
"""Files as the build output has them, for globs that start with `**/`."""
_WHOLE_PATH: Final = (
    "a glob must match the whole path, starting at the folder of codex.yaml; `**/` at the start matches any folder"
)
IN_FRONT_MATTER: Final[tuple[Key, ...]] = (("applies_to", "paths", "*"),)


def invalid_glob(pattern: str, *, path: str, span: Span, cure: Problem | None = None) -> Finding:
    """Return the finding for an invalid glob. `cure` is a problem that explains why it is invalid."""
    problem = fault(pattern)
    assert problem is not None
    message = f"glob `{_short(pattern)}` is invalid: {problem.message}"
    return Finding(code="CX021", message=message, path=path, span=span, help=(cure or problem).help)


def normalised_glob(pattern: str) -> str:
    """Return a glob without the `./` or `/` at its start, so that every client reads it in the same way."""
    return pattern.removeprefix("./").lstrip("/") or pattern


def shape_finding(problem: Problem, path: str, span: Span, *, quote: str) -> Finding:
    """Return the finding for a valid glob that matches nothing. `quote` is put around a glob in its place."""
    edits = (Edit(span=span, text=f"{quote}{problem.suggestion}{quote}"),) if problem.suggestion else ()
    fix = Fix(title=f"write `{problem.suggestion}`", edits=edits, unsafe=True) if edits else None
    return Finding(code="CX047", message=problem.message, path=path, span=span, help=problem.help, fix=fix)


def invalid_globs(value: YamlValue, keys: Iterable[Key], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each invalid glob at one of `keys` of a YAML document."""
    for _, pattern, span in texts_at(value, keys):
        problem = misplaced(pattern) or glob_problem(pattern)
        if fault(pattern) and not (problem and pattern.startswith("!")):
            yield invalid_glob(pattern, path=path, span=span, cure=misplaced(pattern))
        elif problem:
            yield shape_finding(problem, path, span, quote='"')


def invalid_in_front_matter(value: YamlValue, *, path: str) -> Iterator[Finding]:
    """Yield a finding for each glob of the front matter that is invalid, or matches less than it seems to."""
    yield from invalid_globs(value, IN_FRONT_MATTER, path=path)
    for _, pattern, span in texts_at(value, IN_FRONT_MATTER):
        problem = None if fault(pattern) or misplaced(pattern) or glob_problem(pattern) else too_narrow(pattern)
        if problem:
            yield shape_finding(problem, path, span, quote='"')


def invalid_in_configuration(value: YamlValue, *, path: str) -> Iterator[Finding]:
    """Yield a finding for each invalid glob of codex.yaml."""
    yield from invalid_globs(value, IN_CONFIGURATION, path=path)
    for key, span in value.keys.items():
        if key[:-1] == ("lint", "per_path") and fault(str(key[-1])):
            yield invalid_glob(str(key[-1]), path=path, span=span)


def unmatched_in_configuration(value: YamlValue, names: Iterable[str], *, path: str) -> Iterator[Finding]:
    """Yield a finding for each glob of codex.yaml that selects files of the codex and matches none of `names`."""
    globs = [row for row in texts_at(value, IN_CONFIGURATION) if row[0][0] in OF_SOURCES]
    unmatched_patterns = {*unmatched((pattern for _, pattern, _ in globs), names)}
    for _, pattern, span in globs:
        if pattern in unmatched_patterns:
            yield unmatched_glob(pattern, path=path, span=span)

    excludes = {pattern: span for key, pattern, span in globs if key[0] == "exclude"}
    pages = [name for name in names if name.endswith(".md")]
    if excludes and pages and all(matches(page, tuple(excludes)) for page in pages):
        message = "`exclude` leaves out every `.md` file, so there are no rules"
        span, help_ = next(iter(excludes.values())), "exclude only files that are not standards"
        yield Finding(code="CX022", message=message, path=path, span=span, help=help_)
    yield from _unmatched_lint_paths(value, names, path=path)


def selects_sources(pattern: str) -> bool:
    """Return whether a key of `lint.per_path` can only select files of the codex, and none of the build output."""
    if fault(pattern) or pattern.partition("/")[0] in _OF_OUTPUT:
        return False
    return not any(matches(path, (pattern,)) for path in _OUTPUT_FILES)


def _unmatched_lint_paths(value: YamlValue, names: Iterable[str], *, path: str) -> Iterator[Finding]:
    spans = {str(key[-1]): span for key, span in value.keys.items() if key[:-1] == ("lint", "per_path")}
    for pattern in unmatched(filter(selects_sources, spans), names):
        message = f"`{_short(pattern)}` in `lint.per_path` does not match any file in the codex"
        yield Finding(code="CX141", message=message, path=path, span=spans[pattern], help=_WHOLE_PATH)


def unmatched_glob(pattern: str, *, path: str, span: Span = FILE_START) -> Finding:
    """Return the finding for a glob that does not match any file in the codex."""
    message = f"glob `{_short(pattern)}` does not match any file in the codex"
    return Finding(code="CX022", message=message, path=path, span=span, help=_WHOLE_PATH)


def _short(pattern: str) -> str:
    return pattern if len(pattern) <= 80 else f"{pattern[:77]}..."
