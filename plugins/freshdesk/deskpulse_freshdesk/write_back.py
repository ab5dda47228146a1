"""Putting an answer onto the ticket and the customer's record, once for each ``result.key``.

Freshdesk has neither conditional writes nor keys against repetition. So: the note's marker is looked up first; then the
ticket is read and, at once, updated, since ``tags`` replaces all tags and a tag that somebody adds between our reading
and our writing is lost; then the note is added, which alone cannot be repeated; then the contact. Whatever fails is
repeated from the start. What remains: two workers that look for the marker at the same moment both add a note, and so
does a repetition whose first note Freshdesk does not list yet.
https://developers.freshdesk.com/api/#update_ticket (read 2026-08)
"""

from __future__ import annotations

from deskpulse.plugin_api import Band, Connection, Receipt, Result, TicketRef, WriteEnd, WritePart, ident, receipt_of
from deskpulse_freshdesk import contacts, notes
from deskpulse_freshdesk.client import ARCHIVED, Client, Raw, is_id, problems
from deskpulse_freshdesk.values import inner

TAGS = {band: f"nps_{band}" for band in Band}
GONE_TEXT = "the ticket does not exist any more"
ARCHIVED_TEXT = "the ticket is archived and cannot be changed"
NO_FIELD_TEXT = "the ticket has no score field yet: run the set-up"


def write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """One update and one note for the ticket and, for the customer's latest answer, one update of the contact."""
    client = Client(connection)
    raw = client.ticket(ticket.id)
    on_ticket = _ticket_parts(client, connection, raw, result)
    return receipt_of([*on_ticket, _contact_part(client, connection, raw, result)])


def _ticket_parts(client: Client, connection: Connection, raw: Raw | None, result: Result) -> list[WritePart]:
    if raw is None or raw.get("deleted") or raw.get("spam"):
        return [WritePart(WriteEnd.FAILED, GONE_TEXT)]
    if raw.get(ARCHIVED):
        return [WritePart(WriteEnd.FAILED, ARCHIVED_TEXT)]
    key = ident(raw["id"]) or ""
    entries = (entry for page in client.conversations(key) for entry in page)
    noted = next((ident(entry.get("id")) or "" for entry in entries if notes.ends_with(entry, result.marker)), None)
    on_fields = _write_fields(client, key, connection, result)
    if on_fields.detail == GONE_TEXT:
        return [on_fields]
    if noted is not None:
        return [on_fields, WritePart(WriteEnd.ALREADY, reference=noted)]
    added = client.add_note(key, notes.note(result))
    return [on_fields, WritePart(WriteEnd.DONE, reference=ident(added.get("id")) or "")]


def _write_fields(client: Client, key: str, connection: Connection, result: Result) -> WritePart:
    """Score, category and tag. The status is never named, so it stays, and so does the resolution."""
    raw = client.ticket(key)
    if raw is None:
        return WritePart(WriteEnd.FAILED, GONE_TEXT)
    wanted = _fields(connection, {"score_field": result.score.value, "category_field": str(result.score.band)})
    missing = "" if "score_field" in _known(connection) else NO_FIELD_TEXT
    others = [one for one in raw.get("tags") or () if one not in TAGS.values()]
    tags = [*others, TAGS[result.score.band]]
    if set(tags) == set(raw.get("tags") or ()) and _shows(raw, wanted):
        return WritePart(WriteEnd.ALREADY, missing)
    answer = client.update_ticket(key, {"tags": tags, **({"custom_fields": wanted} if wanted else {})})
    if answer.status in (404, 405):
        return WritePart(WriteEnd.FAILED, GONE_TEXT)
    if answer.status == 400:
        return WritePart(WriteEnd.FAILED, f"Freshdesk refused the change of the ticket: {problems(answer)}")
    return WritePart(WriteEnd.DONE, missing)


def _contact_part(client: Client, connection: Connection, raw: Raw | None, result: Result) -> WritePart:
    if not result.is_latest_of_customer or not result.customer_id:
        return WritePart(WriteEnd.SKIPPED)
    if not is_id(result.customer_id):
        return WritePart(WriteEnd.FAILED, f"the customer's id {result.customer_id!r} is not one of Freshdesk's")
    values: dict[str, int | str] = {
        "contact_score_field": result.score.value,
        "contact_date_field": result.answered_at.date().isoformat(),
        "contact_category_field": str(result.score.band),
    }
    wanted = _fields(connection, values)
    if not wanted:
        return WritePart(WriteEnd.SKIPPED, "contacts have no score field yet: run the set-up")
    requester = inner(raw or {}, "requester")
    raw_contact = contacts.find(client, result.customer_id, requester)
    if isinstance(raw_contact, str):
        return WritePart(WriteEnd.FAILED, raw_contact)
    if _shows(raw_contact, wanted):
        return WritePart(WriteEnd.ALREADY)
    answer = client.update_contact(ident(raw_contact["id"]) or "", {"custom_fields": wanted})
    if answer.status in (404, 405):
        return WritePart(WriteEnd.FAILED, contacts.GONE_TEXT)
    if answer.status == 400:
        return WritePart(WriteEnd.FAILED, f"Freshdesk refused the change of the contact: {problems(answer)}")
    return WritePart(WriteEnd.DONE)


def _shows(raw: Raw, wanted: Raw) -> bool:
    """Whether a record's fields hold these values. Dates may come back with a time of day."""
    held = inner(raw, "custom_fields")
    return all(str(held.get(name)).partition("T")[0] == str(value) for name, value in wanted.items())


def _known(connection: Connection) -> set[str]:
    return {fact for fact, name in connection.facts.items() if name}


def _fields(connection: Connection, values: dict[str, int | str]) -> Raw:
    """Values by the field's name in this account, as far as set-up has found or made the fields."""
    return {connection.facts[fact]: value for fact, value in values.items() if connection.facts.get(fact)}
