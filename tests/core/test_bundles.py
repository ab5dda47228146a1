"""Packing a vendor-side app: always the same bytes, and nothing is built that could not work."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from deskpulse.bundles import pack_files, panel_host, panel_key, read_folder
from deskpulse.errors import ConfigurationError
from deskpulse.testing.factories import make_connection


def test_the_same_files_make_the_same_bytes_in_whatever_order() -> None:
    files = {"b/page.html": b"<p>", "a.json": b"{}"}
    package = pack_files(files)
    assert package == pack_files(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o644}


def test_a_folder_is_read_without_what_lies_deeper(tmp_path: Path) -> None:
    (tmp_path / "one.js").write_bytes(b"1")
    (tmp_path / "deeper").mkdir()
    assert read_folder(tmp_path, "src") == {"src/one.js": b"1"}


def test_the_panels_host_is_taken_from_its_address() -> None:
    assert panel_host("https://nps.example.com:8443/panel/k1", "The proxy") == "nps.example.com"
    with pytest.raises(ConfigurationError, match="no address that The proxy could call"):
        panel_host("nps.example.com", "The proxy")


def test_an_app_is_built_only_once_there_is_a_panel_key() -> None:
    assert panel_key(make_connection(secrets={"panel_key": "k-123456"})) == "k-123456"
    with pytest.raises(ConfigurationError, match="conn-1 has none"):
        panel_key(make_connection())
