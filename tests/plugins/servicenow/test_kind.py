"""What the plug-in declares: a form that can be drawn, abilities that are kept, hooks that only hand over; links."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deskpulse.hub import Hub
from deskpulse.plugin_api import Capability, Connection, Refused, Support, TicketRef
from deskpulse_servicenow import links, plugin
from deskpulse_servicenow.kind import KIND

VALIDATOR = Draft202012Validator(dict(KIND.settings_schema))
USUAL = {"instance": "acme", "user_name": "deskpulse"}
KEY = "1c741bd70b2322007518478d83673af3"


def test_the_hub_takes_the_plugin() -> None:
    hub = Hub()
    hub.register(plugin, "servicenow")
    assert hub.kind("servicenow") is KIND


def test_the_settings_are_a_form_of_texts() -> None:
    Draft202012Validator.check_schema(dict(KIND.settings_schema))
    for name, spec in KIND.settings_schema["properties"].items():
        assert spec["type"] == "string", name
        assert spec["title"], name
        assert spec["description"].endswith("."), name
    assert KIND.secret_fields() >= {"password", "api_key", "client_secret", "access_token", "signing_secret"}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"base_url": "http://127.0.0.1:8080", "auth": "basic", "password": "p"},
        {"base_url": "https://proxy.example.com/snow", "auth": "client_credentials", "client_id": "c"},
        {"incident_states": "6, 7,12", "request_item_states": "-", "group_filter": "typeLIKE1cb8ab9bff500200158b"},
        {"segment1_field": "customer.location", "mapped_fields": "caller_id.department.name, u_site"},
        {"ticket_page": "/now/workspace/agent/record/{table}/{sys_id}"},
    ],
)
def test_good_settings(values: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid({**USUAL, **values})


@pytest.mark.parametrize(
    "values",
    [
        {"instance": ""},
        {"instance": "acme.service-now.com"},
        {"instance": "evil.example/"},
        {"user_name": ""},
        {"auth": "password"},
        {"base_url": "http://acme.example.com"},
        {"base_url": "https://user@example.com"},
        {"incident_states": "resolved"},
        {"group_filter": "active=true^NQname=x"},
        {"group_filter": "active=true^ORDERBYname"},
        {"segment1_field": "caller_id.Location"},
        {"mapped_fields": "a;b"},
        {"ticket_page": "https://elsewhere.example/{sys_id}"},
        {"ticket_page": "/x"},
        {"signing": "x"},
    ],
)
def test_bad_settings(values: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({**USUAL, **values})


def test_every_ability_is_declared_and_limits_are_noted() -> None:
    assert {one for one in Capability if KIND.support(one) is not Support.FULL} == {Capability.OAUTH}
    assert Capability.OAUTH in KIND.capability_notes
    assert not KIND.sends_invites
    assert any("resolved_at" in note for note in KIND.notes)


def test_hooks_only_hand_over() -> None:
    functions = [node for node in ast.parse(inspect.getsource(plugin)).body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == 12
    assert all((node.end_lineno or 0) - node.lineno < 10 for node in functions)
    assert "deskpulse_send_invite" not in {node.name for node in functions}


@pytest.mark.parametrize(
    ("page", "number", "path"),
    [
        ("", "INC0010001", f"/nav_to.do?uri=incident.do%3Fsys_id%3D{KEY}"),
        ("classic", "RITM0010001", f"/nav_to.do?uri=sc_req_item.do%3Fsys_id%3D{KEY}"),
        ("next", "INC1", f"/now/nav/ui/classic/params/target/incident.do%3Fsys_id%3D{KEY}"),
        ("workspace", "INC1", f"/now/sow/record/incident/{KEY}"),
        ("/now/cwf/agent/record/{table}/{sys_id}", "RITM1", f"/now/cwf/agent/record/sc_req_item/{KEY}"),
        ("classic", "7", f"/nav_to.do?uri=task.do%3Fsys_id%3D{KEY}"),
    ],
)
def test_a_number_leads_to_the_page_that_agents_use(
    connection: Callable[..., Connection], page: str, number: str, path: str
) -> None:
    found = links.ticket_url(connection(settings={"ticket_page": page}), TicketRef(KEY, number))
    assert found == f"https://acme.service-now.com{path}"


def test_an_instance_is_found_by_name_or_address() -> None:
    assert links.base_url({"instance": "ACME"}) == "https://acme.service-now.com"
    assert links.base_url({"instance": "acme", "base_url": "https://help.acme.example/"}) == "https://help.acme.example"
    with pytest.raises(Refused):
        links.base_url({"instance": "acme/evil"})
