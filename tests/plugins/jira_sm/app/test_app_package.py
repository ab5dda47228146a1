"""The package: sources with the address filled in, no secret, the same bytes each time."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml

from deskpulse.plugin_api import Bundle, ConfigurationError, Connection
from deskpulse_jira_sm import plugin

MakeConnection = Callable[..., Connection]


def files_of(bundle: Bundle) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def built(connection: Connection) -> Bundle:
    found = plugin.deskpulse_panel_bundle(connection)
    assert found is not None
    return found


def test_the_address_is_filled_in_and_the_only_one_that_may_be_called(connection: MakeConnection) -> None:
    files = files_of(built(connection()))
    assert set(files) >= {"manifest.yml", "package.json", "src/index.js", "src/resolver.js", "src/connection.js"}
    assert '"https://feedback.example.com/panel/k1"' in files["src/connection.js"]
    backend = yaml.safe_load(files["manifest.yml"])["permissions"]["external"]["fetch"]["backend"]
    assert backend == [{"address": "feedback.example.com"}]


def test_the_key_is_a_variable_and_never_in_the_package(connection: MakeConnection) -> None:
    bundle = built(connection())
    assert bundle.settings == {"DESKPULSE_PANEL_KEY": "key-of-the-panel"}
    assert "key-of-the-panel" not in "".join([*files_of(bundle).values(), *bundle.steps, repr(bundle)])
    assert "process.env.DESKPULSE_PANEL_KEY" in files_of(bundle)["src/resolver.js"]


def test_the_same_sources_make_the_same_bytes(connection: MakeConnection) -> None:
    assert built(connection()) == built(connection())


def test_packages_are_pinned(connection: MakeConnection) -> None:
    wanted = json.loads(files_of(built(connection()))["package.json"])["dependencies"]
    assert set(wanted) == {"@forge/api", "@forge/bridge", "@forge/react", "@forge/resolver", "react"}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_no_syntax_that_needs_building(connection: MakeConnection) -> None:
    sources = [text for name, text in files_of(built(connection())).items() if name.endswith(".js")]
    assert not [text for text in sources if re.search(r"<[A-Z][A-Za-z]*[ />]", text)], "no JSX"


def test_the_steps_say_what_to_type(connection: MakeConnection) -> None:
    text = "\n".join(built(connection()).steps)
    for command in (
        "forge register",
        "forge variables set --encrypt --environment production DESKPULSE_PANEL_KEY",
        "forge deploy --environment production",
        "forge install --product jira --environment production",
    ):
        assert command in text


@pytest.mark.parametrize("url", ["", "nps.example.com/panel", "ftp://nps.example.com/panel/k1"])
def test_an_address_that_nobody_can_call_is_refused(connection: MakeConnection, url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        built(replace(connection(), panel_url=url))


def test_without_a_key_there_is_no_app(connection: MakeConnection) -> None:
    with pytest.raises(ConfigurationError, match="panel_key"):
        built(connection(secrets={"api_token": "x"}))


def test_odd_addresses_stay_text(connection: MakeConnection) -> None:
    odd = 'https://nps.example.com/panel/k1";alert(1);"'
    files: Any = files_of(built(replace(connection(), panel_url=odd)))
    assert json.dumps(odd) in files["src/connection.js"]
