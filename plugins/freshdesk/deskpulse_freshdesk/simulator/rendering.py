"""Records as the API shows them."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.records import Agent, Company, Contact, Entry, Field, Group, Rule, Ticket
from deskpulse_simulation.clock import stamp
from deskpulse_simulation.records import Json

_TAG = re.compile(r"<[^>]+>")
_BLOCK = r"</?(?:div|p|ul|ol|li|blockquote|h[1-6])(?:\s[^>]*)?>"
_BLOCKS = re.compile(rf"(?:<br ?/?>)?(?:\s*{_BLOCK})+\s*", re.IGNORECASE)
"""Where blocks begin and end; a line break before that adds none."""
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_LINE_END = re.compile(r"<br ?/?>|</(?:div|p|li|blockquote|h[1-6])>", re.IGNORECASE)
OLDEST_SHOWN = 10
"""Entries that ``include=conversations`` gives: the oldest."""


def maybe(moment: datetime | None) -> str | None:
    """A time that may not be set."""
    return None if moment is None else stamp(moment)


def plain(marked_up: str) -> str:
    """The words of HTML, its blocks on lines of their own."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", _BLOCKS.sub("\n", marked_up)))).strip()


def lined(marked_up: str) -> str:
    """HTML for a mail, whose text part keeps the lines that its blocks make."""
    return _LINE_END.sub(lambda found: f"{found[0]}\n", marked_up)


def _dates(record: Any) -> Json:
    return {"created_at": stamp(record.created_at), "updated_at": stamp(record.updated_at)}


def ticket_json(account: Account, ticket: Ticket, includes: Collection[str] = (), *, listed: bool = False) -> Json:
    """A ticket; lists leave its description out unless it is asked for."""
    custom = {one.name: ticket.custom_fields.get(one.name) for one in account.ticket_fields if not one.default}
    body: Json = {
        "cc_emails": list(ticket.cc_emails),
        "fwd_emails": [],
        "reply_cc_emails": list(ticket.cc_emails),
        "ticket_cc_emails": list(ticket.cc_emails),
        "fr_escalated": False,
        "is_escalated": False,
        "spam": ticket.spam,
        "email_config_id": ticket.email_config_id,
        "group_id": ticket.group_id,
        "priority": ticket.priority,
        "requester_id": ticket.requester_id,
        "responder_id": ticket.responder_id,
        "source": ticket.source,
        "company_id": ticket.company_id,
        "status": ticket.status,
        "subject": ticket.subject,
        "association_type": None,
        "to_emails": None,
        "product_id": ticket.product_id,
        "id": ticket.id,
        "type": ticket.type,
        "due_by": stamp(ticket.due_by),
        "fr_due_by": stamp(ticket.fr_due_by),
        "custom_fields": custom,
        "tags": list(ticket.tags),
        **_dates(ticket),
    }
    if ticket.deleted:
        body["deleted"] = True
    if not listed:
        body["attachments"] = []
        body["deleted"] = ticket.deleted
    if not listed or "description" in includes:
        body |= {"description": ticket.description, "description_text": plain(ticket.description)}
    return body | _included(account, ticket, includes)


def _included(account: Account, ticket: Ticket, includes: Collection[str]) -> Json:
    parts: Json = {}
    if "stats" in includes:
        parts["stats"] = stats_json(ticket)
    if "requester" in includes:
        parts["requester"] = requester_json(account.person(ticket.requester_id))
    if "company" in includes:
        company = account.companies.get(ticket.company_id)
        parts["company"] = {"id": company.id, "name": company.name} if company else {}
    if "conversations" in includes:
        parts["conversations"] = [entry_json(ticket, entry) for entry in ticket.conversation[:OLDEST_SHOWN]]
    return parts


def stats_json(ticket: Ticket) -> Json:
    """The moments of a ticket's life."""
    stats = ticket.stats
    return {name: maybe(getattr(stats, name)) for name in stats.__dataclass_fields__}


def requester_json(person: Agent | Contact | None) -> Json:
    """What ``include=requester`` gives."""
    if person is None:
        return {}
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "mobile": person.mobile,
        "phone": person.phone,
    }


def entry_json(ticket: Ticket, entry: Entry) -> Json:
    """A reply or note of a conversation."""
    return {
        "id": entry.id,
        "ticket_id": ticket.id,
        "body": entry.body,
        "body_text": plain(entry.body),
        "private": entry.private,
        "incoming": entry.incoming,
        "source": entry.source,
        "user_id": entry.user_id,
        "support_email": None,
        "to_emails": list(entry.to_emails),
        "from_email": entry.from_email,
        "cc_emails": list(entry.cc_emails) or None,
        "bcc_emails": list(entry.bcc_emails) or None,
        "attachments": [],
        **_dates(entry),
    }


