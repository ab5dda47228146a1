"""The package that an administrator takes to Freshworks' tool."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

import deskpulse
from deskpulse.plugin_api import ConfigurationError, Connection
from deskpulse_freshdesk.app.package import build
from deskpulse_freshdesk.app.rules import check

Make = Callable[..., Connection]


def test_the_rules_have_nothing_to_say_about_our_own_app(panel_connection: Make) -> None:
    assert check(build(panel_connection()).content) == []


def test_the_same_sources_make_the_same_bytes(panel_connection: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(panel_connection()).content
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
    assert build(panel_connection()).content == first


def test_the_manifest_is_of_platform_3(contents: dict[str, bytes]) -> None:
    manifest = json.loads(contents["manifest.json"])
    assert manifest["platform-version"] == "3.0"
    assert set(manifest) == {"platform-version", "modules", "engines"}
    assert set(manifest["modules"]) == {"common", "support_ticket", "support_contact"}
    assert set(manifest["modules"]["support_ticket"]["location"]) == {"ticket_sidebar"}
    assert set(manifest["modules"]["support_contact"]["location"]) == {"contact_sidebar"}


def test_only_a_header_carries_the_panel_key(contents: dict[str, bytes]) -> None:
    (schema,) = (template["schema"] for template in json.loads(contents["config/requests.json"]).values())
    assert schema["headers"]["Authorization"] == "Bearer <%= iparam.panel_key %>"
    elsewhere = json.dumps({name: value for name, value in schema.items() if name != "headers"})
    assert "iparam" not in elsewhere
    (parameter,) = json.loads(contents["config/iparams.json"]).values()
    assert (parameter["secure"], parameter["required"]) == (True, True)


def test_the_template_is_made_for_the_connection(contents: dict[str, bytes]) -> None:
    schema = json.loads(contents["config/requests.json"])["getPanel"]["schema"]
    assert (schema["protocol"], schema["method"]) == ("https", "GET")
    assert (schema["host"], schema["path"]) == ("feedback.example.com", "/panel/k1")
    assert set(schema["query"]) == {"ticket", "customer", "email"}


def test_the_key_is_a_setting_and_never_in_the_package(panel_connection: Make, contents: dict[str, bytes]) -> None:
    bundle = build(panel_connection())
    key = panel_connection().secrets["panel_key"]
    assert bundle.settings == {"panel_key": key}
    assert not [name for name, content in contents.items() if key.encode() in content]
    assert key not in repr(bundle) + " ".join(bundle.steps)


def test_the_steps_name_the_file_the_tool_and_the_host(panel_connection: Make) -> None:
    bundle = build(panel_connection())
    assert bundle.filename == f"deskpulse-freshdesk-{deskpulse.__version__}.zip"
    for words in (bundle.filename, "fdk validate", "fdk pack", "feedback.example.com", "Custom App"):
        assert any(words in step for step in bundle.steps), words


def test_on_this_machine_a_port_is_told_beside_the_parameters(panel_connection: Make) -> None:
    bundle = build(panel_connection("http://127.0.0.1:8000/panel/k1"))
    assert bundle.settings["_panel_origin"] == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/panel/k1",
        "https:///panel/k1",
        "http://feedback.example.com/panel/k1",
        "https://feedback.example.com:8443/p",
    ],
)
def test_an_address_that_freshworks_cannot_call_makes_no_app(panel_connection: Make, address: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        build(panel_connection(address))


def test_without_a_panel_key_there_is_no_app(panel_connection: Make) -> None:
    with pytest.raises(ConfigurationError, match="panel_key"):
        build(panel_connection(panel_key=""))


def test_the_page_loads_its_own_files_and_the_client_only(contents: dict[str, bytes]) -> None:
    page = contents["app/index.html"].decode()
    assert re.findall(r'(?:src|href)="([^"#]+)"', page) == ["panel.css", "{{{appclient}}}", "panel.js"]
    assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)", page)
    for name, content in contents.items():
        if name.endswith(".js"):
            text = content.decode()
            imported: list[Any] = re.findall(r'from "(.+)";', text)
            assert all(f"app/{one.removeprefix('./')}" in contents for one in imported), name
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text), name


def test_nothing_of_platform_2_is_left(contents: dict[str, bytes]) -> None:
    manifest = contents["manifest.json"].decode()
    assert not re.search(r"whitelisted-domains|\"product\"|\"2\.\d\"", manifest)
    assert not [name for name in contents if name.startswith("server/")]
