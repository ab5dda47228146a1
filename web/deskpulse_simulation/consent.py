"""The page where a person consents to a client's access, or does not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from deskpulse_simulation.oauth import Client
from deskpulse_simulation.screen import same_origin

Page = tuple[str, int]
_KEPT = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


@dataclass(frozen=True)
class Consent:
    """What the page needs to know.

    ``account`` and ``agent`` are names as they are shown. ``code`` makes the authorisation code of what was asked for,
    taking the account's lock; ``scope`` is what a request means that names none, which is refused without it.
    ``denied`` is what the client reads after a no, ``yes`` the text of the button that allows.
    """

    client: Client
    account: str
    agent: Callable[[], str]
    code: Callable[[Mapping[str, str]], str]
    scope: str = ""
    denied: str = "The person did not consent"
    yes: str = "Allow"


def add_routes(pages: Blueprint, ask_at: str, decide_at: str, consent: Consent) -> None:
    """Serve the page at ``ask_at``, its form at ``decide_at``; the answer leads back to the client.

    ``pages`` is a blueprint of its own, not the agent screen's, whose policy lets no form lead elsewhere.
    """
    asked_once: set[str] = set()

    def ask() -> str | Page:
        problem = _problem(consent, request.args)
        if problem:
            return _sorry(consent, problem)
        ticket = secrets.token_urlsafe(16)
        asked_once.add(ticket)
        return render_template(
            "simulation/consent.html",
            account=consent.account,
            agent=consent.agent(),
            client=consent.client,
            yes=consent.yes,
            scopes=(request.args.get("scope") or consent.scope).split(),
            kept={key: request.args.get(key, "") for key in _KEPT},
            ticket=ticket,
            action=url_for(".decide"),
        )

    def decide() -> WerkzeugResponse | Page:
        form = request.form
        problem = _problem(consent, form)
        if form.get("ticket", "") not in asked_once or not same_origin():
            problem = "This page is out of date; start again."
        if problem:
            return _sorry(consent, problem)
        asked_once.discard(form["ticket"])
        answer = {"state": form["state"]} if form.get("state") else {}
        if form.get("decision") == "allow":
            answer["code"] = consent.code({**form, "scope": form.get("scope") or consent.scope})
        else:
            answer |= {"error": "access_denied", "error_description": consent.denied}
        joint = "&" if "?" in form["redirect_uri"] else "?"
        return redirect(f"{form['redirect_uri']}{joint}{urlencode(answer)}")

    pages.add_url_rule(ask_at, "ask", ask)
    pages.add_url_rule(decide_at, "decide", decide, methods=["POST"])


def _sorry(consent: Consent, problem: str) -> Page:
    return render_template("simulation/consent.html", account=consent.account, problem=problem), 400


def _problem(consent: Consent, given: Mapping[str, str]) -> str | None:
    if given.get("client_id") != consent.client.identifier:
        return "No such client: check the client_id."
    target = urlsplit(given.get("redirect_uri") or "")
    if target.scheme not in ("http", "https") or not target.hostname:
        return "The redirect_uri must be a full address."
    if not (given.get("scope") or consent.scope):
        return "The scope is missing."
    if given.get("code_challenge") and given.get("code_challenge_method", "S256") != "S256":
        return "Only the S256 code challenge method is known."
    if given.get("response_type", "code") != "code":
        return "The response_type must be code."
    return None
