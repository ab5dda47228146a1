"""Core's own answers to hooks, as a plug-in like any other: they come last, so every plug-in can answer first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskpulse import hookimpl
from deskpulse.outbound import invitation_mail
from deskpulse.records import Connection, Delivery, History, Invitation, Receipt, Verdict, Verified
from deskpulse.surveys import rules

if TYPE_CHECKING:
    from deskpulse.desk import Desk


class Defaults:
    """Verification by the declared scheme, invitation by e-mail, and the rules of whom to ask."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @hookimpl(trylast=True)
    def deskpulse_verify_delivery(self, connection: Connection, delivery: Delivery) -> Verified | None:
        """Apply the scheme that the kind declares."""
        scheme = self._desk.hub.kind(connection.kind).scheme
        return scheme.verify(delivery, connection.current_secrets(scheme.secret_name))

    @hookimpl(trylast=True)
    def deskpulse_should_invite(self, history: History) -> Verdict | None:
        """Apply the organisation's rules."""
        return rules.decide(history)

    @hookimpl(trylast=True)
    def deskpulse_send_invite(self, connection: Connection, invitation: Invitation) -> Receipt | None:
        """Send an e-mail, where there is an address."""
        if invitation.recipient_email is None:
            return None
        return invitation_mail.send(self._desk, invitation, connection.organisation_code)
