"""``/_sim``, the sample world, many people, and that the same seed gives the same instance."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from deskpulse.simulation import SampleTicket, SampleWorld
from deskpulse_servicenow.simulator import ServiceNowSimulator


def test_tickets_are_listed_oldest_first(account: Any) -> None:
    rows = account.control("/tickets", method="GET")
    assert [(row["subject"], row["status"], row["open"]) for row in rows[:4]] == [
        ("Old", "Closed", False),
        ("Solved", "Resolved", False),
        ("Open", "In Progress", True),
        ("Untouched", "New", True),
    ]
    assert [row["requester"] for row in rows[:2]] == ["ann@customer.example", "Phone Phil"]
    assert rows[-1]["number"] == "RITM0010001"


def test_a_ticket_is_shown_whole_by_id_and_number(account: Any) -> None:
    key = account.id("Open")
    account.patch("incident", key, {"work_notes": "psst", "comments": "hello"})
    row = account.control(f"/tickets/{key}", method="GET")
    assert row == account.control(f"/tickets/{row['number']}", method="GET")
    assert [(note["text"], note["public"]) for note in row["notes"]] == [("psst", False), ("hello", True)]
    assert row["customer"]["email"] == "ann@customer.example"
    assert account.control("/customers/ann@customer.example", method="GET")["fields"]["name"] == "Ann Customer"
    assert requests.get(f"{account.base}/_sim/tickets/nonsense", timeout=10).status_code == 404


def test_solving_as_whom(account: Any) -> None:
    def solved(subject: str, **given: Any) -> Any:
        fields = account.control(f"/tickets/{account.id(subject)}/solve", given)["fields"]
        names = [account.admin.one("sys_user", fields[column])["name"] for column in ("assigned_to", "resolved_by")]
        assert names[0] == names[1]
        return names[0]

    assert solved("Open", comment="Restarted it", public=False) == "Sam Agent"
    assert solved("More 0", agent_email="nora@desk.example") == "Nora Net"
    assert solved("More 1", group="Network") == "Sam Agent"
    assert solved("Untouched", group="Network") == "Sam Agent"
    assert account.control(f"/tickets/{account.id('Open')}", method="GET")["notes"][0]["text"] == "Restarted it"
    path = f"{account.base}/_sim/tickets/{account.id('More 2')}/solve"
    for wrong in ({"agent_email": "ann@customer.example"}, {"group": "Nobody"}):
        assert requests.post(path, json=wrong, timeout=10).status_code == 400


def test_reopening_counts_and_closed_incidents_stay(account: Any) -> None:
    key = account.id("Solved")
    fields = account.control(f"/tickets/{key}/reopen", {"comment": "Again"})["fields"]
    assert (fields["state"], fields["reopen_count"], fields["active"]) == ("2", "1", "true")
    assert fields["reopened_time"]
    closed = account.control(f"/tickets/{key}/close")["fields"]
    assert (closed["state"], closed["sys_updated_by"]) == ("7", "admin")
    answer = requests.post(f"{account.base}/_sim/tickets/{key}/reopen", timeout=10)
    assert answer.status_code == 403
    assert "closed" in answer.json()["description"]


def test_resolved_incidents_close_after_some_days(account: Any) -> None:
    key = account.id("Solved")
    account.control("/clock", {"advance": 6 * 86_400})
    assert account.one("incident", key)["state"] == "6"
    account.control("/clock", {"advance": 86_400})
    row = account.one("incident", key)
    assert (row["state"], row["active"], row["sys_updated_by"]) == ("7", "false", "admin")


def test_by_updates_a_write_postpones_the_closing(account: Any) -> None:
    account.control("/properties", {"com.snc.incident.autoclose.basedon.resolved_at": "false"})
    key = account.id("Solved")
    account.control("/clock", {"advance": 6 * 86_400})
    account.patch("incident", key, {"work_notes": "NPS 9"})
    account.control("/clock", {"advance": 2 * 86_400})
    assert account.one("incident", key)["state"] == "6"
    account.control("/clock", {"advance": 6 * 86_400})
    assert account.one("incident", key)["state"] == "7"


def test_dropped_and_slow_requests(account: Any) -> None:
    account.control("/faults", {"drop": True, "method": "GET", "path": "/api/now/table/incident"})
    try:
        account.call("GET", "/table/incident")
    except requests.ConnectionError:
        pass
    else:
        raise AssertionError("the connection was not cut")
    account.control("/faults", {"delay": 0.05})
    began = time.monotonic()
    account.call("GET", "/table/incident")
    assert time.monotonic() - began >= 0.05
    account.control("/faults", method="DELETE")
    asked = account.control("/requests", method="GET")
    assert [one["status"] for one in asked[-2:]] == [None, 200]
    assert asked[-1]["path"] == "/api/now/table/incident"
    account.control("/requests", method="DELETE")
    assert account.control("/requests", method="GET") == []


def test_the_same_seed_gives_the_same_instance() -> None:
    one, same, other = ServiceNowSimulator(seed=1), ServiceNowSimulator(seed=1), ServiceNowSimulator(seed=2)
    assert one.access() == same.access() != other.access()
    assert one.oauth_client() == same.oauth_client()
    for simulator in (one, same, other):
        simulator.close()


def test_fifty_thousand_agents_are_made_and_read_quickly(account: Any) -> None:
    began = time.monotonic()
    found = account.control("/populate", {"groups": 5_000, "agents": 50_000})
    assert time.monotonic() - began < 20
    assert found["groups"] == 5_003
    assert found["agents"] >= 50_000
    query = "group.active=true^user.active=true^ORDERBYsys_id"
    fields = "sys_id,group,group.name,user,user.name,user.user_name,user.email"
    began, offset, seen = time.monotonic(), 0, set()
    while offset < 10_000:
        more = {"fields": fields, "display_value": "all", "exclude_reference_link": "true", "limit": "1000"}
        rows = account.rows("sys_user_grmember", query, offset=str(offset), **more)
        seen |= {row["sys_id"]["value"] for row in rows}
        offset += len(rows)
    assert len(seen) == 10_000
    assert time.monotonic() - began < 10


def test_many_tickets_are_loaded_quickly(account: Any) -> None:
    now = datetime.now(UTC)
    tickets = [
        SampleTicket(
            f"T{n}", f"c{n % 500}@many.example", "sam@desk.example", "Network", now - timedelta(days=3, seconds=n)
        )
        for n in range(5_000)
    ]
    began = time.monotonic()
    account.sim.load(SampleWorld(tickets=tickets))
    assert time.monotonic() - began < 20
    assert len(account.rows("sc_req_item", fields="sys_id")) == 626
    assert account.rows("incident", "short_description=T7", fields="caller_id.email") == [
        {"caller_id.email": "c7@many.example"}
    ]
