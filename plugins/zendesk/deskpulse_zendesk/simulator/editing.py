"""Creating, updating, merging and deleting tickets, the account's rules run over each change."""

from __future__ import annotations

from typing import Any

from deskpulse_simulation.clock import stamp
from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator import actions, conditions, ticket_input
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.errors import bad_request, closed_ticket, conflict, invalid, not_found
from deskpulse_zendesk.simulator.metrics import count_visit
from deskpulse_zendesk.simulator.records import Audit, Facts, Metrics, Rule, Ticket, User
from deskpulse_zendesk.simulator.ticket_events import events_of
from deskpulse_zendesk.simulator.ticket_input import CommentInput, TicketInput
from deskpulse_zendesk.simulator.updates import Update

_FIRST_VALUES = ("subject", "requester_id", "status", "priority", "type", "group_id", "assignee_id")
_REOPENED_BY_CUSTOMER = frozenset(("pending", "hold", "solved"))


def find(account: Account, number: int) -> Ticket:
    """The ticket, or the vendor's 404; deleted tickets are gone."""
    ticket = account.tickets.get(number)
    if ticket is None:
        raise not_found()
    return ticket


def create(account: Account, raw: Json, actor: User, via: str) -> tuple[Ticket, Update, TicketInput]:
    """A new ticket from a request's ``ticket`` object."""
    source = _followup_source(account, raw)
    found = ticket_input.read(account, raw, actor, None)
    if found.comment is None and raw.get("description"):
        found.comment = CommentInput(actor, str(raw["description"]), public=True, html_body=None)
    if found.comment is None:
        raise invalid("base", "Description: cannot be blank", "BlankValue")
    ticket_input.check_required(account, None, found)
    moment = account.now()
    requester_id = found.values.pop("requester_id", source.requester_id if source else actor.id)
    submitter = account.users.get(raw.get("submitter_id")) or actor
    if found.comment.author is actor:
        found.comment.author = submitter
    ticket = Ticket(
        id=account.ids.ticket(),
        subject=str(found.values.get("subject") or found.comment.body[:80]),
        requester_id=requester_id,
        submitter_id=submitter.id,
        created_at=moment,
        updated_at=moment,
        metrics=Metrics(account.ids.number(), created_at=moment, updated_at=moment),
        via=via,
        organization_id=account.users[requester_id].organization_id,
        brand_id=account.brand_id,
        ticket_form_id=account.form_id,
    )
    if source is not None:
        _inherit(source, ticket, found)
    account.add_ticket(ticket)
    update = _begin(account, ticket, actor, via, before=None)
    if found.values.get("assignee_id") and found.values.get("status", "new") == "new":
        found.values["status"] = "open"
    found.values["subject"] = ticket.subject
    first: dict[str, Any] = {name: getattr(ticket, name) for name in _FIRST_VALUES}
    _apply(update, first | found.values, found)
    _finish(update)
    return ticket, update, found


def _followup_source(account: Account, raw: Json) -> Ticket | None:
    if not raw.get("via_followup_source_id"):
        return None
    source = find(account, int(raw["via_followup_source_id"]))
    if source.status != "closed":
        raise invalid("base", "A follow-up can only be created from a closed ticket", "InvalidValue")
    return source


def _inherit(source: Ticket, ticket: Ticket, found: TicketInput) -> None:
    source.followup_ids.append(ticket.id)
    rel: Json = {"ticket_id": source.id, "subject": source.subject, "channel": source.via}
    ticket.via_source = {"from": rel, "to": {}, "rel": "follow_up"}
    ticket.custom_fields = dict(source.custom_fields)
    if found.tags is None:
        ticket.tags = list(source.tags)


def update(account: Account, ticket: Ticket, raw: Json, actor: User, via: str) -> tuple[Update, TicketInput]:
    """Change a ticket as a request's ``ticket`` object says; closed ones refuse."""
    if ticket.status == "closed":
        raise closed_ticket()
    check_stamp(ticket, raw)
    found = ticket_input.read(account, raw, actor, ticket)
    ticket_input.check_required(account, ticket, found)
    change = _begin(account, ticket, actor, via, before=ticket.facts())
    speaker = found.comment
    if "status" not in found.values:
        answered = speaker and speaker.public and not speaker.author.staff and ticket.status in _REOPENED_BY_CUSTOMER
        if answered or (ticket.status == "new" and found.values.get("assignee_id")):
            found.values["status"] = "open"
    _apply(change, found.values, found)
    _finish(change)
    return change, found


