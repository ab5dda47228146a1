"""Putting an answer onto the issue and the customer's record, once for each ``result.key``.

First the issue property, which is silent; then the number and the text in one update; then the internal comment. Jira
has no conditional writes and no idempotency keys: values are compared before they are set, and the comment's marker is
looked up before each try. What remains is the time between that look and Jira's storing of the comment: two workers
that write one answer within it leave two comments. The outbox gives one answer to one worker at a time.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/ (read 2026-08)
"""

from __future__ import annotations

from typing import Any

from deskpulse.plugin_api import Answer, Connection, Receipt, Result, TicketRef, WriteEnd, WritePart, receipt_of
from deskpulse_jira_sm import notes
from deskpulse_jira_sm.client import ACCOUNT, Client, Raw, words
from deskpulse_jira_sm.mapping import mapping_of

SUMMARY = "nps.summary"
"""The issue property. Whoever sees the issue can read it, so it holds the score and no words."""
LAST = "nps.last"
"""The user property that stands in for the customer detail field."""
DETAIL = "Last NPS"
"""The customer detail field."""
GONE = "the issue does not exist any more, or is hidden from our user"


def write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """Up to three writes to the issue and, for the customer's latest answer, one to the customer."""
    client = Client(connection)
    parts = _write_issue(client, connection, ticket, result)
    fresh = any(part.end is WriteEnd.DONE for part in parts)
    return receipt_of([*parts, _write_customer(client, connection, result, compare=not fresh)])


def _write_issue(client: Client, connection: Connection, ticket: TicketRef, result: Result) -> list[WritePart]:
    values = _field_values(connection, result)
    kind_field = connection.facts.get("request_type_field_id", "")
    raw = client.issue(ticket.id, [*values, *([kind_field] if kind_field else ["summary"])], prop=SUMMARY)
    if raw is None:
        return [WritePart(WriteEnd.FAILED, GONE)]
    key, raw_fields = str(raw["id"]), mapping_of(raw.get("fields"))
    found = mapping_of(raw.get("properties")).get(SUMMARY)
    is_request = bool(raw_fields.get(kind_field)) if kind_field else client.request(key) is not None
    return [
        _write_property(client, key, found, result),
        _write_fields(client, key, dict(raw_fields), values),
        _write_comment(client, key, result, is_request=is_request),
    ]


def _write_property(client: Client, key: str, found: Any, result: Result) -> WritePart:
    wanted = {**_summary(result), "key": result.key}
    if found == wanted:
        return WritePart(WriteEnd.ALREADY)
    answer = client.set_property(key, SUMMARY, wanted)
    if answer.status >= 400:
        return WritePart(WriteEnd.FAILED, f"Jira refused the issue property: {words(answer)}")
    return WritePart(WriteEnd.DONE)


def _write_fields(client: Client, key: str, raw_fields: Raw, values: Raw) -> WritePart:
    """One update. One bad field makes Jira refuse all, so those that it names are left out of a second one."""
    if not values:
        return WritePart(WriteEnd.SKIPPED, "there is no score field yet: run the set-up")
    missing = {name: value for name, value in values.items() if raw_fields.get(name) != value}
    if not missing:
        return WritePart(WriteEnd.ALREADY)
    answer = client.update(key, missing)
    named = _refused_fields(answer)
    rest = {name: value for name, value in missing.items() if name not in named}
    if answer.status == 400 and named and rest:
        again = client.update(key, rest)
        answer = again if again.status >= 400 else answer
    if answer.status >= 400:
        return WritePart(
            WriteEnd.FAILED, f"the fields stay as they are, property and comment tell the score: {words(answer)}"
        )
    return WritePart(WriteEnd.DONE)


def _write_comment(client: Client, key: str, result: Result, *, is_request: bool) -> WritePart:
    if _is_noted(client, key, result.marker, is_request=is_request):
        return WritePart(WriteEnd.ALREADY)
    answer = client.comment_request(key, notes.as_wiki(result), public=False) if is_request else None
    if answer is None or answer.status == 404:
        answer = client.comment_issue(key, notes.as_wiki(result) if client.server else notes.as_document(result))
    if answer.status >= 400:
        return WritePart(WriteEnd.FAILED, f"Jira refused the internal comment: {words(answer)}")
    raw = mapping_of(answer.json())
    reference = str(raw.get("id") or "")
    if raw.get("public") is True or raw.get("jsdPublic") is True:  # a customer's words must not reach other customers
        client.delete_comment(key, reference)
        return WritePart(WriteEnd.FAILED, "Jira made the internal comment public, so it was deleted again")
    return WritePart(WriteEnd.DONE, reference=reference)


def _is_noted(client: Client, key: str, marker: str, *, is_request: bool) -> bool:
    if not is_request:
        return any(notes.ends_with(raw.get("body"), marker) for raw in client.issue_comments(key))
    comments = client.request_comments(key)
    return any(raw.get("public") is False and notes.ends_with(raw.get("body"), marker) for raw in comments)


def _write_customer(client: Client, connection: Connection, result: Result, *, compare: bool) -> WritePart:
    """The customer detail field, which agents see; without it, or where it is refused, a user property."""
    customer = result.customer_id
    if not result.is_latest_of_customer or not customer:
        return WritePart(WriteEnd.SKIPPED)
    if not ACCOUNT.fullmatch(customer):
        return WritePart(WriteEnd.FAILED, f"the customer's id {customer!r} is not one of Jira's")
    detail = connection.facts.get("detail_field", "")
    refusal = ""
    if detail:
        score = str(result.score.value)
        if compare and _detail(client.customer(customer), detail) == [score]:
            return WritePart(WriteEnd.ALREADY)
        answer = client.set_detail(customer, detail, score)
        if answer.status < 400:
            return WritePart(WriteEnd.DONE)
        refusal = f"the customer detail field was refused ({words(answer)}), "
    wanted = {**_summary(result), "key": result.key}
    if compare and client.user_property(customer, LAST) == wanted:
        return WritePart(WriteEnd.ALREADY)
    answer = client.set_user_property(customer, LAST, wanted)
    if answer.status >= 400:
        return WritePart(WriteEnd.FAILED, f"{refusal}and the user property too: {words(answer)}")
    return WritePart(WriteEnd.DONE, f"{refusal}so a user property holds the score" if refusal else "")


def _field_values(connection: Connection, result: Result) -> Raw:
    """What the two fields shall hold; numbers are sent as numbers, the text field is for eyes only."""
    facts, score = connection.facts, result.score
    shown = f"{score.value} of 10, {score.band}, {result.answered_at.date().isoformat()}"
    found = {facts.get("score_field_id"): score.value, facts.get("text_field_id"): shown}
    return {name: value for name, value in found.items() if name}


def _summary(result: Result) -> Raw:
    at = result.answered_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"score": result.score.value, "category": str(result.score.band), "at": at}


def _refused_fields(answer: Answer) -> set[str]:
    raw = answer.json() if answer.status == 400 and answer.content else {}
    return set(mapping_of(mapping_of(raw).get("errors")))


def _detail(raw: Raw | None, name: str) -> Any:
    rows = (raw or {}).get("details") or ()
    return next((one.get("values") for one in rows if isinstance(one, dict) and one.get("name") == name), None)
