"""The kind `forge`: a setting that a repository must have on its forge."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from skills_build.checks.base import Evaluation, ExampleForm, Fault, Gap, Kind, Match, Subject
from skills_build.checks.predicates import TooManyValuesError, predicate_faults, problem
from skills_build.json_input import parse_json
from skills_build.model.check import FORGE_SETTINGS, CheckKind, CheckSpec
from skills_build.model.standard import Example
from skills_build.source.similar import nearest


def validate(spec: CheckSpec) -> Iterator[Fault]:
    """Yield what is wrong with the predicate."""
    assert spec.forge is not None
    yield from predicate_faults(spec.forge, "forge")
    name = spec.forge.setting
    if not _is_read(name, FORGE_SETTINGS):
        near = nearest(name, FORGE_SETTINGS)
        known = ", ".join(f"`{one}`" for one in FORGE_SETTINGS)
        help_ = f"did you mean `{near}`?" if near else f"known settings: {known}"
        yield Fault(key=("forge", "setting"), message=f"unknown setting `{name}`", help=help_)


def evaluate(spec: CheckSpec, subject: Subject) -> Evaluation:
    """Compare a setting."""
    check = spec.forge
    assert check is not None
    if subject.settings is None:
        return Evaluation(gaps=(Gap(path="", why="the forge settings were not read"),))
    if subject.settings_read is not None and not _is_read(check.setting, subject.settings_read):
        why = f"`{check.setting}` is not reported by the forge, or is not supported by codexc"
        return Evaluation(gaps=(Gap(path="", why=why),))
    try:
        wrong = problem(check, check.setting, subject.settings)
    except TooManyValuesError as error:
        return Evaluation(gaps=(Gap(path="", why=f"in the forge settings, {error}"),))
    found = (Match(path="", text=wrong[1]),) if wrong else ()
    return Evaluation(matches=found, looked=(check.setting,))


def _is_read(setting: str, read: Iterable[str]) -> bool:
    """Return whether a setting, or one that it is a part of, is known."""
    return any(setting == name or setting.startswith(f"{name}.") for name in read)


def _is_settings(spec: CheckSpec, example: Example, own: bool) -> bool:
    return example.language == "json" and not example.path


def _as_settings(examples: Sequence[Example]) -> Subject:
    settings = parse_json(examples[0].code)
    if not isinstance(settings, dict):
        raise ValueError("expected a JSON object")
    return Subject(settings=settings)


KIND: Final = Kind(
    kind=CheckKind.FORGE,
    summary="a setting that a repository must have on its forge",
    validate=validate,
    evaluate=evaluate,
    examples=ExampleForm(fits=_is_settings, subject=_as_settings, expected=lambda _: "in JSON"),
)