def check_stamp(ticket: Ticket, raw: Json) -> None:
    """A safe update only goes through when the ticket is as old as the caller thinks."""
    if raw.get("safe_update") in (True, "true"):
        if not raw.get("updated_stamp"):
            raise bad_request("InvalidValue", "updated_stamp is required for a safe update")
        if raw["updated_stamp"] != stamp(ticket.updated_at):
            raise conflict()


def set_tags(account: Account, ticket: Ticket, tags: list[str], actor: User) -> None:
    """Replace a ticket's tags through the tags endpoint, which counts as an update like any other."""
    change = _begin(account, ticket, actor, "api", before=ticket.facts())
    change.set_tags(tags)
    _finish(change)


def apply_automation(account: Account, ticket: Ticket, rule: Rule, actor: User) -> None:
    """Run an automation's actions on a ticket; triggers see the result as an update."""
    change = _begin(account, ticket, actor, "rule", before=ticket.facts())
    actions.run(rule, change)
    _finish(change)


def delete(account: Account, ticket: Ticket) -> None:
    """Delete a ticket: gone by id and from lists, still told of by the incremental export."""
    ticket.updated_at = account.now()
    account.tickets.remove(ticket.id)
    account.deleted_tickets[ticket.id] = ticket
    account.ticket_log.touch(ticket.id, ticket.updated_at)


def merge(account: Account, target: Ticket, losers: list[Ticket], raw: Json, actor: User) -> None:
    """Close tickets into another one, telling both sides in the conversation."""
    if target.status == "closed" or any(loser.status == "closed" for loser in losers):
        raise closed_ticket()
    for loser in losers:
        change = _begin(account, loser, actor, "web", before=loser.facts())
        body = str(raw.get("source_comment") or f"This request was closed and merged into request #{target.id}.")
        change.say(actor, body, public=bool(raw.get("source_comment_is_public", False)))
        change.set_tags([*loser.tags, "closed_by_merge"])
        change.set("status", "closed")
        _finish(change)
    change = _begin(account, target, actor, "web", before=target.facts())
    numbers = ", ".join(f"#{loser.id}" for loser in losers)
    body = str(raw.get("target_comment") or f"Requests {numbers} were closed and merged into this request.")
    change.say(actor, body, public=bool(raw.get("target_comment_is_public", False)))
    _finish(change)


def _begin(account: Account, ticket: Ticket, actor: User, via: str, before: Facts | None) -> Update:
    moment = account.now()
    audit = Audit(account.ids.number(), ticket.id, actor.id, created_at=moment, via=via)
    return Update(account, ticket, actor, via, moment, before, audit)


def _apply(change: Update, values: dict[str, Any], found: TicketInput) -> None:
    if found.comment is not None:
        said = found.comment
        change.say(said.author, said.body, public=said.public, html_body=said.html_body)
    for name, value in values.items():
        change.set(name, value)
    if found.tags is not None:
        change.set_tags(found.tags)
    for custom, value in found.custom:
        change.set_custom(custom, value)


def _finish(change: Update) -> None:
    """Run the triggers, close the books, and let deliveries and mails go."""
    account, ticket = change.account, change.ticket
    if change.before is None or change.before["status"] != "closed":
        _run_triggers(change)
    ticket.updated_at = change.moment
    count_visit(ticket, change.actor.id, change.moment)
    ticket.audits.append(change.audit)
    account.ticket_log.touch(ticket.id, ticket.updated_at)
    for webhook, query, body in change.deliveries:
        account.send_delivery(webhook, query, body)
    for webhook, body in events_of(change):
        account.send_delivery(webhook, "", body)
    for mail in change.mails:
        account.send_mail(mail)


def _run_triggers(change: Update) -> None:
    """In position order, starting anew after each one that changed the ticket; every trigger fires once at most."""
    waiting = change.account.active_rules(change.account.triggers)
    fired = True
    while fired:
        fired = False
        for rule in list(waiting):
            if conditions.holds(rule, change):
                waiting.remove(rule)
                seen = change.ticket.facts()
                actions.run(rule, change)
                if change.ticket.facts() != seen:
                    fired = True
                    break
