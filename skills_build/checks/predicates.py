"""Conditions for values of configuration files and forge settings. Both kinds have the same keys."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final, TypeAlias

from skills_build.checks.base import Fault
from skills_build.checks.regex import pattern_faults
from skills_build.model.check import ValueCheck
from skills_build.source.patterns import linear_pattern
from skills_build.source.yaml import Key

_OTHER_PATH: Final = re.compile(r"""^\$(?=[.\[]|$)|^/|\[(\d+|\*|'[^']*'|"[^"]*")\](?=[.\[]|$)""")
"""What a JSONPath or a JSON Pointer has, and a dotted key has not."""
Place: TypeAlias = tuple[str, ...]
_PREDICATES: Final = tuple(field.name for field in fields(ValueCheck))
MAX_VISITS: Final = 1_000_000
"""Maximum number of values that are visited to find those that a check examines."""


class TooManyValuesError(ValueError):
    """The keys of a check lead to more values than are visited, as those of shared aliases may."""


def predicate_faults(check: ValueCheck, key: str) -> Iterator[Fault]:
    """Yield a fault if a check has no condition for its value, an impossible one, or an invalid pattern."""
    given = [name for name in _PREDICATES if getattr(check, name) is not None]
    if not given:
        names = ", ".join(f"`{name.replace('_', '-')}`" for name in _PREDICATES)
        yield Fault(key=(key,), message="the condition does not restrict the value", help=f"write one of {names}")
    if check.exists is False and len(given) > 1:
        yield Fault(key=(key, "exists"), message="`exists: false` cannot be combined with other conditions")
    if check.matches is not None:
        yield from pattern_faults(check.matches, (key, "matches"))


def path_faults(at: str, key: Key) -> Iterator[Fault]:
    """Yield a fault if keys are written as a JSONPath or a JSON Pointer, with the dotted form."""
    if not _OTHER_PATH.search(at):
        return
    names = [name.strip("'\"") for name in re.split(r"[./\[\]]+", at.removeprefix("$")) if name]
    dotted = ".".join(names) or "*"
    yield Fault(key=key, message=f"`{at}` is not a dotted path", help=f"write `{dotted}`")


def problem(check: ValueCheck, dotted: str, data: object, *, most: int = MAX_VISITS) -> tuple[Place, str] | None:
    """Return the first value that is not as a check requires, as its keys and what is wrong; None if all are.

    Values are visited one at a time, in order; `*` is each key or element. Raises `TooManyValuesError` if none of the
    first `most` is wrong and there are more.
    """
    names = tuple(dotted.split("."))
    for place, value, found in _values(names, data, most):
        if not found:
            if check.exists is not False:
                return place, f"`{'.'.join((*place, *names[len(place) :]))}` is missing"
        elif check.exists is False:
            return place, f"`{'.'.join(place)}` is set"
        elif wrong := _wrong(check, value):
            return place, f"`{'.'.join(place)}` {wrong}"
    return None


def _values(names: Place, data: object, most: int) -> Iterator[tuple[Place, object, bool]]:
    """Yield each value at these names, with its keys; False and the keys above it for a missing one."""
    left = most
    above: list[tuple[Place, Iterator[tuple[str, object]]]] = [((), iter((("", data),)))]
    while above:
        place, siblings = above[-1]
        key, value = next(siblings, _END)
        if key is None:
            above.pop()
            continue
        left -= 1
        if left < 0:
            raise TooManyValuesError(f"there are more than {most:,} values at `{'.'.join(names)}`")
        here = (*place, key) if len(above) > 1 else ()
        if len(here) == len(names):
            yield here, value, True
            continue
        name = names[len(here)]
        if name != "*" and not _has(value, name):
            yield here, None, False
            continue
        above.append((here, _below(value, name)))


_END: Final = (None, None)


def _has(value: object, name: str) -> bool:
    return next(_below(value, name), None) is not None


def _below(value: object, name: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        keys: Iterable[object] = value if name == "*" else (name,) if name in value else ()
        yield from ((str(key), value[key]) for key in keys)
    elif isinstance(value, list) and name == "*":
        yield from ((str(number), element) for number, element in enumerate(value))
    elif isinstance(value, list) and _is_index(name) and int(name) < len(value):
        yield name, value[int(name)]


def _is_index(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 10


def _wrong(check: ValueCheck, value: object) -> str:
    """Return what is wrong with a value, as the rest of a sentence; empty if nothing is."""
    shown = _shown(value)
    if check.equals is not None and not _same(value, check.equals):
        return _contrast(value, check.equals)
    if check.one_of is not None and not any(_same(value, one) for one in check.one_of):
        return f"is {shown}, not one of {', '.join(map(_shown, check.one_of))}"
    if check.contains is not None:
        wanted = check.contains if isinstance(check.contains, tuple | list) else (check.contains,)
        lacking = [one for one in wanted if not _contains(value, one)]
        if lacking:
            return f"does not contain {', '.join(map(_shown, lacking))}"
    if check.matches is not None and not (isinstance(value, str) and linear_pattern(check.matches).search(value)):
        return f"is {shown}, which does not match `{check.matches}`"
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is None:
        return f"is {shown}, not a number" if check.at_least is not None or check.at_most is not None else ""
    if check.at_least is not None and number < check.at_least:
        return f"is {shown}, less than {check.at_least}"
    if check.at_most is not None and number > check.at_most:
        return f"is {shown}, more than {check.at_most}"
    return ""


def _contrast(value: object, wanted: object) -> str:
    """Return that a value is not another one. Text that reads like a number or a boolean is called text."""
    shown, expected = _shown(value), _shown(wanted)
    if shown == expected:
        shown = f"the text {shown}" if isinstance(value, str) else shown
        expected = f"the text {expected}" if isinstance(wanted, str) else expected
    return f"is {shown}, not {expected}"


def _same(value: object, wanted: object) -> bool:
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)


def _contains(value: object, wanted: object) -> bool:
    if isinstance(value, str):
        return isinstance(wanted, str) and wanted in value
    if isinstance(value, Mapping):
        return wanted in value
    return isinstance(value, Sequence) and any(_same(one, wanted) for one in value)


def _shown(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return f"a {'mapping' if isinstance(value, Mapping) else 'list'} of {len(value)}"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"
