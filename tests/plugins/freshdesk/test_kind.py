"""What the plug-in declares: a form that can be drawn, abilities that are kept, hooks that only hand over."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deskpulse.hub import Hub
from deskpulse.plugin_api import Capability, Connection, Refused, Support, TicketRef
from deskpulse_freshdesk import links, plugin
from deskpulse_freshdesk.kind import KEY_IS_A_PERSON, KIND

VALIDATOR = Draft202012Validator(KIND.settings_schema)
NEVER = {Capability.SIGNED_DELIVERIES, Capability.FRESH_DELIVERIES, Capability.DELIVERY_IDS, Capability.OAUTH}


def test_the_hub_takes_the_plugin() -> None:
    hub = Hub()
    hub.register(plugin, "freshdesk")
    assert hub.kind("freshdesk") is KIND


def test_the_settings_are_a_form_of_texts() -> None:
    Draft202012Validator.check_schema(dict(KIND.settings_schema))
    for name, spec in KIND.settings_schema["properties"].items():
        assert spec["type"] == "string", name
        assert spec["title"], name
        assert spec["description"].endswith("."), name
    assert KIND.secret_fields() == {"api_key", "shared_secret", "shared_secret_old"}


@pytest.mark.parametrize(
    "values",
    [
        {"domain": "acme"},
        {"domain": "acme-2", "api_key": "k", "resolved_statuses": "8, 9"},
        {"domain": "acme", "base_url": "http://127.0.0.1:8080", "segment1_field": "contact:site"},
        {"domain": "acme", "base_url": "https://proxy.example.com/freshdesk"},
        {
            "domain": "acme",
            "segment2_field": "cf_x",
            "category_field": "ticket:cf_y",
            "mapped_fields": "cf_a, company:b",
        },
    ],
)
def test_good_settings(values: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"domain": ""},
        {"domain": "acme.freshdesk.com"},
        {"domain": "support.acme.com"},
        {"domain": "evil.example/"},
        {"domain": "acme", "base_url": "http://freshdesk.example.com"},
        {"domain": "acme", "base_url": "https://user@example.com"},
        {"domain": "acme", "resolved_statuses": "Solved"},
        {"domain": "acme", "segment1_field": "user:x"},
        {"domain": "acme", "mapped_fields": "1;2"},
        {"domain": "acme", "segment": "contact:site"},
    ],
)
def test_bad_settings(values: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(values)


def test_what_freshdesk_cannot_do_is_declared_and_said_plainly() -> None:
    assert {one for one in Capability if KIND.support(one) is Support.CANT} == NEVER
    assert {one for one in Capability if KIND.support(one) is Support.FULL} == set(Capability) - NEVER
    assert set(KIND.capability_notes) >= NEVER
    assert "signs nothing" in KIND.capability_notes[Capability.SIGNED_DELIVERIES]
    assert KEY_IS_A_PERSON in KIND.notes
    assert any("Free" in note for note in KIND.notes)
    assert any("Nothing that Freshdesk sends is signed" in note for note in KIND.notes)
    assert KIND.sends_invites
    assert KIND.oauth is None


def test_the_agents_screen_is_linked_and_never_the_portal(connection: Callable[..., Connection]) -> None:
    assert links.ticket_url(connection(), TicketRef("205")) == "https://acme.freshdesk.com/a/tickets/205"
    slashed = connection(settings={"base_url": "https://proxy.example.com/fd/"})
    assert links.ticket_url(slashed, TicketRef("1/2")) == "https://proxy.example.com/fd/a/tickets/1%2F2"
    with pytest.raises(Refused, match="domain"):
        links.base_url({"domain": "acme.freshdesk.com"})


def test_hooks_only_hand_over() -> None:
    functions = [node for node in ast.parse(inspect.getsource(plugin)).body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == 13
    assert all((node.end_lineno or 0) - node.lineno < 10 for node in functions)
