"""The body of a webhook call, as far as every helpdesk sends the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from deskpulse.errors import Misread
from deskpulse.records import Delivery


def json_object(delivery: Delivery) -> Mapping[str, Any]:
    """The JSON object in a delivery; empty where the body is, as in many a test call. Raises Misread for all else."""
    if not delivery.body.strip():
        return {}
    try:
        raw = json.loads(delivery.body)
    except (ValueError, RecursionError):
        raise Misread("the body is not JSON") from None
    if not isinstance(raw, Mapping):
        raise Misread("the body is JSON, but no object")
    return raw
