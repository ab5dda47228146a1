"""The score onto the ticket and the customer's record, and the comment as a note that the customer cannot see."""

from __future__ import annotations

from deskpulse.plugin_api import (
    Conflict,
    Connection,
    Receipt,
    Result,
    TicketRef,
    WriteEnd,
    WritePart,
    note_text,
    printable,
    receipt_of,
)
from deskpulse.testing.fake_helpdesk.client import Client, Raw

ATTEMPTS = 3
"""How often a ticket is read again after somebody else has changed it."""


def write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """Score and note go in one change of the ticket, so there is never one without the other."""
    client = Client(connection)
    return receipt_of([_ticket(client, ticket, result), _customer(client, result)])


def _ticket(client: Client, ticket: TicketRef, result: Result, attempts: int = ATTEMPTS) -> WritePart:
    raw = client.find("tickets", ticket.id)
    if raw is None:
        return WritePart(WriteEnd.FAILED, "the ticket no longer exists")
    if any(result.marker in str(note.get("text")) for note in client.every("tickets", ticket.id, "notes")):
        return WritePart(WriteEnd.ALREADY, "the ticket has it already", ticket.id)
    changes = {
        "fields": {"nps_score": result.score.value, "nps_comment": result.comment},
        "note": {"text": note_text(result, printable, _quoted), "public": False},
    }
    try:
        status = client.change("tickets", ticket.id, version=raw["version"], **changes).status
    except Conflict:
        if attempts == 1:
            raise
        return _ticket(client, ticket, result, attempts - 1)
    return _part("ticket", ticket.id, status)


def _customer(client: Client, result: Result) -> WritePart:
    if not result.customer_id or not result.is_latest_of_customer:
        return WritePart(WriteEnd.SKIPPED)
    raw: Raw | None = client.find("customers", result.customer_id)
    if raw and raw["fields"].get("nps_latest_score") == result.score.value:
        return WritePart(WriteEnd.ALREADY)
    answer = client.change("customers", result.customer_id, fields={"nps_latest_score": result.score.value})
    return _part("customer", result.customer_id, answer.status)


def _part(what: str, key: str, status: int) -> WritePart:
    refusals = {404: f"the {what} no longer exists", 422: f"the {what} can no longer be changed"}
    if status in refusals:
        return WritePart(WriteEnd.FAILED, refusals[status])
    return WritePart(WriteEnd.DONE, reference=key)


def _quoted(words: str) -> str:
    return "\n".join(f"> {line}" for line in printable(words, keep="\n").split("\n"))
