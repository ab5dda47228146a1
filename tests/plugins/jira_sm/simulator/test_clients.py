"""Public client libraries, made for the real thing, work against the simulator unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from atlassian import Jira, ServiceDesk
from jira import JIRA, JIRAError

FIELDS = {"project": {"key": "SD"}, "issuetype": {"name": "[System] Incident"}, "summary": "From a client"}


@pytest.fixture
def access(site: Any) -> Any:
    """User and token."""
    found = site.sim.access()
    return found.settings["email"], found.secrets["api_token"]


@pytest.fixture
def jira(site: Any, access: Any) -> Any:
    """PyPI's ``jira``."""
    client: Any = JIRA(site.base, basic_auth=access, max_retries=0)
    yield client
    client.close()


def test_jira_creates_reads_updates_and_moves_on(jira: Any) -> None:
    issue = jira.create_issue(fields=FIELDS)
    issue.update(fields={"labels": ["nps"]})
    jira.add_comment(issue, "hello")
    jira.transition_issue(issue, "Resolve this issue")
    read = jira.issue(issue.key, expand="changelog")
    assert (read.fields.status.name, read.fields.resolution.name, read.fields.labels) == ("Resolved", "Done", ["nps"])
    assert [one.body for one in jira.comments(issue)] == ["hello"]
    assert len(read.changelog.histories) == 3
    with pytest.raises(JIRAError):
        jira.issue("SD-999")


def test_jira_pages_and_lists(site: Any, jira: Any) -> None:
    for _ in range(7):
        jira.create_issue(fields=FIELDS)
    found = jira.enhanced_search_issues("project = SD AND summary ~ client", maxResults=0)
    assert len(found) == 7
    assert {project.key for project in jira.projects()} == {"SD", "NETW"}
    assert jira.myself()["displayName"] == "DeskPulse"
    assert {one["name"] for one in jira.fields()} >= {"Organizations", "Location"}
    site.control("/populate", {"groups": 60, "agents": 0})
    assert len(jira.service_desks()) >= 50


def test_jira_reads_a_data_center_with_its_token(server: Any) -> None:
    client: Any = JIRA(server.base, token_auth=server.sim.access().secrets["personal_access_token"], max_retries=0)
    issue = client.create_issue(fields=FIELDS)
    client.assign_issue(issue, "sam@desk.example")
    assert client.issue(issue.key).fields.assignee.name == "sam@desk.example"
    assert client.search_issues("project = SD", maxResults=2).total == 3
    client.close()


def test_atlassian_python_api_works_on_issues_and_requests(site: Any, access: Any) -> None:
    client: Any = Jira(url=site.base, username=access[0], password=access[1], cloud=True)
    made = client.issue_create(FIELDS)
    client.update_issue_field(made["key"], {"labels": ["nps"]})
    assert client.issue(made["key"])["fields"]["labels"] == ["nps"]
    assert [one["key"] for one in client.enhanced_jql("summary ~ client", fields=["summary"])["issues"]] == [
        made["key"]
    ]
    desk: Any = ServiceDesk(url=site.base, username=access[0], password=access[1], cloud=True)
    assert [one["projectKey"] for one in desk.get_service_desks()] == ["SD", "NETW"]
    key = site.key("Still open")
    assert desk.create_request_comment(key, "internal words", public=False)["public"] is False
    assert desk.get_customer_request(key)["issueKey"] == key
    client.close()
    desk.close()
