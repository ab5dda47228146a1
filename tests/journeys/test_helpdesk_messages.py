"""The helpdesk's own message as the channel: its trigger mails a link built from placeholders, and DeskPulse none."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest

from journeys.running import Demo, Person

QUIET = "Monitor stays dark"


@pytest.fixture
def by_helpdesk(empty_demo: Demo) -> Iterator[Demo]:
    """A demo in which the helpdesk asks; its mails really go out, into the demo's mailbox."""
    key = empty_demo.connection["key"]
    empty_demo.program("POST", "/smtp", {"url": empty_demo.facts["mailbox"]["smtp"]})
    empty_demo.command("organisation", "set", "invite_channel=helpdesk")
    said = empty_demo.command("connection", "provision", key)
    assert "create: trigger 'DeskPulse: ask the requester'" in said
    yield empty_demo
    empty_demo.command("organisation", "set", "invite_channel=email")
    empty_demo.command("connection", "provision", key)
    empty_demo.program("POST", "/smtp", {"url": None})


def test_the_helpdesk_asks_and_the_answer_lands_on_the_ticket(by_helpdesk: Demo, person: Callable[[], Person]) -> None:
    demo, customer = by_helpdesk, person()
    ticket = demo.write_ticket("hana@northwind.example", QUIET)
    demo.solve(ticket)
    mail = demo.mail(ticket)
    assert mail["headers"]["From"].endswith(".zendesk.com>")
    assert "Auto-Submitted" not in mail["headers"], "not one of ours"
    assert "is solved. How was it?" in mail["text"]
    (decision,) = demo.decided(ticket)
    assert "asked by the helpdesk" in decision

    link = re.search(r'href="([^"]+)"', mail["html"])
    assert link
    url = html.unescape(link[1])
    assert url.startswith(f"{demo.url}/?tc=ts&cpc={demo.facts['organisation']['code']}&hd=")
    assert f"&tid={ticket['id']}&" in url
    assert "{{" not in url
    assert customer.open(url).status_code == 200
    assert QUIET in customer.text
    customer.send(5, comment="Asked by the helpdesk itself")
    assert customer.heading == "Thank you"
    (note,) = demo.noted(ticket)
    assert "Asked by the helpdesk itself" in note
    assert demo.score_on(ticket) == "5"
    assert demo.in_state(ticket, "answered")["score"] == 5
    assert [one["subject"] for one in demo.mails("hana@northwind.example")] == [f"How did we do? {QUIET}"]


def test_back_to_mail_the_trigger_is_gone(empty_demo: Demo) -> None:
    titles = [one["title"] for one in empty_demo.in_helpdesk("/triggers.json")["triggers"]]
    assert [title for title in titles if title.startswith("DeskPulse")] == [
        "DeskPulse: ticket solved",
        "DeskPulse: ticket reopened",
    ]
