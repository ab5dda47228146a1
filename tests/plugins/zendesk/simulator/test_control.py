"""The ``/_sim`` endpoints, the mail that triggers write, and loading at size."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from deskpulse.simulation import SampleCustomer, SampleTicket, SampleWorld
from deskpulse_zendesk.simulator import ZendeskSimulator
from fixtures.mailbox import Letters


def test_tickets_in_one_line_and_whole(account: Any) -> None:
    rows = account.control("/tickets", method="GET")
    assert rows[2] == {
        "id": 3,
        "number": "3",
        "subject": "Still open",
        "status": "new",
        "open": True,
        "requester": "ann@customer.example",
    }
    account.put("/tickets/3", {"ticket": {"comment": {"body": "psst", "public": False}, "tags": ["t"]}})
    whole = account.control("/tickets/3", method="GET")
    assert [comment["public"] for comment in whole["comments"]] == [True, False]
    assert whole["requester"]["user_fields"] == {"location": "Berlin", "function": "Finance"}
    assert whole["tags"] == ["t"]
    assert "custom_fields" in whole


def test_solve_as_a_named_agent_in_a_group_and_reopen_as_the_customer(account: Any) -> None:
    solved = account.control("/tickets/3/solve", {"agent_email": "nora@desk.example", "group": "Network"})
    assert (solved["status"], solved["assignee"]["name"]) == ("solved", "Nora Net")
    audit = account.get("/tickets/3/audits")["audits"][-1]
    assert audit["author_id"] == solved["assignee_id"]
    reopened = account.control("/tickets/3/reopen")
    assert (reopened["status"], reopened["metric_set"]["reopens"]) == ("open", 1)
    assert account.get("/tickets/3/audits")["audits"][-1]["author_id"] == reopened["requester_id"]


def test_solving_in_a_group_falls_to_one_of_its_members(account: Any) -> None:
    account.control("/tickets/2/reopen")
    solved = account.control("/tickets/2/solve", {"group": "Service Desk"})
    assert (solved["assignee"]["name"], solved["group_id"]) == ("Sam Agent", solved["assignee"]["default_group_id"])


def test_a_closed_ticket_does_not_reopen(account: Any) -> None:
    answer = account.session.post(f"{account.base}/_sim/tickets/1/reopen", timeout=10)
    assert answer.status_code == 422


def test_what_was_asked_is_told_but_not_what_control_asks(account: Any) -> None:
    account.get("/groups.json?page[size]=5")
    account.control("/tickets", method="GET")
    log = account.control("/requests", method="GET")
    assert [(row["method"], row["path"], row["status"], row["user"]) for row in log] == [
        ("GET", "/api/v2/groups.json", 200, "deskpulse@acme.example")
    ]
    assert log[0]["query"] == {"page[size]": "5"}
    account.control("/requests", method="DELETE")
    assert account.control("/requests", method="GET") == []


def test_mistaken_orders_are_refused(account: Any) -> None:
    for path, body in (
        ("/faults", {"status": 418}),
        ("/faults", {"explode": True}),
        ("/switches", {"nonsense": 1}),
        ("/tickets/3/solve", {"agent_email": "ann@customer.example"}),
    ):
        assert account.session.post(f"{account.base}/_sim{path}", json=body, timeout=10).status_code == 400


def test_a_trigger_mails_the_customer_within_a_second(account: Any, mailbox: Letters) -> None:
    account.control("/smtp", {"url": mailbox.url})
    body = "Rate us: http://127.0.0.1:1/?tc=ts&cpc=x&tid={{ticket.id}}"
    action = {"field": "notification_user", "value": ["requester_id", "How was {{ticket.title}}?", body]}
    account.trigger("", "", actions=[action])
    number = account.ticket()["id"]
    account.control(f"/tickets/{number}/solve")
    letter = mailbox.wait_for("ann@customer.example", timeout=1)[0]
    assert letter["subject"] == "How was Printer?"
    assert f"http://127.0.0.1:1/?tc=ts&cpc=x&tid={number}" in letter["text"]
    assert f'href="http://127.0.0.1:1/?tc=ts&amp;cpc=x&amp;tid={number}"' in letter["html"]
    told = account.control("/mails", method="GET")[0]
    assert (told["to"], told["ticket_id"]) == ("ann@customer.example", number)


def test_two_simulators_share_nothing_and_the_same_seed_gives_the_same_ids() -> None:
    one, same, other = ZendeskSimulator(seed=1), ZendeskSimulator(seed=1), ZendeskSimulator(seed=2)
    assert one.access() == same.access() != other.access()
    assert one.oauth_client() == same.oauth_client()
    for simulator in (one, same, other):
        simulator.close()


def test_fifty_thousand_customers_do_not_slow_a_look_up(account: Any) -> None:
    now = datetime.now(UTC)
    customers = [SampleCustomer(f"Customer {n}", f"c{n}@many.example") for n in range(50_000)]
    tickets = [
        SampleTicket(f"T{n}", f"c{n}@many.example", None, None, now - timedelta(days=3, seconds=n))
        for n in range(10_000)
    ]
    began = time.monotonic()
    account.sim.load(SampleWorld(customers=customers, tickets=tickets))
    assert time.monotonic() - began < 30
    began = time.monotonic()
    for number in range(4, 54):
        account.get(f"/tickets/{number}")
    assert time.monotonic() - began < 3
    began = time.monotonic()
    path, pages = f"{account.base}/api/v2/users?page[size]=100", 0
    while path and pages < 50:
        path, pages = account.session.get(path, timeout=10).json()["links"]["next"], pages + 1
    assert pages == 50
    assert time.monotonic() - began < 5
