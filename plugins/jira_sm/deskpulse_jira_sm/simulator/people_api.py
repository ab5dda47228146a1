"""``/myself``, ``/user``, ``/users``, ``/group``: people, their properties and their groups."""

from __future__ import annotations

import json
from typing import Any

from deskpulse_jira_sm.simulator.api import USERS, WRITE, Api, Call, Reply
from deskpulse_jira_sm.simulator.auth import FORGE
from deskpulse_jira_sm.simulator.errors import ApiError, forbidden, invalid, not_found
from deskpulse_jira_sm.simulator.paging import array, page, window
from deskpulse_jira_sm.simulator.records import ATLASSIAN, TEAM_ROLE, Group, User
from deskpulse_jira_sm.simulator.rendering import user_json
from deskpulse_jira_sm.simulator.site import find_project, find_user
from deskpulse_simulation.records import Json

LONGEST_PROPERTY = 32_768
"""Characters of JSON."""
PICKER_MOST = 20


def add_routes(api: Api) -> None:
    """The endpoints."""
    for method, rule, view in (
        ("GET", "/myself", myself),
        ("GET", "/user", show),
        ("GET", "/user/email", email),
        ("GET", "/user/search", search),
        ("GET", "/users/search", every),
        ("GET", "/users", every),
        ("GET", "/user/bulk", bulk),
        ("GET", "/user/assignable/search", assignable),
        ("GET", "/user/properties", properties),
        ("GET", "/user/properties/<name>", user_property),
        ("GET", "/group/bulk", groups),
        ("GET", "/groups/picker", picker),
        ("GET", "/group/member", members),
    ):
        api.platform(method, rule, view, scope=USERS, points=2)
    api.platform("PUT", "/user/properties/<name>", set_property, scope=WRITE)
    api.platform("DELETE", "/user/properties/<name>", delete_property, scope=WRITE)


def shown(call: Call, user: User) -> Json:
    """A person as the API's version writes them."""
    return user_json(call.site, user, call.version) or {}


def myself(call: Call) -> Json:
    """Who the credentials belong to."""
    return shown(call, call.user)


def _asked(call: Call) -> User:
    names = ("username", "key", "userKey") if call.site.server else ("accountId",)
    given = next((call.arg(name) for name in names if call.arg(name)), None)
    if given is None:
        raise invalid(f"The query parameter '{names[0]}' must be provided.")
    return find_user(call.site, given)


def show(call: Call) -> Json:
    """One person; the address is missing where their privacy settings say so."""
    return shown(call, _asked(call))


def email(call: Call) -> Json:
    """The address whatever the privacy settings, for approved apps: here the installed Forge app alone."""
    if call.caller is None or call.caller.means != FORGE:
        raise forbidden("The app is not approved to read email addresses.")
    user = _asked(call)
    return {"accountId": user.account_id, "email": user.email}


def _words(call: Call) -> str:
    return (call.arg("username") if call.site.server else call.arg("query")) or ""


def search(call: Call) -> list[Any]:
    """People by a part of name or address. Portal-only customers cannot be found this way."""
    words = _words(call).lower()

    def matches(user: User) -> bool:
        known = (user.name, call.site.email_of(user) or "", user.username if call.site.server else "")
        return user.active and not user.deleted and any(words in text.lower() for text in known)

    everyone = [user for user in call.site.users.values() if call.site.server or user.kind == ATLASSIAN]
    if words:  # the index is asked first, so a page of matches is not cut from a page of everybody
        everyone = [user for user in everyone if matches(user)]
    return array(call, everyone, matches, lambda user: shown(call, user))


def every(call: Call) -> list[Any]:
    """Everybody, the inactive too; those deleted are dropped after the slice."""
    rows = list(call.site.users.values())
    return array(call, rows, lambda user: not user.deleted, lambda user: shown(call, user))


def bulk(call: Call) -> Json:
    """People by several account ids."""
    found = [user for number in call.request.args.getlist("accountId") if (user := call.site.user(number))]
    return page(call, found, lambda user: shown(call, user), most=200, usual=10, points=2)


