"""Making people, groups and projects, whoever asks for them."""

from __future__ import annotations

import re
from typing import Any

from deskpulse_jira_sm.simulator.records import ADMIN_ROLE, ATLASSIAN, TEAM_ROLE, Group, Project, RequestType, User
from deskpulse_jira_sm.simulator.site import Site

GENERAL = "Get IT help"


def create_user(site: Site, name: str, email: str | None, kind: str = ATLASSIAN, **values: Any) -> User:
    """A person, with an id of their kind."""
    return site.add_user(User(site.ids.account_id(kind), name, site.now(), email, kind, **values))


def create_group(site: Site, name: str) -> Group:
    """A user group."""
    group = Group(site.ids.uuid(), name)
    site.groups[group.id] = group
    return group


def create_project(
    site: Site, name: str, *, key: str = "", description: str = "", simplified: bool = False, admin: str = ""
) -> Project:
    """A service project with its desk and one request type; the key comes from the initials unless given."""
    number = site.ids.number("project")
    project = Project(
        id=number,
        key=key or _free_key(site, name),
        name=name,
        desk_id=number - 9999,
        simplified=simplified,
        description=description,
        request_types=[RequestType(str(site.ids.number("request type", 1)), GENERAL)],
        role_users={TEAM_ROLE: [], ADMIN_ROLE: [admin] if admin else []},
    )
    return site.add_project(project)


def _free_key(site: Site, name: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", name)
    start = "".join(word[0] for word in words).upper() if len(words) > 1 else (words[0][:4].upper() if words else "P")
    start = re.sub(r"^[^A-Z]+", "", start)[:6] or "P"
    start = start if len(start) > 1 else f"{start}X"
    key, number = start, 1
    while site.project(key) is not None:
        number += 1
        key = f"{start}{number}"
    return key


def request_type(site: Site, project: Project, name: str) -> RequestType:
    """The project's request type of this name, made where there is none."""
    found = next((one for one in project.request_types if one.name == name), None)
    if found is None:
        found = RequestType(str(site.ids.number("request type", 1)), name)
        project.request_types.append(found)
    return found
