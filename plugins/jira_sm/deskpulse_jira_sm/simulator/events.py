"""What happened to an issue, and how webhooks tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deskpulse_jira_sm.simulator.records import Change, Comment, Issue, Transition, User
from deskpulse_jira_sm.simulator.rendering import chosen, comment_json, issue_json, user_json
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.times import millis
from deskpulse_simulation.records import Json

CREATED, UPDATED, DELETED = "jira:issue_created", "jira:issue_updated", "jira:issue_deleted"
PROPERTY_SET, COMMENTED = "issue_property_set", "comment_created"
NAMES = (
    CREATED,
    UPDATED,
    DELETED,
    PROPERTY_SET,
    "issue_property_deleted",
    COMMENTED,
    "comment_updated",
    "comment_deleted",
)
_COMMENT_FIELDS = ("summary", "issuetype", "project", "assignee", "priority", "status")


@dataclass(frozen=True)
class Event:
    """One thing that happened. ``bulk``: the fallout of a bulk operation, which flows more slowly."""

    name: str
    issue: Issue
    actor: str
    type_name: str = "issue_generic"
    change: Change | None = None
    comment: Comment | None = None
    property_key: str = ""
    transition: Transition | None = None
    bulk: bool = False


def body(site: Site, event: Event) -> Json:
    """The request's body. Rich text is wiki text whatever the API's version; users have no address on Cloud."""
    actor = site.users.get(event.actor)
    if event.name == PROPERTY_SET:
        return _property_body(site, event, actor)
    zone = actor.time_zone if actor else "Etc/UTC"
    issue = issue_json(site, event.issue, "2", zone, webhook=True)
    del issue["expand"]
    if event.name == COMMENTED and event.comment is not None:
        issue["fields"] = chosen(issue["fields"], _COMMENT_FIELDS)
        comment = comment_json(site, event.issue, event.comment, "2", zone, webhook=True)
        return {"timestamp": millis(site.now()), "webhookEvent": event.name, "comment": comment, "issue": issue}
    if site.switches.post_function_bodies and event.transition is not None:
        return _post_function_body(site, event, issue, actor)
    if site.switches.minimal_bodies:
        issue = {"key": event.issue.key, "fields": {"summary": event.issue.summary}}
    made: Json = {
        "timestamp": millis(site.now()),
        "webhookEvent": event.name,
        "issue_event_type_name": event.type_name,
        "user": user_json(site, actor, "2", webhook=True),
        "issue": issue,
    }
    if event.comment is not None:
        made["comment"] = comment_json(site, event.issue, event.comment, "2", zone, webhook=True)
    if event.change is not None:
        made["changelog"] = {"id": str(event.change.id), "items": [_item(site, item) for item in event.change.items]}
    return made


def _item(site: Site, item: Json) -> Json:
    drop = {"fieldId"} if site.switches.omit_field_id else set()
    extra: Json = {}
    if item.get("fieldId") in ("assignee", "reporter") and not site.server:
        extra = {"tmpFromAccountId": item["from"], "tmpToAccountId": item["to"]}
    return {key: value for key, value in item.items() if key not in drop} | extra


def _post_function_body(site: Site, event: Event, issue: Json, actor: User | None) -> Json:
    """A workflow post-function's body: the transition, but neither ``webhookEvent`` nor changelog."""
    step = event.transition
    assert step is not None
    before = next((item for item in (event.change.items if event.change else ()) if item["fieldId"] == "status"), {})
    told = {
        "workflowId": 10001,
        "workflowName": "JSM workflow",
        "transitionId": int(step.id),
        "transitionName": step.name,
        "from_status": before.get("fromString"),
        "to_status": before.get("toString"),
    }
    user = user_json(site, actor, "2", webhook=True)
    return {"transition": told, "comment": "", "user": user, "issue": issue, "timestamp": millis(site.now())}


def _property_body(site: Site, event: Event, actor: User | None) -> Json:
    link = f"{site.base_url}/rest/api/2/issue/{event.issue.id}/properties/{event.property_key}"
    value = event.issue.properties.get(event.property_key)
    return {
        "timestamp": millis(site.now()),
        "webhookEvent": event.name,
        "user": user_json(site, actor, "2", webhook=True),
        "issue": {"id": str(event.issue.id), "key": event.issue.key},
        "property": {"self": link, "key": event.property_key, "value": value},
    }


def item(field: str, field_id: str, before: tuple[Any, Any], after: tuple[Any, Any], kind: str = "jira") -> Json:
    """One line of a changelog: ids and names before and after."""
    return {
        "field": field,
        "fieldtype": kind,
        "fieldId": field_id,
        "from": before[0],
        "fromString": before[1],
        "to": after[0],
        "toString": after[1],
    }
