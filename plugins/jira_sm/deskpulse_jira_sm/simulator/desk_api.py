"""``/rest/servicedeskapi``: service desks, queues, request types, customers and organisations."""

from __future__ import annotations

from typing import Any

from deskpulse_jira_sm.simulator.api import DESK_CUSTOMERS, Api, Call, Reply
from deskpulse_jira_sm.simulator.errors import ApiError, not_found
from deskpulse_jira_sm.simulator.paging import desk_page
from deskpulse_jira_sm.simulator.people import create_user
from deskpulse_jira_sm.simulator.people_api import property_value
from deskpulse_jira_sm.simulator.records import CUSTOMER, Organization, Project, RequestType, User
from deskpulse_jira_sm.simulator.rendering import issue_json, organization_json, user_json
from deskpulse_jira_sm.simulator.site import Site, find_user
from deskpulse_jira_sm.simulator.times import date_object
from deskpulse_simulation.records import Json


def add_routes(api: Api) -> None:
    """The endpoints. Some are experimental: on Cloud the customers of a desk, on Data Center many."""
    api.desk("GET", "/info", info)
    api.desk("GET", "/servicedesk", desks)
    api.desk("GET", "/servicedesk/<desk>", one_desk)
    api.desk("GET", "/servicedesk/<desk>/queue", queues, experimental="server")
    api.desk("GET", "/servicedesk/<desk>/queue/<queue>/issue", queue_issues, experimental="server")
    api.desk("GET", "/servicedesk/<desk>/requesttype", request_types)
    api.desk("GET", "/servicedesk/<desk>/customer", customers, experimental="all")
    api.desk("POST", "/servicedesk/<desk>/customer", add_customers, scope=DESK_CUSTOMERS, experimental="server")
    api.desk("GET", "/servicedesk/<desk>/organization", desk_organizations, experimental="server")
    api.desk("POST", "/servicedesk/<desk>/organization", link_organization, scope=DESK_CUSTOMERS, experimental="server")
    api.desk("GET", "/requesttype", every_request_type, experimental="all")
    api.desk("POST", "/customer", create_customer, scope=DESK_CUSTOMERS, experimental="server")
    api.desk("GET", "/organization", organizations, experimental="server")
    api.desk("POST", "/organization", create_organization, scope=DESK_CUSTOMERS, experimental="server")
    api.desk("GET", "/organization/<number>", one_organization, experimental="server")
    api.desk("GET", "/organization/<number>/user", organization_users, experimental="server")
    api.desk("POST", "/organization/<number>/user", add_to_organization, scope=DESK_CUSTOMERS, experimental="server")
    api.desk("GET", "/organization/<number>/property/<name>", organization_property, experimental="server")
    api.desk("PUT", "/organization/<number>/property/<name>", set_organization_property, experimental="server")


def person_json(site: Site, user: User | None) -> Json:
    """A person in this family's words, with the address where it may be shown."""
    body = user_json(site, user) or {}
    links = {"self": body.pop("self", ""), "jiraRest": body.get("self", ""), "avatarUrls": body.pop("avatarUrls", {})}
    for name in ("accountType", "locale"):
        body.pop(name, None)
    return body | {"_links": links}


def find_desk(call: Call, desk: str) -> Project:
    """The project of a desk, or 404."""
    project = next((one for one in call.site.projects.values() if str(one.desk_id) == desk), None) or call.site.project(
        desk
    )
    if project is None or not call.site.sees(call.user, project):
        raise not_found("The service desk you are trying to view does not exist.")
    return project


def info(call: Call) -> Json:
    """The product's version."""
    return {
        "version": "5.0.0",
        "platformVersion": "1001.0.0",
        "isLicensedForUse": True,
        "buildDate": date_object(call.site.now()),
    }


def _desk_json(call: Call, project: Project) -> Json:
    link = f"{call.base}/rest/servicedeskapi/servicedesk/{project.desk_id}"
    shape = {"id": str(project.desk_id), "projectId": str(project.id), "projectName": project.name}
    return {**shape, "projectKey": project.key, "_links": {"self": link}}


def desks(call: Call) -> Json:
    """Every desk the caller sees."""
    rows = [project for project in call.site.projects.values() if call.site.sees(call.user, project)]
    return desk_page(call, rows, lambda project: _desk_json(call, project))


def one_desk(call: Call, desk: str) -> Json:
    """One desk."""
    return _desk_json(call, find_desk(call, desk))


def queues(call: Call, desk: str) -> Json:
    """The two queues that every desk here has."""
    project = find_desk(call, desk)
    rows = [(str(project.desk_id * 10 + 1), "All open", True), (str(project.desk_id * 10 + 2), "Resolved", False)]

    def shown(row: tuple[str, str, bool]) -> Json:
        number, name, is_open = row
        jql = f"project = {project.key} AND statusCategory {'!=' if is_open else '='} Done ORDER BY created DESC"
        body: Json = {"id": number, "name": name, "jql": jql, "fields": ["issuekey", "summary", "status"]}
        if call.flag("includeCount"):
            body["issueCount"] = len(_in_queue(call, project, is_open=is_open))
        return body

    return desk_page(call, rows, shown)


def _in_queue(call: Call, project: Project, *, is_open: bool) -> list[Any]:
    issues = call.site.issues.values()
    return [one for one in issues if one.project_id == project.id and call.site.is_open(one) == is_open]


