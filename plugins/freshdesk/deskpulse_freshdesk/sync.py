"""Support groups with their agents.

Freshdesk has no feed of changed groups: groups and agents are read in as many calls as they have pages. Who is in a
group stands in ``groups[].agent_ids``; an old account may leave that out, and then each agent says so. Ids of members
are held in arrays, and agents once each, about 0.4 kB; nothing grows with tickets or customers.
https://developers.freshdesk.com/api/#groups (read 2026-08)
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from deskpulse.plugin_api import Agent, Connection, Group
from deskpulse_freshdesk import mapping
from deskpulse_freshdesk.client import LONG, Client, Raw

Members = dict[int, "array[int]"]


def groups(connection: Connection) -> Iterator[Group]:
    """Every group with its agents. Deactivated agents drop out of the list of agents, and are inactive."""
    client = Client(connection, patience=LONG)
    names, members, complete = _groups(client)
    agents, in_groups = _agents(client, members, by_agent=not complete)
    for key, name in names.items():
        own = members.get(key) if complete else in_groups.get(key)
        yield mapping.group({"id": key, "name": name}, _of(client, own or (), agents))


def _groups(client: Client) -> tuple[dict[int, str], Members, bool]:
    """Names and members' ids of all groups, and whether every group told its members."""
    names: dict[int, str] = {}
    members: Members = {}
    complete = True
    for page in client.groups():
        for raw in page:
            if not isinstance(raw.get("id"), int):
                continue
            names[raw["id"]] = raw.get("name") or ""
            complete = complete and isinstance(raw.get("agent_ids"), list)
            members[raw["id"]] = _numbers(raw.get("agent_ids"))
    return names, members, complete


def _agents(client: Client, members: Members, *, by_agent: bool) -> tuple[dict[int, Agent], Members]:
    """The agents who are in groups, and, where only they say it, in which ones."""
    wanted = {key for keys in members.values() for key in keys}
    found: dict[int, Agent] = {}
    in_groups: Members = defaultdict(lambda: array("Q"))
    for page in client.agents():
        for raw in page:
            if not isinstance(raw.get("id"), int):
                continue
            groups_of = _groups_of(client, raw) if by_agent else ()
            for key in groups_of:
                in_groups[key].append(raw["id"])
            if groups_of or raw["id"] in wanted:
                found[raw["id"]] = mapping.agent(raw)
    return found, in_groups


def _groups_of(client: Client, raw: Raw) -> Iterable[int]:
    """The groups of one agent: a list of agents may leave them out, an agent read alone has them."""
    whole = raw if isinstance(raw.get("group_ids"), list) else client.agent(str(raw["id"])) or {}
    return _numbers(whole.get("group_ids"))


def _of(client: Client, keys: Iterable[int], agents: dict[int, Agent]) -> tuple[Agent, ...]:
    """Members as agents; whoever is a member and not listed is asked for once, and is inactive."""
    for key in keys:
        if key not in agents:
            raw = client.agent(str(key)) or client.contact(str(key)) or {"id": key}
            agents[key] = mapping.agent({**raw, "deactivated": True})
    return tuple(agents[key] for key in dict.fromkeys(keys))


def _numbers(raw: Any) -> array[int]:
    return array("Q", (key for key in raw or () if isinstance(key, int) and key > 0))
