"""Parameters of steps: frozen dataclasses whose fields describe themselves to forms and the command line."""

from __future__ import annotations

import ast
import dataclasses
import functools
import math
import types
import typing
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

import numpy as np

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.session.dataset_id import located

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# literals as users type them; Python's own would be True, False and None
_WORDS = {"true": True, "yes": True, "false": False, "no": False, "none": None}


_MOST_SECONDS = 1e12
"""Still a number of samples that fits into 64 bits."""
_MOST_INTEGER = 2**63 - 1
"""Largest integer that a file can store."""


@dataclass(frozen=True)
class Described:
    """Description of a parameter for the user.

    Attributes
    ----------
    label, unit, tip
        Label, unit and tooltip of its form field.
    minimum, maximum
        Inclusive bounds of a number.
    """

    label: str
    unit: str = ""
    tip: str = ""
    minimum: float | None = None
    maximum: float | None = None


def parameter(
    default: Any,
    label: str,
    *,
    unit: str = "",
    tip: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
) -> Any:
    """Return a dataclass field with its description."""
    description = Described(label, unit, tip, minimum, maximum)
    return dataclasses.field(default=default, metadata={"described": description})


@dataclass(frozen=True)
class Parameter:
    """Parameter of a step, with its type and description."""

    name: str
    type: Any
    default: Any
    described: Described

    @property
    def choices(self) -> tuple[Any, ...]:
        """Permitted values of a parameter with a fixed choice, otherwise empty."""
        if get_origin(self.type) is Literal:
            return get_args(self.type)
        options = [get_args(kind) for kind in _options(self.type) if get_origin(kind) is Literal]
        return tuple(choice for group in options for choice in group)


def parameters_of(params: Any) -> tuple[Parameter, ...]:
    """Return the parameters of a parameter dataclass, or of an object of it, in order."""
    return _parameters_of_class(params if isinstance(params, type) else type(params))


@functools.cache
def _parameters_of_class(cls: type) -> tuple[Parameter, ...]:
    hints = get_type_hints(cls)
    return tuple(
        Parameter(field.name, hints[field.name], field.default, field.metadata["described"])
        for field in dataclasses.fields(cls)
    )


def checked(params: Any, title: str) -> Any:
    """Return the parameters unchanged, if each has the right type and is within its bounds.

    Raises
    ------
    ConfigurationError
        If one is not; the message names it.
    """
    for item in parameters_of(params):
        value = getattr(params, item.name)
        if not _fits(value, item.type):
            raise ConfigurationError(
                f"{title}: '{item.described.label}' cannot be {value!r}; it must be {_words(item.type)}."
            )
        _check_bounds(value, item, title)
    return params


def _check_bounds(value: Any, item: Parameter, title: str) -> None:
    described = item.described
    for number in value if isinstance(value, tuple) else (value,):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            continue
        # "not >=" instead of "<": NaN is out of bounds too
        low = described.minimum is not None and not number >= described.minimum
        if low or (described.maximum is not None and not number <= described.maximum):
            bounds = " and ".join(
                f"at {word} {bound:g}"
                for word, bound in (("least", described.minimum), ("most", described.maximum))
                if bound is not None
            )
            unit = f" {described.unit}" if described.unit else ""
            raise ConfigurationError(
                f"{title}: '{described.label}' is {_digits(number)}{unit}; it must be {bounds}{unit}."
            )
        if abs(number) > _most(number, described.unit):
            raise ConfigurationError(
                f"{title}: '{described.label}' is {_digits(number)}, which is too large."
            )


def _most(number: float, unit: str) -> float:
    if isinstance(number, int):
        return _MOST_INTEGER
    return _MOST_SECONDS if unit == "s" else math.inf


def _digits(number: float) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)


def make_params(cls: type, values: Mapping[str, Any], title: str) -> Any:
    """Create parameters from values by name, with defaults for the others.

    NumPy numbers, lists in place of tuples and strings in place of paths are accepted.

    Raises
    ------
    ConfigurationError
        If a name is unknown or a value is unsuitable.
    """
    _check_names(cls, values, title)
    kinds = {item.name: item.type for item in parameters_of(cls)}
    return checked(cls(**{name: _read(value, kinds[name]) for name, value in values.items()}), title)


