"""The review page: what a signed-in person makes of quarantine with its evidence, and of data in error."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deskpulse.access import users
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.surveys import answers, resolutions
from deskpulse.surveys.entrances import HelpdeskEntrance, TokenEntrance
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.models import Response
from deskpulse.surveys.visits import Visitor
from deskpulse_web.application import create_app
from fixtures.stub import SECRET, Stub

PASSPHRASE = "four words and a comma"
ANN = "ann@northwind.example"


@pytest.fixture
def app(desk: Desk) -> Flask:
    return create_app(desk)


@pytest.fixture
def ann(app: Flask, desk: Desk, organisation: Organisation) -> FlaskClient:
    """Someone who is signed in."""
    with desk.db.write() as session:
        users.add(desk, session, organisation, ANN, PASSPHRASE, actor="test")
    client = app.test_client()
    form = {"csrf_token": token_on(client, "/sign-in"), "email": ANN, "passphrase": PASSPHRASE}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


@pytest.fixture
def held(desk: Desk, stub: Stub, stub_connection: ConnectionRow, work: Any) -> TokenEntrance:
    """A link that a script has answered."""
    resolutions.observe(desk, stub_connection.id, stub.solve("7"), resolutions.WEBHOOK)
    work()
    entrance = TokenEntrance(stub.sent[0].link.rpartition("/")[2])
    nonce = answers.look(desk, entrance, Visitor("robot", returning=False), HitKind.VIEW).nonce
    given = answers.answer_of(2, [], "Beep <b>boop</b>", contact_wanted=False)
    robot = Visitor("robot", returning=True, agent="HeadlessThing/1", network="192.0.2.0/24")
    answers.accept(desk, entrance, given, robot, nonce=nonce, scripted=True, activated=False)
    return entrance


def token_on(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def judge(client: FlaskClient, verdict: str, **form: Any) -> Any:
    page = client.get("/review").text
    found = re.search(r'name="answer" value="(\d+)"', page)
    answer = found[1] if found else "1"
    filled = {"csrf_token": token_on(client, "/review"), "answer": answer, "verdict": verdict, **form}
    return client.post("/review/judge", data=filled, follow_redirects=True)


def test_the_evidence_is_shown_and_accepting_counts(desk: Desk, ann: FlaskClient, held: TokenEntrance) -> None:
    page = ann.get("/review").text
    for words in (
        "HeadlessThing/1",
        "192.0.2.0/24",
        "without a person",
        "N7",
        "Beep &lt;b&gt;boop",
        "Accept and count",
    ):
        assert words in page
    said = judge(ann, "accept")
    assert "The answer counts now." in said.text
    assert "HeadlessThing" not in said.text
    with desk.db.read() as session:
        assert session.scalars(select(Response.score).where(Response.current)).all() == [2]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "answer accepted")).one()
    assert entry.actor == ANN


def test_a_rejected_answer_is_marked_and_stays(desk: Desk, ann: FlaskClient, held: TokenEntrance) -> None:
    said = judge(ann, "reject").text
    assert f"Rejected by {ANN}" in said
    assert "HeadlessThing/1" in said
    with desk.db.read() as session:
        assert session.scalars(select(Response)).all() == []


def test_only_the_signed_in_judge_and_only_with_sense(app: Flask, ann: FlaskClient, held: TokenEntrance) -> None:
    form = {"answer": "1", "verdict": "accept"}
    assert app.test_client().post("/review/judge", data=form).status_code == 400, "no token of a form"
    assert judge(ann, "burn").status_code == 400
    assert judge(ann, "accept", answer="x").status_code == 400
    assert "That answer is not in quarantine." in judge(ann, "accept", answer="999").text


def test_a_name_of_two_tickets_is_mended_by_choosing_the_helpdesk(
    desk: Desk, ann: FlaskClient, organisation: Organisation, stub: Stub, stub_connection: ConnectionRow, work: Any
) -> None:
    with desk.db.write() as session:
        session.add(SupportGroup(organisation_id=organisation.id, name="Service Desk", code="SD"))
        given = {"shared_secret": SECRET}
        other = connections.create(desk, session, session.merge(organisation), "stub", "Branch office", given)
    for connection in (stub_connection, other):
        resolutions.observe(desk, connection.id, stub.solve("7"), resolutions.WEBHOOK)
    entrance = HelpdeskEntrance.of({"tc": "ts", "cpc": organisation.code, "tid": "7", "rgid": "SD"})
    nonce = answers.look(desk, entrance, Visitor("kim", returning=False), HitKind.VIEW).nonce
    said = answers.answer_of(4, [], "", contact_wanted=False)
    kim = Visitor("kim", returning=True)
    answers.accept(desk, entrance, said, kim, nonce=nonce, scripted=True, activated=True)
    work()
    page = ann.get("/review").text
    assert "Several tickets are called &#39;7&#39;." in page
    assert "7 of Branch office" in page
    assert stub.written == []
    form = {"csrf_token": token_on(ann, "/review"), "response": "1", "ticket_id": "2"}
    assert "The answer counts now." in ann.post("/review/mend", data=form, follow_redirects=True).text
    work()
    assert [(ticket, result.score.value) for ticket, result in stub.written] == [("7", 4)]
    with desk.db.read() as session:
        assert session.scalars(select(Response.ticket_id).where(Response.current)).all() == [2]
    assert "not known" in ann.post("/review/mend", data={**form, "ticket_id": "99"}, follow_redirects=True).text
