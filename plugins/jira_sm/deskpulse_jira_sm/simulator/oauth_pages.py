"""``/authorize`` and ``/oauth/token`` of auth.atlassian.com, and the gateway's list of accessible resources."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from deskpulse_jira_sm.simulator.api import error_response, json_response
from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.oauth import OFFLINE
from deskpulse_jira_sm.simulator.parts import JiraParts
from deskpulse_simulation.screen import same_origin

_KEPT = ("client_id", "redirect_uri", "scope", "state")


def blueprint(parts: JiraParts) -> Blueprint:
    """Consent, tokens, and which sites a token reaches."""
    pages = Blueprint("oauth", __name__)
    asked_once: set[str] = set()

    @pages.get("/authorize")
    def ask() -> str | tuple[str, int]:
        problem = _problem(parts, request.args)
        if problem:
            return render_template("consent.html", problem=problem), 400
        ticket = secrets.token_urlsafe(16)
        asked_once.add(ticket)
        kept = {key: request.args.get(key, "") for key in _KEPT}
        values: dict[str, Any] = {"client": parts.oauth.client, "agent": parts.gate.integration, "site": parts.site}
        return render_template(
            "consent.html", problem=None, kept=kept, ticket=ticket, scopes=kept["scope"].split(), **values
        )

    @pages.post("/authorize")
    def decide() -> WerkzeugResponse | tuple[str, int]:
        form = request.form
        problem = _problem(parts, form)
        if form.get("ticket", "") not in asked_once or not same_origin():
            problem = "This page is out of date; start again."
        if problem:
            return render_template("consent.html", problem=problem), 400
        asked_once.discard(form["ticket"])
        answer: dict[str, Any] = {"state": form["state"]} if form.get("state") else {}
        if form.get("decision") != "allow":
            answer |= {"error": "access_denied", "error_description": "User did not authorize the request"}
        else:
            with parts.lock:
                who = parts.gate.integration_id
                answer["code"] = parts.oauth.authorise(who, form["redirect_uri"], form["scope"])
        joint = "&" if "?" in form["redirect_uri"] else "?"
        return redirect(f"{form['redirect_uri']}{joint}{urlencode(answer)}")

    @pages.post("/oauth/token")
    def tokens() -> Response:
        asked = request.get_json(silent=True) or request.form.to_dict()
        with parts.lock:
            return json_response(parts.oauth.grant(asked if isinstance(asked, dict) else {}), 200, {})

    @pages.get("/oauth/token/accessible-resources")
    def resources() -> Response:
        scheme, _, access = request.headers.get("Authorization", "").partition(" ")
        with parts.lock:
            token = parts.oauth.token(access.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            return error_response(ApiError(401, body={"code": 401, "message": "Unauthorized"}))
        scopes = [scope for scope in token.scope.split() if scope != OFFLINE]
        site = {"id": parts.site.cloud_id, "url": parts.site.base_url, "name": parts.site.name}
        return json_response([site | {"scopes": scopes, "avatarUrl": ""}], 200, {})

    return pages


def _problem(parts: JiraParts, given: Any) -> str | None:
    if given.get("client_id") != parts.oauth.client.identifier:
        return "No such app: check the client_id."
    target = urlsplit(given.get("redirect_uri") or "")
    if target.scheme not in ("http", "https") or not target.hostname:
        return "The redirect_uri must be a full address."
    if not given.get("scope"):
        return "The scope is missing."
    if "response_type" in given and given["response_type"] != "code":
        return "The response_type must be code."
    return None
