"""The decorator of every value: `dataclasses.dataclass`, with the methods of a frozen class made in less time.

The standard library compiles six methods for each frozen class, one by one, when its module is imported; that was a
quarter of the time of `codexc check` (https://github.com/python/cpython/issues/109870). Here only `__init__` is
compiled. Behaviour, `fields`, `replace` and `asdict` are the same; tests compare the two. Type checkers see the
decorator of the standard library.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """Make a class a dataclass, with the options of the standard library."""
        if cls is not None:
            return dataclasses.dataclass(cls, **options)
        return lambda cls: _dataclass(cls, options)


_FAST: Final = ("frozen", "slots", "kw_only")
_DEFAULT: Final = object()
"""The default of a parameter whose value comes from a factory."""


def _dataclass(cls: type, options: dict[str, bool]) -> type:
    """Return the dataclass for a class. Classes that inherit fields, or have other options, are not made here."""
    rest = {name: value for name, value in options.items() if name not in _FAST}
    inherits = any(dataclasses.is_dataclass(base) for base in cls.__mro__[1:])
    if inherits or not all(options.get(name) for name in _FAST) or not rest.keys() <= {"eq", "repr"}:
        return dataclasses.dataclass(**options)(cls)
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, slots=True, kw_only=True)(cls)
    made.__dataclass_params__.frozen = True
    fields = dataclasses.fields(made)
    methods = _frozen_methods(made, fields)
    methods |= _comparison(cls, fields) if rest.get("eq", True) else {}
    methods |= {"__repr__": _repr} if rest.get("repr", True) and "__repr__" not in cls.__dict__ else {}
    for name, method in methods.items():
        setattr(made, name, method)
    return cast("type", made)


def _frozen_methods(cls: type, fields: tuple[Field[Any], ...]) -> dict[str, object]:
    setters = tuple(cls.__dict__[field.name].__set__ for field in fields)

    def set_state(self: object, state: list[object]) -> None:
        for setter, value in zip(setters, state, strict=True):
            setter(self, value)

    return {
        "__init__": _init(cls, fields, setters),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__getstate__": _state,
        "__setstate__": set_state,
        "__match_args__": (),
    }


def _init(cls: type, fields: tuple[Field[Any], ...], setters: tuple[Callable[..., None], ...]) -> object:
    """Return the initializer, compiled from one line per field."""
    scope: dict[str, Any] = {"_DEFAULT": _DEFAULT}
    parameters, lines = ["self", "*"] if fields else ["self"], []
    for field, setter in zip(fields, setters, strict=True):
        name = field.name
        if not field.init:
            raise TypeError(f"field `{name}` cannot have init=False")
        scope[f"_set_{name}"] = setter
        if field.default_factory is not MISSING:
            scope[f"_default_{name}"] = field.default_factory
            parameters.append(f"{name}=_DEFAULT")
            lines.append(f" _set_{name}(self, _default_{name}() if {name} is _DEFAULT else {name})")
            continue
        if field.default is not MISSING:
            scope[f"_default_{name}"] = field.default
        parameters.append(name if field.default is MISSING else f"{name}=_default_{name}")
        lines.append(f" _set_{name}(self, {name})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *(lines or [" pass"])]), scope)
    init = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {**{field.name: field.type for field in fields}, "return": None}
    return init


def _comparison(cls: type, fields: tuple[Field[Any], ...]) -> dict[str, object]:
    """Return `__eq__` and `__hash__`, except those that the class has itself."""
    compared = tuple(field.name for field in fields if field.compare)
    in_hash = tuple(field.name for field in fields if (field.compare if field.hash is None else field.hash))
    compared_values, hashed_values = _values_of(compared), _values_of(in_hash)

    def equal(self: object, other: object) -> object:
        return compared_values(self) == compared_values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(hashed_values(self))

    methods: dict[str, object] = {} if "__eq__" in cls.__dict__ else {"__eq__": equal}
    return methods if cls.__dict__.get("__hash__") else {**methods, "__hash__": hashed}


def _values_of(names: tuple[str, ...]) -> Callable[[object], object]:
    return attrgetter(*names) if len(names) > 1 else lambda value: tuple(getattr(value, name) for name in names)


@recursive_repr()
def _repr(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({shown})"


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _refuse_to_set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
