"""Putting an answer onto the ticket and the customer's record, once for each ``result.key``.

Zendesk has no idempotency keys for updates, so the note's marker is looked up before anything is written; field, tag
and note go in one update, guarded by ``safe_update``. A closed ticket refuses every change, the customer's record
none.
https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets (read 2026-08)
"""

from __future__ import annotations

import json
from typing import Any

from deskpulse.plugin_api import (
    Answer,
    Band,
    Conflict,
    Connection,
    Receipt,
    Refused,
    Result,
    TicketRef,
    WriteEnd,
    WritePart,
    receipt_of,
)
from deskpulse_zendesk import mapping, notes
from deskpulse_zendesk.client import Client, Raw, is_id

ATTEMPTS = 4
"""Updates tried while others keep changing the ticket under us."""
TAGS = {band: f"nps_{band}" for band in Band}
CLOSED_TEXT = "closed prevents ticket update"
"""In the 422 of a closed ticket, under ``status`` or ``base``; an older form lacks the colon before it.
https://github.com/Speedygeek/ZendeskApi_v2/issues/59"""
REDIRECTS = range(300, 400)
GONE_TEXT = "the ticket does not exist any more"
MERGED_TEXT = "the customer does not exist any more, or was merged into another"


def write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """One update of the ticket and, for the customer's latest answer, one of the customer."""
    client = Client(connection)
    on_ticket = _write_ticket(client, connection.facts.get("score_field_id", ""), ticket, result)
    return receipt_of([on_ticket, _write_customer(client, result, compare=on_ticket.end is WriteEnd.ALREADY)])


def _write_ticket(client: Client, field_id: str, ticket: TicketRef, result: Result) -> WritePart:
    for _ in range(ATTEMPTS):
        raw = (client.ticket(ticket.id) or {}).get("ticket")
        if not raw or raw.get("status") == mapping.DELETED:
            return WritePart(WriteEnd.FAILED, GONE_TEXT)
        noted = any(notes.carries(comment, result.marker) for page in client.comments(ticket.id) for comment in page)
        if noted and _shows(raw, field_id, result):
            return WritePart(WriteEnd.ALREADY)
        if raw.get("status") == "closed":
            return WritePart(WriteEnd.FAILED, "the ticket is closed and cannot be changed")
        answer = client.update_ticket(ticket.id, _changes(raw, field_id, result, noted=noted))
        if answer.status != 409:
            return _judge(answer, field_id, result)
    raise Conflict("the ticket was changed by others each time we tried to update it", status=409)


def _changes(raw: Raw, field_id: str, result: Result, *, noted: bool) -> Raw:
    """The one update. Its status is not named and so stays; ``public`` is, since comments are public by default.

    The note's author is whoever is signed in, which is our own user.
    """
    tag = TAGS[result.score.band]
    others = [one for one in raw.get("tags") or () if one not in TAGS.values()]
    changes: Raw = {"tags": [*others, tag], "safe_update": True, "updated_stamp": raw.get("updated_at")}
    if field_id:
        changes["custom_fields"] = [{"id": int(field_id), "value": result.score.value}]
    if not noted:
        changes["comment"] = {"body": notes.write(result), "public": False}
    return changes


def _shows(raw: Raw, field_id: str, result: Result) -> bool:
    """Whether the ticket carries the score and its tag, and no tag of another band. Integers come back as text."""
    tags = {one for one in raw.get("tags") or () if one in TAGS.values()}
    if tags != {TAGS[result.score.band]}:
        return False
    return not field_id or _field_value(raw, field_id) == str(result.score.value)


def _field_value(raw: Raw, field_id: str) -> str:
    values = {str(one.get("id")): one.get("value") for one in raw.get("custom_fields") or ()}
    return str(values.get(field_id))


def _judge(answer: Answer, field_id: str, result: Result) -> WritePart:
    if answer.status in (404, 410):
        return WritePart(WriteEnd.FAILED, GONE_TEXT)
    raw = answer.json()
    if answer.status == 422:
        words = _descriptions(raw)
        if CLOSED_TEXT in json.dumps(raw):
            return WritePart(WriteEnd.FAILED, "the ticket is closed and cannot be changed")
        return WritePart(WriteEnd.FAILED, f"Zendesk refused the change of the ticket: {words}")
    audit = str((raw.get("audit") or {}).get("id") or "")
    stored = raw.get("ticket") or {}
    if field_id and stored.get("custom_fields") and _field_value(stored, field_id) != str(result.score.value):
        missed = "the ticket took the note, but not the score field: run the set-up again"
        return WritePart(WriteEnd.DONE, missed, audit)
    return WritePart(WriteEnd.DONE, "" if field_id else "the ticket has no score field yet: run the set-up", audit)


def _descriptions(raw: Any) -> str:
    """What a 422 says in the account's language, which is all it says for a field that must be filled on solving."""
    details = raw.get("details") if isinstance(raw, dict) else None
    rows = [row for rows in details.values() for row in rows] if isinstance(details, dict) else []
    found = [str(row.get("description")) for row in rows if isinstance(row, dict)]
    return "; ".join(found) or "no reason given"


def _write_customer(client: Client, result: Result, *, compare: bool) -> WritePart:
    """Users never close. One who was merged into another answers 404, or redirects to the other."""
    if not result.is_latest_of_customer or not result.customer_id:
        return WritePart(WriteEnd.SKIPPED)
    if not is_id(result.customer_id):
        return WritePart(WriteEnd.FAILED, f"the customer's id {result.customer_id!r} is not one of Zendesk's")
    fields = {
        "nps_last_score": result.score.value,
        "nps_last_date": result.answered_at.date().isoformat(),
        "nps_last_category": str(result.score.band),
    }
    if compare and _has((client.user(result.customer_id) or {}).get("user_fields") or {}, fields):
        return WritePart(WriteEnd.ALREADY)
    try:
        answer = client.update_user(result.customer_id, fields)
    except Refused as error:
        if error.status not in REDIRECTS:
            raise
        return WritePart(WriteEnd.FAILED, MERGED_TEXT)
    if answer.status == 422:
        return WritePart(WriteEnd.FAILED, f"Zendesk refused the change of the customer: {_descriptions(answer.json())}")
    if answer.status >= 400:
        return WritePart(WriteEnd.FAILED, MERGED_TEXT)
    return WritePart(WriteEnd.DONE)


def _has(raw_fields: Raw, fields: Raw) -> bool:
    """Whether the record shows just this answer. Numbers may come back as text, and dates with a time of day."""
    return all(str(raw_fields.get(name)).partition("T")[0] == str(value) for name, value in fields.items())
