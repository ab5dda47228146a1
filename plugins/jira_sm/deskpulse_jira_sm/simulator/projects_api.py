"""``/project`` with roles, components and statuses, and the small lists of a site, such as its resolutions."""

from __future__ import annotations

from typing import Any

from deskpulse_jira_sm.simulator.api import CONFIGURE, Api, Call, Reply
from deskpulse_jira_sm.simulator.errors import invalid, not_found
from deskpulse_jira_sm.simulator.paging import page
from deskpulse_jira_sm.simulator.records import ADMIN_ROLE, TEAM_ROLE, Component, Project
from deskpulse_jira_sm.simulator.rendering import project_json, resolution_json, status_json, user_json
from deskpulse_jira_sm.simulator.site import Site, find_project, find_user
from deskpulse_jira_sm.simulator.workflow import ISSUE_TYPES, PRIORITIES, RESOLUTIONS, statuses
from deskpulse_simulation.records import Json

ROLES = {"10002": ADMIN_ROLE, "10101": TEAM_ROLE, "10102": "Service Desk Customers"}


def add_routes(api: Api) -> None:
    """The endpoints."""
    for method, rule, view in (
        ("GET", "/project", every),
        ("GET", "/project/search", search),
        ("GET", "/project/<key>", show),
        ("GET", "/project/<key>/role", roles),
        ("GET", "/project/<key>/role/<role>", role),
        ("GET", "/project/<key>/component", components),
        ("GET", "/project/<key>/components", component_list),
        ("GET", "/project/<key>/statuses", project_statuses),
        ("GET", "/status", all_statuses),
        ("GET", "/status/<number>", one_status),
        ("GET", "/resolution", resolutions),
        ("GET", "/priority", priorities),
        ("GET", "/issuetype", issue_types),
    ):
        api.platform(method, rule, view)
    api.platform("POST", "/project/<key>/role/<role>", add_actors, scope=CONFIGURE, admin=True)
    api.platform("POST", "/component", add_component)


def _visible(call: Call) -> list[Project]:
    return [project for project in call.site.projects.values() if call.site.sees(call.user, project)]


def every(call: Call) -> list[Any]:
    """All projects the caller sees."""
    return [project_json(call.site, project, call.version) for project in _visible(call)]


def search(call: Call) -> Json:
    """Projects by pages."""
    words = (call.arg("query") or "").lower()
    keys = call.request.args.getlist("keys")
    rows = [
        project
        for project in _visible(call)
        if (words in project.name.lower() or words in project.key.lower()) and (not keys or project.key in keys)
    ]
    return page(call, rows, lambda project: project_json(call.site, project, call.version), most=100)


def show(call: Call, key: str) -> Json:
    """One project."""
    project = find_project(call.site, call.user, key)
    more = {
        "description": project.description,
        "components": [_component(call.site, part) for part in project.components],
        "issueTypes": issue_types(call),
        "roles": roles(call, key),
    }
    return project_json(call.site, project, call.version) | more


def roles(call: Call, key: str) -> Json:
    """Names of roles to their addresses, whose last part is the role's id."""
    project = find_project(call.site, call.user, key)
    base = f"{call.base}/rest/api/{call.version}/project/{project.id}/role"
    return {name: f"{base}/{number}" for number, name in ROLES.items()}


def role(call: Call, key: str, role: str) -> Json:
    """A role's actors: people, and groups which the reader has to expand."""
    project = find_project(call.site, call.user, key)
    if role not in ROLES:
        raise not_found(f"Can not retrieve a role actor for a null project role: {role}")
    return _role_json(call, project, role)


