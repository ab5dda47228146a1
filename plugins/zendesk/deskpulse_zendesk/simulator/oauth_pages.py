"""``/oauth``: the page where a person consents, and the token endpoint."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from deskpulse_zendesk.simulator.api import error_response, json_response
from deskpulse_zendesk.simulator.errors import ApiError, bad_request

if TYPE_CHECKING:
    from deskpulse_zendesk.simulator.parts import Parts

_KEPT = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


def blueprint(parts: Parts) -> Blueprint:
    """Consent and tokens."""
    pages = Blueprint("oauth", __name__, url_prefix="/oauth")
    asked_once: set[str] = set()

    @pages.get("/authorizations/new")
    def ask() -> str | tuple[str, int]:
        problem = _problem(parts, request.args)
        if problem:
            return render_template("consent.html", problem=problem, parts=parts), 400
        ticket = secrets.token_urlsafe(16)
        asked_once.add(ticket)
        kept = {key: request.args.get(key, "") for key in _KEPT}
        return render_template(
            "consent.html",
            problem=None,
            parts=parts,
            kept=kept,
            ticket=ticket,
            client=parts.oauth.client,
            agent=parts.gate.integration,
            scopes=(kept["scope"] or "read write").split(),
        )

    @pages.post("/authorizations")
    def decide() -> WerkzeugResponse | tuple[str, int]:
        form = request.form
        problem = _problem(parts, form)
        if form.get("ticket", "") not in asked_once:
            problem = "This page is out of date; start again."
        if problem:
            return render_template("consent.html", problem=problem, parts=parts), 400
        asked_once.discard(form["ticket"])
        answer: dict[str, Any] = {"state": form["state"]} if form.get("state") else {}
        if form.get("decision") != "allow":
            answer |= {"error": "access_denied", "error_description": "The end-user denied the authorization request"}
        else:
            with parts.account.lock:
                answer["code"] = parts.oauth.authorise(
                    parts.gate.integration_id,
                    form["redirect_uri"],
                    form.get("scope") or "read write",
                    form.get("code_challenge") or None,
                )
        joint = "&" if "?" in form["redirect_uri"] else "?"
        return redirect(f"{form['redirect_uri']}{joint}{urlencode(answer)}")

    @pages.post("/tokens")
    def tokens() -> Response:
        try:
            asked = request.get_json(silent=True) or request.form.to_dict()
            if not isinstance(asked, dict):
                raise bad_request("invalid_request", "send a JSON object")
            with parts.account.lock:
                return json_response(parts.oauth.grant(asked, parts.gate.integration_id), 201, {})
        except ApiError as error:
            return error_response(error)

    return pages


def _problem(parts: Parts, given: Any) -> str | None:
    if given.get("client_id") != parts.oauth.client.identifier:
        return "No such client: check the client_id."
    target = urlsplit(given.get("redirect_uri") or "")
    if target.scheme not in ("http", "https") or not target.hostname:
        return "The redirect_uri must be a full address."
    if given.get("code_challenge") and given.get("code_challenge_method", "S256") != "S256":
        return "Only the S256 code challenge method is known."
    if "response_type" in given and given["response_type"] != "code":
        return "The response_type must be code."
    return None
