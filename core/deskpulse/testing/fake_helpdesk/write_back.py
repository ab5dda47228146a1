"""The score onto the ticket and the customer's record, and the comment as a note that the customer cannot see."""

from __future__ import annotations

from deskpulse.plugin_api import Conflict, Connection, Receipt, ReceiptState, Result, TicketRef
from deskpulse.testing.fake_helpdesk.client import Client, Raw

ATTEMPTS = 3
"""How often a ticket is read again after somebody else has changed it."""


def write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """Score and note go in one change of the ticket, so there is never one without the other."""
    client = Client(connection)
    on_ticket = _ticket(client, ticket, result)
    on_customer = _customer(client, result)
    states = {state for state, _ in (on_ticket, on_customer)}
    detail = "; ".join(detail for _, detail in (on_ticket, on_customer) if detail)
    if ReceiptState.REFUSED in states:
        whole = on_ticket[0] is ReceiptState.REFUSED and on_customer[0] is not ReceiptState.DONE
        return Receipt(ReceiptState.REFUSED if whole else ReceiptState.PARTLY, detail, ticket.id)
    return Receipt(ReceiptState.DONE if ReceiptState.DONE in states else ReceiptState.ALREADY, detail, ticket.id)


def _ticket(client: Client, ticket: TicketRef, result: Result, attempts: int = ATTEMPTS) -> tuple[ReceiptState, str]:
    raw = client.find("tickets", ticket.id)
    if raw is None:
        return ReceiptState.REFUSED, "the ticket no longer exists"
    if any(result.marker in str(note.get("text")) for note in client.every("tickets", ticket.id, "notes")):
        return ReceiptState.ALREADY, "the ticket has it already"
    changes = {
        "fields": {"nps_score": result.score.value, "nps_comment": result.comment},
        "note": {"text": _note(result), "public": False},
    }
    try:
        return _verdict("ticket", client.change("tickets", ticket.id, version=raw["version"], **changes).status)
    except Conflict:
        if attempts == 1:
            raise
        return _ticket(client, ticket, result, attempts - 1)


def _customer(client: Client, result: Result) -> tuple[ReceiptState, str]:
    if not result.customer_id or not result.is_latest_of_customer:
        return ReceiptState.ALREADY, ""
    raw: Raw | None = client.find("customers", result.customer_id)
    if raw and raw["fields"].get("nps_latest_score") == result.score.value:
        return ReceiptState.ALREADY, ""
    answer = client.change("customers", result.customer_id, fields={"nps_latest_score": result.score.value})
    return _verdict("customer", answer.status)


def _verdict(what: str, status: int) -> tuple[ReceiptState, str]:
    refusals = {404: f"the {what} no longer exists", 422: f"the {what} can no longer be changed"}
    return (ReceiptState.REFUSED, refusals[status]) if status in refusals else (ReceiptState.DONE, "")


def _note(result: Result) -> str:
    lines = [f"Score {result.score.value} of 10 ({result.score.band})", *result.factors, result.comment, result.link]
    if result.contact_wanted:
        lines.append("The customer wishes to be contacted.")
    return "\n".join(filter(None, [*lines, result.marker]))
