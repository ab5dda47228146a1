"""Support groups with their agents.

Zendesk lists groups, agents and memberships separately, a hundred rows a page, and memberships in no useful order. They
are read in that many pages and no more (never one call per group): agents and memberships are held, about 0.4 kB for
each agent, and groups are handed on page by page. Nothing grows with tickets or customers.
https://developer.zendesk.com/api-reference/ticketing/groups/group_memberships/ (read 2026-08)
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator

from deskpulse.plugin_api import Agent, Connection, Group
from deskpulse_zendesk import mapping
from deskpulse_zendesk.client import LONG, Client

Members = dict[int, "array[int]"]


def groups(connection: Connection) -> Iterator[Group]:
    """Every group, deleted ones inactive, with its agents, suspended and downgraded ones inactive."""
    client = Client(connection, patience=LONG)
    members = _memberships(client)
    agents = _agents(client, {key for keys in members.values() for key in keys})
    for page in client.groups():
        for raw_group in page:
            yield mapping.group(raw_group, _members(members.get(raw_group.get("id") or 0, ()), agents))


def _memberships(client: Client) -> Members:
    """Agents' ids by group id; numbers in arrays take a twentieth of the rows they come from."""
    found: Members = defaultdict(lambda: array("Q"))
    for page in client.memberships():
        for raw in page:
            if raw.get("group_id") and raw.get("user_id"):
                found[raw["group_id"]].append(raw["user_id"])
    return found


def _agents(client: Client, wanted: set[int]) -> dict[int, Agent]:
    """The members as agents. Those whom the list of agents lacks, being downgraded, are asked for by id."""
    found: dict[int, Agent] = {}
    for page in client.staff():
        found.update((raw["id"], mapping.agent(raw)) for raw in page if raw.get("id") in wanted)
    gone = sorted(wanted - found.keys())
    found.update((raw["id"], mapping.agent(raw)) for raw in client.users(map(str, gone)) if raw.get("id"))
    return found


def _members(keys: Iterable[int], agents: dict[int, Agent]) -> tuple[Agent, ...]:
    return tuple(agents[key] for key in dict.fromkeys(keys) if key in agents)
