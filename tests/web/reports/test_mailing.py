"""The Survey Responses Report by mail: nobody gets it by a link alone, and only those who may have it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from deskpulse.access.models import User
from deskpulse.desk import Desk
from deskpulse.directory.models import Contact
from deskpulse.organisation import organisations
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.outbound.models import Job
from deskpulse.outbound.smtp import Handover
from deskpulse.reports.responses import mail as responses_report_mail
from deskpulse.worker import drain
from fixtures.answers import Answers

LEAD, QUALITY = "lead@northwind.example", "quality@elsewhere.example"


@pytest.fixture
def sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, EmailMessage]]:
    """What the mail server was given."""
    taken: list[tuple[str, EmailMessage]] = []

    def take(message: EmailMessage, *, sender: str, recipient: str) -> Handover:
        taken.append((recipient, message_from_bytes(message.as_bytes(), policy=policy.default)))
        return Handover(True, "250")

    monkeypatch.setattr(desk.mailer, "send", take)
    return taken


@pytest.fixture
def known(desk: Desk, organisation: Organisation) -> None:
    """A contact, and an address in the preferences."""
    with desk.db.write() as session:
        session.add(Contact(organisation_id=organisation.id, email=LEAD))
        mine = session.get_one(Organisation, organisation.id)
        organisations.change_preferences(desk, session, mine, {"report_recipients": QUALITY}, "test")


def jobs(desk: Desk) -> list[Job]:
    with desk.db.read() as session:
        return list(session.scalars(select(Job).where(Job.kind == responses_report_mail.MAIL_REPORT)))


@pytest.mark.usefixtures("known", "answers")
def test_a_link_mails_nothing_and_the_button_does(
    desk: Desk, client: FlaskClient, post: Callable[[str], Any], sent: list[tuple[str, EmailMessage]]
) -> None:
    path = f"/survey-responses?format=csv&sendto={LEAD}&min=7&sort=4"
    page = client.get(path).text
    assert LEAD in page
    assert "Highest score first" in page
    assert jobs(desk) == []
    assert client.post(path).status_code == 400, "no token of a form"
    answered = post(path)
    assert answered.status_code == 302
    assert "sendto" not in answered.location
    assert "min=7" in answered.location
    assert f"on its way to {LEAD}" in client.get(answered.location).text
    drain.drain(desk)
    ((recipient, message),) = sent
    assert recipient == LEAD
    assert "Survey Responses Report: Northwind IT" in message["Subject"]
    body = message.get_body(("plain",))
    assert body is not None
    assert "Time zone: UTC" in body.get_content()
    assert "2 responses" in body.get_content()
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "survey-responses-2026-03-02.csv"
    content = attachment.get_payload(decode=True)
    assert isinstance(content, bytes)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["Overall_Sat"] for row in rows] == ["10", "7"]
    with desk.db.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "report mailed")).one()
    assert entry.actor == "Ann@northwind.example"
    assert entry.detail == {"to": [LEAD]}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("sendto", "to"),
    [
        ("adminselect", ["Ann@northwind.example"]),
        ("ANN@NORTHWIND.example", ["Ann@northwind.example"]),
        (f"{QUALITY},{LEAD}", [QUALITY, LEAD]),
    ],
)
def test_who_may_have_it(desk: Desk, post: Callable[[str], Any], sendto: str, to: list[str]) -> None:
    assert post(f"/survey-responses?sendto={sendto}").status_code == 302
    assert sorted(job.payload["to"] for job in jobs(desk)) == sorted(to)
    assert {job.payload["kind"] for job in jobs(desk)} == {"pdf"}
    assert ["from", "2026-01-31"] in jobs(desk)[0].payload["asked"], "the days of now, whenever it is made"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("sendto", ["eve@elsewhere.example", f"{LEAD},eve@elsewhere.example", "nonsense"])
def test_others_may_not(desk: Desk, client: FlaskClient, sendto: str) -> None:
    refused = client.get(f"/survey-responses?sendto={sendto}")
    assert refused.status_code == 403
    assert "may not be mailed to" in refused.text
    assert "report_recipients" in refused.text
    assert jobs(desk) == []


def test_users_of_others_may_not(desk: Desk, client: FlaskClient) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Southwind")
        session.add(
            User(organisation_id=other.id, email="bo@southwind.example", passphrase_hash="", created_at=desk.now())
        )
    assert client.get("/survey-responses?sendto=bo@southwind.example").status_code == 403


def test_too_much_for_a_mail_is_said_before(
    client: FlaskClient, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(9, 9, 9)
    monkeypatch.setattr(responses_report_mail, "MOST_MAILED", 2)
    refused = client.get("/survey-responses?format=csv&sendto=adminselect")
    assert refused.status_code == 403
    assert "Download the file" in refused.text


@pytest.mark.usefixtures("known", "answers")
def test_who_lost_the_right_meanwhile_gets_nothing(
    desk: Desk,
    organisation: Organisation,
    post: Callable[[str], Any],
    sent: list[tuple[str, EmailMessage]],
) -> None:
    post(f"/survey-responses?format=csv&sendto={QUALITY}")
    with desk.db.write() as session:
        mine = session.get_one(Organisation, organisation.id)
        organisations.change_preferences(desk, session, mine, {"report_recipients": ""}, "test")
    drain.drain(desk)
    assert sent == []
    assert [job.state for job in jobs(desk)] == ["failed"]
