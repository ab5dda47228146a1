"""Mail as the tests of this room need it: a real mail server, a desk that uses it, and an invite that was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from deskpulse.connections.models import ConnectionRow
from deskpulse.demo.mailbox import Mailbox
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.smtp import Mailer
from deskpulse.surveys.models import Invite, Resolution, TicketRow


@pytest.fixture
def mail_server() -> Iterator[Mailbox]:
    with Mailbox() as server:
        yield server


@pytest.fixture
def mail_desk(desk: Desk, mail_server: Mailbox) -> Iterator[Desk]:
    """The desk, sending to the mailbox, with bounces coming back to ``bounces.example``."""
    desk.settings = replace(
        desk.settings,
        smtp_url=mail_server.url,
        mail_from="DeskPulse <feedback@northwind.example>",
        bounce_domain="bounces.example",
    )
    desk.mailer = Mailer(mail_server.url)
    yield desk
    desk.mailer.close()


@pytest.fixture
def invite(desk: Desk, organisation: Organisation) -> Invite:
    """An invite that was sent and not answered."""
    now, mine = desk.now(), {"organisation_id": organisation.id}
    with desk.db.write() as session:
        connection = ConnectionRow(**mine, kind="fake", key="k", name="Fake", secrets_sealed="", created_at=now)
        session.add(connection)
        session.flush()
        mine["connection_id"] = connection.id
        ticket = TicketRow(**mine, vendor_id="1", number="1")
        session.add(ticket)
        session.flush()
        resolution = Resolution(
            organisation_id=organisation.id,
            ticket_id=ticket.id,
            key="r1",
            outcome="solved",
            subject="Printer on fire",
            resolved_at=now,
            seen_at=now,
        )
        session.add(resolution)
        session.flush()
        invite = Invite(
            **mine,
            resolution_id=resolution.id,
            ticket_id=ticket.id,
            person="ana@example.org",
            name="Ana",
            token_digest="d",
            token_sealed="",
            state="sent",
            message_id="<m@x>",
            created_at=now,
            due_at=now,
            expires_at=now,
        )
        session.add(invite)
    return invite
