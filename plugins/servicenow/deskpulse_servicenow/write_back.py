"""Putting an answer onto the ticket and the customer's record, once for each ``result.key``.

Closed incidents refuse every change by anyone but administrators, and answers mostly come after closing. Every answer
is therefore kept in a table of our own first; the ticket's columns and its work note are there as far as the instance
lets us, in one update, so that rules and notifications run once. ``comments`` is never written: it mails the customer.

ServiceNow has no conditional writes and no idempotency keys, and a journal only grows. So what is there is looked up
before every write: the answer by its key, which is unique, and the note by its marker in ``sys_journal_field``. One
window remains: where an update's answer was lost and the instance is still at work on it when we are asked again, the
look-up finds no note yet and a second one is written. The outbox waits seconds to minutes before it asks again, so the
update would have to run that long.
https://www.servicenow.com/docs/r/it-service-management/incident-management/resolve-and-close-an-incident.html
(read 2026-08)
"""

from __future__ import annotations

from deskpulse.plugin_api import (
    Answer,
    Connection,
    Receipt,
    Refused,
    Result,
    TicketRef,
    WriteEnd,
    WritePart,
    receipt_of,
)
from deskpulse_servicenow import mapping, notes
from deskpulse_servicenow.client import Client, Raw, is_sys_id, literal, problem, value, written
from deskpulse_servicenow.lookups import locate
from deskpulse_servicenow.tables import Table

RESPONSES = "u_nps_response"
ON_TICKET = ("u_nps_score", "u_nps_category", "u_nps_comment", "u_nps_at")
ABOUT = ("sys_id", "active", "assigned_to", "assignment_group", *ON_TICKET)
LONGEST = 3_900
"""Characters of a comment in a column of 4000."""
GONE_TEXT = "the ticket does not exist any more, or is hidden from DeskPulse's user"
CLOSED_TEXT = "the ticket is closed and takes no changes: the answer is in its own table"


def write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """One row in our table, one update of the ticket and, for the customer's latest answer, one of the customer."""
    client = Client(connection)
    found = locate(client, connection, ticket.id, lambda table: (*ABOUT, *table.requester))
    if found is None:
        return receipt_of([WritePart(WriteEnd.FAILED, GONE_TEXT), _write_customer(client, result)])
    table, raw = found
    row = _keep_answer(client, table, raw, result)
    on_ticket = _write_ticket(client, table, raw, result, asked_before=row.end is WriteEnd.ALREADY)
    return receipt_of([row, on_ticket, _write_customer(client, result)])


def _keep_answer(client: Client, table: Table, raw: Raw, result: Result) -> WritePart:
    """The answer in our own table, which no ticket's state can close."""
    try:
        known = client.first(RESPONSES, f"u_key={literal(result.key)}^ORDERBYsys_id", ("sys_id", "u_key"))
    except Refused as error:
        if error.status in range(300, 400):
            raise
        return WritePart(WriteEnd.FAILED, f"the table {RESPONSES} cannot be read: is the update set in?")
    if known and value(known.get("u_key")) == result.key:
        return WritePart(WriteEnd.ALREADY, reference=value(known.get("sys_id")))
    customers = (result.customer_id or "", *(value(raw.get(who)) for who in table.requester))
    values = {
        "u_key": result.key,
        "u_task": value(raw.get("sys_id")),
        "u_customer": next(filter(is_sys_id, customers), ""),
        "u_agent": value(raw.get("assigned_to")),
        "u_group": value(raw.get("assignment_group")),
        "u_score": str(result.score.value),
        "u_category": str(result.score.band),
        "u_comment": _comment(result),
        "u_factors": ", ".join(result.factors),
        "u_contact_wanted": "true" if result.contact_wanted else "false",
        "u_answered_at": mapping.stamp(result.answered_at),
        "u_revision": str(result.revision),
        "u_link": result.link,
    }
    answer = client.create(RESPONSES, values, ("sys_id", "u_key"))
    if answer.status >= 400:
        return WritePart(
            WriteEnd.FAILED, f"the answer was not kept in {RESPONSES} ({problem(answer)}): is the update set in?"
        )
    return WritePart(WriteEnd.DONE, reference=value(written(answer).get("sys_id")))


