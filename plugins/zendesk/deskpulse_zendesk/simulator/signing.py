"""What every delivery carries: the vendor's headers and a signature over timestamp and raw body."""

from __future__ import annotations

import base64
import hashlib
import hmac

from deskpulse_simulation.clock import stamp
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.records import Webhook

CONTENT_TYPES = {
    "json": "application/json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "form_encoded": "application/x-www-form-urlencoded; charset=utf-8",
}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over timestamp then body; the secret's text is the key, not what it decodes to."""
    return base64.b64encode(hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()).decode()


def delivery_headers(account: Account, webhook: Webhook, invocation_id: str, body: bytes) -> dict[str, str]:
    """The headers of one attempt, dated and signed now."""
    timestamp = stamp(account.clock.wall())
    headers = {
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        "X-Zendesk-Webhook-Signature": signature(webhook.secret, timestamp, body),
        "Content-Type": CONTENT_TYPES[webhook.request_format],
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Account-Id": str(account.id),
        "X-Zendesk-Webhook-Id": webhook.id,
        "X-Zendesk-Webhook-Invocation-Id": invocation_id,
    }
    return headers | (webhook.custom_headers or {}) | _credentials(webhook)


def _credentials(webhook: Webhook) -> dict[str, str]:
    if not webhook.authentication:
        return {}
    data = webhook.authentication["data"]
    match webhook.authentication["type"]:
        case "basic_auth":
            pair = f"{data['username']}:{data['password']}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        case "bearer_token":
            return {"Authorization": f"Bearer {data['token']}"}
        case _:
            return {str(data["name"]): str(data["value"])}
