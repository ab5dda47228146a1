"""The settings of a kind of helpdesk as a JSON Schema (2020-12): the builders, and the fields that most kinds have.

Some of these settings name fields of the helpdesk; what they name, and what stands there, is read here too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deskpulse.values import Raw, value_text

ADDRESS = r"^$|^(?:https://[^\s/?#@]+|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)(?:/[^\s?#]*)?$"
"""Nothing, or an address without query; plain http on this machine only."""

Field = dict[str, Any]


def settings_schema(properties: Mapping[str, Field], required: Sequence[str] = ()) -> dict[str, Any]:
    """The schema of a kind's settings, shown in this order; nothing but these may be entered."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
        "properties": dict(properties),
    }


def text_field(title: str, description: str, **more: Any) -> Field:
    """A setting, with further keywords of JSON Schema such as ``pattern``, ``enum`` or ``examples``."""
    return {"type": "string", "title": title, "description": description, **more}


def secret_field(title: str, description: str, **more: Any) -> Field:
    """A setting that is encrypted at rest and never shown again."""
    return text_field(title, description, secret=True, **more)


def address_field(description: str) -> Field:
    """The base address of an account; empty, it follows from the account's name."""
    return text_field("Address", description, pattern=ADDRESS)


def ticket_fields(pattern: str, explained: str, category: str) -> dict[str, Field]:
    """The settings that name fields of the helpdesk: what fills both segments, the category, and what is kept besides.

    ``pattern`` is what a field's name looks like, ``explained`` says so in words, ``category`` tells what is used where
    no field is named.
    """

    def named(title: str, description: str) -> Field:
        return text_field(title, f"{description} {explained}", pattern=f"^(?:{pattern})?$")

    return {
        "segment1_field": named("Field for segment 1", "Fills the first segment, such as location."),
        "segment2_field": named("Field for segment 2", "Fills the second segment, such as function."),
        "category_field": named("Field for the category", category),
        "mapped_fields": text_field(
            "Further fields",
            f"Kept with every ticket for rules and reports, separated by commas or spaces. {explained}",
            pattern=rf"^[\s,]*(?:{pattern}(?:[\s,]+|$))*$",
        ),
    }


def named_fields(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Every field that the settings of :func:`ticket_fields` name, in the very words of the setting, and once each."""
    words = (word for name in ticket_fields("", "", "") for word in re.split(r"[,\s]+", settings.get(name) or ""))
    return tuple(dict.fromkeys(filter(None, words)))


@dataclass(frozen=True, slots=True)
class FieldReference:
    """A field as an administrator names it where not only tickets have fields: ``site``, ``contact:site``."""

    text: str
    source: str
    key: str


def field_references(settings: Mapping[str, str], sources: Sequence[str]) -> tuple[FieldReference, ...]:
    """The named fields, each of one of ``sources``: the first, where none is said. What is no name is left out."""
    pattern = re.compile(rf"(?:(?P<source>{'|'.join(sources)}):)?(?P<key>[A-Za-z0-9_]+)")
    found = ((word, pattern.fullmatch(word)) for word in named_fields(settings))
    return tuple(FieldReference(word, match["source"] or sources[0], match["key"]) for word, match in found if match)


def field_values(settings: Mapping[str, str], raw_records: Mapping[str, Raw]) -> dict[str, str]:
    """What stands in the named fields as text, under the words of the setting; ``raw_records`` is by source."""
    named = field_references(settings, tuple(raw_records))
    found = {one.text: value_text(raw_records[one.source].get(one.key)) for one in named}
    return {name: value for name, value in found.items() if value}
