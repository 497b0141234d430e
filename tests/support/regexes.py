"""Finds every regular expression of the program, how it is used, and texts that are hard for it.

A text is made from the structure of a pattern: what its repetitions match, many times, and then something that fits
nowhere. A pattern that tries the same characters again and again needs quadratic time for one of them.
"""

import ast
import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

from tests.support.data import ROOT

METHODS: Final = ("search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
_ANYWHERE: Final = frozenset(METHODS) - {"match", "fullmatch"}
_ALPHABET: Final = " \ta0-_.,:;#*`'\"<>()[]{}|/\\@!=~+&%$\n\xa0\u00e9"
_MANY: Final = 50
"""Repetitions from which on a pattern may be slow."""
_SIZE: Final = 1_000
"""Length at which two attacks are compared."""


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern, the place in the source, and the methods that it is used with."""

    pattern: str
    flags: int
    place: str
    methods: frozenset[str]


def regexes() -> tuple[list[Regex], list[str]]:
    """Return every pattern of the program, and the places of those that are not known before it runs."""
    found: list[Regex] = []
    unknown: list[str] = []
    parsed = {path: list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))) for path in _sources()}
    everywhere = _uses(list(parsed.values()))
    for path, nodes in parsed.items():
        calls = [node for node in nodes if isinstance(node, ast.Call) and _is_of_re(node.func)]
        if not calls:
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        names = {id(value): target for value, target in _assignments(nodes)}
        here = _uses([nodes])
        for call in calls:
            method = call.func.attr  # type: ignore[attr-defined]
            try:
                patterns = [_evaluated(call, method, vars(module))]
            except Exception:  # a name of the function around it
                patterns = [*_of_table(call, method, nodes, vars(module))]
            if not patterns:
                unknown.append(f"{path.relative_to(ROOT).as_posix()}: {ast.unparse(call.args[0])[:80]}")
            name = names.get(id(call), "")
            uses = (here if name.startswith("_") else everywhere).get(name, frozenset(METHODS))
            uses = uses if method == "compile" else frozenset({method})
            place = f"{path.relative_to(ROOT).as_posix()}:{call.lineno}"
            found.extend(Regex(pattern, flags, place, uses) for pattern, flags in patterns)
    return found, unknown


def _of_table(
    call: ast.Call, method: str, nodes: Sequence[ast.AST], names: dict[str, Any]
) -> Iterator[tuple[str, int]]:
    """Yield the patterns of a constant table, by whose keys or in a loop over which a pattern is used."""
    argument = call.args[0]
    tables: list[tuple[ast.expr, str]] = []
    if isinstance(argument, ast.Subscript):
        tables.append((ast.Name("value"), f"{ast.unparse(argument.value)}.values()"))
    elif isinstance(argument, ast.Name):
        loops = (node for node in nodes if isinstance(node, ast.comprehension | ast.For))
        tables.extend((loop.target, ast.unparse(loop.iter)) for loop in loops)
    wanted = argument.id if isinstance(argument, ast.Name) else "value"
    for target, table in tables:
        if wanted not in {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}:
            continue
        try:
            texts = eval(f"[{wanted} for {ast.unparse(target)} in {table}]", dict(names))  # our own source
        except Exception:  # a name of the function around it
            continue
        for text in (text for text in texts if isinstance(text, str)):
            known = ast.Call(call.func, [ast.Constant(text), *call.args[1:]], call.keywords)
            yield _evaluated(ast.fix_missing_locations(known), method, names)


def _sources() -> list[Path]:
    return sorted(path for package in ("codex", "skills_build") for path in (ROOT / package).rglob("*.py"))


def _is_of_re(function: ast.expr) -> bool:
    is_method = isinstance(function, ast.Attribute) and function.attr in ("compile", *METHODS)
    return is_method and isinstance(function.value, ast.Name) and function.value.id == "re"  # type: ignore[attr-defined]


def _assignments(nodes: Sequence[ast.AST]) -> Iterator[tuple[ast.expr, str]]:
    for node in nodes:
        if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            yield node.value, node.target.id
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.value, node.targets[0].id


def _uses(modules: Sequence[Sequence[ast.AST]]) -> dict[str, frozenset[str]]:
    """Return by name of a constant the methods that are called on it; one that is passed on may be used in any way."""
    called: dict[str, set[str]] = {}
    owners: set[int] = set()
    passed: set[str] = set()
    for nodes in modules:
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owners.add(id(node.value))
                called.setdefault(node.value.id, set()).update({node.attr} & set(METHODS))
        names = (node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        passed |= {node.id for node in names if id(node) not in owners}
    return {name: frozenset(methods) for name, methods in called.items() if methods and name not in passed}


def _evaluated(node: ast.Call, method: str, names: dict[str, Any]) -> tuple[str, int]:
    def value(expression: ast.expr) -> Any:
        return eval(compile(ast.Expression(expression), "pattern", "eval"), names)  # our own source

    pattern = value(node.args[0])
    flag = next((keyword.value for keyword in node.keywords if keyword.arg == "flags"), None)
    place = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(method, 2)
    flag = node.args[place] if flag is None and len(node.args) > place else flag
    if isinstance(pattern, re.Pattern):
        return pattern.pattern, pattern.flags
    if isinstance(pattern, bytes):
        return pattern.decode("latin-1"), int(value(flag)) if flag is not None else 0
    assert isinstance(pattern, str)
    return pattern, int(value(flag)) if flag is not None else 0


@dataclass(frozen=True, slots=True)
class Attack:
    """A text that is hard for a pattern, in any length: a start, a part that is repeated, and an end that fits nowhere."""

    start: str
    pump: str
    end: str

    def text(self, size: int) -> str:
        """Return the text with about `size` characters."""
        return f"{self.start}{self.pump * (size // len(self.pump))}{self.end}"


def attacks(regex: Regex) -> Iterator[Attack]:
    """Yield what is hard for a pattern."""
    tree = parser.parse(regex.pattern, regex.flags)
    seen: set[str] = set()
    ends = ("", "\0", " x", "\n\0") if regex.methods & _ANYWHERE else ("", "\0", " x")  # others are used on lines
    for before, body in _repetitions(list(tree), ""):
        for pump in _pumps(before, body, regex):
            for start, end in dict.fromkeys((*((before, end) for end in ends), ("", "\0"), (f"{before}a", "\0"))):
                attack = Attack(start, pump, end)
                text = attack.text(_SIZE)
                if text not in seen:
                    seen.add(text)
                    yield attack


def _repetitions(nodes: Sequence[Any], before: str) -> Iterator[tuple[str, Any]]:
    """Yield each repetition without a small limit, with a text that leads to it."""
    for operator, argument in nodes:
        if operator in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
            if argument[1] == code.MAXREPEAT or argument[1] >= _MANY:
                yield before, argument[2]
            yield from _repetitions(list(argument[2]), before)
        elif operator is code.SUBPATTERN:
            yield from _repetitions(list(argument[3]), before)
        elif operator is code.BRANCH:
            for branch in argument[1]:
                yield from _repetitions(list(branch), before)
        elif operator in (code.ASSERT, code.ASSERT_NOT):
            yield from _repetitions(list(argument[1]), before)
        elif operator is code.ATOMIC_GROUP:
            yield from _repetitions(list(argument), before)
        before += _sample([(operator, argument)])


def _pumps(before: str, body: Any, regex: Regex) -> Iterator[str]:
    nodes = list(body)
    pumps: dict[str, None] = {}
    if len(nodes) == 1 and nodes[0][0] in (code.IN, code.ANY, code.NOT_LITERAL, code.LITERAL, code.CATEGORY):
        told_apart = [character for character in _ALPHABET if character in " a0" or character in regex.pattern]
        pumps |= dict.fromkeys(character for character in told_apart if _accepts(nodes[0], character, regex.flags))
    for choice in range(4):
        pumps[_sample(nodes, choice)] = None
    pumps |= dict.fromkeys((before, before + _sample(nodes)))
    yield from (pump for pump in pumps if pump)


def _accepts(node: Any, character: str, flags: int) -> bool:
    operator, argument = node
    if operator is code.ANY:
        return character != "\n" or bool(flags & re.DOTALL)
    if operator is code.LITERAL:
        return bool(ord(character) == argument)
    if operator is code.NOT_LITERAL:
        return bool(ord(character) != argument)
    if operator is code.CATEGORY:
        return _in_category(argument, character)
    negated = bool(argument) and argument[0][0] is code.NEGATE
    return any(_one_of(item, character) for item in argument) != negated


def _one_of(item: Any, character: str) -> bool:
    operator, argument = item
    if operator is code.LITERAL:
        return bool(ord(character) == argument)
    if operator is code.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    return operator is code.CATEGORY and _in_category(argument, character)


def _in_category(category: Any, character: str) -> bool:
    name = str(category).rpartition("_")[2].lower()
    classes = {"digit": r"\d", "space": r"\s", "word": r"\w"}
    return bool(re.match(classes[name], character)) != ("NOT" in str(category))


def _sample(nodes: Sequence[Any], choice: int = 0) -> str:
    """Return a text that nodes match, as far as one can be made without trying."""
    return "".join(_sample_of(operator, argument, choice) for operator, argument in nodes)


def _sample_of(operator: Any, argument: Any, choice: int) -> str:
    if operator is code.LITERAL:
        return chr(argument)
    if operator in (code.IN, code.NOT_LITERAL, code.ANY, code.CATEGORY):
        accepted = [character for character in "a0 -_.x" + _ALPHABET if _accepts((operator, argument), character, 0)]
        literal = [chr(item[1]) for item in argument if item[0] is code.LITERAL] if operator is code.IN else []
        return str((accepted or literal or [""])[choice % max(len(accepted or literal), 1)])
    if operator in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        times: int = max(argument[0], 1 if choice else argument[0])
        return _sample(list(argument[2]), choice) * times
    if operator is code.SUBPATTERN:
        return _sample(list(argument[3]), choice)
    if operator is code.BRANCH:
        return _sample(list(argument[1][choice % len(argument[1])]), choice)
    if operator is code.ATOMIC_GROUP:
        return _sample(list(argument), choice)
    return ""


def used(regex: Regex, text: str) -> None:
    """Use a pattern on a text in each way that the program does; a search is repeated as `finditer` does."""
    compiled = re.compile(regex.pattern, regex.flags)
    if regex.methods & _ANYWHERE:
        for _ in compiled.finditer(text):
            pass
    if "fullmatch" in regex.methods:
        compiled.fullmatch(text)
    if "match" in regex.methods:
        compiled.match(text)
