"""Update sets: what a preview refuses, what a commit brings, doing it again, and taking it back."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

ROW = '<tr xmlns:j="jelly:core"><td>hello</td></tr>'


def spoiled(maker: Any, old: str, new: str) -> bytes:
    return bytes(maker.package().decode().replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("</unload>", "", "not well-formed"),
        ("unload>", "xml>", "not well-formed"),
        ("&lt;/record_update&gt;", "", "payload is not well-formed"),
        ("<state>loaded</state>", "<state>previewed</state>", "state is not loaded"),
        ("<remote_update_set>", "<remote_update_set>0", "remote_update_set is another set's"),
        ("<name>sys_properties_", "<name>sys_property_", "name is not the payload's sys_update_name"),
        ("&lt;sys_id&gt;", "&lt;sys_id&gt;x", "the record's sys_id is not 32 hexadecimal digits"),
        ("record_update table", "update_record table", "payload is not well-formed"),
    ],
)
def test_a_preview_refuses(account: Any, maker: Any, old: str, new: str, problem: str) -> None:
    maker.property("nps.address")
    with pytest.raises(ValueError, match=problem):
        account.sim.install_app(spoiled(maker, old, new), {})
    assert account.admin.rows("sys_properties", "name=nps.address") == []


def test_a_preview_refuses_data_and_repeated_ids(account: Any, maker: Any) -> None:
    maker.add("incident", "one", {"short_description": "smuggled"})
    with pytest.raises(ValueError, match="records of incident do not travel"):
        account.sim.install_app(maker.package(), {})
    maker.updates.clear()
    maker.property("nps.address")
    maker.updates *= 2
    with pytest.raises(ValueError, match="comes twice"):
        account.sim.install_app(maker.package(), {})


def test_a_preview_refuses_what_could_not_run(account: Any, maker: Any) -> None:
    maker.rule("let x = (a) => a;")
    maker.add("sys_ui_macro", "broken", {"name": "broken", "active": "true", "xml": "<tr><td></tr>"})
    with pytest.raises(ValueError, match=r"script is not ES5: let x.*xml is not well-formed"):
        account.sim.install_app(maker.package(), {})


QUIET = (
    "var a = 'let x => `';",
    "// let it be\nvar b = /`=>/;",
    "var c = 1; /* class A */",
    "f(function () { return /'=>/; });",
)


@pytest.mark.parametrize("script", QUIET)
def test_es5_may_speak_of_newer_things(account: Any, maker: Any, script: str) -> None:
    maker.rule(script)
    account.sim.install_app(maker.package(), {})


def test_columns_tables_roles_and_rights_come_with_it(account: Any, maker: Any) -> None:
    role = maker.role("u_nps_integration")
    maker.column("task", "u_nps_score", "integer")
    maker.column("sys_user", "u_nps_last", "integer")
    maker.access("task.u_nps_score", "read write", role)
    maker.access("sys_user.u_nps_last", "write", role)
    maker.add("sys_db_object", "u_nps", {"name": "u_nps", "label": "NPS response", "ws_access": "true"})
    maker.column("u_nps", "u_task", "reference", reference="task")
    maker.column("u_nps", "u_key", unique="true")
    maker.access("u_nps", "read create", role)
    maker.access("sys_journal_field", "read", role)
    key, ann = account.id("Open"), account.user("ann@customer.example")
    assert "u_nps_score" not in account.patch("incident", key, {"u_nps_score": 9})
    account.sim.install_app(maker.package(), {})
    assert account.patch("incident", key, {"u_nps_score": 9, "work_notes": "9"})["u_nps_score"] == "9"
    assert account.patch("sc_req_item", account.id("A laptop"), {"u_nps_score": 3})["u_nps_score"] == "3"
    row = account.patch("sys_user", ann, {"u_nps_last": 9, "phone": "dropped"})
    assert (row["u_nps_last"], row["phone"]) == ("9", "")
    made = account.create("u_nps", {"u_task": key, "u_key": "k1"})
    assert account.one("u_nps", made["sys_id"], fields="u_task.number") == {"u_task.number": "INC0010003"}
    assert account.call("POST", "/table/u_nps", {"u_key": "k1"}).status_code == 403
    assert account.call("PATCH", f"/table/u_nps/{made['sys_id']}", {"u_key": "k2"}).status_code == 403
    assert account.rows("sys_journal_field", f"element_id={key}")[0]["value"] == "9"
    query = "nameINtask,incident^elementSTARTSWITHu_nps"
    assert [row["element"] for row in account.rows("sys_dictionary", query)] == ["u_nps_score"]


def test_columns_can_be_made_by_api_too(account: Any) -> None:
    column = {"name": "incident", "element": "u_extra", "column_label": "Extra", "internal_type": "integer"}
    assert account.call("POST", "/table/sys_dictionary", column).status_code == 403
    account.admin.create("sys_dictionary", column)
    assert account.patch("incident", account.id("Open"), {"u_extra": "7"})["u_extra"] == "7"
    assert "u_extra" not in account.one("sc_req_item", account.id("A laptop"))


def test_doing_it_again_updates_by_sys_id_and_keeps_what_was_entered(account: Any, maker: Any) -> None:
    maker.property("nps.address", "https://default.example")
    maker.rule("gs.info('first');", filter_condition="")
    account.sim.install_app(maker.package(), {"nps.address": "https://mine.example"})
    newer = type(maker)()
    newer.property("nps.address", "https://default.example")
    newer.rule("gs.info('second');", filter_condition="")
    account.sim.install_app(newer.package(), {})
    assert account.admin.rows("sys_properties", "name=nps.address")[0]["value"] == "https://mine.example"
    account.patch("incident", account.id("Open"), {"priority": "1"})
    assert account.sim.wait_idle()
    assert account.log() == ["second"]


def test_backing_out_leaves_nothing(account: Any, maker: Any) -> None:
    maker.column("task", "u_nps_score", "integer")
    maker.rule("gs.info('told');", filter_condition="")
    account.sim.install_app(maker.package(), {})
    assert account.sim.back_out() == 2
    assert "u_nps_score" not in account.patch("incident", account.id("Open"), {"u_nps_score": 9, "priority": "1"})
    assert account.sim.wait_idle()
    assert account.log() == []


def test_settings_must_be_properties_of_the_set(account: Any, maker: Any) -> None:
    maker.property("nps.address")
    with pytest.raises(ValueError, match="no property called adress"):
        account.sim.install_app(maker.package(), {"adress": "https://x.example"})


def test_secrets_are_masked_for_readers_and_plain_for_scripts(account: Any, maker: Any) -> None:
    maker.property("nps.secret", kind="password2")
    maker.rule("gs.info(gs.getProperty('nps.secret'));", filter_condition="")
    account.sim.install_app(maker.package(), {"secret": "s3cret"})
    assert account.rows("sys_properties", "name=nps.secret") == []
    assert account.admin.rows("sys_properties", "name=nps.secret")[0]["value"] == "********"
    account.patch("incident", account.id("Open"), {"priority": "1"})
    assert account.sim.wait_idle()
    assert account.log() == ["s3cret"]


def test_it_may_come_in_an_archive(account: Any, maker: Any) -> None:
    maker.property("nps.address")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("set.xml", maker.package())
    account.sim.install_app(packed.getvalue(), {"address": "x"})
    assert account.admin.rows("sys_properties", "name=nps.address")[0]["value"] == "x"
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(ValueError, match="does not hold one XML file"):
        account.sim.install_app(empty.getvalue(), {})


def test_a_choice_list_is_added_to_and_names_are_checked(account: Any, maker: Any) -> None:
    choice = {
        "name": "incident",
        "element": "category",
        "value": "vpn",
        "label": "VPN",
        "language": "en",
        "inactive": "false",
    }
    maker.add("sys_choice", "vpn", choice)
    account.sim.install_app(maker.package(), {})
    shown = account.patch("incident", account.id("Open"), {"category": "vpn"}, display_value="true")
    assert shown["category"] == "VPN"
    assert re.fullmatch(r"[0-9a-f]{32}", shown["sys_id"])


def test_a_right_may_hold_for_some_records_only(account: Any, maker: Any) -> None:
    role = maker.role("u_nps_integration")
    for operation in ("read", "write"):
        rule = {"name": "sys_properties", "operation": operation, "type": "record", "active": "true"}
        rule = maker.add("sys_security_acl", operation, rule | {"condition": "nameSTARTSWITHnps.^EQ"})
        maker.add("sys_security_acl_role", operation, {"sys_security_acl": rule, "sys_user_role": role})
    maker.property("nps.address")
    account.sim.install_app(maker.package(), {})
    (mine,) = account.rows("sys_properties")
    assert (
        account.patch("sys_properties", mine["sys_id"], {"value": "https://x.example"})["value"] == "https://x.example"
    )
    other = account.admin.rows("sys_properties", "name=instance_name")[0]["sys_id"]
    assert account.call("PATCH", f"/table/sys_properties/{other}", {"value": "x"}).status_code == 404


def test_backing_out_goes_back_through_all_sets(account: Any, maker: Any) -> None:
    maker.property("nps.address", "first")
    account.sim.install_app(maker.package(), {})
    other = type(maker)(set_id="a" * 32)
    other.add("sys_properties", "nps.address", {"name": "nps.address", "type": "string", "description": "second"})
    account.sim.install_app(other.package(), {})
    (row,) = account.admin.rows("sys_properties", "name=nps.address")
    assert (row["value"], row["description"]) == ("first", "second")
    assert account.sim.back_out() == 2
    assert account.admin.rows("sys_properties", "name=nps.address") == []


def test_a_form_section_takes_the_place_of_the_customers(account: Any, maker: Any) -> None:
    section = {"name": "incident", "view": "Default view", "caption": "Incident"}
    key = maker.add("sys_ui_section", "section", section)
    maker.add("sys_ui_element", "score", {"sys_ui_section": key, "element": "u_nps_score", "position": "0"})
    before = {row["element"] for row in account.admin.rows("sys_ui_element")}
    assert "short_description" in before
    account.sim.install_app(maker.package(), {})
    assert [row["element"] for row in account.admin.rows("sys_ui_element")] == ["u_nps_score"]
    account.sim.back_out()
    assert {row["element"] for row in account.admin.rows("sys_ui_element")} == before
