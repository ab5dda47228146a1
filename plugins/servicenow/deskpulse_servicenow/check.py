"""Trying a connection: who are we, may we read what we need, is the update set in, do clock and zone agree.

Core bounds the time of all calls together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from deskpulse.plugin_api import AuthExpired, CheckReport, Connection, HelpdeskError, clock_offset
from deskpulse_servicenow import auth, mapping
from deskpulse_servicenow.client import Client, Raw, literal, shown, value
from deskpulse_servicenow.tables import watched

SKEW = 60.0
"""Seconds. Calls are refused when they seem older than a few minutes, so clocks must agree."""
READABLE = {"sys_user_group": "support groups", "sys_user_grmember": "memberships"}
NOTES = "work notes by their text, so a note may be written twice"
ZONES = frozenset({"GMT", "UTC", "Etc/UTC", "Etc/GMT"})
IMPORT_FIRST = "The update set DeskPulse is not in yet, or its user may not read the table NPS response."


def check(connection: Connection) -> CheckReport:
    """One line per thing tried; nothing is changed."""
    if lacking := auth.missing(connection):
        return CheckReport(False, tuple(f"Not complete: {text}." for text in lacking))
    client = Client(connection)
    try:
        ok, line, warnings = _identity(client, connection.setting("user_name"))
    except HelpdeskError as error:
        return CheckReport(False, (_sentence(error),))
    warnings += _clock(client.last_headers)
    lines = [line]
    tables = {**{table.name: f"{table.name} tickets" for table in watched(connection.settings)}, **READABLE}
    for table, name in tables.items() if ok else ():
        good, line = _readable(client, table, name)
        ok = ok and good
        lines.append(line)
    if ok:
        warnings += [*_update_set(client), *_unknown_columns(client, connection)]
    return CheckReport(ok, tuple(lines), connection.setting("instance"), tuple(warnings))


def _identity(client: Client, user_name: str) -> tuple[bool, str, list[str]]:
    raw = client.first(
        "sys_user", f"user_name={literal(user_name)}^ORDERBYsys_id", ("user_name", "name", "time_zone", "active")
    )
    if raw is None or value(raw.get("user_name")) != user_name:
        return (
            False,
            f"The user {user_name} was not found: is the setting user_name right, and has it the role itil?",
            [],
        )
    zone = value(raw.get("time_zone"))
    advice = (
        f"Set the time zone of {user_name} to GMT: times in queries may be read in the user's own ({zone or 'the'} "
    )
    warnings = [] if zone in ZONES else [advice + ("zone)." if zone else "instance's zone).")]
    return True, f"Signed in as {shown(raw.get('name')) or user_name}.", warnings


def _readable(client: Client, table: str, name: str) -> tuple[bool, str]:
    try:
        found, more = client.rows(table, "ORDERBYsys_id", ("sys_id",), limit=1)
    except HelpdeskError as error:
        if error.status in (400, 403, 404):
            return False, f"May not read {name} (the table {table} answered {error.status})."
        return False, f"Could not read {name}: {_sentence(error)}"
    if not found and (more or client.last_headers.get("X-Total-Count", "0") != "0"):
        return False, f"May not read {name}: an access rule hides rows of the table {table}."
    return True, f"Can read {name}."


def _update_set(client: Client) -> Iterator[str]:
    """Whether our tables are there and our role was given, and whether calls to us were given up.

    Warnings only: a connection is added before the update set can be written for it.
    """
    good, _ = _readable(client, "u_nps_response", "answers")
    if not good:
        yield IMPORT_FIRST
        return
    good, line = _readable(client, "sys_journal_field", NOTES)
    if not good:
        yield line
    try:
        dead, _ = client.rows(
            "u_deskpulse_outbox", "u_state=dead^ORDERBYsys_id", ("u_event_id", "u_last_error"), limit=1
        )
    except HelpdeskError:
        return
    for raw in dead:
        yield f"ServiceNow gave up calls to DeskPulse ({value(raw.get('u_last_error'))}): see u_deskpulse_outbox."


def _unknown_columns(client: Client, connection: Connection) -> Iterator[str]:
    """Columns that the settings name and the instance lacks.

    ServiceNow leaves them out of an answer without a word, and passes them over in a query, which then finds too much.
    """
    fields = mapping.mapped_fields(connection.settings)
    wanted = {table.name: [mapping.columns_of(one, table) for one in fields] for table in watched(connection.settings)}
    filtered = re.findall(r"(?:^|\^(?:OR)?)([a-z0-9_.]+)", connection.setting("group_filter"))
    wanted["sys_user_group"] = [(column,) for column in filtered]
    for table, choices in wanted.items():
        raw = _sample(client, table, [column for columns in choices for column in columns])
        for columns in choices if raw else ():
            if not any(column in raw for column in columns):
                yield f"The table {table} has no column {columns[0]}, or hides it: look at the settings."


def _sample(client: Client, table: str, columns: Sequence[str]) -> Raw:
    """A record with these columns; nothing where there is none to see."""
    try:
        return next(iter(client.rows(table, "ORDERBYsys_id", columns, limit=1)[0]), {}) if columns else {}
    except HelpdeskError:
        return {}


def _clock(headers: Mapping[str, str]) -> list[str]:
    off = clock_offset(headers)
    if abs(off) <= SKEW:
        return []
    direction = "ahead of" if off > 0 else "behind"
    return [f"This machine's clock is {abs(off):.0f} seconds {direction} ServiceNow's: calls may be refused as stale."]


def _sentence(error: HelpdeskError) -> str:
    if isinstance(error, AuthExpired):
        return f"ServiceNow did not accept the credentials: {error.detail}"
    return f"ServiceNow could not be asked: {error.detail or error.code}"
