"""Trying a connection: who are we, may we read what we need, does the clock agree, when does access end.

Core bounds the time of all calls together.
"""

from __future__ import annotations

from collections.abc import Mapping

from deskpulse.plugin_api import AuthExpired, CheckReport, Connection, HelpdeskError, Refused, clock_offset
from deskpulse_zendesk import auth
from deskpulse_zendesk.client import Client, Raw, rate_limit
from deskpulse_zendesk.kind import API_TOKEN_END

SKEW = 60.0
"""Seconds. Deliveries are refused when they seem older than a few minutes, so clocks must agree."""
READABLE = {
    "groups": "support groups",
    "webhooks": "webhooks",
    "triggers": "triggers",
    "ticket_fields": "ticket fields",
}


def check(connection: Connection) -> CheckReport:
    """One line per thing tried; nothing is changed."""
    warnings = [API_TOKEN_END] if auth.mode(connection) == auth.API_TOKEN else []
    if lacking := auth.missing(connection):
        return CheckReport(False, tuple(f"Not complete: {text}." for text in lacking), warnings=tuple(warnings))
    try:
        client = Client(connection)
        me = client.me()
    except HelpdeskError as error:
        return CheckReport(False, (_sentence(error),), warnings=tuple(warnings))
    ok, line = _identity(me)
    lines = [line]
    warnings += _clock(client.last_headers)
    for kind, name in READABLE.items() if ok else ():
        good, line = _readable(client, kind, name)
        ok = ok and good
        lines.append(line)
    if limit := rate_limit(client.last_headers):
        lines.append(f"Zendesk allows {limit[0]} calls a minute; {limit[1]} are left in this one.")
    account = f"{connection.setting('subdomain')}: {me.get('name') or ''}" if me.get("id") else ""
    return CheckReport(ok, tuple(lines), account, tuple(warnings))


def _identity(me: Raw) -> tuple[bool, str]:
    if me.get("id") is None:
        return False, "Zendesk took us for an anonymous visitor: the credentials are not valid."
    name, role = me.get("name") or me.get("email") or me["id"], me.get("role")
    if role != "admin":
        return False, (
            f"{name} has the role {role or 'unknown'}, but must be an administrator: "
            "webhooks, triggers, fields and exports are for administrators only."
        )
    return True, f"Signed in as {name}, an administrator."


def _readable(client: Client, kind: str, name: str) -> tuple[bool, str]:
    try:
        client.readable(kind)
    except Refused as error:
        hint = "; OAuth access needs the scopes read and write" if error.status == 403 else ""
        return False, f"May not read {name} ({error.status}){hint}."
    except HelpdeskError as error:
        return False, f"Could not read {name}: {_sentence(error)}"
    return True, f"Can read {name}."


def _clock(headers: Mapping[str, str]) -> list[str]:
    off = clock_offset(headers)
    if abs(off) <= SKEW:
        return []
    direction = "ahead of" if off > 0 else "behind"
    return [
        f"This machine's clock is {abs(off):.0f} seconds {direction} Zendesk's: webhook calls may be refused as stale."
    ]


def _sentence(error: HelpdeskError) -> str:
    if isinstance(error, AuthExpired):
        return f"Zendesk did not accept the credentials: {error.detail}"
    return f"Zendesk could not be asked: {error.detail or error.code}"
