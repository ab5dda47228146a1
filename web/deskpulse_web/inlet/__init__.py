"""``/in/<key>``: where helpdesks knock."""

from __future__ import annotations

import structlog
from flask import Blueprint, request
from werkzeug.exceptions import RequestEntityTooLarge

from deskpulse.inbound import deliveries
from deskpulse.inbound.deliveries import Taken
from deskpulse_web.context import desk

blueprint = Blueprint("inlet", __name__)
ANSWERS = {
    Taken.STORED: ({"status": "accepted"}, 202),
    Taken.DUPLICATE: ({"status": "already accepted"}, 202),
    Taken.REFUSED: ({"error": "not verified"}, 401),
    Taken.UNKNOWN: ({"error": "unknown address"}, 404),
}
TOO_LARGE = {"error": "too large"}, 413
AGAIN = {"Retry-After": "30"}
log = structlog.get_logger(__name__)


@blueprint.post("/in/<key>")
def take(key: str) -> tuple[dict[str, str], int] | tuple[dict[str, str], int, dict[str, str]]:
    """Take one webhook call. What cannot be stored, whatever the reason, is answered 503 with ``Retry-After``.

    A helpdesk sends that again; after any other error it does not.
    """
    request.max_content_length = deliveries.MAX_BODY + 1  # a stream without length is cut there, without a word
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return TOO_LARGE
    if len(body) > deliveries.MAX_BODY:
        return TOO_LARGE
    try:
        return ANSWERS[deliveries.take(desk, key, dict(request.headers), body)]
    except Exception as error:
        log.exception("delivery not stored", problem=type(error).__name__)
        return {"error": "cannot store just now"}, 503, AGAIN
