"""What may be written into a field of each type, and what is stored for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from deskpulse_zendesk.simulator.errors import invalid
from deskpulse_zendesk.simulator.records import Field

TICKET_TYPES = frozenset(
    [
        "text",
        "textarea",
        "checkbox",
        "date",
        "integer",
        "decimal",
        "regexp",
        "partialcreditcard",
        "multiselect",
        "tagger",
        "lookup",
    ]
)
PERSON_TYPES = frozenset(
    ["text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "dropdown", "lookup", "multiselect"]
)
CHOICES = frozenset(("tagger", "dropdown", "multiselect"))
TYPE_CLASSES = {
    "tagger": "FieldTagger",
    "integer": "FieldInteger",
    "decimal": "FieldDecimal",
    "checkbox": "FieldCheckbox",
    "date": "FieldDate",
    "multiselect": "FieldMultiselect",
    "textarea": "FieldTextarea",
}
_TRUE = (True, "true", "1", 1)


def clean(field: Field, value: Any, where: str) -> Any:
    """The stored form of a value, or a 422 under ``where`` when the type does not allow it."""
    if value is None or value == "":
        return None
    match field.type:
        case "integer":
            return _number(field, value, where, int)
        case "decimal":
            return _number(field, value, where, float)
        case "checkbox":
            return value in _TRUE
        case "date":
            return _day(field, value, where)
        case "tagger" | "dropdown":
            return _choice(field, str(value), where)
        case "multiselect":
            return [_choice(field, str(item), where) for item in (value if isinstance(value, list) else [value])]
        case _:
            return str(value)


def _number(field: Field, value: Any, where: str, kind: type[int] | type[float]) -> int | float:
    wrong = invalid(where, f"{field.title}: '{value}' is not a number", "InvalidFormat")
    if isinstance(value, bool) or (kind is int and isinstance(value, float) and value != int(value)):
        raise wrong
    try:
        return kind(value)
    except (ValueError, TypeError):
        raise wrong from None


def _day(field: Field, value: Any, where: str) -> str:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise invalid(where, f"{field.title}: '{value}' is not a date", "InvalidFormat") from None


def _choice(field: Field, value: str, where: str) -> str:
    if value not in {option["value"] for option in field.options}:
        raise invalid(where, f"{field.title}: '{value}' is not a valid option", "InvalidValue")
    return value


def field_tags(field: Field, value: Any) -> set[str]:
    """The ticket tags that a field's value stands for: chosen options, or a ticked checkbox's tag."""
    if field.type == "tagger":
        return {value} if value else set()
    if field.type == "multiselect":
        return set(value or ())
    return {field.tag} if field.type == "checkbox" and value and field.tag else set()


def tag_words(value: Any) -> list[str]:
    """Tags as given: a list, or words with spaces or commas between; lower case, each once, order kept."""
    words: Iterable[Any] = value.replace(",", " ").split() if isinstance(value, str) else value or ()
    return list(dict.fromkeys(str(word).strip().lower().replace(" ", "_") for word in words if str(word).strip()))
