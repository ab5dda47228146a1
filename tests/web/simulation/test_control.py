"""The endpoints for programs: what they do, and that orders which make no sense are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from deskpulse_simulation.records import Mail
from fixtures.mailbox import Letters


def test_tickets_are_solved_and_reopened(helpdesk: Any) -> None:
    assert [one["open"] for one in helpdesk.control("GET", "/tickets")] == [True, False]
    assert helpdesk.control("POST", "/tickets/1/solve", {"comment": "Done", "public": False})["status"] == "solved"
    assert helpdesk.control("POST", "/tickets/1/reopen")["status"] == "open"
    assert helpdesk.control("GET", "/tickets/1")["status"] == "open"


def test_dataclasses_are_changed_by_name(helpdesk: Any) -> None:
    wanted = {"polite": False, "colour": "red", "waits": [1, 2.5]}
    assert helpdesk.control("POST", "/switches", wanted) == wanted
    assert helpdesk.parts.switches.waits == (1, 2.5)
    assert helpdesk.control("POST", "/switches", {"colour": None})["colour"] is None
    assert helpdesk.control("POST", "/limits", {"per_minute": 3}) == {"per_minute": 3}
    assert helpdesk.control("POST", "/delivery", {"timeout": 2})["timeout"] == 2


def test_changed_limits_forget_what_was_counted(helpdesk: Any) -> None:
    assert helpdesk.parts.windows.count(("all",), 60).used == 1
    helpdesk.control("POST", "/limits", {"per_minute": 3})
    assert helpdesk.parts.windows.count(("all",), 60).used == 1


def test_the_clock_is_stepped(helpdesk: Any) -> None:
    before = helpdesk.control("POST", "/clock")["now"]
    after = helpdesk.control("POST", "/clock", {"advance": 3600})["now"]
    assert datetime.fromisoformat(after) > datetime.fromisoformat(before)
    assert helpdesk.parts.clock.ahead == 3600


def test_groups_and_agents_are_added_by_the_number(helpdesk: Any) -> None:
    assert helpdesk.control("POST", "/populate", {"groups": 5, "agents": 7}) == {"groups": 5, "agents": 7}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/switches", {"nonsense": 1}),
        ("/switches", {"polite": 1}),
        ("/switches", {"waits": "soon"}),
        ("/limits", {"per_minute": "many"}),
        ("/limits", {"per_minute": True}),
        ("/delivery", {"timeout": None}),
        ("/clock", {"advance": "a day"}),
        ("/clock", {"advance": -1}),
        ("/populate", {"groups": "many"}),
        ("/smtp", {"url": "127.0.0.1:25"}),
        ("/tickets/1/solve", {"public": "yes"}),
        ("/tickets/1/solve", {"agent_email": 5}),
        ("/tickets/1/reopen", [1]),
    ],
    ids=str,
)
def test_orders_that_make_no_sense_are_refused(helpdesk: Any, path: str, body: Any) -> None:
    answer = helpdesk.order("POST", path, body)
    assert answer.status_code == 400
    assert answer.json()["description"]


def test_what_is_no_json_at_all_is_refused(helpdesk: Any) -> None:
    answer = requests.post(f"{helpdesk.url}/_sim/switches", data=b"{polite", timeout=10)
    assert answer.status_code == 400


def test_a_ticket_that_is_not_there(helpdesk: Any) -> None:
    for method, path in (("GET", "/tickets/9"), ("POST", "/tickets/9/solve"), ("POST", "/tickets/9/reopen")):
        assert helpdesk.order(method, path).status_code == 404


def test_mails_are_kept_and_really_sent(helpdesk: Any, mailbox: Letters) -> None:
    moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    helpdesk.parts.mailer.send(Mail("kept@customer.example", "Only\nkept", "Hi", moment, 1, "rule"))
    helpdesk.control("POST", "/smtp", {"url": mailbox.url})
    body = "Rate us: http://127.0.0.1:1/?a=1&b=2"
    helpdesk.parts.mailer.send(Mail("ann@customer.example", "How was\n it?", body, moment, 2, "rule"))
    helpdesk.parts.mailer.send(Mail("ann@customer.example", "Again", "<p>Thanks &amp; bye</p>", moment, 3, "rule"))
    first, second = mailbox.wait_for("ann@customer.example", 2)
    assert (first["subject"], first["from"]) == ("How was it?", "Little <support@little.example>")
    assert first["headers"]["X-Ticket"] == "2"
    assert body in first["text"]
    assert 'href="http://127.0.0.1:1/?a=1&amp;b=2"' in first["html"]
    assert second["text"].strip() == "Thanks & bye"
    assert "<p>Thanks &amp; bye</p>" in second["html"]
    listed = helpdesk.control("GET", "/mails")
    assert [(one["to"], one["ticket_id"]) for one in listed[:2]] == [
        ("kept@customer.example", 1),
        ("ann@customer.example", 2),
    ]
    assert listed[0]["at"] == "2026-03-02T09:00:00Z"
    assert mailbox.all("kept@customer.example") == []