def queue_issues(call: Call, desk: str, queue: str) -> Json:
    """The issues of a queue."""
    project = find_desk(call, desk)
    if queue not in (f"{project.desk_id}1", f"{project.desk_id}2"):
        raise not_found("The queue you are trying to view does not exist.")
    rows = _in_queue(call, project, is_open=queue.endswith("1"))
    return desk_page(call, rows, lambda issue: issue_json(call.site, issue, "2", call.zone, ["summary", "status"]))


def request_type_json(call: Call, project: Project, kind: RequestType) -> Json:
    """A request type."""
    link = f"{call.base}/rest/servicedeskapi/servicedesk/{project.desk_id}/requesttype/{kind.id}"
    shape = {"id": kind.id, "name": kind.name, "description": kind.description, "helpText": ""}
    return {**shape, "serviceDeskId": str(project.desk_id), "groupIds": [], "_links": {"self": link}}


def request_types(call: Call, desk: str) -> Json:
    """A desk's request types."""
    project = find_desk(call, desk)
    return desk_page(call, project.request_types, lambda kind: request_type_json(call, project, kind))


def every_request_type(call: Call) -> Json:
    """The request types of all desks."""
    seen = [project for project in call.site.projects.values() if call.site.sees(call.user, project)]
    rows = [(project, kind) for project in seen for kind in project.request_types]
    return desk_page(call, rows, lambda row: request_type_json(call, row[0], row[1]))


def customers(call: Call, desk: str) -> Json:
    """A desk's customers, found by a part of name or address."""
    words = (call.arg("query") or "").lower()
    people = [user for number in find_desk(call, desk).customers if (user := call.site.user(number)) is not None]
    rows = [user for user in people if words in f"{user.name} {call.site.email_of(user) or ''}".lower()]
    return desk_page(call, rows, lambda user: person_json(call.site, user))


def _people(call: Call, body: Json) -> list[User]:
    names = body.get("usernames" if call.site.server else "accountIds") or []
    return [find_user(call.site, name) for name in names]


def add_customers(call: Call, desk: str) -> Reply:
    """Let people use a desk."""
    project = find_desk(call, desk)
    for user in _people(call, call.body()):
        if user.account_id not in project.customers:
            project.customers.append(user.account_id)
    return Reply(None, 204)


def create_customer(call: Call) -> Reply:
    """A portal-only customer; an address known already is refused."""
    body = call.body()
    email, name = str(body.get("email") or ""), str(body.get("displayName") or body.get("fullName") or "")
    if "@" not in email:
        raise ApiError(400, "The email address is not valid.")
    if call.site.user_by_email(email):
        raise ApiError(400, "An account already exists for this email address.")
    user = create_user(call.site, name or email.partition("@")[0], email, CUSTOMER)
    return Reply(person_json(call.site, user), 201)


def _organization(call: Call, number: str) -> Organization:
    found = call.site.organizations.get(int(number)) if number.isdigit() else None
    if found is None:
        raise not_found("The organization you are trying to view does not exist.")
    return found


def _organization_json(call: Call, found: Organization) -> Json:
    body = organization_json(call.site, found.id)
    return body if call.site.server else body | {"created": date_object(found.created_at)}


def organizations(call: Call) -> Json:
    """All organisations, or those of one person."""
    member = call.arg("accountId")
    rows = [one for one in call.site.organizations.values() if member is None or member in one.members]
    return desk_page(call, rows, lambda found: _organization_json(call, found), most=50)


def create_organization(call: Call) -> Reply:
    """A new organisation."""
    name = str(call.body().get("name") or "")
    if not name:
        raise ApiError(400, "The organization name must be given.")
    site = call.site
    found = Organization(site.ids.number("organization", 1), site.ids.uuid(), name, site.now())
    site.organizations[found.id] = found
    return Reply(_organization_json(call, found), 201)


def one_organization(call: Call, number: str) -> Json:
    """One organisation."""
    return _organization_json(call, _organization(call, number))


def organization_users(call: Call, number: str) -> Json:
    """An organisation's members."""
    rows = [user for member in _organization(call, number).members if (user := call.site.user(member)) is not None]
    return desk_page(call, rows, lambda user: person_json(call.site, user), most=50)


def add_to_organization(call: Call, number: str) -> Reply:
    """More members."""
    found = _organization(call, number)
    found.members += [one.account_id for one in _people(call, call.body()) if one.account_id not in found.members]
    return Reply(None, 204)


def desk_organizations(call: Call, desk: str) -> Json:
    """The organisations that use a desk."""
    rows = [call.site.organizations[number] for number in find_desk(call, desk).organizations]
    return desk_page(call, rows, lambda found: _organization_json(call, found), most=50)


def link_organization(call: Call, desk: str) -> Reply:
    """Let an organisation use a desk."""
    project, found = find_desk(call, desk), _organization(call, str(call.body().get("organizationId")))
    if found.id not in project.organizations:
        project.organizations.append(found.id)
    return Reply(None, 204)


def organization_property(call: Call, number: str, name: str) -> Json:
    """A property of an organisation."""
    found = _organization(call, number)
    if name not in found.properties:
        raise not_found(f"The property {name} does not exist.")
    return {"key": name, "value": found.properties[name]}


def set_organization_property(call: Call, number: str, name: str) -> Reply:
    """201 for a new one, 200 for another value; shown nowhere in the product."""
    found, value = _organization(call, number), property_value(call)
    new = name not in found.properties
    found.properties[name] = value
    return Reply(None, 201 if new else 200)
