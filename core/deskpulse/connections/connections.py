"""Connections as rows and as the frozen records that plug-ins see."""

from __future__ import annotations

import secrets as random_secrets
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from deskpulse import entered
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import AuthExpired, ConfigurationError, Unreachable
from deskpulse.organisation.models import Organisation
from deskpulse.records import Connection

KEY_BYTES = 16
"""Keys are hexadecimal: they stand in addresses and on command lines, where a leading dash would be an option."""
RENEW_LEASE = timedelta(seconds=60)
RENEW_POLL = 0.05
"""Seconds between looks at whether another process has finished renewing."""


def validate(desk: Desk, kind: str, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Split entered values into settings and secrets, by the kind's schema.

    Raises ConfigurationError naming every wrong field.
    """
    declared = desk.hub.kind(kind)
    if problems := entered.problems(declared.settings_schema, values):
        raise ConfigurationError(f"{declared.label}: " + "; ".join(problems))
    hidden = declared.secret_fields()
    return (
        {name: value for name, value in values.items() if name not in hidden},
        {name: value for name, value in values.items() if name in hidden},
    )


def create(
    desk: Desk, session: Session, organisation: Organisation, kind: str, name: str, values: Mapping[str, str]
) -> ConnectionRow:
    """A new connection with keys of its own for inlet and panel. Raises ConfigurationError."""
    settings, secrets = validate(desk, kind, values)
    row = ConnectionRow(
        organisation_id=organisation.id,
        kind=kind,
        key=random_secrets.token_hex(KEY_BYTES),
        name=name,
        settings=settings,
        secrets_sealed=desk.vault.seal_all(secrets | {"panel_key": random_secrets.token_hex(KEY_BYTES)}),
        facts={},
        check_report={},
        created_at=desk.now(),
    )
    session.add(row)
    session.flush()
    return row


def change(desk: Desk, row: ConnectionRow, values: Mapping[str, str]) -> None:
    """Enter some settings anew; an empty value removes one. Raises ConfigurationError, and then changes nothing."""
    declared = desk.hub.kind(row.kind).settings_schema.get("properties", {})
    kept = desk.vault.open_all(row.secrets_sealed)
    known = {name: value for name, value in {**row.settings, **kept}.items() if name in declared}
    settings, secrets = validate(
        desk, row.kind, {name: value for name, value in (known | dict(values)).items() if value}
    )
    row.settings = settings
    undeclared = {name: value for name, value in kept.items() if name not in declared}
    row.secrets_sealed = desk.vault.seal_all(undeclared | secrets)


def columns_of(table: Any) -> list[Any]:
    """The columns that :func:`record` needs of a connection's row, and no others, for hot paths."""
    return [table.c[name] for name in ("id", "organisation_id", "key", "kind", "settings", "secrets_sealed", "facts")]


def record(desk: Desk, row: ConnectionRow | Row[Any], organisation_code: str) -> Connection:
    """The frozen record that hooks receive."""
    secrets = desk.vault.open_all(row.secrets_sealed)
    connection_id = row.id
    return Connection(
        key=row.key,
        kind=row.kind,
        organisation_code=organisation_code,
        settings=row.settings,
        secrets=secrets,
        facts=row.facts,
        http=desk.clients.of(row.key, secrets.values()),
        renew=lambda stale, fetch: renew(desk, connection_id, stale, fetch),
        survey_base_url=desk.settings.base_url,
        panel_url=panel_url(desk, row.key),
    )


def load(desk: Desk, connection_id: int) -> Connection:
    """The record of a connection by its row id. Raises ConfigurationError where it is gone."""
    with desk.db.read() as session:
        row = session.get(ConnectionRow, connection_id)
        if row is None:
            raise ConfigurationError("the connection was removed")
        code = session.scalar(select(Organisation.code).where(Organisation.id == row.organisation_id))
    return record(desk, row, str(code))


def inlet_url(desk: Desk, key: str) -> str:
    """Where the helpdesk sends its webhook calls."""
    return f"{desk.settings.base_url}/in/{key}"


def panel_url(desk: Desk, key: str) -> str:
    """Where the helpdesk's app reads what an agent sees."""
    return f"{desk.settings.base_url}/panel/{key}"


def remember(
    desk: Desk, session: Session, connection_id: int, *, facts: Mapping[str, Any], secrets: Mapping[str, str]
) -> None:
    """Merge facts and secrets into a connection; an empty value removes."""
    row = session.get_one(ConnectionRow, connection_id, with_for_update=True)
    row.facts = {name: value for name, value in (row.facts | dict(facts)).items() if value}
    kept = desk.vault.open_all(row.secrets_sealed) | dict(secrets)
    row.secrets_sealed = desk.vault.seal_all({name: value for name, value in kept.items() if value})


def renew(
    desk: Desk,
    connection_id: int,
    stale: Mapping[str, str],
    fetch: Callable[[Mapping[str, str]], Mapping[str, str]],
) -> Mapping[str, str]:
    """Replace expired secrets, one process at a time; see :class:`~deskpulse.records.Connection`.

    A lease instead of a row lock, so that no transaction stays open while the helpdesk is asked.
    """
    deadline = time.monotonic() + RENEW_LEASE.total_seconds()
    while time.monotonic() < deadline:
        current = _lease(desk, connection_id)
        if current is None:
            time.sleep(RENEW_POLL)
            continue
        try:
            if any(current.get(name) != value for name, value in stale.items()):
                return current
            fresh = dict(fetch(current))
            with desk.db.write() as session:
                remember(desk, session, connection_id, facts={}, secrets=fresh)
            return current | fresh
        finally:
            with desk.db.write() as session:
                session.execute(
                    update(ConnectionRow).where(ConnectionRow.id == connection_id).values(renewing_until=None)
                )
    raise Unreachable("another process is renewing the access and does not finish")


def _lease(desk: Desk, connection_id: int) -> dict[str, str] | None:
    now = desk.now()
    free = or_(ConnectionRow.renewing_until.is_(None), ConnectionRow.renewing_until < now)
    with desk.db.write() as session:
        sealed = session.scalar(
            update(ConnectionRow)
            .where(ConnectionRow.id == connection_id, free)
            .values(renewing_until=now + RENEW_LEASE)
            .returning(ConnectionRow.secrets_sealed)
        )
        if sealed is None and session.get(ConnectionRow, connection_id) is None:
            raise AuthExpired("the connection was removed")
    return desk.vault.open_all(sealed) if sealed else None


def disconnect(desk: Desk, row: ConnectionRow) -> None:
    """Stop a connection for good: its keys die, its secrets are forgotten; what came through it stays."""
    row.active = False
    row.key = f"removed-{row.id}-{random_secrets.token_hex(8)}"
    row.secrets_sealed = desk.vault.seal_all({})
    row.facts = {}
