"""What a rule does to a ticket once it is set off."""

from __future__ import annotations

from deskpulse_freshdesk.simulator import webhooks
from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.changes import apply
from deskpulse_freshdesk.simulator.placeholders import Placeholders
from deskpulse_freshdesk.simulator.records import NOTE, Agent, Contact, Entry, Rule, Ticket
from deskpulse_simulation.records import Json, Mail

SETTABLE = frozenset(("status", "priority", "ticket_type", "group_id", "responder_id"))
MAILS = frozenset(("send_email_to_requester", "send_email_to_agent"))
ASSIGNED = -1
"""Stands for the agent who works the ticket."""


def run(account: Account, rule: Rule, ticket: Ticket, triggered_event: str) -> None:
    """Everything the rule does, in order. What it changes sets no other rule off."""
    rule.affected_tickets += 1
    for action in rule.actions:
        name = action["field_name"]
        if name == "trigger_webhook":
            webhooks.send(account, rule, action, ticket, triggered_event)
        elif name in MAILS:
            _mail(account, rule, action, ticket, triggered_event)
        elif name == "add_tag":
            given = action["value"]
            added = given if isinstance(given, list) else [part.strip() for part in str(given).split(",")]
            apply(account, ticket, {"tags": [*ticket.tags, *added]})
        elif name == "add_note":
            _note(account, rule, action, ticket, triggered_event)
        elif name in SETTABLE:
            apply(account, ticket, {"type" if name == "ticket_type" else name: action["value"]})
        else:
            apply(account, ticket, {"custom_fields": {name: action["value"]}})


def _note(account: Account, rule: Rule, action: Json, ticket: Ticket, triggered_event: str) -> None:
    moment = account.now()
    body = Placeholders(account, ticket, triggered_event).fill(str(action["value"]))
    ticket.conversation.append(
        Entry(
            account.ids.number(), rule.updated_by, body, private=True, created_at=moment, updated_at=moment, source=NOTE
        )
    )
    ticket.updated_at = moment


def _mail(account: Account, rule: Rule, action: Json, ticket: Ticket, triggered_event: str) -> None:
    to: Agent | Contact | None
    if action["field_name"] == "send_email_to_requester":
        to = account.person(ticket.requester_id)
    else:
        chosen = action.get("email_to", ASSIGNED)
        to = account.agents.get(ticket.responder_id if chosen == ASSIGNED else chosen)
    if to is None or not to.email:
        return
    filled = Placeholders(account, ticket, triggered_event)
    subject, body = filled.fill(str(action["email_subject"])), filled.fill(str(action["email_body"]))
    account.send_mail(Mail(to.email, subject, body, account.now(), ticket.id, rule.name))
