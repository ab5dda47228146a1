"""Support groups with their agents.

Memberships come with the user's name, address and state, and groups with their manager's, so that two lists are all
that is read, page by page in the order of ids. The agents are held, about 0.4 kB each, and a reference for each
membership; groups are handed on page by page. A membership that ends leaves no trace, and a user who becomes inactive
does not touch their memberships: so everything is read each time.
https://www.servicenow.com/docs/r/platform-administration/user-administration/ (read 2026-08)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from deskpulse.plugin_api import Agent, Connection, Group
from deskpulse_servicenow import mapping
from deskpulse_servicenow.client import LONG, Client, value

ANCESTORS = 100
"""Groups asked for by id at once: an address has its limits."""
Members = dict[str, dict[str, Agent]]


def groups(connection: Connection) -> Iterator[Group]:
    """Every support group, inactive ones inactive, with its agents, inactive ones inactive.

    What stands above a group comes too, whether or not the filter for support groups lets it through.
    """
    client = Client(connection, patience=LONG)
    members = _memberships(client)
    told: set[str] = set()
    above: set[str] = set()
    query = connection.setting("group_filter")
    while True:
        for page in client.pages("sys_user_group", query, mapping.GROUP):
            for raw in page:
                found = mapping.group(raw, tuple(members.get(value(raw.get("sys_id")), {}).values()))
                if found.id not in told:
                    told.add(found.id)
                    above.add(found.parent_id or found.id)
                    yield found
        asked = sorted(above - told)[:ANCESTORS]
        if not asked:
            return
        above -= set(asked)  # asked for once, also where an access rule hides one
        query = f"sys_idIN{','.join(asked)}"


def _memberships(client: Client) -> Members:
    """Each group's agents by the group's id; an agent in several groups is held once."""
    agents: dict[str, Agent] = {}
    found: Members = defaultdict(dict)
    for page in client.pages("sys_user_grmember", "", mapping.MEMBERSHIP):
        for raw in page:
            group_id, agent = value(raw.get("group")), mapping.member(raw)
            if group_id and agent:
                found[group_id][agent.id] = agents.setdefault(agent.id, agent)
    return found
