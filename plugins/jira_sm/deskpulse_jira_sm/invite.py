"""Asking through the helpdesk: one public comment on the request, which Jira mails to the customer.

The issue property ``nps.invite`` is written before and after the comment, and comments are searched for the
invitation's mark before each try: an invitation handed over twice is one comment. What remains is the time between
that search and Jira's storing of the comment, as nothing there is conditional.

A rule of the site may reopen issues that are commented on. So the issue is read again after the comment; one that a
rule opened then is moved back to its status by our own account, which ``history`` takes for the same solving: nobody is
asked anew. What a person did stays, and what a rule did because a person wrote. A rule that acts later than that is
seen as an ordinary reopen, and the rules about asking again apply; the guide says how to leave DeskPulse's user out.
https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/ (read 2026-08)
"""

from __future__ import annotations

from typing import Any

from deskpulse.plugin_api import Connection, Invitation, Misread, Receipt, ReceiptState
from deskpulse_jira_sm import notes
from deskpulse_jira_sm.client import Client, Raw, words
from deskpulse_jira_sm.history import steps
from deskpulse_jira_sm.mapping import DONE, account, category, ident, mapping_of, moment

CHANNEL = "helpdesk"
PROPERTY = "nps.invite"
SENDING, SENT = "sending", "sent"
GONE = "the issue does not exist any more, or is hidden from our user"
REOPENED = "a rule of the site reopened the issue after our comment"
NO_REQUEST = "the issue is no customer request: nobody would be sent the comment"


def send(connection: Connection, invitation: Invitation) -> Receipt | None:
    """One public comment, or what became of it before; None where the invitation is to go by e-mail."""
    if invitation.channel != CHANNEL:
        return None
    client = Client(connection)
    raw = client.issue(invitation.ticket.id, ["status"], prop=PROPERTY)
    if raw is None:
        return Receipt(ReceiptState.REFUSED, GONE)
    key, status = str(raw["id"]), _status(raw)
    known = mapping_of(mapping_of(raw.get("properties")).get(PROPERTY))
    mine = known.get("key") == invitation.key
    if mine and known.get("state") == SENT:
        return Receipt(ReceiptState.ALREADY, reference=str(known.get("comment") or ""))
    if client.request(key) is None:
        return Receipt(ReceiptState.REFUSED, NO_REQUEST)
    before = dict(known) if mine else _memory(invitation, status)
    found = _find(client, key, invitation)
    if found is None:
        _remember(client, key, before)
        answer = client.comment_request(key, notes.invitation_text(invitation), public=True)
        if answer.status >= 400:
            return Receipt(ReceiptState.REFUSED, f"Jira refused the comment: {words(answer)}")
        found = ident(mapping_of(answer.json()).get("id"))
        if found is None:
            raise Misread("the comment came back without an id", status=answer.status)
    detail = _keep_resolved(client, connection, key, before, found)
    _remember(client, key, {**before, "state": SENT, "comment": found})
    return Receipt(ReceiptState.DONE, detail, found)


def _memory(invitation: Invitation, status: Raw) -> dict[str, Any]:
    """What must outlive a crash: which invitation, and what the issue was like before we said anything."""
    resolved = category(status) == DONE
    return {"key": invitation.key, "state": SENDING, "status": str(status.get("id") or "") if resolved else ""}


def _remember(client: Client, key: str, memory: Raw) -> None:
    """Write the property. Where our user may not, the comment's mark alone keeps the invitation single."""
    client.set_property(key, PROPERTY, memory)


def _find(client: Client, key: str, invitation: Invitation) -> str | None:
    """The id of the comment that carries the invitation, if it was made before."""
    mark = notes.invitation_mark(invitation.key)
    for raw in client.request_comments(key):
        if raw.get("public") is not False and notes.ends_with(raw.get("body"), mark):
            return ident(raw.get("id"))
    return None


def _keep_resolved(client: Client, connection: Connection, key: str, before: Raw, comment: str) -> str:
    """Take back what a rule of the site did about our comment, and never what a person did; says so."""
    wanted = before.get("status")
    raw = client.issue(key, ["status"], changelog=True) if wanted else None
    if raw is None or category(_status(raw)) in (DONE, None):
        return ""
    if not _is_a_rules_doing(connection, raw) or _is_answered(client, connection, key, comment):
        return "somebody reopened the issue meanwhile: it was left to them"
    options = [(one, mapping_of(one.get("to"))) for one in client.transitions(key)]
    same = (one for one, to in options if ident(to.get("id")) == wanted)
    done = (one for one, to in options if category(to) == DONE)
    step = next(same, None) or next(done, None)
    if step is None:
        return f"{REOPENED}, and no step of the workflow leads back"
    answer = client.transition(key, str(step.get("id")))
    return f"{REOPENED}, and it stays so: {words(answer)}" if answer.status >= 400 else f"{REOPENED}: it was moved back"


def _is_a_rules_doing(connection: Connection, raw: Raw) -> bool:
    """Whether an app, or a rule that acts in our own name, made the latest change of status."""
    histories = mapping_of(raw.get("changelog")).get("histories")
    author = next((step.author for step in reversed(list(steps(histories or (), moment)))), None)
    return author is not None and (_is_us(connection, author) or author.get("accountType") == "app")


def _is_answered(client: Client, connection: Connection, key: str, comment: str) -> bool:
    """Whether somebody wrote after our comment: the rule then acted on their words, as it should."""
    later = False
    for raw in client.request_comments(key):
        if later and not _is_us(connection, raw.get("author")):
            return True
        later = later or ident(raw.get("id")) == comment
    return False


def _is_us(connection: Connection, raw_user: Any) -> bool:
    us = connection.facts.get("account_id")
    return bool(us) and account(raw_user) == us


def _status(raw: Raw) -> Raw:
    return dict(mapping_of(mapping_of(raw.get("fields")).get("status")))
