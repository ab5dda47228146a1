"""Behaviours 7 and 8: servicedeskapi's pages, members of groups, roles, and arrays with short pages."""

from __future__ import annotations

from typing import Any

import pytest

DESK = "/rest/servicedeskapi"
OPT_IN = {"X-ExperimentalApi": "opt-in"}


def test_07_pages_say_is_last_page_and_link_on(site: Any) -> None:
    site.control("/populate", {"groups": 120, "agents": 0})
    first = site.get(f"{DESK}/servicedesk")
    assert (first["limit"], first["size"], first["isLastPage"]) == (50, 50, False)
    assert "isLast" not in first
    seen, page = len(first["values"]), first
    while not page["isLastPage"]:
        page = site.get(page["_links"]["next"].removeprefix(site.base))
        seen += len(page["values"])
        assert "prev" in page["_links"]
    assert seen == 122
    assert "next" not in page["_links"]


def test_07_a_request_as_its_customer_sees_it(site: Any) -> None:
    key = site.key("Just solved")
    body = site.get(f"{DESK}/request/{key}", params={"expand": "requestType,serviceDesk,status,participant"})
    assert body["currentStatus"]["statusCategory"] == "DONE"
    assert site.fields(key)["status"]["statusCategory"]["key"] == "done"
    assert body["createdDate"].keys() == {"iso8601", "jira", "friendly", "epochMillis"}
    assert body["_links"]["agent"] == f"{site.base}/browse/{key}"
    assert body["_links"]["web"].startswith(f"{site.base}/servicedesk/customer/portal/")
    assert body["requestType"]["name"] == "Get IT help"
    assert body["serviceDesk"]["projectKey"] == "NETW"


def test_07_an_issue_made_inside_jira_is_no_request(site: Any) -> None:
    key = site.issue()
    answer = site.call("GET", f"{DESK}/request/{key}")
    assert answer.status_code == 404
    assert answer.json().keys() == {"errorMessage", "i18nErrorMessage"}
    assert site.call("POST", f"{DESK}/request/{key}/comment", {"body": "x"}).status_code == 404


def test_07_a_request_is_raised_for_somebody(site: Any) -> None:
    desk = site.get(f"{DESK}/servicedesk/1")
    kinds = site.get(f"{DESK}/servicedesk/1/requesttype")["values"]
    body = {"serviceDeskId": desk["id"], "requestTypeId": kinds[0]["id"], "raiseOnBehalfOf": "ann@customer.example"}
    made = site.post(f"{DESK}/request", body | {"requestFieldValues": {"summary": "Help", "description": "me"}})
    assert made["reporter"]["displayName"] == "Ann Customer"
    assert made["reporter"]["emailAddress"] == "ann@customer.example"
    assert made["issueKey"] in {row["issueKey"] for row in site.get(f"{DESK}/request")["values"]}
    assert site.call("POST", f"{DESK}/request", body).status_code == 400


def test_07_customers_of_a_desk_are_an_experimental_call(site: Any) -> None:
    path = f"{DESK}/servicedesk/1/customer"
    assert site.call("GET", path).status_code == 412
    people = site.get(path, headers=OPT_IN)["values"]
    assert [one["emailAddress"] for one in people] == ["ann@customer.example"]
    assert people[0]["accountId"].startswith("qm:")


def test_07_queues_count_on_request(site: Any) -> None:
    plain = site.get(f"{DESK}/servicedesk/1/queue")["values"]
    counted = site.get(f"{DESK}/servicedesk/1/queue", params={"includeCount": "true"})["values"]
    assert "issueCount" not in plain[0]
    assert [one["issueCount"] for one in counted] == [1, 1]
    issues = site.get(f"{DESK}/servicedesk/1/queue/{plain[0]['id']}/issue")["values"]
    assert [one["key"] for one in issues] == [site.key("Still open")]


def test_07_organisations_and_their_members(site: Any) -> None:
    ann = site.get(f"{DESK}/request/{site.key('Still open')}")["reporter"]["accountId"]
    made = site.post(f"{DESK}/organization", {"name": "ACME"})
    path = f"{DESK}/organization/{made['id']}"
    site.post(f"{path}/user", {"accountIds": [ann]}, 204)
    assert [one["accountId"] for one in site.get(f"{path}/user")["values"]] == [ann]
    assert site.get(f"{DESK}/organization", params={"accountId": ann})["values"][0]["uuid"]
    assert site.get(f"{DESK}/organization", params={"accountId": "nobody"})["values"] == []
    site.put(f"{path}/property/nps.last", {"score": 9}, 201)
    assert site.get(f"{path}/property/nps.last")["value"] == {"score": 9}
    field = next(
        one for one in site.get("/field") if one["schema"].get("custom", "").endswith(":sd-customer-organizations")
    )
    key = site.key("Still open")
    site.put(f"/issue/{key}", {"fields": {field["id"]: [int(made["id"])]}})
    assert site.fields(key)[field["id"]][0]["name"] == "ACME"


