"""What DeskPulse knows about ServiceNow before it has spoken to one: label, settings, abilities, scheme, simulator."""

from __future__ import annotations

from deskpulse.plugin_api import (
    Capability,
    HmacSignature,
    Kind,
    Part,
    Simulator,
    Support,
    address_field,
    secret_field,
    settings_schema,
    text_field,
    ticket_fields,
)
from deskpulse_servicenow import auth, links
from deskpulse_servicenow.tables import INCIDENT, ITEM, NONE

FIELD = r"[a-z0-9_]+(?:\.[a-z0-9_]+)*"
FIELD_HELP = "A column, also one reached through others (caller_id.location), or customer. and a column of who asked."
STATES = rf"^(?:|{NONE}|-?[0-9]+(?:[,\s]+-?[0-9]+)*)$"
CAPTURE = r"^(?:(?!\^NQ|ORDERBY)[^\r\n])*$"
"""An encoded query to which further conditions can be added."""

SETTINGS = settings_schema(
    {
        "instance": text_field(
            "Instance",
            "The name in its address: acme for acme.service-now.com.",
            pattern=links.INSTANCE,
            examples=["acme"],
        ),
        "base_url": address_field(
            "Only where the instance is reached elsewhere, such as behind a proxy; https unless on this machine."
        ),
        "auth": text_field(
            "Access",
            "OAuth with a user's password or with client credentials, a REST API key, or the user's password itself.",
            enum=[auth.OAUTH, auth.CLIENT_CREDENTIALS, auth.API_KEY, auth.BASIC],
            default=auth.BASIC,
        ),
        "user_name": text_field(
            "User name", "The user that DeskPulse signs in as, whose own updates call nobody.", minLength=1
        ),
        "password": secret_field("Password", "That user's password, with a password or with OAuth by password."),
        "client_id": text_field("OAuth client ID", "Of the OAuth application, for both kinds of OAuth."),
        "client_secret": secret_field("OAuth client secret", "Of the same OAuth application."),
        "api_key": secret_field("REST API key", "The token of a REST API key that is bound to the user."),
        "access_token": secret_field("Access token", "Fetched and renewed by DeskPulse.", readOnly=True),
        "refresh_token": secret_field("Refresh token", "Fetched and renewed by DeskPulse.", readOnly=True),
        "access_expires_at": secret_field("Access ends", "When the access token must be renewed.", readOnly=True),
        "signing_secret": secret_field(
            "Signing secret", "Made during set-up; entered only where DeskPulse may not write system properties."
        ),
        "signing_secret_old": secret_field(
            "Former signing secret", "Kept for calls under way when the secret changes.", readOnly=True
        ),
        INCIDENT.setting: text_field(
            "States of a resolved incident",
            f"State numbers, {INCIDENT.states} where left empty; {NONE} leaves incidents alone.",
            pattern=STATES,
        ),
        ITEM.setting: text_field(
            "States of a closed requested item",
            f"State numbers, {ITEM.states} where left empty; {NONE} leaves requested items alone.",
            pattern=STATES,
        ),
        "group_filter": text_field(
            "Support groups",
            "An encoded query that tells support groups from others, such as typeLIKE and the id of a group type.",
            pattern=CAPTURE,
        ),
        "ticket_page": text_field(
            "Ticket page",
            "Where a ticket's number leads: classic, next, workspace, or a path with {table} and {sys_id} in it.",
            pattern=r"^(?:|classic|next|workspace|/[^\s\"<>]*\{sys_id\}[^\s\"<>]*)$",
        ),
        **ticket_fields(
            FIELD, FIELD_HELP, "Left empty, an incident's category or the requested item's catalogue item."
        ),
    },
    required=["instance", "user_name"],
)

CAPABILITIES = {**dict.fromkeys(Capability, Support.FULL), Capability.OAUTH: Support.NOT_YET}
CAPABILITY_NOTES = {
    Capability.PROVISION: "The update set is imported by an administrator, since no API takes one; everything that is "
    "entered in it afterwards is set by DeskPulse where its user may.",
    Capability.HELPDESK_INVITE: "A notification mails the customer a survey link; DeskPulse's limits on how often "
    "somebody is asked do not apply to it.",
    Capability.WRITE_BACK_TICKET: "A closed incident takes no changes: the answer is then kept in the table NPS "
    "response and on the customer's record only.",
    Capability.PRIVATE_NOTE: "A work note; a closed incident takes none.",
    Capability.SYNC_GROUPS: "Ended memberships leave no trace: each synchronisation reads all of them.",
    Capability.RECONCILE: "A requested item that was opened again is not found, only one that was closed.",
    Capability.PANEL: "Forms in Core UI show a panel, workspaces show plain fields.",
    Capability.OAUTH: "OAuth is used with a user's password or with client credentials, not granted in the browser.",
}

AUTOCLOSE = (
    "Where com.snc.incident.autoclose.basedon.resolved_at is false, writing an answer onto a resolved incident puts "
    "off its automatic closing."
)
"""https://www.servicenow.com/docs/r/it-service-management/incident-management/configure-incident-auto-close.html
(read 2026-08)"""


def _simulator() -> Simulator:
    from deskpulse_servicenow.simulator import ServiceNowSimulator  # noqa: PLC0415 - only demo and tests need it

    return ServiceNowSimulator()


KIND = Kind(
    name="servicenow",
    label="ServiceNow",
    settings_schema=SETTINGS,
    capabilities=CAPABILITIES,
    scheme=HmacSignature(
        header="X-DeskPulse-Signature",
        timestamp_header="X-DeskPulse-Timestamp",
        signed_parts=(Part.TIMESTAMP, Part.BODY),
        separator=".",
        prefix="v1=",
        encoding="base64",
        id_header="X-DeskPulse-Event-Id",
    ),
    frame_ancestors=("https://*.service-now.com",),
    simulator=_simulator,
    notes=(
        "An administrator of the instance imports DeskPulse's update set first: deskpulse bundle servicenow writes it.",
        "Give DeskPulse a user of its own: roles itil and u_nps_integration, web service access only, zone GMT.",
        "Closed incidents take no changes by DeskPulse's user; answers are kept in a table of their own as well.",
        AUTOCLOSE,
    ),
    capability_notes=CAPABILITY_NOTES,
)
