"""``/_sim``: what one script drives every vendor with, and that the site is large enough."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests


def test_issues_are_listed_in_one_line(site: Any) -> None:
    rows = site.control("/tickets", method="GET")
    assert rows[2].keys() == {"id", "number", "subject", "status", "open", "requester"}
    assert (rows[2]["requester"], rows[2]["open"]) == ("ann@customer.example", True)
    assert (rows[1]["requester"], rows[1]["open"]) == ("Phone Phil", False)


def test_an_issue_is_shown_whole(site: Any) -> None:
    key = site.key("Still open")
    site.control(f"/tickets/{key}/comment", {"text": "hm", "public": False})
    site.put(f"/issue/{key}/properties/nps.summary", {"score": 9}, 201)
    whole = site.control(f"/tickets/{key}", method="GET")
    assert [(one["body"], one["public"]) for one in whole["comments"]] == [("hm", False)]
    assert whole["properties"] == {"nps.summary": {"score": 9}}
    assert whole["fields"]["reporter"]["displayName"] == "Ann Customer"
    assert whole["customer"]["details"] == {"Location": ["Berlin"], "Business function": ["Finance"]}


def test_solving_names_agent_group_and_last_words(site: Any) -> None:
    key = site.key("Still open")
    given = {"agent_email": "nora@desk.example", "group": "Network", "comment": "Done", "public": False}
    whole = site.control(f"/tickets/{key}/solve", given)
    assert whole["number"].startswith("NETW-")
    assert whole["fields"]["assignee"]["displayName"] == "Nora Net"
    assert (whole["open"], whole["comments"][0]["public"]) == (False, False)
    again = requests.post(f"{site.base}/_sim/tickets/{key}/solve", timeout=10)
    assert again.status_code == 400
    for wrong in ({"agent_email": "x@y"}, {"group": "Moon"}):
        assert requests.post(f"{site.base}/_sim/tickets/SD-1/solve", json=wrong, timeout=10).status_code == 400


def test_reopening_is_the_customers_answer(site: Any) -> None:
    key = site.key("Just solved")
    whole = site.control(f"/tickets/{key}/reopen", {"comment": "Not yet"})
    assert (whole["open"], whole["status"]) == (True, "In Progress")
    assert (whole["comments"][0]["body"], whole["comments"][0]["public"]) == ("Not yet", True)
    old = site.control(f"/tickets/{site.key('Old and closed')}/reopen")
    assert old["open"] is True


def test_requests_are_remembered_with_who_asked(site: Any) -> None:
    site.control("/requests", method="DELETE")
    site.get("/myself")
    (row,) = site.control("/requests", method="GET")
    assert (row["path"], row["user"], row["status"]) == ("/rest/api/3/myself", "deskpulse@acme.example", 200)


@pytest.mark.parametrize("status", [401, 429, 500, 503, 404])
def test_faults_look_like_the_vendors(site: Any, status: int) -> None:
    site.control("/faults", {"status": status, "retry_after": 1, "times": 1})
    assert site.call("GET", "/myself").status_code == status
    assert site.call("GET", "/myself").status_code == 200


def test_connections_are_cut_and_answers_delayed(site: Any) -> None:
    site.control("/faults", {"drop": True})
    with pytest.raises(requests.ConnectionError):
        site.call("GET", "/myself")
    site.control("/faults", {"delay": 0.05})
    began = time.monotonic()
    site.get("/myself")
    assert time.monotonic() - began >= 0.05


def test_unknown_switches_are_refused(site: Any) -> None:
    assert requests.post(f"{site.base}/_sim/switches", json={"moon": True}, timeout=10).status_code == 400
    assert site.control("/switches", {})["reopen_on_customer_comment"] is True


def test_the_sample_becomes_projects_roles_and_requests(site: Any) -> None:
    desks = site.get("/rest/servicedeskapi/servicedesk")["values"]
    assert [(one["projectKey"], one["projectName"]) for one in desks] == [("SD", "Service Desk"), ("NETW", "Network")]
    settings = site.sim.access().settings
    fields = site.fields(site.key("Old and closed"))
    assert fields[settings["segment1_field"]] == "Berlin"
    assert fields[settings["category_field"]]["value"] == "Hardware"
    assert fields["status"]["name"] == "Closed"
    assert fields["reporter"]["accountType"] == "customer"
    assert site.get(f"/rest/servicedeskapi/request/{site.key('Old and closed')}")["requestTypeId"]


def test_five_thousand_groups_and_fifty_thousand_agents(site: Any) -> None:
    began = time.monotonic()
    made = site.control("/populate", {"groups": 5000, "agents": 50_000})
    assert made["groups"] == 5002
    assert made["agents"] >= 50_000
    assert time.monotonic() - began < 15
    began, path, pages = time.monotonic(), "/rest/servicedeskapi/servicedesk?limit=100", 0
    while path:
        page = site.get(path)
        path, pages = page["_links"].get("next", "").removeprefix(site.base), pages + 1
    assert pages == 51
    role = site.get("/project/G05000/role")["Service Desk Team"].removeprefix(site.base)
    assert len(site.get(role)["actors"]) == 10
    assert time.monotonic() - began < 15
