"""Notifications: who is written to on a write or an event, what the mail says, and that it really goes out."""

from __future__ import annotations

from typing import Any

LINK = """(function (current, template, email, email_action, event) {
    template.print('<a href="https://nps.example/s?tid=' + current.sys_id + '">' + event.parm2 + '</a>');
})(current, template, email, email_action, event);"""


def notification(maker: Any, **more: str) -> None:
    values = {
        "name": "ask",
        "collection": "incident",
        "active": "true",
        "type": "email",
        "generation_type": "engine",
        "action_update": "true",
        "condition": "stateCHANGESTO6",
        "recipient_fields": "caller_id",
        "subject": "How did we do? ${number}",
        "message_html": "<p>${caller_id.first_name}: ${short_description}</p>${mail_script:link}",
    }
    maker.add("sysevent_email_action", "ask", values | more)
    maker.add("sys_script_email", "link", {"name": "link", "active": "true", "script": LINK})


def mails(account: Any) -> Any:
    assert account.sim.wait_idle()
    return account.control("/mails", method="GET")


def test_a_write_that_fits_the_condition_sends_one(account: Any, maker: Any) -> None:
    notification(maker)
    account.sim.install_app(maker.package(), {})
    key = account.id("Open")
    account.patch("incident", key, {"short_description": "<b>Open</b>"})
    assert mails(account) == []
    account.control(f"/tickets/{key}/solve", {})
    (mail,) = mails(account)
    assert (mail["to"], mail["subject"]) == ("ann@customer.example", "How did we do? INC0010003")
    assert mail["body"] == (f'<p>Ann: &lt;b&gt;Open&lt;/b&gt;</p><a href="https://nps.example/s?tid={key}"></a>')


def test_an_event_sends_one_to_its_parameter(account: Any, maker: Any) -> None:
    notification(maker, generation_type="event", event_name="nps.ask", event_parm_1="true", recipient_fields="")
    maker.rule("gs.eventQueue('nps.ask', current, current.getValue('caller_id'), 'click');")
    account.sim.install_app(maker.package(), {})
    key = account.id("Open")
    account.control(f"/tickets/{key}/solve", {})
    assert account.sim.wait_idle()
    (mail,) = mails(account)
    assert mail["to"] == "ann@customer.example"
    assert mail["body"].endswith(">click</a>")


def test_nobody_is_written_to_about_their_own_doing_or_without_an_address(account: Any, maker: Any) -> None:
    notification(maker, recipient_fields="assigned_to,caller_id")
    account.sim.install_app(maker.package(), {})
    account.control(f"/tickets/{account.id('Open')}/solve", {})
    assert [mail["to"] for mail in mails(account)] == ["ann@customer.example"]
    phil = account.rows("sys_user", "name=Phone Phil")[0]["sys_id"]
    account.patch("incident", account.id("More 0"), {"caller_id": phil})
    account.control(f"/tickets/{account.id('More 0')}/solve", {"agent_email": "nora@desk.example"})
    assert [mail["to"] for mail in mails(account)] == ["ann@customer.example"]


def test_groups_self_and_an_advanced_condition(account: Any, maker: Any) -> None:
    notification(
        maker,
        recipient_fields="assignment_group",
        recipient_groups="",
        send_self="true",
        advanced_condition="answer = current.short_description != 'More 0';",
        message_html="",
        message_text="Done: ${state}",
    )
    account.sim.install_app(maker.package(), {})
    for subject in ("More 0", "More 1"):
        account.control(f"/tickets/{account.id(subject)}/solve", {})
    found = mails(account)
    assert {mail["to"] for mail in found} == {"sam@desk.example", "nora@desk.example"}
    assert {mail["body"] for mail in found} == {"Done: Resolved"}


def test_a_mail_really_goes_out(account: Any, maker: Any, mailbox: Any) -> None:
    account.control("/smtp", {"url": mailbox.url})
    notification(maker)
    account.sim.install_app(maker.package(), {})
    account.control(f"/tickets/{account.id('Open')}/solve", {})
    (message,) = mailbox.wait_for("ann@customer.example")
    assert message["subject"] == "How did we do? INC0010003"


def test_a_mail_script_that_is_missing_is_logged(account: Any, maker: Any) -> None:
    notification(maker, message_html="${mail_script:nonsense}")
    account.sim.install_app(maker.package(), {})
    account.control(f"/tickets/{account.id('Open')}/solve", {})
    assert mails(account) == []
    assert account.log() == ["ask: no mail script is called nonsense"]


def test_the_stock_notification_mails_comments_but_not_work_notes(account: Any) -> None:
    (stock,) = account.admin.rows("sysevent_email_action", "name=Incident commented for customer")
    account.admin.patch("sysevent_email_action", stock["sys_id"], {"active": "true"})
    key = account.id("Open")
    account.patch("incident", key, {"work_notes": "between us"})
    assert mails(account) == []
    account.patch("incident", key, {"comments": "to <you>"})
    (mail,) = mails(account)
    assert mail["to"] == "ann@customer.example"
    assert "to &lt;you&gt;" in mail["body"]
