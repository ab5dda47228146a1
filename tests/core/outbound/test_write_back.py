"""A confirmed answer on its way back to the helpdesk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import Refused, Unreachable
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job, WriteBack
from deskpulse.surveys import resolutions
from deskpulse.surveys.models import Invite, Response
from fixtures.stub import Stub


@pytest.fixture
def answer(desk: Desk, stub: Stub, stub_connection: ConnectionRow, work: Callable[[], int]) -> Callable[..., int]:
    """Solve a ticket and store an answer about it; its id."""

    def give(ticket_id: str = "7", score: int = 9, **changes: Any) -> int:
        requester = changes.pop("requester", "ada@example.org")
        resolutions.observe(desk, stub_connection.id, stub.solve(ticket_id, requester=requester), "webhook")
        work()
        with desk.db.write() as session:
            invite = session.scalars(select(Invite).order_by(Invite.id.desc())).first()
            resolution = session.scalars(
                select(resolutions.Resolution).order_by(resolutions.Resolution.id.desc())
            ).first()
            assert resolution is not None
            values: dict[str, Any] = {
                "organisation_id": resolution.organisation_id,
                "link": f"link-{ticket_id}",
                "entrance": "token",
                "status": "counted",
                "current": True,
                "ticket_id": resolution.ticket_id,
                "resolution_id": resolution.id,
                "invite_id": invite.id if invite and invite.resolution_id == resolution.id else None,
                "tid": ticket_id,
                "score": score,
                "comment": "Fine",
                "factors": ["speed"],
                "answered_at": desk.now(),
                "first_answered_at": desk.now(),
                "day": desk.now().date(),
                "hour": desk.now().hour,
                "customer_id": resolution.customer_id,
                "person": resolution.person,
            }
            response = Response(**(values | changes))
            session.add(response)
            session.flush()
            ask(desk, session, response.id, response.revision or 1)
            return response.id

    return give


def ask(desk: Desk, session: Any, response_id: int, revision: int) -> None:
    payload = {"response_id": response_id, "revision": revision}
    key = f"{response_id}.{revision}"
    outbox.queue(desk, session, "write_back", payload, organisation_id=1, connection_id=1, key=key)


def outcomes(desk: Desk) -> list[tuple[int, int, str, str]]:
    with desk.db.read() as session:
        rows = session.execute(
            select(WriteBack.response_id, WriteBack.revision, WriteBack.state, WriteBack.detail).order_by(
                WriteBack.response_id, WriteBack.revision
            )
        )
        return [tuple(row) for row in rows]


def test_score_factors_comment_and_link_reach_the_ticket(
    desk: Desk, stub: Stub, answer: Callable[..., int], work: Callable[[], int]
) -> None:
    response_id = answer()
    work()
    ((ticket_id, result),) = stub.written
    assert (ticket_id, result.key, result.score.value, result.comment) == ("7", f"{response_id}.1", 9, "Fine")
    assert result.factors == ("Solved quickly",)
    assert result.link == f"http://127.0.0.1:8000/responses/{response_id}"
    assert result.customer_id == "c-ada@example.org"
    assert result.is_latest_of_customer
    assert outcomes(desk) == [(response_id, 1, "done", "")]


def test_a_newer_revision_takes_the_place_of_an_older_one(
    desk: Desk, stub: Stub, answer: Callable[..., int], work: Callable[[], int]
) -> None:
    response_id = answer()
    with desk.db.write() as session:
        response = session.get_one(Response, response_id)
        response.score, response.revision = 3, 2
        ask(desk, session, response_id, 2)
    work()
    assert [(result.revision, result.score.value) for _, result in stub.written] == [(2, 3)]
    assert outcomes(desk)[0][3] == "superseded"


def test_an_older_answer_of_the_same_person_is_not_their_latest(
    desk: Desk, stub: Stub, answer: Callable[..., int], work: Callable[[], int]
) -> None:
    answer("7", 2)
    answer("8", 10, answered_at=desk.now() - timedelta(hours=1))
    work()
    assert {ticket_id: result.is_latest_of_customer for ticket_id, result in stub.written} == {"7": True, "8": False}


def test_a_helpdesk_that_is_away_is_asked_again(
    desk: Desk, stub: Stub, answer: Callable[..., int], work: Callable[[], int], clock: Callable[..., object]
) -> None:
    answer()
    stub.trouble = [Unreachable("away")]
    work()
    assert stub.written == []
    clock.advance(seconds=10)  # type: ignore[attr-defined]
    work()
    assert len(stub.written) == 1


def test_a_refusal_is_recorded_and_can_be_seen(
    desk: Desk, stub: Stub, answer: Callable[..., int], work: Callable[[], int]
) -> None:
    answer()
    stub.trouble = [Refused("no such field")]
    work()
    assert outcomes(desk)[0][2:] == ("refused", "refused: no such field")
    with desk.db.read() as session:
        assert session.scalars(select(Job.state).where(Job.kind == "write_back")).one() == "failed"
