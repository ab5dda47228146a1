"""Checking bodies as the vendor does: unknown keys, wrong types and wrong choices are refused, all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.errors import Problem, invalid, mismatch, missing, not_among, unexpected
from deskpulse_freshdesk.simulator.records import Field
from deskpulse_simulation.records import Json
from deskpulse_simulation.tables import Table

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True)
class Kind:
    """A type of value: what the vendor calls it, whether a value is one, and whether null may clear it."""

    name: str
    fits: Callable[[Any], bool]
    nullable: bool = True


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return _whole(value) or isinstance(value, float)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_whole, value))


def read_time(text: str) -> datetime | None:
    """An ISO 8601 moment, or a day's beginning; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


TEXT = Kind("String", lambda value: isinstance(value, str))
WHOLE = Kind("Integer", _whole)
ID = Kind("Positive Integer", lambda value: _whole(value) and value > 0)
NUMBER = Kind("Number", _number)
SOME_TEXT, SOME_WHOLE, SOME_ID = (replace(kind, nullable=False) for kind in (TEXT, WHOLE, ID))
"""The same where there must always be a value."""
FLAG = Kind("Boolean", lambda value: isinstance(value, bool), nullable=False)
TEXTS = Kind("Array", _texts, nullable=False)
IDS = Kind("Array", _numbers, nullable=False)
OBJECT = Kind("key/value pair", lambda value: isinstance(value, dict))
SOME_OBJECT = replace(OBJECT, nullable=False)
OBJECTS = Kind(
    "Array", lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value), nullable=False
)
ANYTHING = Kind("String", lambda value: True)  # noqa: ARG005 - whatever it is
MOMENT = Kind("DateTime", lambda value: isinstance(value, str) and read_time(value) is not None)
DAY = Kind("Date", lambda value: isinstance(value, str) and _DATE.match(value) is not None)

FIELD_KINDS = {
    "custom_text": TEXT,
    "custom_paragraph": TEXT,
    "custom_checkbox": FLAG,
    "custom_number": WHOLE,
    "custom_decimal": NUMBER,
    "custom_date": DAY,
    "custom_dropdown": TEXT,
    "custom_phone_number": TEXT,
    "custom_url": TEXT,
    "nested_field": TEXT,
}
"""The types of custom fields, with what a value of each must be."""


def check(raw: Json, spec: Mapping[str, Kind], required: Collection[str] = ()) -> list[Problem]:
    """What is wrong with a body. A null clears a value where there may be none."""
    problems = [unexpected(key) for key in raw if key not in spec]
    absent = [key for key in required if raw.get(key) is None]
    problems += [missing(key, f"a/an {spec[key].name}") for key in absent]
    problems += [
        mismatch(key, spec[key].name, value)
        for key, value in raw.items()
        if key in spec and key not in absent and not _takes(spec[key], value)
    ]
    return problems


def _takes(kind: Kind, value: Any) -> bool:
    return kind.nullable if value is None else kind.fits(value)


def check_choice(raw: Json, key: str, choices: Sequence[Any]) -> list[Problem]:
    """Whether a value of the right type is one of the choices."""
    value = raw.get(key)
    return [] if value is None or value in choices else [not_among(key, choices)]


def check_custom(raw: Json, fields: Table[int, Field]) -> list[Problem]:
    """What is wrong with ``custom_fields``: a key no field has, a value of another type, an unknown choice."""
    given = raw.get("custom_fields")
    if not isinstance(given, dict):
        return []
    known = {one.name: one for one in fields if not one.default}
    problems = []
    for key, value in given.items():
        where, custom = f"custom_fields.{key}", known.get(key)
        if custom is None:
            problems.append(unexpected(where))
        elif value is not None and not FIELD_KINDS[custom.type].fits(value):
            problems.append(mismatch(where, FIELD_KINDS[custom.type].name, value))
        elif value is not None and custom.choices and value not in custom.choices:
            problems.append(not_among(where, list(custom.choices)))
    return problems


def check_required(account: Account, fields: Table[int, Field], values: Json, *flags: str) -> list[Problem]:
    """Custom fields that must be filled, by one of these flags, and are not."""
    if not account.switches.required_fields_checked:
        return []
    return [
        missing(f"custom_fields.{one.name}", f"a/an {FIELD_KINDS[one.type].name}")
        for one in fields
        if not one.default and any(getattr(one, flag) for flag in flags) and values.get(one.name) in (None, "")
    ]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise them all as one 400."""
    if problems:
        raise invalid(*problems)
