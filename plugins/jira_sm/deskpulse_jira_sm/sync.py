"""Support groups with their agents, from whichever source the administrator chose.

Jira tells members by project role, by user group or by team, one at a time: one list per group is the least there is.
A user group that several roles name is expanded once. What is held is ids and agents; groups are handed on one by one.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-role-actors/ and
https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-servicedesk/ (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from deskpulse.plugin_api import Agent, Connection, Group, Refused
from deskpulse_jira_sm import groups as sources
from deskpulse_jira_sm import mapping
from deskpulse_jira_sm.client import LONG, Raw
from deskpulse_jira_sm.directory import Directory


def groups(connection: Connection) -> Iterator[Group]:
    """Every group with its agents; a group that is gone is simply not among them."""
    directory = Directory(connection, patience=LONG)
    read: dict[str, Callable[[Directory], Iterator[Group | None]]] = {
        sources.PROJECT: _projects,
        sources.JIRA_GROUP: _jira_groups,
        sources.COMPONENT: _components,
        sources.TEAM: _teams,
        sources.QUEUE: _queues,
        sources.CUSTOM_FIELD: _options,
    }
    yield from filter(None, read[sources.source_of(connection)](directory))


def _projects(directory: Directory) -> Iterator[Group | None]:
    for desk, team in directory.with_teams():
        yield mapping.group(desk.project_id, desk.name, team)


def _jira_groups(directory: Directory) -> Iterator[Group | None]:
    for raw in directory.user_groups():
        key = raw.get("groupId") or raw.get("name")
        yield mapping.group(key, raw.get("name"), tuple(directory.members(raw)))


def _components(directory: Directory) -> Iterator[Group | None]:
    """A component has a lead and nobody else; the agents of all are those who may be given issues of the project."""
    for desk in directory.desks():
        everyone: tuple[Agent, ...] | None = None
        for raw in directory.components(desk):
            lead = mapping.person_as_agent(raw.get("lead"))
            if everyone is None:
                everyone = directory.assignable(desk)
            yield mapping.group(raw.get("id"), raw.get("name"), _with(lead, everyone), lead)


def _teams(directory: Directory) -> Iterator[Group | None]:
    for raw in directory.teams():
        key = str(raw.get("teamId") or "")
        yield mapping.group(key, raw.get("displayName"), directory.team_members(key))


def _queues(directory: Directory) -> Iterator[Group | None]:
    for desk, team in directory.with_teams():
        for page in directory.client.desk_pages(f"/rest/servicedeskapi/servicedesk/{desk.id}/queue"):
            for raw in page:
                yield mapping.group(raw.get("id"), raw.get("name"), team)


def _options(directory: Directory) -> Iterator[Group | None]:
    """A field's options; the table in the settings says which user group works on each."""
    connection = directory.connection
    field = connection.setting("group_field")
    if not field:
        raise Refused("the setting group_field is missing: the custom field whose options are the support groups")
    table = mapping.pairs(connection.setting("group_map"))
    wanted = {name.casefold() for name in table.values()}
    known: dict[str, Raw] = {}
    for raw in directory.user_groups() if wanted else ():
        names = {str(raw.get(name)).casefold() for name in ("name", "groupId") if raw.get(name)}
        known.update((name, raw) for name in names & wanted)
    for raw in directory.options(field):
        raw_group = known.get(table.get(str(raw.get("value")).casefold(), "").casefold())
        members = directory.expanded(raw_group) if raw_group else ()
        yield mapping.group(raw.get("id"), raw.get("value"), members)


def _with(lead: Agent | None, others: Iterable[Agent]) -> tuple[Agent, ...]:
    found = [lead, *others] if lead else list(others)
    return tuple({agent.id: agent for agent in found}.values())
