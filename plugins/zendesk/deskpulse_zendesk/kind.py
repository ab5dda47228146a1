"""What DeskPulse knows about Zendesk before it has spoken to one: label, settings, abilities, scheme, simulator."""

from __future__ import annotations

from deskpulse.plugin_api import (
    Capability,
    HmacSignature,
    Kind,
    OAuthGrant,
    Part,
    Simulator,
    Support,
    address_field,
    secret_field,
    settings_schema,
    text_field,
    ticket_fields,
)
from deskpulse_zendesk import auth, links

API_TOKEN_END = "Zendesk ends API tokens on 30 April 2027, and none can be created since 27 October 2026: prefer OAuth."  # noqa: S105
"""https://support.zendesk.com/hc/en-us/articles/9182123625370 (read 2026-08)"""
FIELD = r"(?:(?:ticket|user|organization):)?[A-Za-z0-9_]+"
FIELD_HELP = "A ticket field's id (360001), or user:key, or organization:key."

SETTINGS = settings_schema(
    {
        "subdomain": text_field(
            "Subdomain", "The account's name: acme for acme.zendesk.com.", pattern=links.SUBDOMAIN, examples=["acme"]
        ),
        "base_url": address_field(
            "Only where the account is reached elsewhere, such as behind a proxy; https unless on this machine."
        ),
        "auth": text_field(
            "Access",
            "OAuth granted in the browser, an OAuth client's own credentials, or an API token (to April 2027).",
            enum=[auth.OAUTH, auth.CLIENT_CREDENTIALS, auth.API_TOKEN],
            default=auth.OAUTH,
        ),
        "client_id": text_field("OAuth client", "The client's unique identifier, for both kinds of OAuth."),
        "client_secret": secret_field("OAuth client secret", "Shown once by Zendesk, when the client is saved."),
        "email": text_field("E-mail address", "The administrator whose API token is used; only with an API token."),
        "api_token": secret_field("API token", API_TOKEN_END),
        "access_token": secret_field("Access token", "Filled in when access is granted, and renewed.", readOnly=True),
        "refresh_token": secret_field("Refresh token", "Filled in when access is granted, and renewed.", readOnly=True),
        "access_expires_at": secret_field("Access ends", "When the access token must be renewed.", readOnly=True),
        "signing_secret": secret_field(
            "Signing secret", "Read from Zendesk during set-up; entered only for a webhook that was made by hand."
        ),
        "signing_secret_old": secret_field(
            "Former signing secret",
            "Kept by set-up for calls under way when the secret changes.",
            readOnly=True,
        ),
        **ticket_fields(FIELD, FIELD_HELP, "Left empty, the ticket's type is used."),
    },
    required=["subdomain"],
)

CAPABILITIES = dict.fromkeys(Capability, Support.FULL)
CAPABILITY_NOTES = {
    Capability.HELPDESK_INVITE: "A trigger mails the requester a survey link; DeskPulse's limits on how often "
    "somebody is asked do not apply to it.",
    Capability.WRITE_BACK_TICKET: "A closed ticket cannot be changed (the stock automation closes four days after the "
    "solving): the answer is then written to the customer only.",
    Capability.SYNC_GROUPS: "Zendesk has no feed of changed groups: each synchronisation reads all of them.",
    Capability.RECONCILE: "The export leaves out the last minute, and allows ten calls a minute.",
    Capability.OAUTH: "An OAuth client belongs to one account.",
}


def _simulator() -> Simulator:
    from deskpulse_zendesk.simulator import ZendeskSimulator  # noqa: PLC0415 - only demo and tests need it

    return ZendeskSimulator()


KIND = Kind(
    name="zendesk",
    label="Zendesk",
    settings_schema=SETTINGS,
    capabilities=CAPABILITIES,
    scheme=HmacSignature(
        header="X-Zendesk-Webhook-Signature",
        timestamp_header="X-Zendesk-Webhook-Signature-Timestamp",
        signed_parts=(Part.TIMESTAMP, Part.BODY),
        id_header="X-Zendesk-Webhook-Invocation-Id",
    ),
    frame_ancestors=("https://*.zendesk.com", "https://*.zdassets.com"),
    simulator=_simulator,
    oauth=OAuthGrant(authorize_url=links.authorize_url, exchange=auth.exchange, wanted=auth.wants_grant),
    notes=(
        "The user that grants access must be an administrator: webhooks, triggers, fields and exports need it.",
        "Give DeskPulse a user of its own: its notes then stand apart from those of people.",
        API_TOKEN_END,
        "Zendesk's stock trigger on comments mails the assignee of a ticket about private notes too, so about answers.",
    ),
    capability_notes=CAPABILITY_NOTES,
)
