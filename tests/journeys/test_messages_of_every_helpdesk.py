"""The helpdesk's own message as the channel, in each helpdesk's way: a reply, a comment, or a notification."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from journeys.running import Demo, Person, soon
from kit.accounts import bundled

SENDING = [one.point.name for one in bundled() if one.kind.sends_invites]
WHO = "hana@northwind.example"


@pytest.fixture
def prefer(empty_demo: Demo) -> Iterator[Callable[..., None]]:
    """Change preferences, which are put back in the end."""
    usual = {"invite_channel": "email", "without_address": "skip"}

    def prefer(**preferences: str) -> None:
        empty_demo.command("organisation", "set", *(f"{name}={value}" for name, value in preferences.items()))

    yield prefer
    prefer(**usual)


def messages(desk: Demo, ticket: dict[str, Any]) -> list[str]:
    """The links in what the customer can read on the ticket."""
    seat: Any = desk
    shown = desk.helpdesk.suite().public_messages(seat, str(ticket["id"]))
    return [
        link for text in shown for link in re.findall(r"http://[^\s\"'<>|\]]+/s/[\w-]+(?![\w/-])", html.unescape(text))
    ]


def is_open(desk: Demo, ticket: dict[str, Any]) -> bool:
    return bool(next(one["open"] for one in desk.program("GET", "/tickets") if one["id"] == ticket["id"]))


def answer_by_message(desk: Demo, ticket: dict[str, Any], customer: Person) -> None:
    """Follow the one link on the ticket; what the customer says comes back onto it, and it stays solved."""
    link = soon("a message with a link", lambda: messages(desk, ticket))[0]
    customer.answer(link, 6, comment="Asked on the ticket itself")
    (note,) = desk.noted(ticket)
    assert "Asked on the ticket itself" in note
    assert set(messages(desk, ticket)) == {link}
    assert not is_open(desk, ticket)
    (decision,) = desk.decided(ticket)
    assert "asked The customer was asked." in decision
    assert "answered" in decision


@pytest.mark.parametrize("kind", SENDING)
def test_a_message_on_the_ticket_asks(
    kind: str, empty_demo: Demo, prefer: Callable[..., None], person: Callable[[], Person]
) -> None:
    desk = empty_demo.at(kind)
    prefer(invite_channel="helpdesk")
    ticket = desk.write_ticket(f"{kind}.{WHO}".replace("_", "-"), "Monitor stays dark")
    desk.solve(ticket)
    answer_by_message(desk, ticket, person())
    assert [one for one in desk.mails(ticket["requester"]) if "Auto-Submitted" in one["headers"]] == [], "none of ours"


def test_who_shows_no_address_is_asked_on_the_request_where_that_is_wanted(
    empty_demo: Demo, prefer: Callable[..., None], person: Callable[[], Person]
) -> None:
    desk = empty_demo.at("jira_sm")
    first, second = (desk.write_ticket(f"{name}.{WHO}", f"Keyboard of {name}") for name in ("hidden", "unseen"))
    desk.program("POST", "/switches", {"hide_all_emails": True})
    try:
        desk.solve(first)
        assert "not asked: no address" in desk.decided(first)[0]
        prefer(without_address="helpdesk")
        desk.solve(second)
        answer_by_message(desk, second, person())
        assert messages(desk, first) == []
    finally:
        desk.program("POST", "/switches", {"hide_all_emails": False})


def test_a_notification_of_the_instance_asks(
    empty_demo: Demo, prefer: Callable[..., None], person: Callable[[], Person]
) -> None:
    """Its link is built by the instance, names the assignment group, and is signed."""
    desk = empty_demo.at("servicenow")
    key = desk.connection["key"]
    desk.program("POST", "/smtp", {"url": desk.facts["mailbox"]["smtp"]})
    prefer(invite_channel="helpdesk")
    desk.command("connection", "provision", key)
    try:
        ticket = desk.write_ticket(f"noted.{WHO}", "Screen too bright")
        desk.solve(ticket)
        mail = desk.mail(ticket)
        assert "Auto-Submitted" not in mail["headers"], "not one of ours"
        url = html.unescape(re.findall(r"http://[^\s\"'<>]+[?]tc=ts[^\s\"'<>]+", mail["text"] + mail["html"])[0])
        assert "sig=" in url
        customer = person()
        assert customer.open(url).status_code == 200
        customer.send(5, comment="Asked by the instance")
        assert customer.heading == "Thank you"
        assert "Asked by the instance" in desk.noted(ticket)[0]
        assert "asked by the helpdesk" in desk.decided(ticket)[0]
    finally:
        prefer(invite_channel="email")
        desk.command("connection", "provision", key)
        desk.program("POST", "/smtp", {"url": None})
