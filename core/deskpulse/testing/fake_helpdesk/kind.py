"""What DeskPulse knows about the Fake helpdesk before it has spoken to one."""

from __future__ import annotations

from deskpulse.plugin_api import (
    Capability,
    HmacSignature,
    Kind,
    Part,
    Simulator,
    Support,
    secret_field,
    settings_schema,
    text_field,
)

SETTINGS = settings_schema(
    {
        "base_url": text_field("Address", "Where the account is reached.", pattern=r"^https?://[^\s/?#@]+$"),
        "api_token": secret_field("API token", "Made under Settings, API; it must be an administrator's."),
        "signing_secret": secret_field("Signing secret", "Read from the helpdesk during set-up."),
        "segment1_field": text_field(
            "Field for segment 1",
            "Key of the ticket or customer field that fills the first segment, such as location.",
        ),
        "segment2_field": text_field(
            "Field for segment 2",
            "Key of the ticket or customer field that fills the second segment, such as function.",
        ),
    },
    required=["base_url", "api_token"],
)


def _simulator() -> Simulator:
    from deskpulse.testing.fake_helpdesk.simulator import FakeSimulator  # noqa: PLC0415 - only demo and tests need it

    return FakeSimulator()


KIND = Kind(
    name="fake",
    label="Fake helpdesk",
    settings_schema=SETTINGS,
    capabilities=dict.fromkeys(Capability, Support.FULL) | {Capability.OAUTH: Support.CANT},
    scheme=HmacSignature(
        header="X-Fake-Signature",
        encoding="hex",
        prefix="v1=",
        timestamp_header="X-Fake-Timestamp",
        signed_parts=(Part.TIMESTAMP, Part.BODY),
        id_header="X-Fake-Delivery",
    ),
    frame_ancestors=("https://*.fake-helpdesk.example",),
    simulator=_simulator,
    notes=("The API token must belong to an administrator, who sees all tickets.",),
    capability_notes={Capability.OAUTH: "The vendor knows API tokens only."},
    sends_invites=True,
)
