"""The review page: quarantine with its evidence, and what a signed-in person makes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from deskpulse.access import users
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.surveys import answers, resolutions
from deskpulse.surveys.entrances import TokenEntrance
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.models import Response
from deskpulse.surveys.visits import Visitor
from deskpulse_web.application import create_app
from fixtures.stub import Stub

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
