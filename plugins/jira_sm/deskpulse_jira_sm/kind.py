"""What DeskPulse knows about Jira Service Management before it has spoken to one: settings, abilities, scheme."""

from __future__ import annotations

from deskpulse.plugin_api import (
    Capability,
    HmacSignature,
    Kind,
    OAuthGrant,
    SharedSecret,
    Simulator,
    Support,
    address_field,
    secret_field,
    settings_schema,
    text_field,
    ticket_fields,
)
from deskpulse_jira_sm import auth, links

TOKENS_END = "Atlassian's API tokens end after 365 days at most: note the date, and renew the token before."
"""https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/ (read 2026-08)"""
GROUP_SOURCES = ("project", "jira_group", "component", "team", "queue", "custom_field")
FIELD = r"[A-Za-z][A-Za-z0-9_]*"
FIELD_HELP = "A field's id: customfield_10050, or issuetype, labels, components, request_type."
EXCLUDED = "Canceled, Cancelled, Declined, Duplicate, Won't Do"

SETTINGS = settings_schema(
    {
        "site": text_field(
            "Site", "The site's name: acme for acme.atlassian.net.", pattern=rf"^$|{links.SITE}", examples=["acme"]
        ),
        "base_url": address_field(
            "Data Center: the address of Jira. Cloud: only where the site and Atlassian's API are reached elsewhere, "
            "such as behind a proxy. https unless on this machine."
        ),
        "deployment": text_field(
            "Edition",
            "Jira in Atlassian's cloud, or your own Data Center.",
            enum=["cloud", "data_center"],
            default="cloud",
        ),
        "auth": text_field(
            "Access",
            "A classic API token, a scoped token (a service account's, too), OAuth granted in the browser, or, for "
            "Data Center, a personal access token.",
            enum=list(auth.MODES),
            default=auth.API_TOKEN,
        ),
        "email": text_field("E-mail address", "The user whose API token or scoped token is used."),
        "api_token": secret_field("API token", f"Classic or scoped. {TOKENS_END}"),
        "personal_access_token": secret_field("Personal access token", "Data Center only."),
        "client_id": text_field("OAuth client", "The client ID of the OAuth app."),
        "client_secret": secret_field("OAuth client secret", "The secret of the OAuth app."),
        "access_token": secret_field("Access token", "Filled in when access is granted, and renewed.", readOnly=True),
        "refresh_token": secret_field("Refresh token", "Filled in when access is granted, and renewed.", readOnly=True),
        "access_expires_at": secret_field("Access ends", "When the access token must be renewed.", readOnly=True),
        "signing_secret": secret_field(
            "Signing secret", "Made during set-up; entered only for a webhook that was made by hand."
        ),
        "signing_secret_old": secret_field(
            "Former signing secret", "Kept by set-up for calls under way when the secret changes.", readOnly=True
        ),
        "automation_secret": secret_field(
            "Automation secret",
            "Your own choice of 24 characters or more: what an Automation rule sends in the header X-DeskPulse-Secret.",
            pattern=r"^$|^.{24,}$",
        ),
        "automation_secret_old": secret_field(
            "Former automation secret", "Still accepted while rules are being changed."
        ),
        "projects": text_field(
            "Projects",
            "Keys of the service projects that count, separated by commas or spaces. Empty: all service projects; Jira "
            "then calls for changes in its other projects too, in vain.",
            pattern=r"^[\s,]*(?:[A-Z][A-Z0-9_]*(?:[\s,]+|$))*$",
            examples=["SUP, OPS"],
        ),
        "group_source": text_field(
            "Support groups come from",
            "What a support group is in your Jira.",
            enum=list(GROUP_SOURCES),
            default="project",
        ),
        "group_field": text_field(
            "Field of the group",
            "Needed where groups are Jira groups (a group picker), teams, or a custom field's options. " + FIELD_HELP,
            pattern=f"^(?:{FIELD})?$",
        ),
        "group_map": text_field(
            "Table of groups",
            "For a custom field: option = Jira group whose members are its agents. For queues: request type = queue. "
            "Pairs separated by semicolons.",
            examples=["Network = l2-network; Desk = l1-desk"],
        ),
        "org_id": text_field(
            "Organisation id",
            "Only where groups are teams: the id in the address of admin.atlassian.com.",
            pattern=r"^[A-Za-z0-9-]*$",
        ),
        "resolved_statuses": text_field(
            "Resolved statuses",
            "Names, separated by commas. Empty: every status of the category Done, which is right for most.",
        ),
        "excluded_statuses": text_field(
            "Not resolved",
            f"Names of statuses or resolutions that nobody is asked about. Empty: {EXCLUDED}. A dash: none.",
        ),
        "require_resolution": text_field(
            "Resolution required",
            "Whether an issue counts as resolved only with a resolution. Team-managed projects often set none.",
            enum=["no", "yes"],
            default="no",
        ),
        **ticket_fields(FIELD, FIELD_HELP, "Left empty, the issue type is used."),
    },
)

