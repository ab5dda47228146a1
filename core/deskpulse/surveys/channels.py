"""How a customer would be asked: by our e-mail, by a message of the helpdesk, or not at all."""

from __future__ import annotations

from deskpulse.capabilities import Capability
from deskpulse.kinds import Kind
from deskpulse.organisation.preferences import Preferences

EMAIL, HELPDESK = "email", "helpdesk"


def channel_for(person: str, kind: Kind, preferences: Preferences) -> str | None:
    """The channel that reaches this person; None where no address is known and the helpdesk is not to be used."""
    if preferences.invite_channel == HELPDESK and kind.can(Capability.HELPDESK_INVITE):
        return HELPDESK
    if "@" in person:
        return EMAIL
    return HELPDESK if preferences.without_address == HELPDESK and kind.sends_invites else None


def asks_by_itself(channel: str, kind: Kind) -> bool:
    """Whether a rule in the helpdesk writes to the customer, so that DeskPulse hands nothing over."""
    return channel == HELPDESK and not kind.sends_invites
