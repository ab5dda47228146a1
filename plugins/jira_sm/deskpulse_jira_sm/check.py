"""Trying a connection: who are we, may we read what we need, does the clock agree, when does access end.

Core bounds the time of all calls together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deskpulse.plugin_api import AuthExpired, CheckReport, Connection, HelpdeskError, NotFound, Refused, clock_offset
from deskpulse_jira_sm import auth, mapping
from deskpulse_jira_sm.client import Client, Raw
from deskpulse_jira_sm.kind import CONSENT_ENDS, TOKENS_END
from deskpulse_jira_sm.links import site_url
from deskpulse_jira_sm.webhooks import NO_WEBHOOKS, Webhooks

SKEW = 600.0
"""Seconds. Jira signs no time, so a clock that is off spoils only the times on reports."""

ENDS = {auth.API_TOKEN: TOKENS_END, auth.SCOPED_TOKEN: TOKENS_END, auth.OAUTH: CONSENT_ENDS}


def check(connection: Connection) -> CheckReport:
    """One line per thing tried; nothing is changed."""
    warnings = [ENDS[mode]] if (mode := auth.mode(connection.settings)) in ENDS else []
    if lacking := auth.missing(connection):
        return CheckReport(False, tuple(f"Not complete: {text}." for text in lacking), warnings=tuple(warnings))
    try:
        site = site_url(connection.settings)
        client = Client(connection)
        me = client.me()
    except HelpdeskError as error:
        return CheckReport(False, (_sentence(error),), warnings=tuple(warnings))
    name = str(me.get("displayName") or mapping.account(me) or "")
    lines = [f"Signed in as {name}."]
    warnings += _clock(client.last_headers)
    ok = True
    for what, read in _readable(client).items():
        good, line = _tried(what, read)
        ok = ok and good
        lines.append(line)
    if client.at_site:
        good, line = _tried("webhooks, as a Jira administrator", Webhooks(client).readable)
        if not good:
            warnings.append(f"{line} {NO_WEBHOOKS}")
        else:
            lines.append(line)
    else:
        warnings.append(NO_WEBHOOKS)
    return CheckReport(ok, tuple(lines), f"{site}: {name}", tuple(warnings))


def _readable(client: Client) -> Mapping[str, Callable[[], object]]:
    return {
        "service desks": lambda: _some_desk(client),
        "fields": lambda: client.get(f"{client.api}/field"),
    }


def _some_desk(client: Client) -> None:
    """One at least, since a project that our user may not see looks like none."""
    raw: Raw = client.get("/rest/servicedeskapi/servicedesk", [("limit", "1")])
    if not raw.get("values"):
        raise NotFound("no service project is visible to our user")


def _tried(what: str, read: Callable[[], object]) -> tuple[bool, str]:
    try:
        read()
    except Refused as error:
        return False, f"May not read {what} ({error.status})."
    except HelpdeskError as error:
        return False, f"Could not read {what}: {_sentence(error)}"
    return True, f"Can read {what}."


def _clock(headers: Mapping[str, str]) -> list[str]:
    off = clock_offset(headers)
    return [f"This machine's clock is {off:.0f} seconds off Jira's."] if abs(off) > SKEW else []


def _sentence(error: HelpdeskError) -> str:
    if isinstance(error, AuthExpired):
        return f"Jira did not accept the credentials: {error.detail}"
    return f"Jira could not be asked: {error.detail or error.code}"
