"""Trying a connection."""

from __future__ import annotations

from deskpulse.plugin_api import AuthExpired, CheckReport, Connection, HelpdeskError
from deskpulse.testing.fake_helpdesk.client import Client


def check(connection: Connection) -> CheckReport:
    """Who are we, and may we do what we need to."""
    try:
        me = Client(connection).read("me")
    except AuthExpired:
        return CheckReport(False, ("The helpdesk did not accept the API token.",))
    except HelpdeskError as error:
        return CheckReport(False, (f"The helpdesk could not be asked: {error.detail or error.code}",))
    if me.get("role") != "administrator":
        return CheckReport(False, (f"{me.get('name')} is no administrator.",), str(me.get("account")))
    return CheckReport(True, (f"Signed in as {me.get('name')}, an administrator.",), str(me.get("account")))
