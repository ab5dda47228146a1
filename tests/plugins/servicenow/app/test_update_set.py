"""The update set as a file: whole, always the same, without secrets; and the checker that says what is broken."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from io import BytesIO

import dukpy  # type: ignore[import-untyped]
import pytest

from deskpulse.plugin_api import Connection
from deskpulse.testing.factories import make_connection
from deskpulse_servicenow import plugin
from deskpulse_servicenow.app import contents, rules, update_set
from deskpulse_servicenow.wanted import COLUMNS, Property, nothing

SET = update_set.build("1.0")
SCRIPTS = ("DeskPulse", "DeskPulseOutbox", "DeskPulseLink", "DeskPulsePanel")
Spoil = Callable[[str], str]


def payloads() -> dict[str, ET.Element]:
    root = ET.fromstring(SET)
    return {
        one.findtext("name", ""): ET.fromstring(one.findtext("payload", ""))[0] for one in root.iter("sys_update_xml")
    }


def test_the_set_is_whole_and_always_the_same() -> None:
    assert rules.check(SET) == []
    assert update_set.build("1.0") == SET
    assert b"payload_hash" not in SET


def test_ids_are_those_of_the_first_release() -> None:
    assert contents.sys_id("sys_remote_update_set", "DeskPulse") == update_set.SET_ID
    rule = next(one for one in payloads().values() if one.findtext("name") == "DeskPulse: incident changed")
    assert rule.findtext("sys_id") == contents.sys_id("sys_script", "incident")
    assert contents.NAMESPACE.hex == "5f1d6f0e6f0b5b639f436b0c2a8f6d11"


def test_every_update_points_to_the_set() -> None:
    root = ET.fromstring(SET)
    key = root.findtext("sys_remote_update_set/sys_id")
    assert {one.findtext("remote_update_set") for one in root.iter("sys_update_xml")} == {key}


def test_nothing_that_a_customer_arranged_is_replaced() -> None:
    assert not {one.tag for one in payloads().values()} & rules.REPLACING


def test_properties_bring_no_values_so_that_loading_empties_none() -> None:
    found = [one for one in payloads().values() if one.tag == "sys_properties"]
    assert {one.findtext("name") for one in found} == set(contents.property_names()) == set(nothing())
    assert not [one for one in found if one.find("value") is not None]
    kinds = {one.findtext("name"): one.findtext("type") for one in found}
    assert kinds["deskpulse.signing_secret"] == kinds["deskpulse.link_key"] == "password2"


def test_what_the_set_up_looks_for_is_in_the_set() -> None:
    names = payloads()
    for table, elements in COLUMNS.items():
        assert all(f"sys_dictionary_{table}_{element}" in names for element in elements)
    assert set(contents.columns("task")) >= {"u_nps_score", "u_nps_at"}
    assert "u_key" in contents.columns("u_nps_response")


def test_our_tables_are_open_to_the_api_and_have_access_rules() -> None:
    tables = [one for one in payloads().values() if one.tag == "sys_db_object"]
    assert {one.findtext("ws_access") for one in tables} == {"true"}
    guarded = {one.findtext("name") for one in payloads().values() if one.tag == "sys_security_acl"}
    assert {one.findtext("name") for one in tables} <= guarded
    assert "sys_user" not in guarded, "only our own columns of a user are opened"


def test_access_rules_name_roles_by_the_ids_that_every_instance_knows() -> None:
    links = [one for one in payloads().values() if one.tag == "sys_security_acl_role"]
    ours = contents.sys_id("sys_user_role", "u_nps_integration")
    assert {one.findtext("sys_user_role") for one in links} == {ours, "282bf1fac6112285017366cb5f867469"}


def test_rules_run_after_the_save_and_scripts_are_es5() -> None:
    found = [one for one in payloads().values() if one.tag == "sys_script"]
    assert {(one.findtext("when"), one.findtext("collection")) for one in found} == {
        ("async", "incident"),
        ("async", "sc_req_item"),
    }
    for name in SCRIPTS:
        script = contents.source(f"scripts/{name}.js")
        assert dukpy.evaljs(f"{script}; typeof {name}") == "function"
        assert name in {one.findtext("name") for one in payloads().values() if one.tag == "sys_script_include"}
        assert "comments" not in script


def test_base64_becomes_hex_as_it_must() -> None:
    script = contents.source("scripts/DeskPulseLink.js")
    found = dukpy.evaljs(f"{script}; new DeskPulseLink().hex('4VWUI48lJvmGSF6MYmOVWA9c0hfu55Ur+3e+fUFFFr4=')")
    assert found == "e15594238f2526f986485e8c626395580f5cd217eee7952bfb77be7d414516be"


def test_a_text_that_ends_a_section_too_early_is_parted() -> None:
    record = contents.Record("sys_script", "sys_script_x", "Business Rule", "x", {"script": "a[b[0]]>1 && '<'"})
    assert ET.fromstring(update_set.payload(record)).findtext("sys_script/script") == "a[b[0]]>1 && '<'"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text[:-20], "well-formed"),
        (lambda text: text.replace("unload", "upload"), "no unload"),
        (lambda text: text.replace("<state>loaded</state>", "<state>committed</state>"), "state is not loaded"),
        (
            lambda text: re.sub(r"(<remote_update_set[^>]*>)[0-9a-f]{32}", rf"\g<1>{'0' * 32}", text, count=1),
            "Not of this set",
        ),
        (lambda text: text.replace("&lt;/record_update&gt;", "", 1), "payload is not well-formed"),
        (lambda text: text.replace("sys_update_name&gt;sys_script_", "sys_update_name&gt;x_"), "sys_update_name"),
        (lambda text: text.replace("&lt;when&gt;async", "&lt;when&gt;after"), "not asynchronous"),
        (lambda text: text.replace("&lt;ws_access&gt;true", "&lt;ws_access&gt;false"), "closed to web services"),
        (lambda text: text.replace("var event = this.outbox", "let event = this.outbox"), "not ES5"),
        (lambda text: text.replace("/** The link;", "/** Der Lin\u00fck;"), "beyond ASCII"),
        (lambda text: text.replace("&lt;is_private&gt;true", "&lt;is_private&gt;false"), "not private"),
        (lambda text: text.replace("&lt;tr&gt;", "&lt;div&gt;", 1), "macro is not well-formed"),
        (lambda text: text.replace("sys_ui_formatter", "sys_ui_section"), "would replace"),
        (lambda text: text.replace("<type>Business Rule</type>", "<type/>", 1), "has no type"),
        (lambda text: text.replace("<view/>", "<payload_hash>1</payload_hash>", 1), "payload_hash"),
        (
            lambda text: text.replace('sys_script action="INSERT_OR_UPDATE"', 'sys_script action="DELETE"'),
            "action is not",
        ),
        (lambda text: re.sub(r"<update_guid>[0-9a-f]{32}", "<update_guid>" + "a" * 32, text), "not unique"),
        (lambda text: re.sub(r"<sys_update_xml.*</sys_update_xml>\s*", "", text, flags=re.DOTALL), "The set is empty"),
        (
            lambda text: text.replace(
                "&lt;type&gt;password2&lt;/type&gt;", "&lt;type/&gt;&lt;value&gt;x&lt;/value&gt;"
            ),
            "has a value",
        ),
    ],
)
def test_a_broken_set_is_told_in_words(spoil: Spoil, said: str) -> None:
    found = rules.check(spoil(SET.decode()).encode())
    assert any(said in problem for problem in found), found


def test_a_secrets_fingerprint_tells_nothing_of_it() -> None:
    one = Property("deskpulse.signing_secret", "a-long-secret")
    assert one.text not in one.description
    assert one.fits({"description": one.description})
    assert not one.fits({"description": Property(one.name, "another").description})


def test_the_archive_holds_one_file_and_no_secret(connection: Callable[..., Connection]) -> None:
    secrets = {"password": "pass-word-1", "signing_secret": "signing-secret-1", "panel_key": "panel-key-1"}
    bundle = plugin.deskpulse_panel_bundle(connection(secrets=secrets))
    with zipfile.ZipFile(BytesIO(bundle.content)) as archive:
        (name,) = archive.namelist()
        content = archive.read(name)
    assert name.endswith(".xml")
    assert bundle.content == plugin.deskpulse_panel_bundle(make_connection("servicenow")).content
    assert not [secret for secret in secrets.values() if secret.encode() in content or secret in repr(bundle)]
    assert bundle.settings == {
        "deskpulse.inlet_url": "https://feedback.example.com/in/k1",
        "deskpulse.signing_secret": "signing-secret-1",
    }
    assert any("deskpulse connection provision k1" in step for step in bundle.steps)
