"""Who may ask for a connection's panel: whoever holds its panel key.

An app whose platform keeps the key hidden sends it as it is; any other signs its requests with it, and sends the key
never.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from deskpulse.errors import DeliveryRejected
from deskpulse.inbound.schemes import HmacSignature, Part, SharedSecret
from deskpulse.records import Delivery

NAME = "panel_key"
BEARER = SharedSecret("Authorization", prefix="Bearer ", secret_name=NAME)
SIGNED = HmacSignature(
    "X-DeskPulse-Signature",
    encoding="hex",
    prefix="v1=",
    signed_parts=(Part.TIMESTAMP, Part.BODY),
    separator=".",
    timestamp_header="X-DeskPulse-Timestamp",
    secret_name=NAME,
)
"""Hex HMAC-SHA256 over ``<timestamp>.<method>.<path and query, as sent>``; the time is whole seconds since 1970."""


def admits(
    secrets: Mapping[str, str], headers: Mapping[str, str], *, method: str, target: str, received_at: datetime
) -> bool:
    """Whether a request for the panel shows the key or a signature made with it. Header names have no case.

    ``target`` is the panel's path with the query as it was sent.
    """
    named = {name.lower(): value for name, value in headers.items()}
    scheme = SIGNED if SIGNED.header.lower() in named else BEARER
    keys = [key for key in (secrets.get(NAME), secrets.get(f"{NAME}_old")) if key]
    try:
        scheme.verify(Delivery(named, f"{method}.{target}".encode(), received_at), keys)
    except DeliveryRejected:
        return False
    return True
