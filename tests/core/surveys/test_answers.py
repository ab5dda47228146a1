"""Many answers at once: one of them counts, and none is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from deskpulse import settings as settings_module
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.outbound.models import Job
from deskpulse.surveys import answers, invites, responses, review
from deskpulse.surveys.answers import Result
from deskpulse.surveys.entrances import Entrance, HelpdeskEntrance, TokenEntrance
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.links import sign
from deskpulse.surveys.models import Hit, Resolution, Response, TicketRow
from deskpulse.surveys.visits import Visitor


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def any_desk(request: pytest.FixtureRequest, tmp_path: Path, clock: Any, hub: Any) -> Any:
    """A desk on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("desk")
        return
    url = request.getfixturevalue("postgresql")
    settings = replace(settings_module.make(data_dir=str(tmp_path)), database_url=url)
    desk = Desk.open(settings, hub, now=clock)
    yield desk
    desk.close()


@pytest.fixture
def asked(any_desk: Desk) -> tuple[Entrance, Entrance]:
    """One ticket's two entrances: our token, and the helpdesk's signed link."""
    desk = any_desk
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT", code="northwind")
        mine = {"organisation_id": organisation.id}
        session.add(SupportGroup(**mine, name="Service Desk", code="SD"))
        row = ConnectionRow(**mine, kind="fake", key="k", name="Fake", secrets_sealed="", created_at=desk.now())
        session.add(row)
        session.flush()
        ticket = TicketRow(**mine, connection_id=row.id, vendor_id="1", number="1")
        session.add(ticket)
        session.flush()
        resolution = Resolution(
            **mine,
            ticket_id=ticket.id,
            key="1",
            outcome="solved",
            subject="Printer",
            resolved_at=desk.now(),
            seen_at=desk.now(),
        )
        session.add(resolution)
        session.flush()
        invite = invites.issue(
            desk,
            session,
            organisation,
            resolution,
            person="kim@x.example",
            name="Kim",
            email="kim@x.example",
            connection_id=row.id,
            channel="helpdesk",
            by_us=False,
        )
    named = {"tc": "ts", "cpc": "northwind", "tid": "1", "rgid": "SD"}
    signed = named | {"sig": sign(desk.vault.open(organisation.link_key_sealed), named)}
    return TokenEntrance(desk.vault.open(invite.token_sealed)), HelpdeskEntrance.of(signed)


def answer(desk: Desk, entrance: Entrance, number: int) -> Result:
    opened = answers.look(desk, entrance, Visitor(f"visit {number}", returning=False), HitKind.VIEW, 5)
    return send(desk, entrance, number, opened.nonce)


def send(desk: Desk, entrance: Entrance, number: int, nonce: str) -> Result:
    given = answers.answer_of(number % 11, ["speed"], f"Number {number}", contact_wanted=False)
    visitor = Visitor(f"visit {number}", returning=True, agent="Test", network="127.0.0.0/24")
    return answers.accept(desk, entrance, given, visitor, nonce=nonce, scripted=True, activated=True).result


def test_many_people_answer_one_link_at_once(any_desk: Desk, asked: tuple[Entrance, Entrance]) -> None:
    token, _ = asked
    nonces = [
        answers.look(any_desk, token, Visitor(f"visit {number}", returning=False), HitKind.VIEW).nonce
        for number in range(8)
    ]
    with ThreadPoolExecutor(8) as people:
        results = list(people.map(lambda number: send(any_desk, token, number, nonces[number]), range(8)))
    assert sorted(results) == [Result.ANSWERED] * 7 + [Result.RECORDED]
    with any_desk.db.read() as session:
        (response,) = session.scalars(select(Response))
        assert (response.current, response.status, response.revision) == (True, "counted", 1)
        assert session.scalar(select(func.count(Hit.id)).where(Hit.kind == "answer")) == 8
        held = review.quarantined(session, response.organisation_id)
        assert {one.reason.name for one in held} == {"ANSWERED"}
        assert {one.evidence["network"] for one in held} == {"127.0.0.0/24"}
        assert all(one.counts_without and one.ticket_number == "1" for one in held)


def test_both_entrances_at_once_leave_one_current_response(any_desk: Desk, asked: tuple[Entrance, Entrance]) -> None:
    with ThreadPoolExecutor(2) as people:
        results = list(people.map(lambda number: answer(any_desk, asked[number], number), range(2)))
    assert results == [Result.RECORDED] * 2
    with any_desk.db.read() as session:
        found = session.scalars(select(Response)).all()
        assert sorted(response.current for response in found) == [False, True]
        assert session.scalar(select(func.count(Job.id)).where(Job.kind == "write_back")) in (1, 2)


def test_the_same_form_sent_by_two_at_once_counts_once(any_desk: Desk, asked: tuple[Entrance, Entrance]) -> None:
    token, _ = asked
    nonce = answers.look(any_desk, token, Visitor("visit 3", returning=False), HitKind.VIEW).nonce
    with ThreadPoolExecutor(4) as people:
        results = list(people.map(lambda _: send(any_desk, token, 3, nonce), range(4)))
    assert results == [Result.RECORDED] * 4
    with any_desk.db.read() as session:
        assert session.scalars(select(Response.revision)).all() == [1]


def test_provisional_scores_are_seen_and_never_counted(any_desk: Desk, asked: tuple[Entrance, Entrance]) -> None:
    token, _ = asked
    answers.look(any_desk, token, Visitor("visit 1", returning=False), HitKind.VIEW, 4)
    with any_desk.db.read() as session:
        (one,) = review.provisional(session, 1)
        assert (one.score, one.ticket_number) == (4, "1")
        assert session.scalars(select(Response)).all() == []
    answer(any_desk, token, 1)
    with any_desk.db.read() as session:
        assert review.provisional(session, 1) == []


def test_another_organisation_sees_nothing(any_desk: Desk, asked: tuple[Entrance, Entrance]) -> None:
    token, signed = asked
    answer(any_desk, token, 1)
    answer(any_desk, token, 2)
    answer(any_desk, signed, 3)
    with any_desk.db.write() as session:
        other = organisations.create(any_desk, session, "Southwind IT", code="southwind")
        for listed in (review.quarantined, review.provisional, review.in_error, review.for_review):
            assert listed(session, other.id) == []
        response = session.scalars(select(Response)).first()
        assert response is not None
        assert responses.mend(any_desk, session, other.id, response.id, actor="eve", group_id=1) is None


def test_a_machine_that_gives_itself_away_is_revoked(any_desk: Desk, asked: tuple[Entrance, Entrance]) -> None:
    token, signed = asked
    answer(any_desk, signed, 9)
    answer(any_desk, token, 0)
    answers.spring_trap(any_desk, token, Visitor("visit 0", returning=True))
    with any_desk.db.read() as session:
        found = {row.entrance: (row.status, row.current) for row in session.scalars(select(Response))}
        last = session.scalars(select(Job).where(Job.kind == "write_back").order_by(Job.id)).all()[-1]
        signed_id = session.scalars(select(Response.id).where(Response.entrance == "signed")).one()
    assert found == {"signed": ("counted", True), "token": ("revoked", False)}
    assert last.payload == {"response_id": signed_id, "revision": 2}, "the helpdesk hears which score counts again"
    assert answer(any_desk, token, 8) is Result.RECORDED
    with any_desk.db.read() as session:
        again = session.scalars(select(Response).where(Response.current)).one()
    assert (again.score, again.revision, again.status) == (8, 2, "counted")
