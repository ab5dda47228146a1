"""Trying a connection and setting up the helpdesk's side of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy.orm import Session

from deskpulse.connections import connections, notices
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError, HelpdeskError
from deskpulse.http import HttpClient
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.outbound import outbox
from deskpulse.records import CheckReport, Connection, ProvisionPlan, ProvisionReport
from deskpulse.surveys import channels, links


def check_values(desk: Desk, kind: str, organisation_code: str, values: Mapping[str, str]) -> CheckReport | None:
    """Try credentials before anything is saved. None where this kind cannot be checked."""
    settings, secrets = connections.validate(desk, kind, values)
    connection = Connection(
        key="",
        kind=kind,
        organisation_code=organisation_code,
        settings=settings,
        secrets=secrets,
        facts={},
        http=HttpClient(secrets=secrets.values()),
        renew=lambda _stale, fetch: fetch(secrets),
    )
    return _try(desk, connection)


def check(desk: Desk, connection_id: int) -> CheckReport | None:
    """Try a saved connection; success wakes the jobs that waited for it. None does too: only they can try it then."""
    connection = connections.load(desk, connection_id)
    report = _try(desk, connection)
    with desk.db.write() as session:
        row = session.get_one(ConnectionRow, connection_id, with_for_update=True)
        row.checked_at = desk.now()
        row.check_report = asdict(report) if report else {}
        if report is None or report.ok:
            row.paused_reason = None
            outbox.release(desk, session, connection_id)
    return report


def provision(desk: Desk, connection_id: int, *, dry_run: bool = False, remove: bool = False) -> ProvisionReport | None:
    """Create, repair, show or undo the helpdesk's side. None where it must be set up by hand."""
    connection = connections.load(desk, connection_id)
    with desk.db.read() as session:
        row = session.get_one(ConnectionRow, connection_id)
        organisation = session.get_one(Organisation, row.organisation_id)
    plan = ProvisionPlan(
        inlet_url=connections.inlet_url(desk, connection.key),
        dry_run=dry_run,
        remove=remove,
        helpdesk_invites=channels.asks_by_itself(
            Preferences.of(organisation.preferences).invite_channel, desk.hub.kind(connection.kind)
        ),
        invite_link=lambda placeholders: links.template(
            desk.settings.base_url, organisation.code, {"hd": str(connection_id), **placeholders}
        ),
        link_key=desk.vault.open(organisation.link_key_sealed),
    )
    report: ProvisionReport | None = desk.hub.ask(connection, "deskpulse_provision", plan=plan)
    if report is not None and not dry_run:
        with desk.db.write() as session:
            connections.remember(desk, session, connection_id, facts=report.facts, secrets=report.secrets)
    return report


def pause(desk: Desk, session: Session, connection_id: int, reason: str) -> None:
    """Stop asking a helpdesk whose access is lost, until a check succeeds.

    Administrators see it on the status page, and are told once for each pause.

    The row stays locked to the end of the transaction, so that no check succeeds unseen by a job that begins to wait.
    """
    row = session.get_one(ConnectionRow, connection_id, with_for_update=True)
    if row.paused_reason is None:
        row.paused_reason = reason
        notices.queue(desk, session, row)


def _try(desk: Desk, connection: Connection) -> CheckReport | None:
    try:
        report: CheckReport | None = desk.hub.ask(connection, "deskpulse_check_connection")
    except (HelpdeskError, ConfigurationError) as error:
        return CheckReport(False, (str(error),))
    return report
