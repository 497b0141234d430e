"""What a value of a configuration file or a forge must be. The same keys for both kinds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final, TypeAlias

from skills_build.checks.base import Fault
from skills_build.checks.regex import pattern_faults
from skills_build.model.check import ValueCheck
from skills_build.source.patterns import linear_pattern

Place: TypeAlias = tuple[str, ...]
_PREDICATES: Final = tuple(field.name for field in fields(ValueCheck))
_MAX_VALUES: Final = 10_000


def predicate_faults(check: ValueCheck, key: str) -> Iterator[Fault]:
    """Yield a fault if a check requires nothing of its value, or what no value can have."""
    given = [name for name in _PREDICATES if getattr(check, name) is not None]
    if not given:
        names = ", ".join(f"`{name.replace('_', '-')}`" for name in _PREDICATES)
        yield Fault(key=(key,), message="it does not restrict the value", help=f"write one of {names}")
    if check.exists is False and len(given) > 1:
        yield Fault(key=(key, "exists"), message="a value that must not exist cannot also have a value")
    if check.matches is not None:
        yield from pattern_faults(check.matches, (key, "matches"))


def values_at(data: object, dotted: str) -> tuple[tuple[Place, object], ...]:
    """Return the values at dotted keys, each with its keys. `*` is each key or element; what is missing is left out."""
    found: list[tuple[Place, object]] = [((), data)]
    for name in dotted.split("."):
        found = [
            ((*place, key), below) for place, value in found for key, below in _below(value, name) if len(place) < 20
        ][:_MAX_VALUES]
    return tuple(found)


def _below(value: object, name: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        keys = list(value) if name == "*" else [name] if name in value else []
        yield from ((str(key), value[key]) for key in keys)
    elif isinstance(value, list) and name == "*":
        yield from ((str(number), element) for number, element in enumerate(value))
    elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
        yield name, value[int(name)]


def problem(check: ValueCheck, dotted: str, data: object) -> tuple[Place, str] | None:
    """Return the first value that is not as a check requires, as its keys and what is wrong; None if all are."""
    values = values_at(data, dotted)
    if check.exists is False:
        return (values[0][0], f"`{'.'.join(values[0][0])}` is set") if values else None
    missing = _missing(dotted, data) if not values or "*" in dotted.split(".") else None
    if missing is not None:
        return missing
    for place, value in values:
        wrong = _wrong(check, value)
        if wrong:
            return place, f"`{'.'.join(place)}` {wrong}"
    return None


def _missing(dotted: str, data: object) -> tuple[Place, str] | None:
    """Return the place at which a key is missing: with `*`, each element must have what follows."""
    names = dotted.split(".")
    found: list[tuple[Place, object]] = [((), data)]
    for number, name in enumerate(names):
        below: list[tuple[Place, object]] = []
        for place, value in found:
            inside = [((*place, key), one) for key, one in _below(value, name)]
            if not inside and name != "*":
                return place, f"`{'.'.join((*place, *names[number:]))}` is missing"
            below.extend(inside)
        found = below[:_MAX_VALUES]
    return None


def _wrong(check: ValueCheck, value: object) -> str:
    """Return what is wrong with a value, as the rest of a sentence; empty if nothing is."""
    shown = _shown(value)
    if check.equals is not None and not _same(value, check.equals):
        return f"is {shown}, not {_shown(check.equals)}"
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
    if check.at_least is not None and (number is None or number < check.at_least):
        return f"is {shown}, less than {check.at_least}"
    if check.at_most is not None and (number is None or number > check.at_most):
        return f"is {shown}, more than {check.at_most}"
    return ""


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
