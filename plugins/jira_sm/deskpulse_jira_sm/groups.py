"""Which support group an issue belongs to, by the source that the administrator chose."""

from __future__ import annotations

from typing import Any

from deskpulse.plugin_api import Connection, Group
from deskpulse_jira_sm.client import Client, Raw
from deskpulse_jira_sm.mapping import field_text, group, mapping_of, pairs, request_type

PROJECT, JIRA_GROUP, COMPONENT, TEAM, QUEUE, CUSTOM_FIELD = (
    "project",
    "jira_group",
    "component",
    "team",
    "queue",
    "custom_field",
)


def source_of(connection: Connection) -> str:
    """Where support groups come from."""
    return connection.setting("group_source", PROJECT)


def group_of(client: Client, connection: Connection, raw: Raw) -> Group | None:
    """The issue's group, without members; the first one where an issue has several, None where it has none."""
    fields = mapping_of(raw.get("fields"))
    source = source_of(connection)
    if source == PROJECT:
        project = mapping_of(fields.get("project"))
        return group(project.get("id"), project.get("name"))
    if source == COMPONENT:
        component = _first(fields.get("components"))
        return group(component.get("id"), component.get("name"))
    if source == QUEUE:
        kind = request_type(fields, connection.facts)
        return _queue_of(client, connection, str(kind.get("serviceDeskId") or ""), str(kind.get("name") or ""))
    chosen = _first(fields.get(connection.setting("group_field")))
    if source == JIRA_GROUP:  # Data Center tells names only
        return group(chosen.get("groupId") or chosen.get("name"), chosen.get("name"))
    return group(chosen.get("id"), field_text({name: chosen.get(name) for name in ("value", "name", "title")}))


def _queue_of(client: Client, connection: Connection, desk: str, name: str) -> Group | None:
    """The queue that the table of groups names for a request type, else the one of the same name."""
    wanted = pairs(connection.setting("group_map")).get(name.casefold(), name).casefold()
    if not wanted or not desk.isdecimal():
        return None
    for page in client.desk_pages(f"/rest/servicedeskapi/servicedesk/{desk}/queue"):
        for raw in page:
            if wanted in (str(raw.get("id")), str(raw.get("name")).casefold()):
                return group(raw.get("id"), raw.get("name"))
    return None


def _first(raw: Any) -> Raw:
    """The value of a field that holds one object or several."""
    if isinstance(raw, list):
        raw = raw[0] if raw else None
    return dict(mapping_of(raw))
