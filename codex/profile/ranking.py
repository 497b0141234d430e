"""Ranks commands by their evidence: a target that CI also runs, a target, a CI line, configuration, a default."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from codex.profile.calls import (
    FILE,
    Call,
    Targets,
    ci_evidence,
    expanded_body,
    targets_by_call,
    without_calls,
)
from codex.profile.ci_commands import (
    FIT_STEP,
    LAST_FIT,
    SECOND_FIT,
    ci_line_commands,
    needs_features,
    only_parts,
    tests_with_programs_from_elsewhere,
)
from codex.profile.model import CiCommand, Command, CommandKind, Rank, TaskTarget
from codex.profile.parts import fit_of_part, fit_of_start, parts_of_whole, parts_of_work
from codex.profile.path_guesses import with_own_paths
from codex.profile.shell_lines import simple_commands, unwrapped
from codex.profile.single_test import has_unknown_part, single_test
from codex.profile.target_names import (
    CLOSE_FIT,
    CONTENT_FIT,
    LATER_FIT,
    OTHER_FIT,
    QUALIFIED_FIT,
    UNCONFIRMED_FIT,
    VARIANT_FIT,
    name_tokens,
    purposes,
)
from codex.profile.tools import (
    changes_versions,
    is_mixed,
    keeps_watching,
    kind_of,
    kinds_of,
    moves_checkout,
    only_composes_images,
    only_parses,
    only_prints,
)
from codex.profile.writing_forms import writing_form
from skills_build.frozen import dataclass

MAX_ALTERNATIVES: Final = 8
MAX_LENGTH: Final = 160
MAX_TARGETS: Final = 400
_SYSTEM_RUNNERS: Final = ("make", "just", "task")
_NAME: Final = re.compile(r"(?:[A-Za-z0-9_][\w.:/@+-]*)?", re.ASCII)
_SITE_TOOLS: Final = frozenset(
    {
        "hugo",
        "mkdocs",
        "sphinx-build",
        "sphinx-autobuild",
        "jekyll",
        "mdbook",
        "docusaurus",
        "vitepress",
        "pkgsite",
        "godoc",
    }
)
"""Programs that build or serve documentation."""
_TESTS: Final = (CommandKind.TEST, CommandKind.TEST_ONE)
_KIND_ORDER: Final = tuple(CommandKind)
_RUNNERS: Final = ("make", "just", "task", "mise", "script", "poe", "pdm", "hatch", "composer")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the configuration and CI of a folder show about its targets.

    `proven` are the kinds for which a target that runs no known tool comes later, `configured` the first words of
    commands that a configuration file or a convention implies, by kind, `has_server` is True if one starts a server;
    `secondary` are the programs of small parts.
    """

    proven: frozenset[CommandKind]
    configured: frozenset[tuple[CommandKind, str]]
    has_server: bool
    secondary: frozenset[str]


def commands(
    targets: Iterable[TaskTarget],
    lines: Iterable[CiCommand],
    configured: Iterable[Command],
    *,
    secondary: frozenset[str] = frozenset(),
    without_single_test: frozenset[str] = frozenset(),
) -> tuple[Command, ...]:
    """Return the commands of one folder, by kind and then best first, at most eight of a kind.

    `lines` are those that CI runs in this folder, `configured` the commands of configuration files and defaults,
    `secondary` the programs of languages that are a small part of the folder: their commands come later;
    `without_single_test` programs of which no argument that selects one test is known.
    Targets whose names contain shell syntax are left out.
    """
    valid_targets = tuple(target for target in targets if _NAME.fullmatch(target.name))[:MAX_TARGETS]
    by_call = targets_by_call(valid_targets)
    ci_lines = tuple(lines)
    from_configuration = tuple(with_own_paths(configured, valid_targets))
    if tests_with_programs_from_elsewhere(ci_lines, by_call):
        from_configuration = tuple(one for one in from_configuration if not (one.default and one.kind in _TESTS))
    if needs_features(ci_lines):
        from_configuration = tuple(one for one in from_configuration if not _builds_crate(one))
    from_ci = tuple(ci_line_commands(by_call, ci_lines, from_configuration))
    known = _Known(
        proven=frozenset(_proven_kinds(from_ci, from_configuration)),
        configured=frozenset((one.kind, word) for one in from_configuration for word in one.line.split()[:3]),
        has_server=any(command.kind is CommandKind.RUN for command in from_configuration),
        secondary=secondary,
    )
    candidates = [
        *_target_commands(by_call, ci_evidence(by_call, ci_lines), known),
        *_installs_of_project(from_ci, from_configuration),
        *from_configuration,
    ]
    candidates += _writing_forms(candidates)
    ranked = _ranked(candidates, secondary)
    test = next((command for command in ranked if command.kind is CommandKind.TEST), None)
    one = _single_test(test, by_call) if test and _program(test) not in without_single_test else None
    return tuple(_limit_per_kind(ranked if one is None else _ranked([*ranked, one], secondary)))


