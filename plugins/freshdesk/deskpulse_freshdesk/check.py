"""Trying a connection: is this Freshdesk, whose key is it, may we read what we need, how many calls are left.

Core bounds the time of all calls together.
"""

from __future__ import annotations

from deskpulse.plugin_api import AuthExpired, CheckReport, Connection, HelpdeskError, Refused
from deskpulse_freshdesk.client import UPDATES, Client, Raw, rate_limit
from deskpulse_freshdesk.kind import KEY_IS_A_PERSON
from deskpulse_freshdesk.values import inner

READABLE = {
    "/groups": "support groups",
    "/ticket_fields": "ticket fields",
    "/contact_fields": "contact fields",
    f"/automations/{UPDATES}/rules": "automation rules",
}
VERSION_HEADER = "x-freshdesk-api-version"
"""In every answer, also in refusals: whoever leaves it out is not Freshdesk."""
RESERVE = 60
"""Calls a minute. Below, a busy hour leaves too little for the account's other uses: webhooks take from it too."""


def check(connection: Connection) -> CheckReport:
    """One line per thing tried; nothing is changed."""
    if not connection.secrets.get("api_key"):
        return CheckReport(False, ("Not complete: the API key is missing.",))
    try:
        client = Client(connection)
        me = client.me()
    except HelpdeskError as error:
        return CheckReport(False, (_sentence(error),))
    if not client.last_headers.get(VERSION_HEADER):
        return CheckReport(False, ("Something answers at this address, but it does not look like Freshdesk.",))
    name = inner(me, "contact").get("name") or me["id"]
    ok, lines, warnings = True, [f"Signed in as {name}."], [KEY_IS_A_PERSON]
    for path, what in READABLE.items():
        good, line = _readable(client, path, what)
        ok = ok and good
        lines.append(line)
    if limit := rate_limit(client.last_headers):
        lines.append(f"Freshdesk allows {limit[0]} calls a minute; {limit[1]} are left in this one.")
        if limit[0] < RESERVE:
            warnings.append("So few calls a minute are soon used up, and webhooks take from the same number.")
    warnings += _scope(me)
    return CheckReport(ok, tuple(lines), f"{connection.setting('domain')}: {name}", tuple(warnings))


def _scope(me: Raw) -> list[str]:
    """Scope 1 sees all tickets; 2 those of the agent's groups, 3 the agent's own."""
    if me.get("ticket_scope") in (None, 1):
        return []
    return ["The key's agent does not see all tickets: give them global access, or some tickets are never asked about."]


def _readable(client: Client, path: str, what: str) -> tuple[bool, str]:
    try:
        client.readable(path)
    except Refused as error:
        hint = "; the key's agent must be an administrator, and the plan must have it" if error.status == 403 else ""
        return False, f"May not read {what} ({error.status}){hint}."
    except HelpdeskError as error:
        return False, f"Could not read {what}: {_sentence(error)}"
    return True, f"Can read {what}."


def _sentence(error: HelpdeskError) -> str:
    if isinstance(error, AuthExpired):
        return f"Freshdesk did not accept the API key: {error.detail}"
    return f"Freshdesk could not be asked: {error.detail or error.code}"
