"""What people and programs do to tickets: each doing is one change, after which the rules run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from deskpulse_freshdesk.simulator import rules
from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.changes import Actor, Change, Happening, add_entry, apply
from deskpulse_freshdesk.simulator.records import (
    CLOSED,
    DONE,
    NOTE,
    PRIORITIES,
    REPLY,
    RESOLVED,
    Agent,
    Contact,
    Entry,
    Stats,
    Ticket,
)
from deskpulse_freshdesk.simulator.rendering import lined
from deskpulse_simulation.records import Json, Mail

DUE_IN = {1: timedelta(days=5), 2: timedelta(days=3), 3: timedelta(days=1), 4: timedelta(hours=4)}
"""Time to the resolution that the standard policy promises, by priority."""


def new_ticket(account: Account, subject: str, description: str, requester_id: int) -> Ticket:
    """An open ticket, not yet stored."""
    moment = account.now()
    return Ticket(
        id=account.ids.ticket(),
        subject=subject,
        description=description,
        requester_id=requester_id,
        created_at=moment,
        updated_at=moment,
        due_by=moment + DUE_IN[1],
        fr_due_by=moment + DUE_IN[1] / 5,
        stats=Stats(status_updated_at=moment),
    )


def create(account: Account, values: Json, actor: Actor) -> Ticket:
    """Write a ticket from checked values; the creation rules run."""
    given = dict(values)
    ticket = new_ticket(account, given.pop("subject"), given.pop("description"), given.pop("requester_id"))
    person = account.contacts.get(ticket.requester_id)
    ticket.company_id = person.company_id if person else None
    account.add_ticket(ticket)
    priority = given.get("priority")
    if priority in PRIORITIES:
        ticket.due_by = ticket.created_at + DUE_IN[priority]
        ticket.fr_due_by = ticket.created_at + DUE_IN[priority] / 5
    change = Change(account, ticket, actor, ticket.facts())
    apply(account, ticket, given)
    rules.created(change)
    return ticket


def update(account: Account, ticket: Ticket, values: Json, actor: Actor, entry: Entry | None = None) -> None:
    """Change values, and append an entry before that where there is one; the update rules run once for both."""
    change = Change(account, ticket, actor, ticket.facts())
    if entry is not None:
        change.happenings.append(add_entry(account, ticket, entry))
    apply(account, ticket, values)
    change.note_differences()
    if change.happenings:
        rules.updated(change)


def reply(
    account: Account,
    ticket: Ticket,
    agent: Agent,
    body: str,
    values: Json | None = None,
    *,
    cc_emails: Sequence[str] = (),
    bcc_emails: Sequence[str] = (),
) -> Entry:
    """An agent's public answer, which is mailed to the requester and whoever is in copy."""
    requester = account.person(ticket.requester_id)
    to = [requester.email] if requester is not None and requester.email else []
    entry = _entry(account, agent.id, body, private=False, source=REPLY)
    entry.to_emails, entry.from_email = to, f"support@{account.domain}.freshdesk.com"
    entry.cc_emails, entry.bcc_emails = list(cc_emails), list(bcc_emails)
    update(account, ticket, values or {}, Actor.person(agent), entry)
    for address in [*to, *entry.cc_emails, *entry.bcc_emails]:
        subject = f"Re: [#{ticket.id}] {ticket.subject}"
        account.send_mail(Mail(address, subject, lined(body), account.now(), ticket.id, "reply"))
    return entry


def note(
    account: Account, ticket: Ticket, author: Agent | Contact, body: str, *, private: bool, values: Json | None = None
) -> Entry:
    """A note of an agent's; nobody outside sees a private one."""
    entry = _entry(account, author.id, body, private=private, source=NOTE)
    update(account, ticket, values or {}, Actor.person(author), entry)
    return entry


def answer(account: Account, ticket: Ticket, text: str) -> None:
    """The requester writes back, which reopens a resolved ticket."""
    person = account.person(ticket.requester_id)
    entry = _entry(account, ticket.requester_id, f"<div>{escape(text)}</div>", private=False, source=REPLY)
    entry.incoming = True
    entry.from_email = person.email if person else None
    # An agent who asks for help is a requester here, whatever else they are.
    update(account, ticket, {}, Actor(2, ticket.requester_id, person.name if person else "Requester"), entry)


def _entry(account: Account, user_id: int, body: str, *, private: bool, source: int) -> Entry:
    moment = account.now()
    return Entry(account.ids.number(), user_id, body, private, moment, moment, source=source)


def set_gone(
    account: Account, ticket: Ticket, actor: Actor, *, deleted: bool | None = None, spam: bool | None = None
) -> None:
    """Delete a ticket or mark it as spam, or take that back."""
    change = Change(account, ticket, actor, ticket.facts())
    if deleted is not None:
        ticket.deleted = deleted
        change.happenings.append(Happening("ticket_action", new="delete" if deleted else "restore"))
    if spam is not None:
        ticket.spam = spam
        change.happenings.append(Happening("ticket_action", new="mark_spam" if spam else "unmark_spam"))
    ticket.updated_at = account.now()
    rules.updated(change)


def archive(account: Account, ticket: Ticket) -> None:
    """Put a ticket out of reach as the vendor does with old ones; it is closed before that, unseen by rules."""
    if ticket.status not in DONE:
        apply(account, ticket, {"status": RESOLVED})
    apply(account, ticket, {"status": CLOSED})
    ticket.archived = True
