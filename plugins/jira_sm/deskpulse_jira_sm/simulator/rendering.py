"""Records as the vendor's JSON: users, issues, comments, changelogs, in REST's words and in a webhook's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from deskpulse_jira_sm.simulator.adf import to_document
from deskpulse_jira_sm.simulator.records import CATEGORIES, Change, Comment, Issue, Project, Status, User
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.times import stamp, stamp_or_none
from deskpulse_jira_sm.simulator.workflow import ISSUE_TYPES, PRIORITIES, RESOLUTIONS
from deskpulse_simulation.records import Json

ORGANIZATIONS = "com.atlassian.servicedesk:sd-customer-organizations"
REQUEST_TYPE = "com.atlassian.servicedesk:vp-origin"
GROUP_PICKER = "com.atlassian.jira.plugin.system.customfieldtypes:grouppicker"
CHOICES = frozenset(("select", "multiselect", "radiobuttons"))


def user_json(site: Site, user: User | None, version: str = "3", *, webhook: bool = False) -> Json | None:
    """A person; a webhook's lacks address and locale on Cloud, a deleted person has the account id ``unknown``."""
    if user is None:
        return None
    rest = f"{site.base_url}/rest/api/{version}"
    if site.server:
        return {
            "self": f"{rest}/user?username={quote(user.username)}",
            "name": user.username,
            "key": user.key,
            "emailAddress": user.email,
            "avatarUrls": {},
            "displayName": user.name,
            "active": user.active,
            "timeZone": user.time_zone,
        }
    if user.deleted:
        gone = {"self": f"{rest}/user?accountId=unknown", "accountId": "unknown", "displayName": "Former user"}
        return gone | {"active": False, "accountType": "unknown", "avatarUrls": {}}
    body: Json = {
        "self": f"{rest}/user?accountId={quote(user.account_id, safe='')}",
        "accountId": user.account_id,
        "accountType": user.kind,
        "avatarUrls": {},
        "displayName": user.name,
        "active": user.active,
        "timeZone": user.time_zone,
    }
    if not webhook:
        body["locale"] = "en_GB"
        if site.email_of(user):
            body["emailAddress"] = site.email_of(user)
    return body


def status_json(site: Site, status: Status, version: str = "3", *, webhook: bool = False) -> Json:
    """A status with its category, which REST and webhooks name differently."""
    number, name, told, colour = CATEGORIES[status.category]
    rest = f"{site.base_url}/rest/api/{version}"
    return {
        "self": f"{rest}/status/{status.id}",
        "description": "",
        "iconUrl": f"{site.base_url}/images/icons/statuses/generic.png",
        "name": status.name,
        "id": status.id,
        "statusCategory": {
            "self": f"{rest}/statuscategory/{number}",
            "id": number,
            "key": status.category,
            "colorName": colour,
            "name": told if webhook else name,
        },
    }


def project_json(site: Site, project: Project, version: str = "3") -> Json:
    """A project in short, as an issue carries it."""
    return {
        "self": f"{site.base_url}/rest/api/{version}/project/{project.id}",
        "id": str(project.id),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": "service_desk",
        "simplified": project.simplified,
        "avatarUrls": {},
    } | ({} if site.server else {"style": "next-gen" if project.simplified else "classic", "isPrivate": False})


def issue_fields(site: Site, issue: Issue, version: str, zone: str, *, webhook: bool = False) -> Json:
    """Every field of an issue. Rich text is a document in v3; wiki text in v2 and in webhooks."""
    project = site.projects[issue.project_id]
    rest = f"{site.base_url}/rest/api/{version}"

    def person(account_id: str | None) -> Json | None:
        return user_json(site, site.users.get(account_id or ""), version, webhook=webhook)

    components = {part.id: part for part in project.components}
    fields: Json = {
        "summary": issue.summary,
        "description": rich(issue.description, version) if issue.description else None,
        "project": project_json(site, project, version),
        "issuetype": {
            "self": f"{rest}/issuetype/{issue.type_id}",
            "id": issue.type_id,
            "name": ISSUE_TYPES[issue.type_id],
            "subtask": False,
        },
        "priority": {
            "self": f"{rest}/priority/{issue.priority}",
            "id": issue.priority,
            "name": PRIORITIES[issue.priority],
        },
        "status": status_json(site, site.status(issue), version, webhook=webhook),
        "resolution": resolution_json(site, issue.resolution, version),
        "resolutiondate": stamp_or_none(issue.resolved_at, zone),
        "assignee": person(issue.assignee),
        "reporter": person(issue.reporter),
        "creator": person(issue.creator),
        "components": [
            {"self": f"{rest}/component/{number}", "id": number, "name": components[number].name}
            for number in issue.components
            if number in components
        ],
        "labels": sorted(issue.labels),
        "created": stamp(issue.created_at, zone),
        "updated": stamp(issue.updated_at, zone),
    }
    if site.switches.category_changed_date:
        fields["statuscategorychangedate"] = stamp(issue.category_changed_at, zone)
    for field in site.fields.values():
        fields[field.id] = _custom(site, issue, field.custom, issue.custom.get(field.id))
    return fields


