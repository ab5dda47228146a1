"""``/oauth``: the page where a person consents, and the token endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from deskpulse_simulation.answers import json_response
from deskpulse_simulation.consent import Consent, add_routes
from deskpulse_zendesk.simulator.errors import bad_request
from deskpulse_zendesk.simulator.oauth import CODE_LIFE

if TYPE_CHECKING:
    from deskpulse_zendesk.simulator.parts import Parts


def blueprint(parts: Parts) -> Blueprint:
    """Consent and tokens."""
    pages = Blueprint("oauth", __name__, url_prefix="/oauth")

    def agent() -> str:
        return f"{parts.gate.integration.name} ({parts.gate.integration.email})"

    def code(asked: Mapping[str, str]) -> str:
        with parts.account.lock:
            return parts.oauth.tokens.authorise(
                str(parts.gate.integration_id),
                asked["redirect_uri"],
                asked["scope"],
                CODE_LIFE,
                asked.get("code_challenge") or None,
            )

    denied = "The end-user denied the authorization request"
    consent = Consent(parts.oauth.client, parts.account.name, agent, code, "read write", denied)
    add_routes(pages, "/authorizations/new", "/authorizations", consent)

    @pages.post("/tokens")
    def tokens() -> Response:
        asked = request.get_json(silent=True) or request.form.to_dict()
        if not isinstance(asked, dict):
            raise bad_request("invalid_request", "send a JSON object")
        with parts.account.lock:
            return json_response(parts.oauth.grant(asked, parts.gate.integration_id), 201, {})

    return pages
