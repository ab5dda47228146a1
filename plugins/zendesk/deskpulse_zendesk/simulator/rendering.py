"""How records read as the vendor's JSON."""

from __future__ import annotations

from typing import Any

from deskpulse_simulation.clock import stamp
from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.records import (
    Audit,
    Comment,
    Field,
    Group,
    Membership,
    Organization,
    Rule,
    Ticket,
    User,
    Webhook,
)
from deskpulse_zendesk.simulator.stamps import fine_stamp, stamp_or_none

_NUMERIC = frozenset(("integer", "decimal"))


def api_url(account: Account, path: str) -> str:
    """The ``url`` property of a record: an API address, not one for people."""
    return f"{account.base_url}/api/v2/{path}.json"


def ticket_json(account: Account, ticket: Ticket) -> Json:
    """A ticket; every active custom field is listed, null where unset."""
    values = custom_values(account, ticket)
    status = "solved" if ticket.status == "closed" else ticket.status
    return {
        "url": api_url(account, f"tickets/{ticket.id}"),
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": {"channel": ticket.via, "source": ticket.via_source},
        "created_at": stamp(ticket.created_at),
        "updated_at": stamp(ticket.updated_at),
        "generated_timestamp": int(ticket.updated_at.timestamp()),
        "type": ticket.type,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": "deleted" if ticket.id in account.deleted_tickets else ticket.status,
        "custom_status_id": account.custom_status_ids[status],
        "recipient": None,
        "requester_id": ticket.requester_id,
        "submitter_id": ticket.submitter_id,
        "assignee_id": ticket.assignee_id,
        "organization_id": ticket.organization_id,
        "group_id": ticket.group_id,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": ticket.is_public,
        "due_at": None,
        "tags": sorted(ticket.tags),
        "custom_fields": values,
        "fields": values,
        "satisfaction_rating": None,
        "sharing_agreement_ids": [],
        "followup_ids": list(ticket.followup_ids),
        "ticket_form_id": ticket.ticket_form_id,
        "brand_id": ticket.brand_id,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
    }


def custom_values(account: Account, ticket: Ticket) -> list[Json]:
    """``[{"id", "value"}]``; numbers read back as strings."""
    return [
        {"id": field.id, "value": field_text(field, ticket.custom_fields.get(field.id))}
        for field in account.ticket_fields
        if field.removable and field.active
    ]


def field_text(field: Field, value: Any) -> Any:
    """A ticket field's value as the API gives it back."""
    return str(value) if field.type in _NUMERIC and value is not None else value


def user_json(account: Account, user: User) -> Json:
    """A person with all active user fields, null where unset."""
    fields = {
        str(field.key): user.user_fields.get(str(field.key), False if field.type == "checkbox" else None)
        for field in account.user_fields
        if field.active
    }
    return {
        "id": user.id,
        "url": api_url(account, f"users/{user.id}"),
        "name": user.name,
        "email": user.email,
        "created_at": stamp(user.created_at),
        "updated_at": stamp(user.updated_at),
        "time_zone": user.time_zone,
        "iana_time_zone": user.time_zone,
        "phone": user.phone,
        "shared_phone_number": None,
        "photo": None,
        "locale_id": 1,
        "locale": user.locale,
        "organization_id": user.organization_id,
        "role": user.role,
        "verified": user.verified,
        "external_id": user.external_id,
        "tags": sorted(user.tags),
        "alias": None,
        "active": user.id not in account.deleted_users,
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "two_factor_auth_enabled": None,
        "signature": None,
        "details": user.details,
        "notes": user.notes,
        "role_type": None,
        "custom_role_id": None,
        "moderator": user.staff,
        "ticket_restriction": None if user.staff else "requested",
        "only_private_comments": False,
        "restricted_agent": not user.staff,
        "suspended": user.suspended,
        "default_group_id": user.default_group_id,
        "report_csv": False,
        "user_fields": fields,
    }


def group_json(account: Account, group: Group) -> Json:
    """A group, deleted ones included."""
    return {
        "url": api_url(account, f"groups/{group.id}"),
        "id": group.id,
        "is_public": group.is_public,
        "name": group.name,
        "description": group.description,
        "default": group.default,
        "deleted": group.deleted,
        "created_at": stamp(group.created_at),
        "updated_at": stamp(group.updated_at),
    }


def membership_json(account: Account, membership: Membership) -> Json:
    """An agent's place in a group."""
    return {
        "url": api_url(account, f"group_memberships/{membership.id}"),
        "id": membership.id,
        "user_id": membership.user_id,
        "group_id": membership.group_id,
        "default": membership.default,
        "created_at": stamp(membership.created_at),
        "updated_at": stamp(membership.updated_at),
    }


def organization_json(account: Account, organization: Organization) -> Json:
    """A customer's company."""
    return {
        "url": api_url(account, f"organizations/{organization.id}"),
        "id": organization.id,
        "name": organization.name,
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": organization.external_id,
        "created_at": stamp(organization.created_at),
        "updated_at": stamp(organization.updated_at),
        "domain_names": list(organization.domain_names),
        "details": None,
        "notes": None,
        "group_id": None,
        "tags": sorted(organization.tags),
        "organization_fields": {
            str(field.key): organization.organization_fields.get(str(field.key))
            for field in account.organization_fields
        },
    }