def assignable(call: Call) -> list[Any]:
    """Who may be given issues of a project: its team, apps among them. Inactive ones leave gaps in pages."""
    key = call.arg("project") or ""
    if not key and call.arg("issueKey"):
        key = str(call.site.issue(str(call.arg("issueKey"))) and str(call.arg("issueKey")).rpartition("-")[0])
    if not key:
        raise invalid("Either the 'project' or the 'issueKey' query parameter must be provided.")
    project = find_project(call.site, call.user, key)
    robots = [user for user in call.site.users.values() if user.kind == "app"]
    rows = call.site.role_members(project, TEAM_ROLE) + robots
    return array(call, rows, lambda user: user.active, lambda user: shown(call, user))


def _owner(call: Call) -> User:
    owner = _asked(call)
    if owner is not call.user and not call.user.admin:
        raise forbidden("You do not have permission to access the properties of other users.")
    return owner


def properties(call: Call) -> Json:
    """The keys of a person's properties."""
    owner = _owner(call)
    return {"keys": [{"key": name, "self": ""} for name in owner.properties]}


def user_property(call: Call, name: str) -> Json:
    """One property."""
    owner = _owner(call)
    if name not in owner.properties:
        raise not_found(f"The property with key '{name}' does not exist.")
    return {"key": name, "value": owner.properties[name]}


def property_value(call: Call) -> Any:
    """A property's value as sent: any JSON of up to 32 768 characters."""
    data = call.request.get_data().decode("utf-8", "replace")
    if len(data) > LONGEST_PROPERTY:
        raise invalid(f"The property value cannot be longer than {LONGEST_PROPERTY} characters.")
    try:
        return json.loads(data)
    except ValueError:
        raise invalid("The property value must be valid JSON.") from None


def set_property(call: Call, name: str) -> Reply:
    """201 for a new one, 200 for another value. Others' properties are for those who administer Jira."""
    owner, value = _owner(call), property_value(call)
    new = name not in owner.properties
    owner.properties[name] = value
    return Reply(None, 201 if new else 200)


def delete_property(call: Call, name: str) -> Reply:
    """204."""
    if _owner(call).properties.pop(name, None) is None:
        raise not_found(f"The property with key '{name}' does not exist.")
    return Reply(None, 204)


def _group_json(group: Group) -> Json:
    return {"name": group.name, "groupId": group.id}


def groups(call: Call) -> Json:
    """All groups by pages; newer clients no longer list this endpoint, hence the switch."""
    if not call.site.switches.group_bulk or call.site.server:
        raise ApiError(404, "Not Found")
    wanted = call.request.args.getlist("groupId")
    rows = [group for group in call.site.groups.values() if not wanted or group.id in wanted]
    return page(call, rows, _group_json, points=2)


def picker(call: Call) -> Json:
    """Groups by a part of their name, no more than the site's setting allows."""
    words = (call.arg("query") or "").lower()
    rows = [group for group in call.site.groups.values() if words in group.name.lower()]
    _, size = window(call, PICKER_MOST, PICKER_MOST)
    return {
        "header": f"Showing {min(size, len(rows))} of {len(rows)} matching groups",
        "total": len(rows),
        "groups": [_group_json(group) | {"html": group.name, "labels": []} for group in rows[:size]],
    }


def members(call: Call) -> Json:
    """A group's members, 50 at the most at once; inactive ones only on request."""
    site = call.site
    key = call.arg("groupId") or ""
    group = site.groups.get(key) or next(
        (one for one in site.groups.values() if one.name == call.arg("groupname")), None
    )
    if group is None:
        raise not_found(f"Group '{key or call.arg('groupname')}' does not exist.")
    people = [user for number in group.members if (user := site.user(number)) is not None]
    inactive = call.flag("includeInactiveUsers")
    rows = [user for user in people if user.active or inactive]
    return page(call, rows, lambda user: shown(call, user), points=2)
