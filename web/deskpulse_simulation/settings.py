"""Changing a dataclass by a JSON object, each value checked against the field's type."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args, get_origin, get_type_hints

from deskpulse_simulation.records import BadInput, Json


def assign(target: Any, given: Json) -> Json:
    """Set fields of a dataclass instance and return how all of them stand; BadInput leaves it as it was.

    Fields may be of simple types, unions of them, ``Literal``, ``list``, ``dict``, or ``tuple`` (sent as a list).
    """
    checked = check(type(target), given)
    for name, value in checked.items():
        setattr(target, name, value)
    return dataclasses.asdict(target)


def check(kind: type, given: Json) -> Json:
    """The values as a dataclass's fields take them; BadInput for an unknown name or a value of another type."""
    unknown = given.keys() - {field.name for field in dataclasses.fields(kind)}
    if unknown:
        raise BadInput(f"unknown: {', '.join(sorted(unknown))}")
    hints = get_type_hints(kind)
    return {name: _fitting(name, value, hints[name]) for name, value in given.items()}


def _fitting(name: str, value: Any, hint: Any) -> Any:
    if isinstance(value, list) and get_origin(hint) is tuple:
        return tuple(value)
    if not _fits(value, hint):
        raise BadInput(f"{name}: {value!r} is of the wrong type")
    return value


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin in (list, dict, tuple):
        return isinstance(value, origin)
    if origin is not None:  # a union
        return any(_fits(value, one) for one in get_args(hint))
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, (int, float) if hint is float else hint)