def _custom(site: Site, issue: Issue, custom: str, value: Any) -> Any:
    if custom == ORGANIZATIONS:
        return [organization_json(site, number) for number in issue.organizations if number in site.organizations]
    if custom == REQUEST_TYPE:
        return request_type_field(site, issue)
    return value


def organization_json(site: Site, number: int) -> Json:
    """An organisation as issues and servicedeskapi show it; ids are text."""
    found = site.organizations[number]
    link = f"{site.base_url}/rest/servicedeskapi/organization/{number}"
    body: Json = {"id": str(found.id), "name": found.name, "_links": {"self": link}}
    return body if site.server else body | {"uuid": found.uuid, "scimManaged": False}


def request_type_field(site: Site, issue: Issue) -> Json | None:
    """The "Request Type" field's value; None for an issue made inside Jira."""
    project = site.projects[issue.project_id]
    kind = next((one for one in project.request_types if one.id == issue.request_type), None)
    if kind is None:
        return None
    links = {"web": web_link(site, issue), "agent": agent_link(site, issue)}
    return {
        "_links": links,
        "requestType": {"id": kind.id, "name": kind.name, "serviceDeskId": str(project.desk_id)},
        "currentStatus": {"status": site.status(issue).name},
    }


def web_link(site: Site, issue: Issue) -> str:
    """The customer's page of a request in the portal."""
    return f"{site.base_url}/servicedesk/customer/portal/{site.projects[issue.project_id].desk_id}/{issue.key}"


def agent_link(site: Site, issue: Issue) -> str:
    """The agent's page."""
    return f"{site.base_url}/browse/{issue.key}"


def resolution_json(site: Site, number: str | None, version: str = "3") -> Json | None:
    """A resolution, or None for unresolved."""
    if number is None:
        return None
    rest = f"{site.base_url}/rest/api/{version}"
    return {"self": f"{rest}/resolution/{number}", "id": number, "name": RESOLUTIONS[number], "description": ""}


def chosen(fields: Json, wanted: Collection[str] | None) -> Json:
    """The fields asked for: names, ``*all``, ``*navigable``, and ``-name`` to leave one out. None: all."""
    if not wanted:
        return fields
    if set(wanted) & {"*all", "*navigable"} or all(name.startswith("-") for name in wanted):
        return {name: value for name, value in fields.items() if f"-{name}" not in wanted}
    return {name: value for name, value in fields.items() if name in wanted}


def issue_json(
    site: Site, issue: Issue, version: str, zone: str, wanted: Collection[str] | None = None, *, webhook: bool = False
) -> Json:
    """An issue. A Cloud webhook's ``self`` lacks ``/issue/``, and so leads nowhere."""
    middle = "" if webhook and not site.server else "issue/"
    return {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": str(issue.id),
        "self": f"{site.base_url}/rest/api/{version}/{middle}{issue.id}",
        "key": issue.key,
        "fields": chosen(issue_fields(site, issue, version, zone, webhook=webhook), wanted),
    }


def rich(wiki: str, version: str) -> Any:
    """Text as the version of the API writes it."""
    return to_document(wiki) if version == "3" else wiki


def comment_json(site: Site, issue: Issue, comment: Comment, version: str, zone: str, *, webhook: bool = False) -> Json:
    """A comment of the platform API; ``jsdPublic`` says whether the customer sees it."""
    author = user_json(site, site.users.get(comment.author), version, webhook=webhook)
    body: Json = {
        "self": f"{site.base_url}/rest/api/{version}/issue/{issue.id}/comment/{comment.id}",
        "id": str(comment.id),
        "author": author,
        "body": rich(comment.body, version),
        "updateAuthor": author,
        "created": stamp(comment.created_at, zone),
        "updated": stamp(comment.updated_at, zone),
    }
    if comment.visibility:
        body["visibility"] = comment.visibility
    return body if site.server else body | {"jsdPublic": comment.public}


def change_json(site: Site, change: Change, version: str, zone: str) -> Json:
    """One entry of a changelog."""
    return {
        "id": str(change.id),
        "author": user_json(site, site.users.get(change.author), version),
        "created": stamp(change.created_at, zone),
        "items": list(change.items),
    }
