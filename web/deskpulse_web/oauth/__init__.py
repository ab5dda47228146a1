"""``/oauth/<connection key>/callback``: where a helpdesk sends an administrator's browser back to."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from deskpulse.connections import oauth
from deskpulse.errors import ConfigurationError, HelpdeskError
from deskpulse_web.context import desk

blueprint = Blueprint("oauth", __name__, template_folder="templates")


@blueprint.get("/oauth/<key>/callback")
def callback(key: str) -> tuple[str, int]:
    """Trade the code for access; one of the two places where a web request calls a helpdesk."""
    code, state = request.args.get("code", ""), request.args.get("state", "")
    if not code:
        why = request.args.get("error_description") or request.args.get("error") or "The helpdesk sent no code."
        return render_template("oauth/done.html", problem=why), 400
    try:
        oauth.finish(desk, key, state, code)
    except (HelpdeskError, ConfigurationError) as error:
        return render_template("oauth/done.html", problem=str(error)), 400
    return render_template("oauth/done.html", problem=None), 200