def _builds_crate(command: Command) -> bool:
    return command.line.startswith("cargo ") and command.kind is not CommandKind.FORMAT


def _ranked(candidates: Iterable[Command], secondary: frozenset[str]) -> list[Command]:
    ranked = _deduplicated(sorted(filter(_printable, candidates), key=lambda command: _sort_key(command, secondary)))
    return list(_without_lone_parts(ranked, secondary))


def _without_lone_parts(commands: Iterable[Command], secondary: frozenset[str]) -> Iterator[Command]:
    """Leave out commands that do a part of the work if there is none for all of it: `make brew-deps`."""
    kinds: set[CommandKind] = set()
    for command in commands:
        if command.kind in kinds or not _is_part(command, secondary):
            kinds.add(command.kind)
            yield command


def _is_part(command: Command, secondary: frozenset[str]) -> bool:
    """Return whether a command does a part of the work: by its fit, or for a language that is a small part."""
    if command.fit >= LAST_FIT:
        return True
    is_of_part = (
        command.kind is CommandKind.INSTALL
        or (command.kind in (CommandKind.FORMAT, CommandKind.TYPECHECK) and command.rank >= Rank.CONFIGURATION)
        or (command.kind in (CommandKind.BUILD, CommandKind.TEST) and command.default)
    )
    return is_of_part and _is_secondary(command, secondary)


def _is_secondary(command: Command, secondary: frozenset[str]) -> bool:
    """Return whether a command, or the hook it runs, is for a language that is a small part."""
    words = unwrapped(next(simple_commands(command.line), ()))
    is_hook = words[:1] in (("pre-commit",), ("prek",)) and len(words) > 2
    if is_hook:
        return words[2].partition("-")[0] in secondary
    return not secondary.isdisjoint((*command.line.split()[:1], *words[:1]))  # `uv run task lint`


def _writing_forms(candidates: list[Command]) -> Iterator[Command]:
    """Yield the formatters whose check CI or a configuration runs."""
    for command in candidates:
        line = writing_form(command.line) if command.kind is CommandKind.LINT else None
        if line is not None:
            fit = 0 if command.fit == SECOND_FIT else command.fit  # as a linter it only comes later
            yield replace(command, kind=CommandKind.FORMAT, line=line, seen_in=(), fit=fit)


def _single_test(test: Command, by_call: Targets) -> Command | None:
    target = next((target for target in by_call.values() if target.line == test.line), None)
    if target is not None and any(name_tokens(need)[:1] in (["start"], ["up"]) for need in target.needs):
        return None  # the tests need what it starts
    if target is not None and has_unknown_part(target, by_call):
        return None
    runner, body = (target.runner, expanded_body(target, by_call)) if target else ("", ())
    line = single_test(test, runner, body)
    return None if line is None else replace(test, kind=CommandKind.TEST_ONE, line=line, seen_in=())


def _sort_key(command: Command, secondary: frozenset[str]) -> tuple[int, bool, bool, int, int, int, int, str]:
    """Return the sort key; a target with a purpose by its body alone comes between configuration and defaults."""
    return (
        _KIND_ORDER.index(command.kind),
        command.fit >= LAST_FIT,
        _is_secondary(command, secondary),
        _group(command),
        int(command.rank),
        command.fit,
        len(command.line),
        command.line,
    )


def _group(command: Command) -> int:
    if command.fit >= LAST_FIT or SECOND_FIT <= command.fit < SECOND_FIT + FIT_STEP:
        return 3
    if command.default:
        return 2
    return int(command.fit >= VARIANT_FIT * FIT_STEP)


def _installs_of_project(lines: Iterable[Command], configured: tuple[Command, ...]) -> Iterator[Command]:
    """Leave out installations with other programs than the project's own: they serve CI's tools or documentation."""
    own_programs = {_program(command) for command in configured if command.kind is CommandKind.INSTALL}
    for line in lines:
        if line.kind is not CommandKind.INSTALL or not own_programs or _program(line) in own_programs:
            yield line


