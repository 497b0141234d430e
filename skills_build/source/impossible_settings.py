"""Finds settings of codex.yaml that exclude each other: a soft limit above the hard one, a wave that adds nothing."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from skills_build.diagnostics import Finding
from skills_build.model.config import Budgets
from skills_build.model.gateway import GatewayBudget, GatewaySettings
from skills_build.source.yaml import Key, YamlValue
from skills_build.source.yaml_scalars import Data

_Wrong: TypeAlias = tuple[Key, str, str]
"""The key of a setting, what is wrong with it, and what to write."""

_LIMITS: Final = ("requests_per_minute", "writes_per_minute", "writes_per_hour")
_PERCENT: Final = "write a larger `percent`, or remove the wave"


def impossible_settings(value: YamlValue, *, path: str) -> Iterator[Finding]:
    """Yield a finding for each setting that another one makes useless. `value` is a codex.yaml."""
    for search in (_budgets, _limits, _waves, _levels, _gateway):
        for key, message, help_ in search(value):
            yield Finding(code="CX041", message=message, path=path, span=value.place(key), help=help_)


def _number(value: YamlValue, key: Key, default: int) -> int:
    number = value.at(key)
    return number if isinstance(number, int) and not isinstance(number, bool) else default


def _budgets(value: YamlValue) -> Iterator[_Wrong]:
    """Yield each budget that the output cannot reach, because a stricter one applies to the same text."""
    defaults = Budgets()
    rows = (("fragment", "fragment_hard", defaults.fragment_hard), ("description", "catalogue", defaults.catalogue))
    for small, large, large_default in rows:
        one = _number(value, ("budgets", small), 0)
        other = _number(value, ("budgets", large), large_default)
        if one > other:
            message = f"`budgets.{small}` ({one}) is more than `budgets.{large}` ({other}), so it never applies"
            yield ("budgets", small), message, f"write a number of at most {other}, or raise `budgets.{large}`"


def _limits(value: YamlValue) -> Iterator[_Wrong]:
    """Yield each number of writes that other limits of the same host never allow."""
    for key in value.values:
        if key[-2:] != ("limits", "writes_per_minute"):
            continue
        own = _number(value, key, 0)
        for other in _LIMITS:
            most = _number(value, (*key[:-1], other), own)
            if own > most:
                message = f"`writes_per_minute` ({own}) is more than `{other}` ({most}), so it never applies"
                yield key, message, f"write a number of at most {most}, or raise `{other}`"
                break


def _mappings(value: YamlValue, key: Key) -> Sequence[dict[str, Data]]:
    """Return the mappings of a list; an empty one for any other item."""
    items = value.at(key)
    return [item if isinstance(item, dict) else {} for item in items] if isinstance(items, list) else []


def _waves(value: YamlValue) -> Iterator[_Wrong]:
    """Yield each wave that reaches no repository which the waves before it do not reach."""
    yield from _named_twice(value, ("waves",), "wave")
    reached, by = 0, ""
    for number, wave in enumerate(_mappings(value, ("waves",))):
        percent, name = _number(value, ("waves", number, "percent"), 0), wave.get("name")
        if percent <= reached and not wave.get("names"):
            place: Key = ("waves", number, "percent") if "percent" in wave else ("waves", number)
            if not percent:
                yield place, f"the wave `{name}` reaches no repository", "write `percent` or `names`"
            else:
                message = f"the wave `{name}` reaches only repositories that `{by}` ({reached}%) reaches before it"
                yield place, message, _PERCENT
        if percent > reached:
            reached, by = percent, str(name)


def _levels(value: YamlValue) -> Iterator[_Wrong]:
    """Yield each level of a scorecard that no repository gets, because a better one requires no more."""
    key: Key = ("audit", "levels")
    yield from _named_twice(value, key, "level")
    levels = _mappings(value, key)
    for number, level in enumerate(levels):
        better = next((one for one in levels[:number] if _requires_no_more(one, level)), None)
        if better is not None and better.get("name") != level.get("name"):
            message = (
                f"no repository gets the level `{level.get('name')}`, because "
                f"`{better.get('name')}` is better but not stricter"
            )
            yield (*key, number), message, "list the strictest level first"


def _requires_no_more(one: dict[str, Data], other: dict[str, Data]) -> bool:
    """Return whether each repository that meets the requirements of `other` also meets those of `one`."""
    if any(_share(one.get(key)) > _share(other.get(key)) for key in ("compliant", "assessed")):
        return False
    most, most_of_other = one.get("blocking"), other.get("blocking")
    return most is None or (most_of_other is not None and _share(most_of_other) <= _share(most))


def _share(number: Data) -> float:
    return number if isinstance(number, int | float) else 0


def _named_twice(value: YamlValue, key: Key, kind: str) -> Iterator[_Wrong]:
    seen: set[Data] = set()
    for number, item in enumerate(_mappings(value, key)):
        name = item.get("name")
        if isinstance(name, str) and name in seen:
            yield (*key, number, "name"), f"two {kind}s have the name `{name}`", "write another name"
        if isinstance(name, str):
            seen.add(name)


def _gateway(value: YamlValue) -> Iterator[_Wrong]:
    """Yield the budget of tokens that the largest question and response exceed: they are never sent."""
    if not isinstance(value.at(("gateway",)), dict):
        return
    tokens = _number(value, ("gateway", "budget", "tokens"), GatewayBudget().tokens)
    defaults = GatewaySettings(url="")
    keys = (("packet", defaults.packet), ("max_output", defaults.max_output))
    sizes = {name: _number(value, ("gateway", name), default) for name, default in keys}
    needed = sum(sizes.values())
    if needed > tokens:
        named: tuple[Key, ...] = (("gateway", "budget", "tokens"), ("gateway", "packet"), ("gateway", "max_output"))
        key = next(one for one in named if one in value.values)
        total = " + ".join(f"`gateway.{name}`" for name in sizes)
        message = f"{total} ({needed}) is more than `gateway.budget.tokens` ({tokens}), so long questions are not sent"
        yield key, message, f"write `tokens: {needed}` or more, or lower the other limits"
