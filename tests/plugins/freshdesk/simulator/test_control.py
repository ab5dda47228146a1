"""The ``/_sim`` endpoints, and filling the account at size."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from deskpulse_freshdesk.simulator import FreshdeskSimulator


def test_tickets_in_one_line_and_whole(account: Any) -> None:
    assert account.control("/tickets", method="GET")[2] == {
        "id": 3,
        "number": "3",
        "subject": "Still open",
        "status": "Open",
        "open": True,
        "requester": "ann@customer.example",
    }
    account.post("/tickets/3/notes", {"body": "psst", "private": True})
    whole = account.control("/tickets/3", method="GET")
    assert [one["private"] for one in whole["conversations"]] == [True]
    assert whole["requester"]["custom_fields"] == {"location": "Berlin", "function": "Finance"}
    assert whole["custom_fields"] == {"cf_category": None}


def test_the_sample_is_loaded_as_it_stands(account: Any) -> None:
    old, solved = (account.get(f"/tickets/{number}?include=stats,requester") for number in (1, 2))
    assert (old["status"], old["custom_fields"]["cf_category"]) == (5, "Hardware")
    assert (solved["status"], solved["source"], solved["requester"]["email"]) == (4, 3, None)
    assert account.sim.access().settings["segment1_field"] == "contact:location"
    ann = account.get(f"/contacts/{old['requester_id']}")
    assert ann["created_at"] <= old["created_at"], "nobody writes before they are known"


def test_solve_as_a_named_agent_in_a_group_and_reopen_as_the_customer(account: Any) -> None:
    solved = account.control("/tickets/3/solve", {"agent_email": "nora@desk.example", "group": "Network"})
    assert (solved["status"], solved["responder"]["contact"]["name"]) == (4, "Nora Net")
    reopened = account.control("/tickets/3/reopen")
    assert (reopened["status"], reopened["open"]) == (2, True)
    assert reopened["conversations"][-1]["user_id"] == reopened["requester_id"]


def test_solving_in_a_group_falls_to_one_of_its_members(account: Any) -> None:
    account.control("/tickets/2/reopen")
    solved = account.control("/tickets/2/solve", {"group": "Service Desk", "comment": "Done", "public": False})
    assert solved["responder"]["contact"]["name"] == "Sam Agent"
    assert (solved["conversations"][-1]["private"], solved["status"]) == (True, 4)


def test_an_archived_ticket_does_not_reopen(account: Any) -> None:
    account.control("/tickets/1/archive")
    assert account.session.post(f"{account.base}/_sim/tickets/1/reopen", timeout=10).status_code == 400
    assert account.session.post(f"{account.base}/_sim/tickets/1/solve", timeout=10).status_code == 404


def test_what_was_asked_is_told_but_not_what_control_asks(account: Any) -> None:
    account.get("/groups?per_page=5")
    account.control("/tickets", method="GET")
    (row,) = account.control("/requests", method="GET")
    assert (row["method"], row["path"], row["status"]) == ("GET", "/api/v2/groups", 200)
    assert (row["query"], row["user"]) == ({"per_page": "5"}, "deskpulse@acme.example")


def test_mistaken_orders_are_refused(account: Any) -> None:
    for path, body in (
        ("/faults", {"status": 418}),
        ("/switches", {"nonsense": 1}),
        ("/statuses", {"x": "y"}),
        ("/hosts", {"a": "b"}),
        ("/agents/1", {"bogus": True}),
        ("/tickets/3/solve", {"agent_email": "ann@customer.example"}),
    ):
        assert account.session.post(f"{account.base}/_sim{path}", json=body, timeout=10).status_code in (400, 404)


def test_two_simulators_share_nothing_and_the_same_seed_gives_the_same_keys() -> None:
    one, same, other = FreshdeskSimulator(seed=1), FreshdeskSimulator(seed=1), FreshdeskSimulator(seed=2)
    assert one.access() == same.access() != other.access()
    for simulator in (one, same, other):
        simulator.close()


def test_five_thousand_groups_and_fifty_thousand_agents_are_made_and_read_quickly(account: Any) -> None:
    began = time.monotonic()
    made = account.control("/populate", {"groups": 5000, "agents": 50_000})
    assert made == {"groups": 5002, "agents": 50_004}
    assert time.monotonic() - began < 20
    began = time.monotonic()
    path, rows = f"{account.base}/api/v2/groups?per_page=100", 0
    while path:
        answer = account.session.get(path, timeout=10)
        rows += sum(bool(one["agent_ids"]) for one in answer.json())
        path = answer.links.get("next", {}).get("url")
    assert rows == 5002
    last = account.session.get(f"{account.base}/api/v2/agents?per_page=100&page=501", timeout=10)
    assert (len(last.json()), "Link" in last.headers) == (3, False)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("asked", "found"),
    [("/agent/", "/a/tickets"), ("/agent/tickets/3", "/a/tickets/3"), ("/helpdesk/tickets/3", "/a/tickets/3")],
)
def test_other_addresses_of_the_agent_screen_keep_what_was_asked(account: Any, asked: str, found: str) -> None:
    for query in ("", "?status=all&q=still%20open"):
        answer = requests.get(f"{account.base}{asked}{query}", allow_redirects=False, timeout=10)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{found}{query}")
