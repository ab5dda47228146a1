"""What DeskPulse knows about Freshdesk before it has spoken to one: label, settings, abilities, scheme, simulator."""

from __future__ import annotations

from deskpulse.plugin_api import (
    Capability,
    Kind,
    SharedSecret,
    Simulator,
    Support,
    address_field,
    secret_field,
    settings_schema,
    text_field,
    ticket_fields,
)
from deskpulse_freshdesk import links
from deskpulse_freshdesk.wanted import SECRET_HEADER

KEY_IS_A_PERSON = (
    "An API key belongs to one agent: when that agent leaves or resets the key, DeskPulse stops. "
    "Give DeskPulse an agent of its own."
)
FIELD = r"(?:(?:ticket|contact|company):)?[A-Za-z0-9_]+"
FIELD_HELP = "A ticket field's name (cf_site), or contact:name, or company:name, which have no cf_."

SETTINGS = settings_schema(
    {
        "domain": text_field(
            "Domain",
            "The account's name: acme for acme.freshdesk.com, also where the portal has an address of its own.",
            pattern=links.DOMAIN,
            examples=["acme"],
        ),
        "base_url": address_field(
            "Only where the account is reached elsewhere, such as behind a proxy; https unless on this machine."
        ),
        "api_key": secret_field("API key", "From the profile settings of the agent that DeskPulse acts as."),
        "shared_secret": secret_field(
            "Shared secret",
            f"Made during set-up; entered only for rules made by hand, in their header {SECRET_HEADER}.",
        ),
        "shared_secret_old": secret_field(
            "Former shared secret", "Still accepted while rules made by hand are being changed."
        ),
        "resolved_statuses": text_field(
            "Further resolved statuses",
            "Ids of statuses of your own that count as resolved, besides Resolved (4) and Closed (5).",
            pattern=r"^[\s,]*(?:[0-9]{1,9}(?:[\s,]+|$))*$",
        ),
        **ticket_fields(FIELD, FIELD_HELP, "Left empty, the ticket's type is used."),
    },
    required=["domain"],
)

CAPABILITIES = dict.fromkeys(Capability, Support.FULL) | dict.fromkeys(
    (
        Capability.SIGNED_DELIVERIES,
        Capability.FRESH_DELIVERIES,
        Capability.DELIVERY_IDS,
        Capability.OAUTH,
    ),
    Support.CANT,
)
CAPABILITY_NOTES = {
    Capability.PROVISION: "Where plan or role allows no rules or fields through the API, the exact steps are shown. "
    "Fields are never removed.",
    Capability.SIGNED_DELIVERIES: "Freshdesk signs nothing: a long secret in a header stands for it, so whoever sees "
    "one call could make another. A call is only a hint; the ticket is always read again with our own key.",
    Capability.FRESH_DELIVERIES: "Calls carry no time, and arrive up to hours late: the ticket as it is then decides.",
    Capability.DELIVERY_IDS: "Calls have no id: a repeated one is known by the ticket's resolution.",
    Capability.WRITE_BACK_TICKET: "An archived ticket cannot be changed, and fields that your account requires may "
    "stand in the way: then the answer goes to the note or the contact, and the receipt says so.",
    Capability.WRITE_BACK_CUSTOMER: "Agents who ask for help have no contact, so nothing is written for them.",
    Capability.HELPDESK_INVITE: "A public reply carries the survey's link, which agents see too. Where it reopens the "
    "ticket, DeskPulse sets the status back.",
    Capability.SYNC_GROUPS: "Freshdesk has no feed of changed groups: each synchronisation reads all of them.",
    Capability.RECONCILE: "From the list of changed tickets; the plan limits how many pages a minute can be read.",
    Capability.PANEL: "Freshworks takes apps from its own tool only: the package is packed with it once more, by hand.",
    Capability.OAUTH: "A standalone Freshdesk knows API keys only.",
}


def _simulator() -> Simulator:
    from deskpulse_freshdesk.simulator import FreshdeskSimulator  # noqa: PLC0415 - only demo and tests need it

    return FreshdeskSimulator()


KIND = Kind(
    name="freshdesk",
    label="Freshdesk",
    settings_schema=SETTINGS,
    capabilities=CAPABILITIES,
    scheme=SharedSecret(header=SECRET_HEADER),
    frame_ancestors=("https://*.freshdesk.com", "https://*.freshworks.com"),
    simulator=_simulator,
    notes=(
        KEY_IS_A_PERSON,
        "That agent must be an administrator with access to all tickets: rules and fields need it.",
        "Plans without API access or without webhooks (Free) cannot be connected.",
        "Nothing that Freshdesk sends is signed. Keep the inlet's address and the secret to yourselves, and use https.",
        "Webhooks and API calls share one limit per minute with everything else that uses your account.",
        "Rules of your own that run on any update, or on notes, run for DeskPulse's updates too.",
    ),
    capability_notes=CAPABILITY_NOTES,
    sends_invites=True,
)
