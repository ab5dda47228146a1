"""Signing in with address and passphrase, and the one gate before every internal page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from deskpulse.access import sign_in as signing
from deskpulse.access.models import User
from deskpulse_web.context import desk

blueprint = Blueprint("auth", __name__, template_folder="templates")
USER, EPOCH = "user", "epoch"


def gate(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only people in who are signed in; the page finds them in ``g.user`` and ``g.organisation``.

    No browser keeps such a page: on a shared machine the way back after signing out would show it to anybody.
    """

    @functools.wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        with desk.db.read() as db:
            found = signing.of_session(db, session.get(USER, 0), session.get(EPOCH, 0))
        if found is None:
            return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
        g.user, g.organisation = found
        response = make_response(view(*arguments, **named))
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return guarded


@blueprint.get("/sign-in")
def sign_in() -> str:
    """The sign-in page."""
    return render_template("auth/sign_in.html", next=_inside(request.args.get("next", "")))


@blueprint.post("/sign-in")
def sign_in_post() -> Response | tuple[str, int]:
    """Check address and passphrase; after failures the wait grows."""
    target = _inside(request.form.get("next", ""))
    try:
        user = signing.sign_in(desk, request.form.get("email", ""), request.form.get("passphrase", ""))
    except signing.Delayed as delayed:
        seconds = max(1, int((delayed.until - desk.now()).total_seconds()) + 1)
        flash(f"Too many failed attempts. Please try again in {seconds} seconds.")
        return render_template("auth/sign_in.html", next=target), 429
    if user is None:
        flash("That address and passphrase do not match.")
        return render_template("auth/sign_in.html", next=target), 401
    _begin(user)
    return redirect(target or url_for("dashboards.first"))


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    session.clear()
    return redirect(url_for("auth.sign_in"))


def _begin(user: User) -> None:
    session.clear()
    session[USER], session[EPOCH] = user.id, user.session_epoch
    session.permanent = True


def _inside(target: str) -> str:
    """The address to go to after signing in, if it is one of ours."""
    parts = urlsplit(target)
    inside = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if inside else ""
