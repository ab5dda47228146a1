"""What webhooks missed is found, decided once, and counted as coverage."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from deskpulse.connections.models import ConnectionRow, ReconcileRun
from deskpulse.desk import Desk
from deskpulse.errors import Refused, Unreachable
from deskpulse.inbound import reconciliation
from deskpulse.records import TicketEvent
from deskpulse.surveys import resolutions
from deskpulse.surveys.models import Decision
from deskpulse.worker import timetable
from fixtures.stub import Stub


@pytest.fixture
def reconcile(desk: Desk, stub_connection: ConnectionRow, work: Callable[[], int]) -> Callable[[], None]:
    def run() -> None:
        timetable.start(desk, reconciliation.RECONCILE, stub_connection.organisation_id, stub_connection.id)
        work()

    return run


def sources(desk: Desk) -> list[str]:
    with desk.db.read() as session:
        return list(session.scalars(select(Decision.source).order_by(Decision.resolution_id)))


def test_a_lost_webhook_is_healed(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, reconcile: Callable[[], None]
) -> None:
    told, lost = stub.solve("1"), stub.solve("2", requester="ben@example.org")
    resolutions.observe(desk, stub_connection.id, told, resolutions.WEBHOOK)
    stub.events += [TicketEvent(told.kind, told.ticket, "0"), TicketEvent(lost.kind, lost.ticket, "0")]
    reconcile()
    assert sources(desk) == ["webhook", "reconciliation"]
    covered = reconciliation.coverage(desk, stub_connection.id)
    assert (covered.seen, covered.missed, covered.undecided) == (2, 1, 0)
    assert covered.decided_share == 1
    assert covered.webhook_share == 0.5


def test_what_a_webhook_told_was_not_missed_though_the_list_names_no_resolution(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, reconcile: Callable[[], None]
) -> None:
    told = stub.solve("1")
    resolutions.observe(desk, stub_connection.id, told, resolutions.WEBHOOK)
    stub.events += [told, stub.solve("2", requester="ben@example.org")]
    reconcile()
    covered = reconciliation.coverage(desk, stub_connection.id)
    assert (covered.seen, covered.missed) == (2, 1)


def test_a_second_run_goes_on_where_the_first_ended(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, reconcile: Callable[[], None]
) -> None:
    stub.events.append(stub.solve("1"))
    reconcile()
    reconcile()
    stub.events.append(stub.solve("2", requester="ben@example.org"))
    reconcile()
    assert reconciliation.coverage(desk, stub_connection.id).seen == 2
    assert len(sources(desk)) == 2


def test_what_was_done_before_an_outage_is_kept(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, reconcile: Callable[[], None], clock: Callable[[], object]
) -> None:
    stub.events += [stub.solve("1"), stub.solve("2", requester="ben@example.org")]
    stub.trouble = [Unreachable("away")]
    reconcile()
    with desk.db.read() as session:
        assert session.scalars(select(ReconcileRun.problem)).one() == "unreachable: away"
    clock.advance(seconds=10)  # type: ignore[attr-defined]
    reconcile()
    assert len(sources(desk)) == 2


def test_a_ticket_that_cannot_be_read_lowers_the_coverage(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, reconcile: Callable[[], None]
) -> None:
    stub.events += [stub.solve("1"), stub.solve("2", requester="ben@example.org")]

    real = stub.deskpulse_find_ticket

    def refuse(connection: object, key: str) -> object:
        if key == "1":
            raise Refused("hidden")
        return real(connection, key)  # type: ignore[arg-type]

    refuse.deskpulse_impl = real.deskpulse_impl  # type: ignore[attr-defined]
    desk.hub._plugins.unregister(stub)
    stub.deskpulse_find_ticket = refuse  # type: ignore[method-assign, assignment]
    desk.hub.registry._kinds.clear()
    desk.hub.register(stub, "stub again")
    reconcile()
    assert reconciliation.coverage(desk, stub_connection.id).decided_share == 0.5