def _role_json(call: Call, project: Project, role: str) -> Json:
    name, site = ROLES[role], call.site
    actors: list[Json] = []
    for account_id in project.role_users.get(name, ()):
        user = site.user(account_id)
        if user is None:
            continue
        actor: Json = {"id": 10000 + user.number, "displayName": user.name, "type": "atlassian-user-role-actor"}
        if site.server:
            actors.append(actor | {"name": user.username, "actorUser": {"name": user.username, "key": user.key}})
        else:
            actors.append(actor | {"actorUser": {"accountId": account_id}})
    for group_id in project.role_groups.get(name, ()):
        group = site.groups[group_id]
        told: Json = {"name": group.name, "displayName": group.name}
        actors.append(
            {
                "id": 50000 + len(actors),
                "displayName": group.name,
                "type": "atlassian-group-role-actor",
                "name": group.name,
            }
            | {"actorGroup": told if site.server else told | {"groupId": group_id}}
        )
    link = f"{call.base}/rest/api/{call.version}/project/{project.id}/role/{role}"
    return {"self": link, "name": name, "id": int(role), "description": "", "actors": actors}


def add_actors(call: Call, key: str, role: str) -> Json:
    """Put people (``user``) and groups (``groupId`` or ``group``) into a role."""
    project, body = find_project(call.site, call.user, key), call.body()
    if role not in ROLES:
        raise not_found(f"Can not retrieve a role actor for a null project role: {role}")
    name = ROLES[role]
    for number in body.get("user") or ():
        project.role_users.setdefault(name, []).append(find_user(call.site, number).account_id)
    for wanted in (body.get("groupId") or []) + (body.get("group") or []):
        found = next((one.id for one in call.site.groups.values() if wanted in (one.id, one.name)), None)
        if found is None:
            raise not_found(f"Group {wanted} does not exist.")
        project.role_groups.setdefault(name, []).append(found)
    return _role_json(call, project, role)


def _component(site: Site, part: Component) -> Json:
    lead = user_json(site, site.users.get(part.lead or ""))
    return {"id": part.id, "name": part.name, "assigneeType": "PROJECT_DEFAULT"} | ({"lead": lead} if lead else {})


def components(call: Call, key: str) -> Json:
    """Components by pages."""
    rows = find_project(call.site, call.user, key).components
    return page(call, rows, lambda part: _component(call.site, part))


def component_list(call: Call, key: str) -> list[Any]:
    """Components as a bare array."""
    return [_component(call.site, part) for part in find_project(call.site, call.user, key).components]


def add_component(call: Call) -> Reply:
    """A new component."""
    body = call.body()
    project = find_project(call.site, call.user, str(body.get("project")))
    name = str(body.get("name") or "")
    if not name or any(part.name == name for part in project.components):
        raise invalid(name=f"A component with the name {name} already exists in this project.")
    lead = body.get("leadAccountId")
    part = Component(
        str(call.site.ids.number("component")), name, find_user(call.site, lead).account_id if lead else None
    )
    project.components.append(part)
    return Reply(_component(call.site, part), 201)


def project_statuses(call: Call, key: str) -> list[Any]:
    """A project's statuses by issue type."""
    project = find_project(call.site, call.user, key)
    rows = [status_json(call.site, status, call.version) for status in statuses(project)]
    return [{"id": number, "name": name, "subtask": False, "statuses": rows} for number, name in ISSUE_TYPES.items()]


def all_statuses(call: Call) -> list[Any]:
    """Every status of the site."""
    return [status_json(call.site, status, call.version) for status in call.site.statuses.values()]


def one_status(call: Call, number: str) -> Json:
    """One status by id."""
    status = call.site.statuses.get(number)
    if status is None:
        raise not_found(f"The status with id '{number}' does not exist")
    return status_json(call.site, status, call.version)


def resolutions(call: Call) -> list[Any]:
    """Every resolution."""
    return [resolution_json(call.site, number, call.version) for number in RESOLUTIONS]


def priorities(call: Call) -> list[Any]:
    """Every priority."""
    _ = call
    return [{"id": number, "name": name} for number, name in PRIORITIES.items()]


def issue_types(call: Call) -> list[Any]:
    """Every issue type."""
    _ = call
    return [{"id": number, "name": name, "subtask": False} for number, name in ISSUE_TYPES.items()]
