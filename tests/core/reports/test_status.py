"""Why a ticket was, or was not, asked about; and how full the captured fields are."""

from __future__ import annotations

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports import status
from deskpulse.surveys import resolutions, rules
from fixtures.stub import Stub


def observe(desk: Desk, connection: ConnectionRow, stub: Stub, ticket_id: str, **changes: object) -> None:
    resolutions.observe(desk, connection.id, stub.solve(ticket_id, **changes), resolutions.WEBHOOK)  # type: ignore[arg-type]


def test_decisions_are_found_by_number_and_by_id(
    desk: Desk, organisation: Organisation, stub: Stub, stub_connection: ConnectionRow
) -> None:
    observe(desk, stub_connection, stub, "1")
    observe(desk, stub_connection, stub, "2")
    with desk.db.read() as session:
        by_number = status.decisions(session, organisation.id, "N2")
        by_id = status.decisions(session, organisation.id, "2")
        everything = status.decisions(session, organisation.id, "")
        nothing = status.decisions(session, organisation.id, "3")
    assert [row.Decision.reason for row in by_number] == [rules.ASKED_RECENTLY]
    assert [row.TicketRow.vendor_id for row in by_id] == ["2"]
    assert len(everything) == 2
    assert list(nothing) == []


def test_decisions_stay_within_their_organisation(desk: Desk, stub: Stub, stub_connection: ConnectionRow) -> None:
    observe(desk, stub_connection, stub, "1")
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Other")
    with desk.db.read() as session:
        assert list(status.decisions(session, other.id, "N1")) == []
    assert status.status(desk, other.id).connections == []


def test_fill_rates_show_what_is_worth_mapping(desk: Desk, stub: Stub, stub_connection: ConnectionRow) -> None:
    observe(desk, stub_connection, stub, "1", fields={"asset": "L-1", "site": ""})
    observe(desk, stub_connection, stub, "2", fields={"asset": "", "site": ""})
    with desk.db.read() as session:
        assert status.fill_rates(session, stub_connection.id) == {"asset": 0.5, "site": 0.0}


def test_the_status_counts_what_happened(
    desk: Desk, organisation: Organisation, stub: Stub, stub_connection: ConnectionRow
) -> None:
    observe(desk, stub_connection, stub, "1")
    found = status.status(desk, organisation.id)
    assert found.jobs == {"due": 2}, "the invitation, and a synchronisation because the group was unknown"
    assert found.invites == {"waiting": 1}
    assert [each.row.id for each in found.connections] == [stub_connection.id]