def field_json(account: Account, kind: str, field: Field) -> Json:
    """A field of kind ``ticket``, ``user`` or ``organization``."""
    body: Json = {
        "url": api_url(account, f"{kind}_fields/{field.id}"),
        "id": field.id,
        "type": field.type,
        "title": field.title,
        "raw_title": field.title,
        "description": field.description,
        "raw_description": field.description,
        "position": field.position,
        "active": field.active,
        "regexp_for_validation": None,
        "tag": field.tag,
        "created_at": stamp(field.created_at),
        "updated_at": stamp(field.updated_at),
    }
    if kind == "ticket":
        body |= {
            "required": field.required,
            "collapsed_for_agents": False,
            "title_in_portal": field.title,
            "visible_in_portal": field.visible_in_portal,
            "editable_in_portal": False,
            "required_in_portal": False,
            "removable": field.removable,
            "agent_can_edit": field.agent_can_edit,
            "agent_description": None,
        }
    else:
        body |= {"key": field.key, "system": False}
    if field.type in ("tagger", "dropdown", "multiselect"):
        body["custom_field_options"] = list(field.options)
    return body


def comment_json(comment: Comment) -> Json:
    """One entry of a conversation."""
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author_id,
        "body": comment.body,
        "html_body": comment.html_body,
        "plain_body": comment.body,
        "public": comment.public,
        "attachments": [],
        "audit_id": comment.audit_id,
        "via": {"channel": comment.via, "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": stamp(comment.created_at),
        "metadata": {"system": {}, "custom": {}},
    }


def audit_json(audit: Audit) -> Json:
    """What one update did."""
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "created_at": stamp(audit.created_at),
        "author_id": audit.author_id,
        "metadata": {"system": {}, "custom": {}},
        "events": list(audit.events),
        "via": {"channel": audit.via, "source": {"from": {}, "to": {}, "rel": None}},
    }


def rule_json(account: Account, kind: str, rule: Rule) -> Json:
    """A trigger or automation: conditions are nested here although they are written at top level."""
    body: Json = {
        "url": api_url(account, f"{kind}s/{rule.id}"),
        "id": rule.id,
        "title": rule.title,
        "raw_title": rule.title,
        "active": rule.active,
        "position": rule.position,
        "default": rule.default,
        "actions": rule.actions,
        "conditions": {"all": rule.all, "any": rule.any},
        "created_at": stamp(rule.created_at),
        "updated_at": stamp(rule.updated_at),
    }
    if kind == "trigger":
        body |= {"description": rule.description, "category_id": rule.category_id}
    return body


def webhook_json(webhook: Webhook, *, fresh: bool = False) -> Json:
    """A webhook without its secrets; ``fresh`` is the answer to its creation, with nanoseconds."""
    body: Json = {
        "id": webhook.id,
        "name": webhook.name,
        "description": webhook.description,
        "status": webhook.status,
        "subscriptions": list(webhook.subscriptions),
        "created_at": fine_stamp(webhook.created_at) if fresh else stamp(webhook.created_at),
        "created_by": webhook.created_by,
        "endpoint": webhook.endpoint,
        "http_method": webhook.http_method,
        "request_format": webhook.request_format,
    }
    if webhook.updated_at != webhook.created_at:
        body["updated_at"] = stamp(webhook.updated_at)
    if webhook.custom_headers:
        body["custom_headers"] = webhook.custom_headers
    if webhook.authentication:
        data = webhook.authentication.get("data", {})
        shown = {key: value for key, value in data.items() if key in ("username", "name")}
        body["authentication"] = {"type": webhook.authentication["type"], "add_position": "header"}
        if shown:
            body["authentication"]["data"] = shown
    return {key: value for key, value in body.items() if value is not None}


def metrics_json(account: Account, ticket: Ticket) -> Json:
    """The ticket's metric record, minutes counted by the calendar (the account keeps no business hours)."""
    metrics = ticket.metrics

    def minutes(moment: Any) -> Json:
        value = None if moment is None else int((moment - ticket.created_at).total_seconds() // 60)
        return {"calendar": value, "business": value}

    return {
        "url": api_url(account, f"ticket_metrics/{metrics.id}"),
        "id": metrics.id,
        "ticket_id": ticket.id,
        "created_at": stamp(metrics.created_at),
        "updated_at": stamp(metrics.updated_at),
        "group_stations": metrics.group_stations,
        "assignee_stations": metrics.assignee_stations,
        "reopens": metrics.reopens,
        "replies": metrics.replies,
        "assignee_updated_at": stamp_or_none(metrics.assignee_updated_at),
        "requester_updated_at": stamp_or_none(metrics.requester_updated_at),
        "status_updated_at": stamp_or_none(metrics.status_updated_at),
        "initially_assigned_at": stamp_or_none(metrics.initially_assigned_at),
        "assigned_at": stamp_or_none(metrics.assigned_at),
        "solved_at": stamp_or_none(metrics.solved_at),
        "latest_comment_added_at": stamp_or_none(metrics.latest_comment_added_at),
        "reply_time_in_minutes": minutes(metrics.first_reply_at),
        "first_resolution_time_in_minutes": minutes(metrics.first_solved_at),
        "full_resolution_time_in_minutes": minutes(metrics.solved_at),
        "agent_wait_time_in_minutes": {"calendar": 0, "business": 0},
        "requester_wait_time_in_minutes": minutes(metrics.solved_at),
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
    }
