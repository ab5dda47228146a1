"""Who is reached how: by our e-mail, by the helpdesk's own message, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from deskpulse import hookimpl
from deskpulse.capabilities import Capability, Support
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.records import Connection, History, Verdict
from deskpulse.surveys import resolutions, rules
from deskpulse.surveys.channels import channel_for
from deskpulse.surveys.models import Decision, Invite
from fixtures.stub import KIND, Stub

Prefer = Callable[..., None]
MESSENGER = replace(KIND, sends_invites=True)
MUTE = replace(KIND, capabilities={Capability.HELPDESK_INVITE: Support.CANT})


@pytest.mark.parametrize(
    ("person", "kind", "preferences", "channel"),
    [
        ("ada@x.example", KIND, {}, "email"),
        ("ada@x.example", KIND, {"invite_channel": "helpdesk"}, "helpdesk"),
        ("ada@x.example", MUTE, {"invite_channel": "helpdesk"}, "email"),
        ("ada@x.example", MESSENGER, {"without_address": "helpdesk"}, "email"),
        ("c1:77", KIND, {}, None),
        ("c1:77", KIND, {"invite_channel": "helpdesk"}, "helpdesk"),
        ("c1:77", MUTE, {"invite_channel": "helpdesk"}, None),
        ("c1:77", KIND, {"without_address": "helpdesk"}, None),
        ("c1:77", MESSENGER, {}, None),
        ("c1:77", MESSENGER, {"without_address": "helpdesk"}, "helpdesk"),
    ],
)
def test_the_channel_that_reaches_someone(person: str, kind: Any, preferences: Any, channel: str | None) -> None:
    assert channel_for(person, kind, Preferences(**preferences)) == channel


@pytest.fixture
def stub() -> Stub:
    """A helpdesk that hands invitations over as messages of its own."""
    return Stub(kind=MESSENGER)


@pytest.fixture
def solve(desk: Desk, stub: Stub, stub_connection: ConnectionRow, work: Callable[[], int]) -> Callable[..., None]:
    def solve(ticket_id: str, **changes: Any) -> None:
        resolutions.observe(desk, stub_connection.id, stub.solve(ticket_id, **changes), resolutions.WEBHOOK)
        work()

    return solve


@pytest.fixture
def prefer(desk: Desk, organisation: Organisation) -> Prefer:
    def prefer(**preferences: str) -> None:
        with desk.db.write() as session:
            organisations.change_preferences(desk, session, session.merge(organisation), preferences, "test")

    return prefer


def found(desk: Desk) -> list[tuple[bool, str, str | None, str | None]]:
    with desk.db.read() as session:
        rows = session.execute(
            select(Decision.asked, Decision.reason, Invite.channel, Invite.state)
            .outerjoin(Invite, Invite.resolution_id == Decision.resolution_id)
            .order_by(Decision.resolution_id)
        )
        return [tuple(row) for row in rows]


def test_a_message_of_the_helpdesk_carries_our_link(desk: Desk, stub: Stub, solve: Any, prefer: Prefer) -> None:
    prefer(invite_channel="helpdesk")
    solve("7")
    assert found(desk) == [(True, rules.ASKED, "helpdesk", "sent")]
    assert [(one.channel, one.recipient_email) for one in stub.sent] == [("helpdesk", "ada@example.org")]


def test_who_has_no_address_is_asked_only_where_that_is_wanted(
    desk: Desk, stub: Stub, solve: Any, prefer: Prefer
) -> None:
    solve("7", requester=None)
    assert (found(desk), stub.sent) == ([(False, rules.NO_ADDRESS, None, None)], [])
    prefer(without_address="helpdesk")
    solve("8", requester=None)
    assert found(desk)[1] == (True, rules.ASKED, "helpdesk", "sent")
    assert [(one.channel, one.recipient_email) for one in stub.sent] == [("helpdesk", None)]


def test_a_policy_cannot_ask_whom_nothing_reaches(desk: Desk, stub: Stub, solve: Any) -> None:
    class Pushy:
        @hookimpl
        def deskpulse_should_invite(self, connection: Connection, history: History) -> Verdict:
            return Verdict(True, "always")

    desk.hub.register(Pushy(), "pushy")
    solve("7", requester=None)
    assert found(desk) == [(False, rules.NO_ADDRESS, None, None)]
