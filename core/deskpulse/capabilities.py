"""What a helpdesk can do, declared once per kind and read by product, documentation and conformance suite alike."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Support(StrEnum):
    """How far an ability reaches. "They can't" and "we haven't yet" are different answers."""

    FULL = "full"
    SOME_VERSIONS = "some versions"
    NOT_YET = "not yet"
    CANT = "can't"
    UNKNOWN = "unknown"


class Capability(StrEnum):
    """An ability of a helpdesk, named for what DeskPulse gains from it."""

    CHECK = "check"
    PROVISION = "provision"
    SIGNED_DELIVERIES = "signed deliveries"
    FRESH_DELIVERIES = "fresh deliveries"
    DELIVERY_IDS = "delivery ids"
    FIND_TICKET = "find ticket"
    FIND_AGENT = "find agent"
    FIND_CUSTOMER = "find customer"
    TICKET_URL = "ticket url"
    SYNC_GROUPS = "sync groups"
    RECONCILE = "reconcile"
    WRITE_BACK_TICKET = "write back to ticket"
    WRITE_BACK_CUSTOMER = "write back to customer"
    PRIVATE_NOTE = "private note"
    HELPDESK_INVITE = "invite by helpdesk"
    PANEL = "panel"
    OAUTH = "oauth"


MEANINGS: Mapping[Capability, str] = {
    Capability.CHECK: "A connection can be tried before it is saved.",
    Capability.PROVISION: "Webhook, triggers and fields are created, repaired and removed by DeskPulse.",
    Capability.SIGNED_DELIVERIES: "Every webhook call proves who sent it and that its body is whole.",
    Capability.FRESH_DELIVERIES: "A captured webhook call cannot be replayed later: it carries a signed time.",
    Capability.DELIVERY_IDS: "Every webhook call has an id, so a repeated one is known.",
    Capability.FIND_TICKET: "A ticket can be read again, with the resolution it is in.",
    Capability.FIND_AGENT: "An agent can be read by id.",
    Capability.FIND_CUSTOMER: "A customer can be read by id.",
    Capability.TICKET_URL: "A ticket number links to the helpdesk's agent screen.",
    Capability.SYNC_GROUPS: "Support groups and their agents stay in step by themselves.",
    Capability.RECONCILE: "Resolutions whose webhook was lost are found afterwards.",
    Capability.WRITE_BACK_TICKET: "The score is put onto the ticket.",
    Capability.WRITE_BACK_CUSTOMER: "The score is put onto the customer's record.",
    Capability.PRIVATE_NOTE: "The comment is added as a note that the customer cannot see.",
    Capability.HELPDESK_INVITE: "The helpdesk can send the invitation in its own message.",
    Capability.PANEL: "Agents see the customer's last score beside the ticket.",
    Capability.OAUTH: "Access is granted by OAuth, without handing over a long-lived token.",
}
