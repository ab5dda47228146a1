"""Trying a connection: is this Freshdesk, whose key is it, may we read what we need, how many calls are left.

Core bounds the time of all calls together.
"""

from __future__ import annotations

from deskpulse.plugin_api import AuthExpired, CheckReport, Connection, HelpdeskError, Refused
from deskpulse_freshdesk.client import UPDATES, Client, Raw, rate_limit
from deskpulse_freshdesk.kind import KEY_IS_A_PERSON
from deskpulse_freshdesk.values import inner

RULES = f"/automations/{UPDATES}/rules"
READABLE = {
    "/groups": "support groups",
    "/ticket_fields": "ticket fields",
    "/contact_fields": "contact fields",
    RULES: "automation rules",
}
RULES_BY_HAND = (
    "May not read automation rules (403): they need a plan that has them, and an administrator's key. Without, the "
    "set-up shows how to make them by hand."
)
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
        trouble = _trouble(client, path, what)
        if trouble == RULES_BY_HAND:
            warnings.append(trouble)
            continue
        ok = ok and not trouble
        lines.append(trouble or f"Can read {what}.")
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


def _trouble(client: Client, path: str, what: str) -> str:
    """Why a list cannot be read; nothing where it can."""
    try:
        client.readable(path)
    except Refused as error:
        if error.status != 403:
            return f"May not read {what} ({error.status})."
        hint = "the key's agent must be an administrator, and the plan must have it"
        return RULES_BY_HAND if path == RULES else f"May not read {what} (403); {hint}."
    except HelpdeskError as error:
        return f"Could not read {what}: {_sentence(error)}"
    return ""


def _sentence(error: HelpdeskError) -> str:
    if isinstance(error, AuthExpired):
        return f"Freshdesk did not accept the API key: {error.detail}"
    return f"Freshdesk could not be asked: {error.detail or error.code}"