def _program(command: Command) -> str:
    return next(iter(unwrapped(next(simple_commands(command.line), ()))), "")


def _printable(command: Command) -> bool:
    return 0 < len(command.line) <= MAX_LENGTH and command.line.isprintable()


def _proven_kinds(from_ci: Iterable[Command], configured: Iterable[Command]) -> Iterator[CommandKind]:
    """Yield the kinds for which a target that runs no known tool comes later.

    These are tests if a build system for C or C++ has some, of which a makefile next to it rarely runs all, and linters
    if CI runs one.
    """
    if any(command.kind is CommandKind.TEST and _program(command) in ("ctest", "meson") for command in configured):
        yield CommandKind.TEST
    if any(command.kind is CommandKind.LINT and command.fit < SECOND_FIT for command in from_ci):
        yield CommandKind.LINT


def _runs_unknown_tools(kind: CommandKind, body: tuple[str, ...], body_kinds: tuple[CommandKind, ...]) -> bool:
    """Return whether the lines of a target show another purpose, and call no script that could have this one."""
    programs = [words[0] for line in body for words in simple_commands(line)]
    is_script = kind is CommandKind.LINT and any("/" in program for program in programs)
    return bool(programs) and kind not in body_kinds and not is_script


def _target_commands(by_call: Targets, evidence: dict[Call, tuple[str, ...]], known: _Known) -> Iterator[Command]:
    for_tests, parts = _needed_by_tests(by_call), parts_of_whole(by_call)
    work, has_plain_lint = parts_of_work(by_call), _has_plain_lint(by_call)
    for call, target in by_call.items():
        steps = evidence.get(call, ())
        body = expanded_body(target, by_call)
        if only_prints(body) or (target.runner == "rake" and target.name == "default" and not target.kind):
            continue
        body_kinds, is_endless = kinds_of(body), keeps_watching(body)
        found = (
            [(target.kind, 0)]
            if target.kind
            else purposes(_plain_name(target), body_kinds, is_mixed=is_mixed(without_calls(body, by_call)))
        )
        for kind, fit in found:
            if (call, kind) in parts:
                fit = max(fit, VARIANT_FIT)
            if kind is CommandKind.LINT and fit == QUALIFIED_FIT and kind not in body_kinds and has_plain_lint:
                fit = VARIANT_FIT
            if fit == CONTENT_FIT and _is_own_spelling(kind, body, known):
                fit = QUALIFIED_FIT
            fit = fit_of_part((call, kind), fit, target, work)
            if kind is CommandKind.LINT and only_parses(body):
                fit = max(fit, VARIANT_FIT)
            is_fixed_lint = kind is CommandKind.FORMAT and _plain_name(target).startswith("lint")
            is_run_by_ci = bool(steps) and fit < VARIANT_FIT and not is_fixed_lint
            if kind is CommandKind.TEST and not is_run_by_ci and kind not in body_kinds and not target.kind:
                fit = _unconfirmed(fit, target.runner)
            is_later = kind in known.proven and not is_run_by_ci and not target.kind and fit < OTHER_FIT
            if is_later and _runs_unknown_tools(kind, body, body_kinds):
                fit = LATER_FIT
            if kind is CommandKind.BUILD and fit == VARIANT_FIT and target.runner in _SYSTEM_RUNNERS:
                fit = LATER_FIT  # `build-for-windows` comes after `cargo build`
            if _is_other_work(target, kind, fit, body_kinds, is_run_by_ci=is_run_by_ci):
                continue
            if kind is CommandKind.RUN and call in for_tests:
                continue
            if kind is CommandKind.RUN:
                fit = fit_of_start(
                    call, fit, body, by_call, has_server=known.has_server or target.line.split()[0] in known.secondary
                )
            rank = Rank.TARGET_IN_CI if is_run_by_ci else target.rank
            if kind is not CommandKind.RUN and is_endless:
                continue
            if kind is CommandKind.TYPECHECK and fit >= CONTENT_FIT and only_parts(body, kind):
                continue
            fit = fit * FIT_STEP + _runner_order(target.runner)
            yield Command(kind=kind, line=target.line, evidence=target.evidence, rank=rank, seen_in=steps[:3], fit=fit)


