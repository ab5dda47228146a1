"""The status page: what works, what is paused, what runs, and the buttons that start something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from deskpulse.access import users
from deskpulse.connections import provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import SyncRun
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.surveys import resolutions
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER
from fixtures.stub import Stub


@pytest.fixture
def client(desk: Desk, stub_connection: ConnectionRow, organisation: Any) -> FlaskClient:
    """Signed in, without looking at the form."""
    with desk.db.write() as session:
        user = users.add(desk, session, organisation, "ann@corp.example", "correct horse battery", actor="test")
    app = create_app(desk)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with client.session_transaction() as session_cookie:
        session_cookie[USER], session_cookie[EPOCH] = user.id, user.session_epoch
    return client


def page(client: FlaskClient, query: str = "") -> str:
    answer = client.get(f"/status{query}")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_a_paused_helpdesk_says_why_and_what_to_do(
    desk: Desk, client: FlaskClient, stub_connection: ConnectionRow
) -> None:
    assert "working" in page(client)
    with desk.db.write() as session:
        provisioning.pause(desk, session, stub_connection.id, "auth-expired: 401")
    said = page(client)
    assert "paused" in said
    assert "auth-expired: 401. Renew the access, then check the connection." in said


def test_a_synchronisation_shows_its_progress(desk: Desk, client: FlaskClient, stub_connection: ConnectionRow) -> None:
    assert "not yet" in page(client)
    mine = {"organisation_id": stub_connection.organisation_id, "connection_id": stub_connection.id}
    with desk.db.write() as session:
        now = desk.now()
        run = SyncRun(**mine, started_at=now, progressed_at=now, state="running", groups=100, agents=250)
        session.add(run)
    assert "running: 100 groups, 250 agents" in page(client)
    with desk.db.write() as session:
        run = session.merge(run)
        run.state, run.finished_at, run.problem = "failed", desk.now(), "unreachable: down"
    assert "100 groups, 250 agents; unreachable: down" in page(client)


def test_coverage_fields_and_decisions_are_shown(
    desk: Desk, client: FlaskClient, stub: Stub, stub_connection: ConnectionRow, work: Callable[[], int]
) -> None:
    for number, fields in (("7", {"asset": "L-77"}), ("8", {"asset": ""})):
        event = stub.solve(number, requester=f"{number}@example.org", fields=fields)
        stub.events.append(replace(event, resolution_key="0"))
    resolutions.observe(desk, stub_connection.id, stub.events[0], resolutions.WEBHOOK)
    assert client.post("/status/start", data={"kind": "reconcile", "connection": stub_connection.id}).status_code == 302
    work()
    said = page(client)
    assert "100 % of 2 resolutions decided; 1 found without a webhook" in said
    assert "asset: filled 50.00 %" in said
    assert "Known by reconciliation" in page(client, "?ticket=N8")
    assert "has not seen a ticket N9 solved" in page(client, "?ticket=N9")


def test_what_is_started_is_ones_own(desk: Desk, client: FlaskClient, stub_connection: ConnectionRow) -> None:
    for kind, connection in (("sync_groups", 999), ("read_delivery", stub_connection.id), ("sync_groups", "x")):
        client.post("/status/start", data={"kind": kind, "connection": connection})
    with desk.db.read() as session:
        assert session.scalars(select(Job)).all() == []
    client.post("/status/start", data={"kind": "sync_groups", "connection": stub_connection.id})
    with desk.db.read() as session:
        assert session.scalars(select(Job.kind)).all() == ["sync_groups"]


def test_a_failed_job_is_seen_and_run_again(desk: Desk, client: FlaskClient, stub_connection: ConnectionRow) -> None:
    with desk.db.write() as session:
        mine = {"organisation_id": stub_connection.organisation_id, "connection_id": stub_connection.id}
        outbox.queue(desk, session, "sync_groups", {"connection_id": stub_connection.id}, **mine)
    (job,) = outbox.claim(desk, 1)
    outbox.fail(desk, job, "refused", "refused: no")
    assert "refused: no" in page(client)
    assert client.post("/status/retry", data={"job": str(job.id)}).status_code == 302
    with desk.db.read() as session:
        assert session.scalars(select(Job.state)).all() == ["due"]
