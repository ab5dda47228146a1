"""The fields of a helpdesk that a connection's settings name, and what stands in them."""

from __future__ import annotations

from typing import Any

from deskpulse.plugin_api import field_references, field_values, ticket_fields

SOURCES = ("ticket", "contact", "company")
SETTINGS = {
    "segment1_field": "contact:site",
    "segment2_field": "",
    "category_field": "cf_kind",
    "mapped_fields": "ticket:cf_rooms, cf_kind\ncf_empty other:cf_x cf-y",
    "domain": "cf_no_field",
}


def test_each_field_is_named_once_in_the_words_of_its_setting() -> None:
    found = [(one.text, one.source, one.key) for one in field_references(SETTINGS, SOURCES)]
    assert found == [
        ("contact:site", "contact", "site"),
        ("cf_kind", "ticket", "cf_kind"),
        ("ticket:cf_rooms", "ticket", "cf_rooms"),
        ("cf_empty", "ticket", "cf_empty"),
    ]


def test_every_setting_that_names_fields_is_read() -> None:
    settings = {name: f"cf_{number}" for number, name in enumerate(ticket_fields("x", "y", "z"))}
    assert [one.text for one in field_references(settings, SOURCES)] == list(settings.values())
    assert field_references({}, SOURCES) == ()


def test_values_are_under_the_words_of_the_setting_and_empty_ones_are_left_out() -> None:
    records: dict[str, Any] = {
        "ticket": {"cf_kind": ["a", "b"], "cf_rooms": 3, "cf_empty": None, "cf_no_field": "x"},
        "contact": {"site": "Oslo"},
        "company": {},
    }
    found = field_values(SETTINGS, records)
    assert found == {"contact:site": "Oslo", "cf_kind": "a, b", "ticket:cf_rooms": "3"}