def test_08_members_come_in_fifties(site: Any) -> None:
    site.control("/populate", {"groups": 1, "agents": 120})
    groups = site.get("/group/bulk")
    group = next(one for one in groups["values"] if one["name"] == "group-00003")
    page = site.get("/group/member", params={"groupId": group["groupId"], "maxResults": 200})
    assert (page["maxResults"], len(page["values"]), page["isLast"], page["total"]) == (50, 50, False, 120)
    last = site.get("/group/member", params={"groupId": group["groupId"], "startAt": 100, "maxResults": 50})
    assert (len(last["values"]), last["isLast"]) == (20, True)
    assert site.call("GET", "/group/member", params={"groupId": "nope"}).status_code == 404


def test_08_inactive_members_only_on_request(site: Any) -> None:
    group = next(one for one in site.get("/group/bulk")["values"] if one["name"] == "network")
    names = {one["displayName"] for one in site.get("/group/member", params=group)["values"]}
    more = site.get("/group/member", params=group | {"includeInactiveUsers": "true"})["values"]
    assert names == {"Sam Agent", "Nora Net"}
    assert {one["displayName"] for one in more} - names == {"Gone Guy"}


def test_08_a_group_keeps_its_id_when_its_name_changes(site: Any) -> None:
    group = next(one for one in site.get("/group/bulk")["values"] if one["name"] == "network")
    site.control(f"/user-groups/{group['groupId']}", {"name": "l2-network"})
    assert site.get("/group/member", params={"groupId": group["groupId"]})["total"] == 2
    assert site.call("GET", "/group/member", params={"groupname": "network"}).status_code == 404


def test_08_customers_are_not_found_by_name(site: Any) -> None:
    assert site.get("/user/search", params={"query": "Ann"}) == []
    assert site.get("/user/search", params={"query": "Sam"})


def test_08_groups_may_be_listed_by_the_picker_alone(site: Any) -> None:
    site.control("/populate", {"groups": 30, "agents": 0})
    site.control("/switches", {"group_bulk": False})
    assert site.call("GET", "/group/bulk").status_code == 404
    picked = site.get("/groups/picker", params={"maxResults": 1000})
    assert (len(picked["groups"]), picked["total"]) == (20, 32)


def test_08_arrays_have_short_pages_before_the_end(site: Any) -> None:
    gone = site.get("/user/search", params={"query": "nora"})[0]["accountId"]
    site.control(f"/users/{gone}", {"deleted": True})
    sizes, start = [], 0
    while rows := site.get("/users/search", params={"startAt": start, "maxResults": 2}):
        sizes.append(len(rows))
        start += 2
    assert 1 in sizes[:-1], "a page is short, and another follows"
    team = site.get("/user/assignable/search", params={"project": "NETW", "maxResults": 3})
    names = [one["displayName"] for one in team]
    assert names == ["Sam Agent", "Automation for Jira"], "the inactive are dropped after the slice; apps appear"


def test_08_role_actors_are_people_and_groups(site: Any) -> None:
    roles = site.get("/project/NETW/role")
    path = roles["Service Desk Team"].removeprefix(site.base)
    group = next(one for one in site.get("/group/bulk")["values"] if one["name"] == "service-desk")
    site.post(path, {"groupId": [group["groupId"]]}, 200)
    actors = site.get(path)["actors"]
    kinds = {actor["type"] for actor in actors}
    assert kinds == {"atlassian-user-role-actor", "atlassian-group-role-actor"}
    told = [actor["actorGroup"]["groupId"] for actor in actors if "actorGroup" in actor]
    assert told == [group["groupId"]]
    assert all("accountId" in actor["actorUser"] for actor in actors if "actorUser" in actor)


def test_08_components_and_teams(site: Any) -> None:
    lead = site.get("/user/search", params={"query": "sam"})[0]["accountId"]
    site.post("/component", {"project": "SD", "name": "Mail", "leadAccountId": lead})
    assert site.get("/project/SD/component")["values"][0]["lead"]["accountId"] == lead
    key = site.issue(components=[{"name": "Mail"}])
    assert [one["name"] for one in site.fields(key)["components"]] == ["Mail"]
    org = site.control("/site", method="GET")["org_id"]
    path = f"/gateway/api/public/teams/v1/org/{org}/teams"
    first = site.get(path, params={"size": 1})
    second = site.get(path, params={"size": 1, "cursor": first["cursor"]})
    assert "cursor" not in second
    team = second["entities"][0]["teamId"]
    members = site.post(f"{path}/{team}/members", {"first": 2}, 200)
    assert (len(members["results"]), members["pageInfo"]["hasNextPage"]) == (2, True)


@pytest.mark.parametrize("path", ["/project/search", "/field/search", "/screens"])
def test_08_platform_pages_are_lowered_and_link_on(site: Any, path: str) -> None:
    site.control("/populate", {"groups": 110, "agents": 0})
    page = site.get(path, params={"maxResults": 1000})
    assert page["maxResults"] <= 100
    assert page["isLast"] == (page["startAt"] + len(page["values"]) >= page["total"])
    assert page["isLast"] or site.get(page["nextPage"].removeprefix(site.base))["values"]
