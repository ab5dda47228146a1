"""Handing an invitation over as a public reply, once for each ``invitation.key``, without ending the resolution.

A reply by an agent may reopen a resolved ticket, by the account's settings or by its rules. The customer would then be
asked about a ticket that is open again, the invitation would be withdrawn for the reopening, and the next solving would
be asked about once more. So this happens, in this order:

1. The ticket is read. One that is not resolved, or has another requester by now, is not asked about.
2. The conversation is looked through for the invitation's marker: the reply may have gone out before.
3. A field of the ticket is made to say which resolution stands and that, for some minutes, a change of status is ours.
   Webhooks that arrive meanwhile read the ticket and find that resolution (:mod:`resolutions`).
4. The reply is sent, and the ticket read again.
5. Where the reply has reopened it, one update sets the status back and makes the field say when that was; otherwise the
   field is emptied. Where the customer has written since, the ticket is open for a reason, and stays so.

What remains: somebody who opens the ticket by hand between 4 and 5, a second or less, finds it resolved again; two
workers that look for the marker at the same moment both send; and a worker that dies between 4 and 5 leaves the ticket
open until the job is repeated. An agent who opens it meanwhile, within the minutes of 3, finds it resolved again too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from deskpulse.plugin_api import Connection, Invitation, Receipt, ReceiptState, Refused, ident, moment
from deskpulse_freshdesk import notes
from deskpulse_freshdesk.client import ARCHIVED, Client, Raw, is_id, problems
from deskpulse_freshdesk.mapping import RESOLUTION_FIELD
from deskpulse_freshdesk.resolutions import OwnReopening, resolved_statuses, standing
from deskpulse_freshdesk.values import inner

CHANNEL = "helpdesk"
AT_MOST = timedelta(minutes=15)
"""For so long a change of status counts as ours, should we not come back to say that it was none."""


def send(connection: Connection, invitation: Invitation) -> Receipt | None:
    """Reply to the requester; None where the invitation is to go another way."""
    if invitation.channel != CHANNEL:
        return None
    field = connection.facts.get(RESOLUTION_FIELD)
    if not field:
        return _refused("the set-up has not been run: the resolution could not be kept while we reply")
    return _Asking(connection, invitation, field).run()


def _refused(why: str) -> Receipt:
    return Receipt(ReceiptState.REFUSED, why)


class _Asking:
    """One invitation on its way."""

    def __init__(self, connection: Connection, invitation: Invitation, field: str) -> None:
        self._client = Client(connection)
        self._invitation = invitation
        self._ticket = invitation.ticket.id
        self._field = field
        self._resolved = resolved_statuses(connection.settings)
        self._theirs = datetime.now(UTC)

    def run(self) -> Receipt:
        raw = self._client.ticket(self._ticket)
        if raw is None or raw.get("deleted") or raw.get("spam"):
            return _refused("the ticket does not exist any more")
        if raw.get(ARCHIVED):
            return _refused("the ticket is archived, and takes no reply")
        if ident(raw.get("requester_id")) != self._invitation.customer_id:
            return _refused("the ticket has another requester now, to whom the reply would go")
        if sent := self._sent():
            return Receipt(ReceiptState.ALREADY, self._settle(sent), sent)
        state = standing(raw, self._resolved, self._field)
        if state.key is None or raw.get("status") not in self._resolved:
            return _refused("the ticket is open again")
        if refusal := self._announce(raw, state.key):
            return _refused(refusal)
        try:
            sent = ident(self._client.reply(self._ticket, notes.invitation(self._invitation)).get("id")) or ""
        except Refused as error:
            self._settle(sent)
            return _refused(error.detail)
        return Receipt(ReceiptState.DONE, self._settle(sent), sent)

    def _sent(self) -> str:
        """The id of the reply that carries this invitation, if there is one."""
        marker = notes.invitation_marker(self._invitation.key)
        entries = (entry for page in self._client.conversations(self._ticket) for entry in page)
        return next((ident(one.get("id")) or "" for one in entries if notes.ends_with(one, marker)), "")

    def _announce(self, raw: Raw, key: str) -> str:
        """Say in the ticket which resolution stands; gives the reason where Freshdesk refuses.

        Times are Freshdesk's. Its answer tells whether its clock is far from ours, and then it is said once more.
        """
        stats, status = inner(raw, "stats"), int(raw["status"])
        before = OwnReopening.read(inner(raw, "custom_fields").get(self._field))
        kept = before.since if before and before.covers(moment(stats.get("reopened_at"))) else None
        now = max(filter(None, (moment(raw.get("updated_at")), datetime.now(UTC))))
        since = kept or moment(stats.get("status_updated_at")) or moment(raw.get("created_at")) or now
        for _ in range(2):
            if refusal := self._say(OwnReopening(key, status, since, now + AT_MOST)):
                return f"Freshdesk does not let the ticket be changed, so it was not asked about: {refusal}"
            if abs(self._theirs - now) <= AT_MOST / 3:
                break
            now = self._theirs
        return ""

    def _settle(self, sent: str) -> str:
        """After the reply: set back what it reopened, and say so; gives what an administrator should know."""
        raw = self._client.ticket(self._ticket) or {}
        said = OwnReopening.read(inner(raw, "custom_fields").get(self._field))
        if said is None or raw.get(ARCHIVED):
            return ""
        stats = inner(raw, "stats")
        reopened, changed = moment(stats.get("reopened_at")), moment(stats.get("status_updated_at"))
        if raw.get("status") in self._resolved:
            kept = replace(said, until=reopened) if reopened and said.covers(reopened) else None
            if kept != said:
                self._say(kept)
            return ""
        opened = changed or reopened
        if opened is None or not said.covers(opened) or self._customer_wrote_after(sent):
            self._say(None)
            return ""
        ours = replace(said, until=opened)
        if refusal := self._say(ours, status=said.status):
            self._say(ours)
            return f"the reply reopened the ticket, and Freshdesk refused to set its status back: {refusal}"
        return "the reply had reopened the ticket; its status was set back"

    def _say(self, ours: OwnReopening | None, **more: Any) -> str:
        """Update the field, and perhaps the status with it; gives the reason where Freshdesk refuses."""
        changes = {"custom_fields": {self._field: str(ours) if ours else None}, **more}
        answer = self._client.update_ticket(self._ticket, changes)
        if answer.status != 200:
            return problems(answer)
        self._theirs = moment(answer.json().get("updated_at")) or datetime.now(UTC)
        return ""

    def _customer_wrote_after(self, sent: str) -> bool:
        """Ids grow, so what came after our reply has a greater one."""
        entries = (entry for page in self._client.conversations(self._ticket) for entry in page)
        keys = [ident(one.get("id")) or "" for one in entries if one.get("incoming") and not one.get("private")]
        return any(is_id(key) and int(key) > int(sent or 0) for key in keys)