def reply_json(ticket: Ticket, entry: Entry) -> Json:
    """What posting a reply answers."""
    return {
        "id": entry.id,
        "ticket_id": ticket.id,
        "body": entry.body,
        "body_text": plain(entry.body),
        "user_id": entry.user_id,
        "from_email": entry.from_email,
        "cc_emails": list(entry.cc_emails),
        "bcc_emails": list(entry.bcc_emails),
        "replied_to": list(entry.to_emails),
        "attachments": [],
        **_dates(entry),
    }


def contact_json(account: Account, contact: Contact, *, listed: bool = False) -> Json:
    """A contact; a deleted one says so."""
    names = ("active", "address", "company_id", "description", "email", "id", "job_title", "language", "mobile", "name")
    more = ("phone", "time_zone", "twitter_id", "unique_external_id", "other_emails", "view_all_tickets")
    body = {name: getattr(contact, name) for name in (*names, *more)}
    body["custom_fields"] = {
        one.name: contact.custom_fields.get(one.name) for one in account.contact_fields if not one.default
    }
    body |= {"tags": list(contact.tags), "other_companies": list(contact.other_companies), **_dates(contact)}
    if contact.deleted:
        body["deleted"] = True
    return body if listed else body | {"avatar": None}


def agent_json(account: Account, agent: Agent, *, listed: bool = False) -> Json:
    """An agent: name and address live under ``contact``; a list leaves the groups out."""
    body: Json = {
        "available": not agent.deactivated,
        "available_since": None,
        "occasional": agent.occasional,
        "id": agent.id,
        "ticket_scope": agent.ticket_scope,
        "type": "support_agent",
        "signature": agent.signature,
        "skill_ids": [],
        "role_ids": [account.id * 10 + (1 if agent.admin else 2)],
        "deactivated": agent.deactivated,
        "last_active_at": maybe(agent.updated_at),
        "contact": {
            "active": not agent.deactivated,
            "email": agent.email,
            "job_title": agent.job_title,
            "language": "en",
            "last_login_at": None,
            "mobile": agent.mobile,
            "name": agent.name,
            "phone": agent.phone,
            "time_zone": "UTC",
            **_dates(agent),
        },
        **_dates(agent),
    }
    if not listed or account.switches.agents_list_groups:
        body["group_ids"] = list(agent.group_ids)
    return body


def group_json(account: Account, group: Group) -> Json:
    """A group; old accounts leave its members out."""
    names = ("id", "name", "description", "escalate_to", "unassigned_for", "business_hour_id", "auto_ticket_assign")
    body = {name: getattr(group, name) for name in names} | {"group_type": "support_agent_group", **_dates(group)}
    if account.switches.group_agent_ids:
        body["agent_ids"] = list(group.agent_ids)
    return body | {"agent_availability_status": False}


def admin_group_json(group: Group) -> Json:
    """A group in the newer view of administrators."""
    names = ("id", "name", "description", "escalate_to", "unassigned_for")
    body = {name: getattr(group, name) for name in names} | {"type": "support_agent_group", **_dates(group)}
    assignment = {"enabled": bool(group.auto_ticket_assign)}
    return body | {
        "agent_ids": list(group.agent_ids),
        "business_calendar_id": group.business_hour_id,
        "automatic_agent_assignment": assignment,
    }


def company_json(account: Account, company: Company) -> Json:
    """A customer's company."""
    names = ("id", "name", "description", "note", "domains", "health_score", "account_tier", "renewal_date", "industry")
    body = {name: getattr(company, name) for name in names} | _dates(company)
    body["custom_fields"] = {
        one.name: company.custom_fields.get(one.name) for one in account.company_fields if not one.default
    }
    return body


def field_json(one: Field, *, contact: bool = False) -> Json:
    """A field. Those of contacts and companies spell what customers see in another way."""
    shown = "displayed_for_customers" if contact else "displayed_to_customers"
    names = ("id", "name", "label", "label_for_customers", "position", "type", "default", "customers_can_edit")
    body = {name: getattr(one, name) for name in names} | {
        "required_for_agents": one.required_for_agents,
        "required_for_customers": one.required_for_customers,
        shown: one.displayed_to_customers,
        **_dates(one),
    }
    if contact:
        body["editable_in_signup"] = one.editable_in_signup
    else:
        body |= {"description": one.label, "required_for_closure": one.required_for_closure}
    return body | ({} if one.choices is None else {"choices": one.choices})


def rule_json(rule: Rule) -> Json:
    """A rule; without conditions it shows one empty set."""
    empty: Json = {"name": "condition_set_1", "match_type": "all", "properties": []}
    body: Json = {
        "id": rule.id,
        "name": rule.name,
        "position": rule.position,
        "active": rule.active,
        "conditions": rule.conditions or [empty],
        "actions": rule.actions,
        "outdated": rule.outdated,
        "last_updated_by": rule.updated_by,
        "affected_tickets_count": rule.affected_tickets,
        "summary": {"actions": [action["field_name"] for action in rule.actions]},
        **_dates(rule),
    }
    if rule.operator is not None:
        body["operator"] = rule.operator
    if rule.kind == 4:
        body |= {"performer": rule.performer, "events": rule.events}
    return body
