"""The package that an administrator uploads."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest

import deskpulse
import deskpulse_zendesk
from deskpulse.plugin_api import ConfigurationError, Connection
from deskpulse_zendesk.app.package import build
from deskpulse_zendesk.app.rules import check


def contents(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def manifest(package: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(contents(package)["manifest.json"]))


def test_zendesk_has_nothing_to_say_about_our_own_app(connection: Connection) -> None:
    assert check(build(connection).content) == []


def test_the_same_sources_make_the_same_bytes(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(connection).content
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
    assert build(connection).content == first


def test_an_installed_plug_in_makes_the_same_bytes_without_its_source_tree(
    connection: Connection, tmp_path: Path
) -> None:
    installed = shutil.make_archive(str(tmp_path / "installed"), "zip", Path(deskpulse_zendesk.__path__[0]).parent)
    code = (
        "from deskpulse.plugin_api import Connection; from deskpulse_zendesk.app.package import build;"
        "connection = Connection('k1', 'zendesk', 'acme', {}, {'panel_key': 'another'}, {}, None, None, '',"
        " 'https://feedback.example.com/panel/k1');"
        "import sys; sys.stdout.buffer.write(build(connection).content)"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env=environment(installed)
    )
    assert elsewhere.stdout == build(connection).content


def environment(installed: str) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([installed, *sys.path]), "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"}


def test_the_manifest_is_made_for_the_connection(connection: Connection) -> None:
    found = manifest(build(connection).content)
    assert found["name"] == "DeskPulse"
    assert found["version"] == deskpulse.__version__
    assert found["frameworkVersion"] == "2.0"
    assert found["defaultLocale"] == "en"
    assert found["private"] is True
    assert found["domainWhitelist"] == ["feedback.example.com"]
    assert found["author"]["name"] == "DeskPulse"
    places = found["location"]["support"]
    assert set(places) == {"ticket_sidebar", "user_sidebar", "new_ticket_sidebar"}
    assert places["ticket_sidebar"] == {"url": "assets/iframe.html", "flexible": True}


def test_only_the_header_may_carry_the_panel_key(connection: Connection) -> None:
    address, key = manifest(build(connection).content)["parameters"]
    assert address == {"name": "server_url", "type": "text", "required": True}
    assert key == {"name": "panel_key", "type": "text", "required": True, "secure": True, "scopes": ["header"]}


def test_the_key_is_a_setting_and_never_in_the_package(connection: Connection) -> None:
    bundle = build(connection)
    assert bundle.settings == {"server_url": "https://feedback.example.com/panel/k1", "panel_key": "pk-9c1f2b"}
    for name, content in contents(bundle.content).items():
        assert b"pk-9c1f2b" not in content, name
    assert "pk-9c1f2b" not in repr(bundle) + " ".join(bundle.steps)


def test_the_steps_name_the_file_and_the_host(connection: Connection) -> None:
    bundle = build(connection)
    assert bundle.filename == f"deskpulse-zendesk-{deskpulse.__version__}.zip"
    assert any(bundle.filename in step for step in bundle.steps)
    assert any("feedback.example.com" in step for step in bundle.steps)


def test_the_port_is_no_part_of_the_host(connection: Connection) -> None:
    local = replace(connection, panel_url="http://127.0.0.1:8000/panel/k1")
    assert manifest(build(local).content)["domainWhitelist"] == ["127.0.0.1"]


@pytest.mark.parametrize("address", ["", "/panel/k1", "https:///panel/k1", "javascript:alert(1)"])
def test_without_a_public_address_there_is_no_app(connection: Connection, address: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        build(replace(connection, panel_url=address))


def test_without_a_panel_key_there_is_no_app(connection: Connection) -> None:
    with pytest.raises(ConfigurationError, match="panel_key"):
        build(replace(connection, secrets={}))


@pytest.mark.parametrize(("name", "size"), [("logo.png", 320), ("logo-small.png", 128)])
def test_the_logos_have_the_sizes_that_zendesk_asks_for(connection: Connection, name: str, size: int) -> None:
    content = contents(build(connection).content)[f"assets/{name}"]
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (size, size)


def test_pages_load_their_own_files_and_the_sdk_only(connection: Connection) -> None:
    package = contents(build(connection).content)
    page = package["assets/iframe.html"].decode()
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert loaded == [
        "panel.css",
        "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js",
        "panel.js",
    ]
    assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)", page)
    for name, content in package.items():
        if name.endswith(".js"):
            for imported in re.findall(r'from "(.+)";', content.decode()):
                assert f"assets/{imported.removeprefix('./')}" in package
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", content.decode()
            ), name


def test_every_parameter_has_a_label(connection: Connection) -> None:
    package = contents(build(connection).content)
    labels = json.loads(package["translations/en.json"])["app"]["parameters"]
    assert set(labels) == {parameter["name"] for parameter in manifest(build(connection).content)["parameters"]}


def test_the_drawing_of_the_logo_is_kept_beside_the_sources(connection: Connection) -> None:
    assert files("deskpulse_zendesk.app").joinpath("logo.svg").is_file()
    assert not any(name.endswith(".svg") for name in contents(build(connection).content))
