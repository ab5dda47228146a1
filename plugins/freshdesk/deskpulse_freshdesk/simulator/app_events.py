"""What the app platform tells serverless apps of: every update of a ticket, in the platform's own shape."""

from __future__ import annotations

from deskpulse_freshdesk.simulator.changes import AGENT, REQUESTER, Change
from deskpulse_simulation.records import Json

_ACTORS = {AGENT: "agent", REQUESTER: "contact"}
_FIELDS = ("id", "subject", "status", "priority", "source", "type", "requester_id", "responder_id", "group_id")


def note_update(change: Change) -> None:
    """Keep the ``onTicketUpdate`` payload of a change; custom field keys carry the account's number."""
    account, ticket = change.account, change.ticket
    custom = {one.name for one in account.ticket_fields if not one.default}

    def key(name: str) -> str:
        return f"{name}_{account.id}" if name in custom else name

    person = account.person(ticket.requester_id)
    changes = {
        key(one.field_name): [one.old, one.new]
        for one in change.happenings
        if one.field_name in change.before or one.field_name in custom
    }
    changes.pop("ticket_type", None)
    told: Json = {name: getattr(ticket, name) for name in _FIELDS}
    told |= {
        "tags": list(ticket.tags),
        "custom_fields": {key(name): ticket.custom_fields.get(name) for name in sorted(custom)},
        "changes": changes,
    }
    actor: Json = {"id": change.actor.id, "name": change.actor.name, "type": _ACTORS.get(change.actor.kind, "system")}
    requester = {"id": person.id, "name": person.name, "email": person.email} if person else {}
    account.app_events.append(
        {
            "event": "onTicketUpdate",
            "account_id": str(account.id),
            "domain": f"{account.domain}.freshdesk.com",
            "region": "US",
            "timestamp": account.clock.now().timestamp(),
            "data": {"ticket": told, "actor": actor, "requester": requester},
        }
    )
