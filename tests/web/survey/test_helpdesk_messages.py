"""Where the helpdesk's own message asks: its link ends the invite, and ends with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports import panel
from deskpulse.surveys import invites, resolutions
from deskpulse.surveys.models import Decision, Invite, Response
from fixtures.stub import Stub

LINK = "/?" + urlencode({"tc": "ts", "cpc": "northwind", "tid": "7", "rgid": "SD"})


@pytest.fixture
def observe(desk: Desk, organisation: Organisation, stub_connection: ConnectionRow) -> Callable[..., None]:
    with desk.db.write() as session:
        session.add(SupportGroup(organisation_id=organisation.id, name="Service Desk", code="SD"))
        asks = {"invite_channel": "helpdesk"}
        organisations.change_preferences(desk, session, session.merge(organisation), asks, "test")
    return lambda event: resolutions.observe(desk, stub_connection.id, event, resolutions.WEBHOOK)


def states(desk: Desk) -> list[str]:
    with desk.db.read() as session:
        return list(session.scalars(select(Invite.state).order_by(Invite.id)))


def story(desk: Desk, connection: ConnectionRow) -> dict[str, Any]:
    found = panel.find_connection(desk, connection.key)
    assert found is not None
    told: dict[str, Any] = panel.view(desk, found, ticket="7", customer=None, email=None)["ticket"]
    return told


def test_an_answer_through_the_link_ends_the_invite(
    desk: Desk, stub: Stub, observe: Any, browser: Any, clock: Any, stub_connection: ConnectionRow
) -> None:
    observe(stub.solve("7"))
    told = story(desk, stub_connection)
    assert (told["state"], told["reason"], told["channel"]) == ("invited", "asked by the helpdesk", "helpdesk")
    person = browser()
    assert person.open(LINK).status_code == 200
    person.send(8)
    assert states(desk) == ["answered"]
    clock.advance(days=15)
    assert invites.expire(desk) == 0
    told = story(desk, stub_connection)
    assert (told["state"], told["score"]) == ("answered", 8)
    observe(stub.reopen("7"))
    observe(stub.solve("7"))
    assert states(desk) == ["answered", "sent"], "an answered invite does not stand in the way"


def test_an_answer_that_came_before_the_ticket_was_known_ends_the_invite_too(
    desk: Desk, stub: Stub, observe: Any, browser: Any
) -> None:
    person = browser()
    person.open(LINK)
    person.send(8)
    observe(stub.solve("7"))
    assert states(desk) == ["answered"]


def test_reopening_closes_the_link_until_the_ticket_is_solved_again(
    desk: Desk, stub: Stub, observe: Any, browser: Any, clock: Any, stub_connection: ConnectionRow
) -> None:
    observe(stub.solve("7"))
    early = browser()
    early.open(LINK)
    clock.advance(minutes=5)
    observe(stub.reopen("7"))
    assert states(desk) == ["withdrawn"]
    assert story(desk, stub_connection)["state"] == "withdrawn"
    page = browser().open(LINK)
    assert page.status_code == 410
    assert "We are not done yet" in page.text
    clock.advance(hours=24)
    observe(stub.solve("7"))
    person = browser()
    assert person.open(LINK).status_code == 200
    person.send(9)
    assert states(desk) == ["withdrawn", "answered"]
    with desk.db.read() as session:
        assert session.scalars(select(Response.score)).all() == [9]


def test_whoever_opened_the_page_before_the_reopening_may_still_send_it(
    desk: Desk, stub: Stub, observe: Any, browser: Any, clock: Any
) -> None:
    observe(stub.solve("7"))
    person = browser()
    person.open(LINK)
    clock.advance(minutes=5)
    observe(stub.reopen("7"))
    person.send(3)
    with desk.db.read() as session:
        assert session.scalars(select(Response.score)).all() == [3]


def test_the_link_ends_with_the_invite(desk: Desk, stub: Stub, observe: Any, browser: Any, clock: Any) -> None:
    observe(stub.solve("7"))
    clock.advance(days=14, seconds=-1)
    assert browser().open(LINK).status_code == 200
    clock.advance(seconds=1)
    page = browser().open(LINK)
    assert page.status_code == 410
    assert "This survey has ended" in page.text


def test_a_link_of_a_helpdesk_that_does_not_ask_for_us_stays_open(
    desk: Desk, stub: Stub, observe: Any, browser: Any, clock: Any, organisation: Organisation
) -> None:
    with desk.db.write() as session:
        asks = {"invite_channel": "email"}
        organisations.change_preferences(desk, session, session.merge(organisation), asks, "test")
    observe(stub.solve("7"))
    observe(stub.reopen("7"))
    clock.advance(days=15)
    assert browser().open(LINK).status_code == 200
    with desk.db.read() as session:
        assert session.scalars(select(Decision.reason)).all() == ["asked"]
