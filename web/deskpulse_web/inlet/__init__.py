"""``/in/<key>``: where helpdesks knock."""

from __future__ import annotations

from flask import Blueprint, request
from sqlalchemy.exc import SQLAlchemyError
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
AGAIN = {"Retry-After": "30"}


@blueprint.post("/in/<key>")
def take(key: str) -> tuple[dict[str, str], int] | tuple[dict[str, str], int, dict[str, str]]:
    """Take one webhook call. What cannot be stored is answered 503 with ``Retry-After``, so that it comes again."""
    request.max_content_length = deliveries.MAX_BODY
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return {"error": "too large"}, 413
    try:
        return ANSWERS[deliveries.take(desk, key, dict(request.headers), body)]
    except SQLAlchemyError:
        return {"error": "cannot store just now"}, 503, AGAIN