def _read(value: Any, kind: Any) -> Any:
    """Interpret a value from a script or file for a parameter of this type."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    readings = [value]
    if isinstance(value, str):
        readings.append(Path(value))
    elif isinstance(value, (list, tuple)):
        readings.append(tuple(item.item() if isinstance(item, np.generic) else item for item in value))
    return next((reading for reading in readings if _fits(reading, kind)), value)


def _check_names(params: Any, given: Iterable[str], title: str) -> None:
    known = sorted(item.name for item in parameters_of(params))
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigurationError(
            f"{title} has no parameter '{unknown[0]}'. It has: {', '.join(known) or 'none'}."
        )


def changed(params: Any, texts: Mapping[str, str], title: str, *, by_label: bool = False) -> Any:
    """Return parameters with some of them replaced by what a user typed.

    Parameters
    ----------
    params
        Original parameters, an object of a step's parameter class.
    texts
        Text typed by the user, by parameter name.
    title
        Name of the step for messages.
    by_label
        Whether messages refer to parameters by their labels, as in a form, rather than by their names.

    Returns
    -------
    changed
        New parameters.

    Raises
    ------
    ConfigurationError
        If a name is unknown, or a text is not a suitable value.
    """
    _check_names(params, texts, title)
    known = {item.name: item for item in parameters_of(params)}
    called = {name: item.described.label if by_label else name for name, item in known.items()}
    values = {name: _parsed(text, known[name], title, called[name]) for name, text in texts.items()}
    return checked(dataclasses.replace(params, **values), title)


def _parsed(text: str, item: Parameter, title: str, called: str) -> Any:
    """Parse a text: as a Python literal if that fits the parameter, otherwise as plain text or its parts."""
    for value in _meanings(text.strip()):
        if _fits(value, item.type):
            return value
    raise ConfigurationError(f"{title}: '{called}' cannot be '{text}'; it must be {_words(item.type)}.")


def _meanings(text: str) -> list[Any]:
    """Possible meanings of a text, most likely first; an empty text means None where that is allowed."""
    parts = tuple(part for part in map(str.strip, text.split(",")) if part)
    if not text:
        return [None, text, parts]
    literal = _literal(text)
    # one number is also a list of one
    return [tuple(literal) if isinstance(literal, list) else literal, text, Path(text), parts, (literal,)]


def _literal(text: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the backslashes of a Windows path
            return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # the last two: deep nesting
        return _WORDS.get(text.lower(), text)


def _options(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in {types.UnionType, typing.Union} else (kind,)


def _fits(value: Any, kind: Any) -> bool:
    if len(_options(kind)) > 1:
        return any(_fits(value, option) for option in _options(kind))
    origin = get_origin(kind)
    if origin is Literal:
        # the type too, as True == 1
        return any(value == choice and type(value) is type(choice) for choice in get_args(kind))
    if origin is tuple:
        return isinstance(value, tuple) and _fits_items(value, get_args(kind))
    if kind is float:  # True is an int to Python, and infinity fits no file
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, type(None) if kind is None else kind)


def _fits_items(value: tuple[Any, ...], kinds: tuple[Any, ...]) -> bool:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return all(_fits(item, kinds[0]) for item in value)
    return len(value) == len(kinds) and all(map(_fits, value, kinds))


_MANY: Final = {int: "whole numbers", float: "numbers", str: "names"}
"""Types of which a parameter accepts several."""


def _words(kind: Any) -> str:
    """Describe the values of a type for the user."""
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if get_origin(kind) is tuple:
        items = [item for item in get_args(kind) if item is not Ellipsis]
        n_items = "one or more" if Ellipsis in get_args(kind) else str(len(items))
        return f"{n_items} {_MANY[items[0]]} separated by commas"
    if len(_options(kind)) > 1:
        return " or ".join(_words(option) for option in _options(kind))
    plain = {int: "a whole number", float: "a number", str: "text", bool: "yes or no", Path: "a path"}
    return plain.get(kind, "empty" if kind in {None, type(None)} else str(kind))


def recorded(params: Any) -> dict[str, Any]:
    """Return parameters as values for a file: paths as text, tuples as lists."""
    return {item.name: _plain(getattr(params, item.name)) for item in parameters_of(params)}


def path_names(params: Any) -> set[str]:
    """Return the names of those parameters that are paths."""
    return {item.name for item in parameters_of(params) if Path in _options(item.type)}


def non_default(params: Any, *, paths: bool = False) -> dict[str, Any]:
    """Return those parameters that differ from their defaults, as values for a file.

    Parameters
    ----------
    params
        Object of a parameter class.
    paths
        Whether to keep paths, which are not valid on other computers.
    """
    own, usual = recorded(params), recorded(type(params)())
    without = set() if paths else path_names(params)
    return {name: own[name] for name in own if own[name] != usual[name] and name not in without}


def without_defaults(values: Mapping[str, Any], cls: type) -> dict[str, Any]:
    """Return values by name without those that only spell out the default of a parameter."""
    known = {item.name: item for item in parameters_of(cls)}
    return {
        name: value
        for name, value in values.items()
        if name not in known or not _is_default(value, known[name])
    }


def _is_default(value: Any, item: Parameter) -> bool:
    reading = _read(value, item.type)
    return _fits(reading, item.type) and bool(reading == item.default)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return located(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def with_floats(params: Any) -> Any:
    """Return parameters with whole numbers as floats where a float is expected: 5 and 5.0 have the same hash."""
    values = {item.name: _as_float(getattr(params, item.name), item.type) for item in parameters_of(params)}
    return dataclasses.replace(params, **values)


def _as_float(value: Any, kind: Any) -> Any:
    if isinstance(value, tuple):
        kinds = next(get_args(option) for option in _options(kind) if _fits(value, option))
        kinds = kinds[:1] * len(value) if kinds[1:] == (Ellipsis,) else kinds
        return tuple(map(_as_float, value, kinds))
    is_float = float in _options(kind) and int not in _options(kind)
    return float(value) if is_float and type(value) is int else value


def restored(params: Any, record: Mapping[str, Any]) -> Any:
    """Return parameters with those values of a file's record that are still valid."""
    items = [item for item in parameters_of(params) if item.name in record]
    readings = {item.name: _read(record[item.name], item.type) for item in items}
    fitting = {item.name: readings[item.name] for item in items if _fits(readings[item.name], item.type)}
    return dataclasses.replace(params, **fitting)


def unfit_words(params: Any, record: Mapping[str, Any], title: str) -> list[str]:
    """Return one message for each value of a file's record that `restored` cannot use."""
    return [
        f"{title}: the value of '{item.described.label}' in the file, {record[item.name]!r}, is no longer valid. "
        "Check the parameters before you run the step again."
        for item in parameters_of(params)
        if item.name in record and not _fits(_read(record[item.name], item.type), item.type)
    ]