def _write_ticket(client: Client, table: Table, raw: Raw, result: Result, *, asked_before: bool) -> WritePart:
    """Columns and note in one update; where that is refused though the ticket is open, the note alone.

    Where journals may not be read, an answer that we were asked to write before counts as noted: better none than two.
    """
    key = value(raw.get("sys_id"))
    columns = {
        "u_nps_score": str(result.score.value),
        "u_nps_category": str(result.score.band),
        "u_nps_comment": _comment(result),
        "u_nps_at": mapping.stamp(result.answered_at),
    }
    try:
        noted = _noted(client, key, result.marker)
    except Refused:
        noted = asked_before
    if noted and _shows(raw, columns):
        return WritePart(WriteEnd.ALREADY)
    note = {} if noted else {"work_notes": notes.write(result)}
    answer = client.update(table.name, key, {**columns, **note}, ("sys_id", *ON_TICKET))
    if answer.status == 403 and value(raw.get("active")) != "false" and note:
        answer = client.update(table.name, key, note, ("sys_id", *ON_TICKET))
    if answer.status == 404:
        return WritePart(WriteEnd.FAILED, GONE_TEXT)
    if answer.status >= 400:
        closed = value(raw.get("active")) == "false"
        return WritePart(WriteEnd.FAILED, CLOSED_TEXT if closed else f"the ticket takes no changes: {problem(answer)}")
    if not _shows(written(answer), columns):
        return WritePart(
            WriteEnd.DONE, "the ticket took the note, but not the score: import the update set, or look at the roles"
        )
    return WritePart(WriteEnd.DONE)


def _noted(client: Client, key: str, marker: str) -> bool:
    """Whether a work note carries the marker in a line of its own. The look-up is by content, so it is checked here."""
    query = f"element_id={key}^element=work_notes^valueLIKE{literal(marker)}"
    pages = client.pages("sys_journal_field", query, ("sys_id", "value"))
    return any(marker in map(str.strip, value(raw.get("value")).splitlines()) for page in pages for raw in page)


def _shows(raw: Raw, columns: dict[str, str]) -> bool:
    """Whether the record holds the score; an unknown or protected column is dropped without a word."""
    return all(value(raw.get(name)) == columns[name] for name in ("u_nps_score", "u_nps_at"))


def _write_customer(client: Client, result: Result) -> WritePart:
    if not result.is_latest_of_customer or not result.customer_id:
        return WritePart(WriteEnd.SKIPPED)
    if not is_sys_id(result.customer_id):
        return WritePart(WriteEnd.FAILED, f"the customer's id {result.customer_id!r} is not one of ServiceNow's")
    fields = {
        "u_nps_last_score": str(result.score.value),
        "u_nps_last_at": mapping.stamp(result.answered_at),
        "u_nps_last_category": str(result.score.band),
    }
    known = client.row("sys_user", result.customer_id, ("sys_id", *fields))
    if known is None:
        return WritePart(WriteEnd.FAILED, "the customer does not exist any more, or is hidden from DeskPulse's user")
    if _has(known, fields):
        return WritePart(WriteEnd.ALREADY)
    return _judged(client.update("sys_user", result.customer_id, fields, ("sys_id", *fields)), fields)


def _judged(answer: Answer, fields: dict[str, str]) -> WritePart:
    if answer.status >= 400:
        return WritePart(WriteEnd.FAILED, f"the customer's record takes no changes: {problem(answer)}")
    if not _has(written(answer), fields):
        return WritePart(
            WriteEnd.FAILED, "the customer's record did not take the score: import the update set, or look at the roles"
        )
    return WritePart(WriteEnd.DONE)


def _has(raw: Raw, fields: dict[str, str]) -> bool:
    return all(value(raw.get(name)) == text for name, text in fields.items())


def _comment(result: Result) -> str:
    return notes.plain(result.comment)[:LONGEST]
