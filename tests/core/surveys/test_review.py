"""Someone looks at answers in quarantine: what they accept counts once, what they reject stays and is marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.outbound.models import Job
from deskpulse.surveys import answers, resolutions, review
from deskpulse.surveys.answers import Result
from deskpulse.surveys.entrances import Entrance, HelpdeskEntrance, TokenEntrance
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.links import sign
from deskpulse.surveys.models import Hit, Invite, Response
from deskpulse.surveys.review import Held, Judged
from deskpulse.surveys.visits import Visitor
from fixtures.stub import Stub


@pytest.fixture
def token(desk: Desk, stub: Stub, stub_connection: ConnectionRow, work: Callable[[], int]) -> Entrance:
    """The link of someone who was asked."""
    resolutions.observe(desk, stub_connection.id, stub.solve("7"), resolutions.WEBHOOK)
    work()
    return TokenEntrance(stub.sent[0].link.rpartition("/")[2])


def send(desk: Desk, entrance: Entrance, score: int, visit: str, *, by_hand: bool = False) -> Result:
    """Open the page and send it, by hand or as a script does."""
    nonce = answers.look(desk, entrance, Visitor(visit, returning=False), HitKind.VIEW).nonce
    given = answers.answer_of(score, ["speed"], f"From {visit}", contact_wanted=False)
    visitor = Visitor(visit, returning=True, agent="Test")
    return answers.accept(desk, entrance, given, visitor, nonce=nonce, scripted=True, activated=by_hand).result


def held(desk: Desk, organisation: Organisation) -> list[Held]:
    with desk.db.read() as session:
        return list(review.quarantined(session, organisation.id))


def judge(desk: Desk, organisation: Organisation, one: Held, verdict: HitKind = HitKind.ACCEPT) -> Judged:
    return review.judge(desk, organisation.id, one.hit_id, verdict, actor="ann@northwind.example")


def responses(desk: Desk) -> list[Response]:
    with desk.db.read() as session:
        return list(session.scalars(select(Response)))


def audited(desk: Desk) -> list[tuple[str, str]]:
    with desk.db.read() as session:
        return [
            (one.actor, one.action) for one in session.scalars(select(AuditEntry)) if one.action.startswith("answer")
        ]


def test_what_is_accepted_counts_and_goes_its_way(
    desk: Desk, organisation: Organisation, token: Entrance, stub: Stub, work: Callable[[], int]
) -> None:
    assert send(desk, token, 3, "one") is Result.CONFIRM
    (one,) = held(desk, organisation)
    assert (one.reason.name, one.ticket_number, one.counts_without) == ("NO_GESTURE", "N7", False)
    assert judge(desk, organisation, one) is Judged.DONE
    work()
    (response,) = responses(desk)
    assert (response.score, response.current, response.status, response.answered_at) == (3, True, "counted", one.at)
    assert [(ticket, result.score.value) for ticket, result in stub.written] == [("7", 3)]
    with desk.db.read() as session:
        assert session.scalars(select(Invite.state)).all() == ["answered"]
    assert held(desk, organisation) == []
    assert audited(desk) == [("ann@northwind.example", "answer accepted")]


def test_an_accepted_answer_is_as_good_as_any_confirmed_one(
    desk: Desk, organisation: Organisation, token: Entrance
) -> None:
    send(desk, token, 3, "one")
    send(desk, token, 0, "two")
    first, second = sorted(held(desk, organisation), key=lambda one: one.hit_id)
    assert judge(desk, organisation, first) is Judged.DONE
    assert judge(desk, organisation, second) is Judged.ANSWERED
    assert send(desk, token, 9, "three", by_hand=True) is Result.ANSWERED
    assert [one.score for one in responses(desk)] == [3]


def test_nothing_replaces_a_confirmed_answer(desk: Desk, organisation: Organisation, token: Entrance) -> None:
    assert send(desk, token, 9, "person", by_hand=True) is Result.RECORDED
    send(desk, token, 0, "scanner")
    (one,) = held(desk, organisation)
    assert one.counts_without
    assert judge(desk, organisation, one) is Judged.ANSWERED
    assert [(one.score, one.revision) for one in responses(desk)] == [(9, 1)]
    assert audited(desk) == []
    with desk.db.read() as session:
        assert session.scalars(select(Hit).where(Hit.kind == HitKind.ACCEPT)).all() == []


def test_what_is_rejected_stays_and_is_marked(
    desk: Desk, organisation: Organisation, token: Entrance, clock: Any
) -> None:
    send(desk, token, 0, "scanner")
    clock.advance(minutes=1)
    send(desk, token, 1, "other scanner")
    one = next(one for one in held(desk, organisation) if one.answer.score == 0)
    assert judge(desk, organisation, one, HitKind.REJECT) is Judged.DONE
    other, marked = held(desk, organisation)
    assert (other.answer.score, other.rejected_by) == (1, "")
    assert (marked.hit_id, marked.rejected_by, marked.rejected_at) == (one.hit_id, "ann@northwind.example", clock.at)
    assert responses(desk) == []
    assert judge(desk, organisation, marked) is Judged.DONE, "who looks again may think again"
    assert [one.score for one in responses(desk)] == [0]


def test_a_revoked_answer_can_be_accepted_after_all(
    desk: Desk, organisation: Organisation, token: Entrance, stub: Stub, work: Callable[[], int]
) -> None:
    send(desk, token, 8, "curious", by_hand=True)
    work()
    answers.spring_trap(desk, token, Visitor("curious", returning=True))
    assert [(one.status, one.current) for one in responses(desk)] == [("revoked", False)]
    (one,) = held(desk, organisation)
    assert judge(desk, organisation, one) is Judged.DONE
    work()
    assert [(one.status, one.current, one.score) for one in responses(desk)] == [("counted", True, 8)]
    assert [result.score.value for _, result in stub.written] == [8, 8]


@pytest.mark.parametrize("signed", [True, False])
def test_an_answer_through_a_link_of_the_helpdesk_is_accepted_with_what_the_link_names(
    desk: Desk, organisation: Organisation, token: Entrance, signed: bool, stub: Stub, work: Callable[[], int]
) -> None:
    with desk.db.write() as session:
        session.add(SupportGroup(organisation_id=organisation.id, name="Service Desk", code="SD"))
    named = {"tc": "ts", "cpc": "northwind", "tid": "7", "rgid": "SD"}
    named |= {"sig": sign(desk.vault.open(organisation.link_key_sealed), named)} if signed else {}
    send(desk, HelpdeskEntrance.of(named), 4, "one")
    (one,) = held(desk, organisation)
    assert one.ticket_number == "7"
    assert "link" not in one.evidence
    assert judge(desk, organisation, one) is Judged.DONE
    work()
    (response,) = responses(desk)
    assert (response.entrance, response.tid, response.current) == ("signed" if signed else "unsigned", "7", True)
    assert [(ticket, result.score.value) for ticket, result in stub.written] == [("7", 4)]


def test_many_good_answers_do_not_crowd_out_the_one_in_quarantine(
    desk: Desk, organisation: Organisation, stub: Stub, stub_connection: ConnectionRow, work: Callable[[], int]
) -> None:
    for number in range(4):
        event = stub.solve(str(number), requester=f"{number}@example.org")
        resolutions.observe(desk, stub_connection.id, event, resolutions.WEBHOOK)
    work()
    entrances = [TokenEntrance(invitation.link.rpartition("/")[2]) for invitation in stub.sent]
    send(desk, entrances[0], 0, "scanner")
    for number, entrance in enumerate(entrances[1:]):
        send(desk, entrance, 9, f"person {number}", by_hand=True)
    with desk.db.read() as session:
        assert [one.answer.score for one in review.quarantined(session, organisation.id, links=2)] == [0]


def test_another_organisation_judges_nothing(desk: Desk, organisation: Organisation, token: Entrance) -> None:
    send(desk, token, 0, "scanner")
    (one,) = held(desk, organisation)
    for verdict in (HitKind.ACCEPT, HitKind.REJECT):
        assert review.judge(desk, organisation.id + 1, one.hit_id, verdict, actor="eve") is Judged.UNKNOWN
    assert review.judge(desk, organisation.id, 999, HitKind.ACCEPT, actor="ann") is Judged.UNKNOWN
    assert held(desk, organisation) == [one]
    with desk.db.read() as session:
        assert session.scalars(select(Job).where(Job.kind == "write_back")).all() == []
