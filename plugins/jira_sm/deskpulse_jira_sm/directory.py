"""Desks, user groups, teams and their people, as Jira lists them; people and expanded groups are kept meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from deskpulse.plugin_api import Agent, Connection, NotFound, Refused
from deskpulse_jira_sm import mapping, paging
from deskpulse_jira_sm.client import Client, Raw
from deskpulse_jira_sm.links import site_url

TEAM_ROLE = "Service Desk Team"
"""The role of a service project's agents; its name is the same in every language."""
USER_ACTOR = "atlassian-user-role-actor"
BATCH = 50
"""Desks whose people are asked for together."""
MANY = 80
"""People asked for in one call: their ids must fit into an address."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A service desk with its project."""

    id: str
    project_id: str
    key: str
    name: str


class Directory:
    """One pass over a site's people and groups."""

    def __init__(self, connection: Connection, *, patience: float = 0.0) -> None:
        self.connection = connection
        self.client = Client(connection, patience=patience)
        self._people: dict[str, Agent] = {}
        self._expanded: dict[str, tuple[Agent, ...]] = {}
        self._role = ""

    def desks(self) -> Iterator[Desk]:
        """The service desks that count: those of the setting, or all."""
        wanted = set(mapping.words(self.connection.setting("projects")))
        for page in self.client.desk_pages("/rest/servicedeskapi/servicedesk"):
            for raw in page:
                found = (str(raw.get(name) or "") for name in ("id", "projectId", "projectKey", "projectName"))
                desk = Desk(*found)
                if desk.project_id and (not wanted or desk.key in wanted):
                    yield desk

    def with_teams(self) -> Iterator[tuple[Desk, tuple[Agent, ...]]]:
        """Every desk with those who have the role Service Desk Team, by themselves or through a user group.

        Roles are read one by one, and their people for many desks at once.
        """
        every = self.desks()
        while desks := list(islice(every, BATCH)):
            actors = {desk.id: self._actors(desk) for desk in desks}
            people = [self._account_of(raw) for rows in actors.values() for raw in rows if _is_user(raw)]
            list(self.people(people))
            for desk in desks:
                rows = actors[desk.id]
                found = list(self.people(self._account_of(raw) for raw in rows if _is_user(raw)))
                for raw in rows:
                    found += () if _is_user(raw) else self.expanded(dict(mapping.mapping_of(raw.get("actorGroup"))))
                yield desk, tuple({agent.id: agent for agent in found}.values())

    def user_groups(self) -> Iterator[Raw]:
        """Every user group with its name and, on Cloud, its id."""
        if not self.client.server:
            try:
                for page in paging.by_position(self.client.get, f"{self.client.api}/group/bulk", "values"):
                    yield from page
            except NotFound:  # not everywhere; the picker stops at a number that the site sets
                pass
            else:
                return
        raw = mapping.mapping_of(self.client.get(f"{self.client.api}/groups/picker", [("maxResults", "1000")]))
        yield from paging.rows(raw.get("groups"))

    def members(self, raw_group: Raw) -> Iterator[Agent]:
        """A user group's people, inactive ones included. Names of groups may change, ids do not."""
        key, name = str(raw_group.get("groupId") or ""), str(raw_group.get("name") or "")
        params = [("groupId", key) if key else ("groupname", name), ("includeInactiveUsers", "true")]
        try:
            for page in paging.by_position(self.client.get, f"{self.client.api}/group/member", "values", params=params):
                yield from filter(None, map(mapping.person_as_agent, page))
        except NotFound:  # deleted since it was listed
            return

    def expanded(self, raw_group: Raw) -> tuple[Agent, ...]:
        """The same for a group that several roles or options may name: asked for once."""
        key = str(raw_group.get("groupId") or raw_group.get("name") or "")
        if key not in self._expanded:
            self._expanded[key] = tuple(self.members(raw_group))
        return self._expanded[key]

    def people(self, keys: Iterable[str]) -> Iterator[Agent]:
        """People by id, each asked for once: on Cloud many in a call, on Data Center one by one."""
        wanted = list(dict.fromkeys(filter(None, keys)))
        new = [key for key in wanted if key not in self._people]
        for start in range(0, len(new), MANY):
            for raw in self._users(new[start : start + MANY]):
                if found := mapping.person_as_agent(raw):
                    self._people[found.id] = found
        yield from (self._people[key] for key in wanted if key in self._people)

    def components(self, desk: Desk) -> Iterator[Raw]:
        """A project's components."""
        path = f"{self.client.api}/project/{quote(desk.key, safe='')}/component"
        if self.client.server:
            yield from paging.rows(self.client.get(f"{path}s"))
            return
        for page in paging.by_position(self.client.get, path, "values"):
            yield from page

    def assignable(self, desk: Desk) -> tuple[Agent, ...]:
        """Who may be given a project's issues; apps and customers are not agents."""
        path = f"{self.client.api}/user/assignable/search"
        pages = paging.by_array(self.client.get, path, [("project", desk.key)])
        raw_users = (raw for page in pages for raw in page if raw.get("accountType", "atlassian") == "atlassian")
        return tuple(one for one in map(mapping.person_as_agent, raw_users) if one)

    def teams(self) -> Iterator[Raw]:
        """Every team of the organisation."""
        path = self._teams_path()
        cursor = ""
        while True:
            params = [("size", "50"), *([("cursor", cursor)] if cursor else [])]
            raw = mapping.mapping_of(self.client.get(path, params, root=self._site()))
            yield from paging.rows(raw.get("entities"))
            seen, cursor = cursor, str(raw.get("cursor") or "")
            if cursor in ("", seen):
                return

    def team_members(self, key: str) -> tuple[Agent, ...]:
        """A team's people; the team tells their ids, each is then asked for once."""
        found: list[Agent] = []
        body: dict[str, Any] = {"first": 50}
        while True:
            path = f"{self._teams_path()}/{quote(key, safe='')}/members"
            raw = mapping.mapping_of(self.client.send("POST", path, body, root=self._site()).json())
            found += self.people(str(one.get("accountId") or "") for one in paging.rows(raw.get("results")))
            raw_page = mapping.mapping_of(raw.get("pageInfo"))
            after = str(raw_page.get("endCursor") or "")
            if not raw_page.get("hasNextPage") or after in ("", body.get("after")):
                return tuple(found)
            body = {"first": 50, "after": after}

    def options(self, field: str) -> Iterator[Raw]:
        """A select field's options, in all its contexts."""
        base = f"{self.client.api}/field/{quote(field, safe='')}/context"
        for contexts in paging.by_position(self.client.get, base, "values"):
            for context in contexts:
                path = f"{base}/{quote(str(context.get('id')), safe='')}/option"
                for page in paging.by_position(self.client.get, path, "values"):
                    yield from page

    def _actors(self, desk: Desk) -> Sequence[Raw]:
        """The role's actors. Its id comes from the addresses that a project gives; most projects share one."""
        base = f"{self.client.api}/project/{quote(desk.key, safe='')}/role"
        raw = self.client.find(f"{base}/{self._role}") if self._role else None
        if raw is None:
            found = str(mapping.mapping_of(self.client.get(base)).get(TEAM_ROLE) or "").rstrip("/").rpartition("/")[2]
            if not found.isdecimal():
                return ()
            self._role = self._role or found
            raw = dict(mapping.mapping_of(self.client.get(f"{base}/{found}")))
        return paging.rows(raw.get("actors"))

    def _account_of(self, raw_actor: Raw) -> str:
        return mapping.account(raw_actor.get("actorUser")) or ""

    def _users(self, keys: Sequence[str]) -> Iterator[Raw]:
        if self.client.server:
            yield from filter(None, map(self.client.user, keys))
            return
        params = [("accountId", key) for key in keys]
        for page in paging.by_position(self.client.get, f"{self.client.api}/user/bulk", "values", MANY, params):
            yield from page

    def _site(self) -> str:
        return site_url(self.connection.settings)

    def _teams_path(self) -> str:
        if not self.client.at_site:
            raise Refused("teams are read with a classic API token only: choose another source of support groups")
        organisation = self.connection.setting("org_id")
        if not organisation:
            raise Refused("the setting org_id is missing: the organisation whose teams are the support groups")
        return f"/gateway/api/public/teams/v1/org/{quote(organisation, safe='')}/teams"


def _is_user(raw_actor: Raw) -> bool:
    return raw_actor.get("type") == USER_ACTOR
