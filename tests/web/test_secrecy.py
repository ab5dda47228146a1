"""What is logged, refused or shown on a bad day holds no secret: each is looked for in everything that is said."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import structlog
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select, text

from deskpulse.cli.connection import connection as commands
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.inbound.models import DeliveryRow, Refusal
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.outbound.models import Job
from deskpulse.surveys.models import Invite
from deskpulse.testing.conformance.samples import SMALL
from deskpulse.testing.fake_helpdesk.simulator import FakeSimulator
from deskpulse.testing.fake_helpdesk.simulator.webhooks import sign
from deskpulse.testing.serving import serve
from deskpulse_web import main
from deskpulse_web.application import create_app

WRONG = "wr0ng-t0ken-of-someone"


@dataclass
class Helpdesk:
    """A helpdesk on real HTTP with a connection to it."""

    desk: Desk
    url: str
    row: ConnectionRow
    now: Callable[[], datetime]
    secrets: set[str] = field(default_factory=set)

    def delivery(self, ticket: str) -> dict[str, Any]:
        """A genuine webhook call, as arguments of the client."""
        body = f'{{"event": "ticket.solved", "ticket": {{"id": "{ticket}"}}}}'.encode()
        stamp, secret = self.now().isoformat(), connections.load(self.desk, self.row.id).secrets["signing_secret"]
        signature = sign(secret, stamp, body)
        self.secrets |= {signature, secret}
        headers = {"X-Fake-Timestamp": stamp, "X-Fake-Signature": signature, "X-Fake-Delivery": ticket}
        return {"data": body, "headers": headers}

    def fault(self, **fault: Any) -> None:
        requests.post(f"{self.url}/_sim/faults", json=fault, timeout=10).raise_for_status()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Everything that is logged as ``--verbose`` logs it."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    caplog.set_level(logging.INFO)
    main._log_from(logging.INFO)
    yield lambda: stream.getvalue() + caplog.text
    structlog.reset_defaults()


@pytest.fixture
def helpdesk(desk: Desk, organisation: Organisation, clock: Callable[[], datetime]) -> Iterator[Helpdesk]:
    clock.at = datetime.now(UTC)  # type: ignore[attr-defined]
    simulator = FakeSimulator()
    simulator.load(SMALL)
    with serve(simulator.wsgi_app) as url:
        simulator.start(url)
        token = simulator.access().secrets["api_token"]
        refused = CliRunner().invoke(commands, ["add", "fake", f"base_url={url}", f"api_token={WRONG}"], obj=desk)
        assert refused.exit_code == 1
        assert WRONG not in refused.output + str(refused.exception)
        added = CliRunner().invoke(commands, ["add", "fake", f"base_url={url}", f"api_token={token}"], obj=desk)
        assert added.exit_code == 0
        with desk.db.read() as session:
            row = session.scalars(select(ConnectionRow)).one()
        CliRunner().invoke(commands, ["provision", row.key], obj=desk)
        found = Helpdesk(desk, url, row, clock, {token, WRONG, *connections.load(desk, row.id).secrets.values()})
        yield found
        simulator.close()


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return create_app(desk).test_client()


def shown(desk: Desk) -> str:
    """What administrators are shown of jobs, connections and refusals, and what the audit keeps."""
    with desk.db.read() as session:
        return repr(
            [
                [job.error for job in session.scalars(select(Job))],
                [(row.paused_reason, row.check_report) for row in session.scalars(select(ConnectionRow))],
                [row.problem for row in session.scalars(select(DeliveryRow))],
                [(one.action, one.subject, one.detail) for one in session.scalars(select(AuditEntry))],
                [refusal.reason for refusal in session.scalars(select(Refusal))],
            ]
        )


def test_no_secret_is_logged_or_shown_while_everything_goes_wrong(
    desk: Desk, log: Callable[[], str], helpdesk: Helpdesk, client: FlaskClient, work: Callable[[], int], clock: Any
) -> None:
    listed = {one["subject"]: one["id"] for one in requests.get(f"{helpdesk.url}/_sim/tickets", timeout=10).json()}
    printer, vpn = listed["Printer on fire"], listed["VPN is down"]
    for ticket in (printer, vpn):
        requests.post(f"{helpdesk.url}/_sim/tickets/{ticket}/solve", timeout=10).raise_for_status()
    answers = []

    def call(key: str = helpdesk.row.key, **arguments: Any) -> None:
        answer = client.post(f"/in/{key}", **arguments)
        answers.append((answer.status_code, answer.text))

    genuine = helpdesk.delivery(printer)
    call(**genuine)
    call(**helpdesk.delivery(vpn) | {"data": b"forged"})
    call("unknown-key", **genuine)
    with desk.db.write() as session:
        session.execute(text("ALTER TABLE delivery RENAME TO elsewhere"))
    call(**helpdesk.delivery(vpn))
    with desk.db.write() as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO delivery"))
    call(**helpdesk.delivery(vpn))
    assert [status for status, _ in answers] == [202, 401, 404, 503, 202]

    helpdesk.fault(status=503, times=1)
    work()  # the mail server is not there
    with desk.db.read() as session:
        invites = session.scalars(select(Invite)).all()
    assert invites
    helpdesk.secrets |= {desk.vault.open(invite.token_sealed) for invite in invites}
    for token in [desk.vault.open(invite.token_sealed) for invite in invites]:
        assert client.get(f"/s/{token}").status_code == 200
    panel = client.get(f"/panel/{helpdesk.row.key}?ticket={printer}", headers={"Authorization": f"Bearer {WRONG}"})
    answers.append((panel.status_code, panel.text))
    signed_in = client.post("/sign-in", data={"email": "ann@corp.example", "passphrase": WRONG})
    answers.append((signed_in.status_code, signed_in.text))

    helpdesk.fault(status=401, times=20)
    clock.advance(minutes=5)
    work()
    said = log()
    for problem in ("delivery not stored", "job not done", "auth-expired"):
        assert problem in said, f"the day was not bad enough: {problem}"
    assert "auth-expired" in shown(desk)
    everything = said + shown(desk) + repr(answers)
    assert [secret for secret in helpdesk.secrets if secret in everything] == []


def test_tracebacks_are_plain(
    desk: Desk, log: Callable[[], str], helpdesk: Helpdesk, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prettier ones, which structlog makes where it finds the means, show local variables."""

    def crash(connection: Any, *_: Any, **__: Any) -> None:
        secrets = dict(connection.secrets)
        raise ZeroDivisionError(len(secrets))

    monkeypatch.setattr(desk.hub, "ask", crash)
    assert client.post(f"/in/{helpdesk.row.key}", **helpdesk.delivery("t-1")).status_code == 503
    said = log()
    assert "ZeroDivisionError" in said
    assert [secret for secret in helpdesk.secrets if secret in said] == []
    assert structlog.get_config()["processors"][-1]._exception_formatter is structlog.dev.plain_traceback
