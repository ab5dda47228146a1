"""Asking through the helpdesk's own message, and leaving machines alone."""

from __future__ import annotations

from deskpulse.plugin_api import Connection, History, Invitation, Receipt, ReceiptState, Verdict
from deskpulse.testing.fake_helpdesk.client import Client

HELPDESK = "helpdesk"
"""The channel that is ours; every other invitation is left to core."""
MACHINE = "machine ticket"


def verdict(history: History) -> Verdict | None:
    """No, where monitoring raised the ticket; otherwise core decides."""
    if history.ticket.channel == "monitoring":
        return Verdict(False, MACHINE, "Monitoring raised this ticket, so nobody waits for its end.")
    return None


def send(connection: Connection, invitation: Invitation) -> Receipt | None:
    """A public message on the ticket. The vendor takes one for each key, so being asked twice is safe."""
    if invitation.channel != HELPDESK:
        return None
    text = f"How did we do with “{invitation.subject}”? {invitation.link}\nNo more of these: {invitation.opt_out_link}"
    message = {"key": invitation.key, "ticket": invitation.ticket.id, "text": text}
    raw = Client(connection).create("messages", message)
    return Receipt(ReceiptState.DONE, "handed over to the helpdesk", str(raw.get("id")))
