"""Support groups from each of Jira's six sources, in the calls that their pages demand."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from deskpulse.plugin_api import Refused
from deskpulse_jira_sm import plugin
from fixtures.plugins import MakeConnection

FIELD_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes"


def groups(site: Any, **settings: str) -> dict[str, Any]:
    found = list(plugin.deskpulse_sync_groups(site.connection(**settings)))
    assert len({group.id for group in found}) == len(found)
    return {group.name: group for group in found}


def names(group: Any) -> set[str]:
    return {agent.name for agent in group.members if agent.active}


def a_field(site: Any, name: str, kind: str) -> str:
    made: str = site.api("POST", "/rest/api/3/field", {"name": name, "type": f"{FIELD_TYPES}:{kind}"})["id"]
    site.api("POST", f"/rest/api/3/screens/addToDefault/{made}")
    return made


def set_field(site: Any, key: str, field: str, value: Any) -> None:
    site.api("PUT", f"/rest/api/3/issue/{key}", {"fields": {field: value}})


def test_projects_with_their_service_desk_team(site: Any) -> None:
    found = groups(site)
    assert names(found["Service Desk"]) == {"Anton"}
    assert {agent.name: agent.active for agent in found["Field"].members}["Sus"] is False
    assert site.find(site.ticket("Call")).group.id == found["Field"].id
    assert set(groups(site, projects=site.project("Field"))) == {"Field"}


def test_a_group_that_several_roles_name_is_expanded_once(site: Any) -> None:
    user_groups = {one["name"]: one["groupId"] for one in site.api("GET", "/rest/api/3/group/bulk")["values"]}
    for project in map(site.project, ("Service Desk", "Field")):
        site.api("POST", f"/rest/api/3/project/{project}/role/10101", {"groupId": [user_groups["field"]]})
    site.program("DELETE", "/requests")
    found = groups(site)
    assert names(found["Service Desk"]) == {"Anton"}, "Sus, who is in the group, is inactive"
    assert sum("/group/member" in one for one in site.asked()) == 1


def test_jira_groups(site: Any) -> None:
    field = a_field(site, "Support group", "grouppicker")
    settings = {"group_source": "jira_group", "group_field": field}
    found = groups(site, **settings)
    assert names(found["service-desk"]) == {"Anton"}
    key = site.ticket("Printer")
    assert site.find(key, **settings).group is None
    set_field(site, key, field, {"groupId": found["field"].id, "name": "field"})
    assert site.find(key, **settings).group.id == found["field"].id


def test_jira_groups_where_the_list_is_not_to_be_had(site: Any) -> None:
    site.program("POST", "/switches", group_bulk=False)
    assert "service-desk" in groups(site, group_source="jira_group")


def test_long_groups_come_in_pages_of_fifty(site: Any) -> None:
    site.program("POST", "/populate", groups=1, agents=120)
    site.program("DELETE", "/requests")
    found = groups(site, group_source="jira_group")
    assert max(len(group.members) for group in found.values()) == 120
    assert sum("/group/member" in one for one in site.asked()) == len(found) + 2


def test_components_with_their_lead(site: Any) -> None:
    anton = groups(site)["Service Desk"].members[0]
    body = {"project": "SD", "name": "Mail", "leadAccountId": anton.id}
    component = site.api("POST", "/rest/api/3/component", body)
    found = groups(site, group_source="component")
    assert found["Mail"].lead.name == "Anton"
    assert "Anton" in names(found["Mail"])
    assert all(agent.name != "Automation for Jira" for agent in found["Mail"].members), "apps are no agents"
    key = site.ticket("Printer")
    assert site.find(key, group_source="component").group is None
    set_field(site, key, "components", [{"id": component["id"]}])
    assert site.find(key, group_source="component").group.name == "Mail"


def test_teams(site: Any) -> None:
    org = site.program("GET", "/site")["org_id"]
    found = groups(site, group_source="team", org_id=org)
    assert names(found["Service Desk"]) == {"Anton"}
    with pytest.raises(Refused, match="org_id"):
        groups(site, group_source="team")


def test_teams_are_read_with_an_api_token_only(site: Any) -> None:
    access = site.simulator.access("scoped_token")
    settings = {**access.settings, "group_source": "team", "org_id": site.program("GET", "/site")["org_id"]}
    with pytest.raises(Refused, match="API token"):
        list(plugin.deskpulse_sync_groups(site.make(settings=settings, secrets=access.secrets)))


def test_a_team_managed_project_may_have_a_role_of_its_own(
    connection: MakeConnection, jira: responses.RequestsMock
) -> None:
    api = "https://acme.atlassian.net/rest"
    desks = [{"id": key, "projectId": key, "projectKey": f"P{key}", "projectName": f"Desk {key}"} for key in "12"]
    jira.get(f"{api}/servicedeskapi/servicedesk", json={"values": desks, "isLastPage": True})
    for key in "12":
        role, user = f"{api}/api/3/project/P{key}/role", {"accountId": f"agent-{key}"}
        jira.get(role, json={"Service Desk Team": f"{role}/1000{key}"})
        actor = {"type": "atlassian-user-role-actor", "actorUser": user}
        jira.get(f"{role}/1000{key}", json={"actors": [actor]})
    jira.get(f"{api}/api/3/project/P2/role/10001", status=404)
    people = [{"accountId": f"agent-{key}", "displayName": f"Agent {key}"} for key in "12"]
    jira.get(f"{api}/api/3/user/bulk", json={"values": people, "isLast": True})
    found = {group.name: names(group) for group in plugin.deskpulse_sync_groups(connection())}
    assert found == {"Desk 1": {"Agent 1"}, "Desk 2": {"Agent 2"}}


def test_queues_by_request_type(site: Any) -> None:
    site.provision()
    found = list(plugin.deskpulse_sync_groups(site.connection(group_source="queue")))
    assert [group.name for group in found].count("All open") == 2, "each desk has its own"
    assert all("Anton" in names(group) for group in found)
    key = site.ticket("Printer")
    kind = site.find(key, mapped_fields="request_type").fields["request_type"]
    ticket = site.find(key, group_source="queue", group_map=f"{kind} = All open")
    assert (ticket.group.name, ticket.group.id in {group.id for group in found}) == ("All open", True)
    assert site.find(key, group_source="queue").group is None, "no queue is called like the request type"


def test_options_of_a_custom_field_with_a_table_of_groups(site: Any) -> None:
    field = a_field(site, "Line", "select")
    context = site.api("GET", f"/rest/api/3/field/{field}/context")["values"][0]["id"]
    rows = [{"value": "First line"}, {"value": "Second line"}]
    made = site.api("POST", f"/rest/api/3/field/{field}/context/{context}/option", {"options": rows})["options"]
    settings = {"group_source": "custom_field", "group_field": field, "group_map": "first line = service-desk"}
    found = groups(site, **settings)
    assert names(found["First line"]) == {"Anton"}
    assert found["Second line"].members == ()
    key = site.ticket("Printer")
    set_field(site, key, field, {"id": made[0]["id"], "value": "First line"})
    assert site.find(key, **settings).group.id == found["First line"].id
    with pytest.raises(Refused, match="group_field"):
        groups(site, group_source="custom_field")


def test_many_projects_take_one_call_each_and_people_come_in_batches(site: Any) -> None:
    site.program("POST", "/populate", groups=120, agents=240)
    site.program("POST", "/limits", get=10_000)
    site.program("DELETE", "/requests")
    found = groups(site)
    assert len(found) >= 122
    assert len({agent.id for group in found.values() for agent in group.members}) >= 240
    asked = site.asked()
    roles = sum(one.endswith("/role/10101") for one in asked)
    assert roles == len(found)
    assert len(asked) - roles <= 12, asked
