"""What ``include=`` adds to tickets: lists beside them, or metrics inside each."""

from __future__ import annotations

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Call
from deskpulse_zendesk.simulator.records import Ticket
from deskpulse_zendesk.simulator.rendering import group_json, metrics_json, organization_json, ticket_json, user_json


def wanted(call: Call) -> frozenset[str]:
    """The names given in ``include``."""
    return frozenset((call.arg("include") or "").replace(" ", "").split(","))


def ticket_with(account: Account, ticket: Ticket, include: frozenset[str]) -> Json:
    """A ticket, with its metrics inside and its comments counted where asked for."""
    body = ticket_json(account, ticket)
    if "metric_sets" in include:
        body["metric_set"] = metrics_json(account, ticket)
    if "comment_count" in include:
        body["comment_count"] = len(ticket.comments)
    return body


def beside(account: Account, tickets: list[Ticket], include: frozenset[str]) -> Json:
    """The people, groups and organizations the tickets name, each once."""
    body: Json = {}
    if "users" in include:
        numbers = {n for t in tickets for n in (t.requester_id, t.submitter_id, t.assignee_id) if n in account.users}
        body["users"] = [user_json(account, account.users[number]) for number in sorted(filter(None, numbers))]
    if "groups" in include:
        numbers = {t.group_id for t in tickets if t.group_id in account.groups}
        body["groups"] = [group_json(account, account.groups[number]) for number in sorted(filter(None, numbers))]
    if "organizations" in include:
        numbers = {t.organization_id for t in tickets if t.organization_id in account.organizations}
        found = [account.organizations[number] for number in sorted(filter(None, numbers))]
        body["organizations"] = [organization_json(account, organization) for organization in found]
    return body
