"""Asking through the helpdesk's own message, and leaving machines alone."""

from __future__ import annotations

from deskpulse.plugin_api import Connection, History, Invitation, Receipt, ReceiptState, Verdict
from deskpulse.testing.fake_helpdesk.client import Client

FACT = "helpdesk_invites"
"""Kept by provisioning where the helpdesk shall ask."""
MACHINE = "machine ticket"


def verdict(history: History) -> Verdict | None:
    """No, where monitoring raised the ticket; otherwise core decides."""
    if history.ticket.channel == "monitoring":
        return Verdict(False, MACHINE, "Monitoring raised this ticket, so nobody waits for its end.")
    return None


def send(connection: Connection, invitation: Invitation) -> Receipt | None:
    """The vendor sends one message per key, so asking twice is safe."""
    if not connection.facts.get(FACT) or not invitation.customer_id:
        return None
    text = f"How did we do with “{invitation.subject}”? {invitation.link}\nNo more of these: {invitation.opt_out_link}"
    message = {"key": invitation.key, "customer": invitation.customer_id, "text": text}
    raw = Client(connection).create("messages", message)
    return Receipt(ReceiptState.DONE, "handed over to the helpdesk", str(raw.get("id")))
