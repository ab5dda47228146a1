"""What the plug-in declares: a form that can be drawn, abilities that are kept, hooks that only hand over."""

from __future__ import annotations

import ast
import inspect
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deskpulse.hub import Hub
from deskpulse.plugin_api import Capability, Connection, Support
from deskpulse_zendesk import plugin
from deskpulse_zendesk.kind import KIND

VALIDATOR = Draft202012Validator(KIND.settings_schema)


def test_the_hub_takes_the_plugin() -> None:
    hub = Hub()
    hub.register(plugin, "zendesk")
    assert hub.kind("zendesk") is KIND


def test_the_settings_are_a_form_of_texts() -> None:
    Draft202012Validator.check_schema(dict(KIND.settings_schema))
    for name, spec in KIND.settings_schema["properties"].items():
        assert spec["type"] == "string", name
        assert spec["title"], name
        assert spec["description"].endswith("."), name
    assert KIND.secret_fields() >= {"api_token", "client_secret", "access_token", "refresh_token", "signing_secret"}


@pytest.mark.parametrize(
    "values",
    [
        {"subdomain": "acme"},
        {"subdomain": "acme-2", "auth": "api_token", "email": "a@example.com", "api_token": "t"},
        {"subdomain": "acme", "base_url": "http://127.0.0.1:8080", "segment1_field": "user:site"},
        {"subdomain": "acme", "base_url": "https://proxy.example.com/zendesk"},
        {"subdomain": "acme", "segment2_field": "36", "category_field": "ticket:37", "mapped_fields": "1, user:a 2"},
    ],
)
def test_good_settings(values: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"subdomain": ""},
        {"subdomain": "acme.zendesk.com"},
        {"subdomain": "evil.example/"},
        {"subdomain": "acme", "auth": "password"},
        {"subdomain": "acme", "base_url": "http://zendesk.example.com"},
        {"subdomain": "acme", "base_url": "https://user@example.com"},
        {"subdomain": "acme", "segment1_field": "brand:1"},
        {"subdomain": "acme", "mapped_fields": "1;2"},
        {"subdomain": "acme", "segment": "user:site"},
    ],
)
def test_bad_settings(values: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(values)


def test_every_ability_is_declared_and_limits_are_noted() -> None:
    assert {KIND.support(one) for one in Capability} == {Support.FULL}
    assert KIND.capability_notes.keys() <= set(Capability)
    assert any("2027" in note for note in KIND.notes)


def test_the_sidebar_app_is_ready_to_install(connection: Callable[..., Connection]) -> None:
    app = plugin.deskpulse_panel_bundle(connection(secrets={"panel_key": "panel-key-1"}))
    assert zipfile.ZipFile(BytesIO(app.content)).testzip() is None
    assert app.filename.endswith(".zip")


def test_hooks_only_hand_over() -> None:
    functions = [node for node in ast.parse(inspect.getsource(plugin)).body if isinstance(node, ast.FunctionDef)]
    assert len(functions) == 12
    assert all((node.end_lineno or 0) - node.lineno < 10 for node in functions)
    assert "deskpulse_send_invite" not in {node.name for node in functions}