def _is_own_spelling(kind: CommandKind, body: tuple[str, ...], known: _Known) -> bool:
    """Return whether a target only runs a configured tool: `eslint --ext .js,.ts .` is more exact than `eslint .`."""
    commands = [words for line in body for words in simple_commands(line)]
    if kind not in (CommandKind.LINT, CommandKind.FORMAT, CommandKind.TYPECHECK) or len(commands) != 1:
        return False
    return kind_of(commands[0]) is kind and (kind, unwrapped(commands[0])[0]) in known.configured


def _has_plain_lint(by_call: Targets) -> bool:
    """Return whether a target called `lint` runs a known linter: `lint-unused` with an unknown one adds to it."""
    lints = (target for call, target in by_call.items() if call.name == "lint")
    return any(CommandKind.LINT in kinds_of(expanded_body(target, by_call)) for target in lints)


def _unconfirmed(fit: int, runner: str) -> int:
    """Return the fit of a test whose lines run no known test tool: after others, a plain name before variants."""
    if fit > CLOSE_FIT:
        return max(fit, UNCONFIRMED_FIT)
    return VARIANT_FIT if runner in _SYSTEM_RUNNERS else fit


def _plain_name(target: TaskTarget) -> str:
    """Return the name that shows the purpose of a target: for a script, its file name without an extension."""
    return target.name.rpartition("/")[2].removesuffix(".sh") if target.runner == FILE else target.name


def _needed_by_tests(by_call: Targets) -> set[Call]:
    """Return the targets that run before a test: what they start is not the product."""
    tests = (
        target for target in by_call.values() if any(kind is CommandKind.TEST for kind, _ in purposes(target.name, ()))
    )
    return {Call(runner=target.runner, name=name) for target in tests for name in target.needs}


def _serves_documentation(target: TaskTarget) -> bool:
    commands = (words for line in target.body for words in simple_commands(line))
    return any(unwrapped(words)[:1] and unwrapped(words)[0] in _SITE_TOOLS for words in commands)


def _is_other_work(
    target: TaskTarget, kind: CommandKind, fit: int, body_kinds: tuple[CommandKind, ...], *, is_run_by_ci: bool
) -> bool:
    """Return whether a target does something other than its name implies, as far as its runner and lines show."""
    if target.runner == FILE:
        is_plain = fit <= CLOSE_FIT or _plain_name(target).isalpha()  # `bin/build-image.sh` builds a part
        return not (is_plain and is_run_by_ci) and not (kind in body_kinds and (is_plain or is_run_by_ci))
    if kind is CommandKind.BUILD and fit >= QUALIFIED_FIT and (target.body or CommandKind.TEST in body_kinds):
        return kind not in body_kinds or CommandKind.TEST in body_kinds  # `build:icons` builds a part
    if kind is CommandKind.BUILD and only_composes_images(target.body):
        return True  # the environment of development, and not the product
    if kind is CommandKind.INSTALL and kind not in body_kinds and changes_versions(target.body):
        return True
    if kind is CommandKind.INSTALL and moves_checkout(target.body):
        return True
    if kind is CommandKind.INSTALL and target.runner == "rake":
        return True  # it installs gems outside of the bundle
    if kind is CommandKind.RUN and (target.runner in ("tox", "nox") or _serves_documentation(target)):
        return True  # the former create an environment
    # By GNU's convention `install` copies the product into the system:
    # https://www.gnu.org/prep/standards/html_node/Standard-Targets.html
    is_copying = target.name.startswith("install") and CommandKind.INSTALL not in body_kinds
    return kind is CommandKind.INSTALL and target.runner in _SYSTEM_RUNNERS and is_copying


def _runner_order(runner: str) -> int:
    return _RUNNERS.index(runner) if runner in _RUNNERS else len(_RUNNERS)


def _deduplicated(commands: Iterable[Command]) -> Iterator[Command]:
    """Yield each command once per kind: the better of two that run the same tool in the same way."""
    best: dict[tuple[CommandKind, tuple[str, ...]], Command] = {}
    for command in commands:
        words = next(simple_commands(command.line), ())
        key = (command.kind, unwrapped(words))
        better = best.get(key)
        if better is None:
            best[key] = command
        elif command.evidence not in (better.evidence, *better.seen_in) and command.rank is Rank.CI:
            best[key] = replace(better, seen_in=(*better.seen_in, command.evidence)[:3])
    yield from best.values()


def _limit_per_kind(commands: Iterable[Command]) -> Iterator[Command]:
    counts: dict[CommandKind, int] = defaultdict(int)
    for command in commands:
        counts[command.kind] += 1
        if counts[command.kind] <= MAX_ALTERNATIVES:
            yield command