CONSENT_ENDS = "Access granted in the browser ends after 365 days at most: note the date, and grant it again before."
"""https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/ (read 2026-11)"""

CAPABILITIES = {
    **dict.fromkeys(Capability, Support.FULL),
    Capability.FRESH_DELIVERIES: Support.CANT,
    Capability.DELIVERY_IDS: Support.SOME_VERSIONS,
    Capability.PANEL: Support.SOME_VERSIONS,
    Capability.OAUTH: Support.SOME_VERSIONS,
}
CAPABILITY_NOTES = {
    Capability.SIGNED_DELIVERIES: "Calls of the webhook are signed. Calls of an Automation rule are not: they carry a "
    "secret of your choice, and only make DeskPulse read the issue again.",
    Capability.FRESH_DELIVERIES: "Jira signs the body, but no time of sending. Known delivery ids and the largest "
    "age of the time in the body (two days) stand in for it.",
    Capability.DELIVERY_IDS: "Cloud only; Data Center and Automation rules send none.",
    Capability.PROVISION: "A scoped token or OAuth may not make webhooks: the manual steps then say what to do.",
    Capability.WRITE_BACK_TICKET: "Fields of an issue that may no longer be edited stay as they are; the issue "
    "property and the internal comment are written all the same.",
    Capability.WRITE_BACK_CUSTOMER: "Cloud: the customer detail field, else a user property. Data Center: a user "
    "property.",
    Capability.HELPDESK_INVITE: "A public comment on the request. Automation rules of your own that react to comments "
    "must leave out DeskPulse's user.",
    Capability.RECONCILE: "Dates in searches are exact to the minute: the last minutes are read twice.",
    Capability.SYNC_GROUPS: "Jira has no feed of changed groups: each synchronisation reads all of them.",
    Capability.PANEL: "A Forge app, for Cloud only.",
    Capability.OAUTH: "Cloud only; OAuth may not make webhooks, and has an hourly allowance of calls.",
}
AUTOMATION = SharedSecret("X-DeskPulse-Secret", secret_name="automation_secret")  # noqa: S106 - the name of a field
"""How an Automation rule's *Send web request* proves itself, which cannot sign."""


def _simulator() -> Simulator:
    from deskpulse_jira_sm.simulator import JiraSimulator  # noqa: PLC0415 - only demo and tests need it

    return JiraSimulator()


KIND = Kind(
    name="jira_sm",
    label="Jira Service Management",
    settings_schema=SETTINGS,
    capabilities=CAPABILITIES,
    scheme=HmacSignature(
        header="X-Hub-Signature",
        encoding="hex",
        prefix="sha256=",
        id_header="X-Atlassian-Webhook-Identifier",
    ),
    frame_ancestors=("https://*.atlassian.net",),
    simulator=_simulator,
    oauth=OAuthGrant(authorize_url=links.authorize_url, exchange=auth.exchange, wanted=auth.wants_grant),
    notes=(
        (
            "The user that gives access must be a Jira administrator with the role Service Desk Team in every project: "
            "webhooks, fields and customer details need it."
        ),
        "Give DeskPulse a user of its own: what it writes is then told from what people write, and asks nobody again.",
        TOKENS_END,
        "Jira often hides customers' e-mail addresses; the preference for people without an address says what happens.",
    ),
    capability_notes=CAPABILITY_NOTES,
    sends_invites=True,
)
