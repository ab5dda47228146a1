"""The Customer Satisfaction Report by mail: as an attachment, to those who may have it."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from deskpulse.access import users
from deskpulse.desk import Desk
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.outbound.models import Job
from deskpulse.outbound.smtp import Handover, Mailer
from deskpulse.reports.documents import customer_satisfaction_mail as delivery
from deskpulse.scoring.periods import parse_month
from deskpulse.worker import drain
from fixtures import mailbox as mailboxes
from fixtures.printed import Printed

ANN, CIO = "ann@corp.example", "cio@corp.example"


class Letters:
    """A mailer that keeps what it is given; ``answer`` is the mail server's."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.answer = Handover(True, "250")

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> Handover:
        assert message["To"] == recipient
        self.sent.append(message)
        return self.answer

    def close(self) -> None: ...


@pytest.fixture
def letters(desk: Desk) -> Letters:
    letters: Any = Letters()
    desk.mailer = letters
    return letters


def ask(desk: Desk, organisation: Organisation, *to: str) -> None:
    with desk.db.write() as session:
        session.get_one(Organisation, organisation.id).preferences = {"report_recipients": CIO}
        users.add(desk, session, organisation, ANN, "correct horse battery", actor="test")
    with desk.db.write() as session:
        delivery.queue(desk, session, organisation, parse_month("2026-02"), to, ANN)


def jobs(desk: Desk) -> list[Job]:
    with desk.db.read() as session:
        return list(session.scalars(select(Job).where(Job.kind == delivery.MAIL_REPORT)))


def test_everyone_gets_a_letter_with_the_report(
    desk: Desk, organisation: Organisation, letters: Letters, filed: Callable[..., None]
) -> None:
    filed(*[10] * 6)
    ask(desk, organisation, ANN, CIO)
    drain.drain(desk)
    assert sorted(letter["To"] for letter in letters.sent) == [ANN, CIO]
    letter = letters.sent[0]
    assert letter["Subject"] == "Customer Satisfaction Report: Northwind IT, February 2026"
    body = letter.get_body(("plain",))
    assert body is not None
    assert f"{ANN} asked DeskPulse to send it to you" in body.get_content()
    [attached] = letter.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (
        "customer-satisfaction-2026-02.pdf", "application/pdf",
    )  # fmt: skip
    content = attached.get_content()
    assert isinstance(content, bytes)
    assert "n = 6" in Printed(content).text


def test_the_answer_arrives_in_the_letter_itself(
    desk: Desk, organisation: Organisation, mailbox: mailboxes.Letters, filed: Callable[..., None]
) -> None:
    desk.mailer = Mailer(mailbox.url)
    filed(*[10] * 6)
    ask(desk, organisation, CIO)
    drain.drain(desk)
    [arrived] = mailbox.all(CIO)
    [job] = jobs(desk)
    assert arrived["headers"]["Message-ID"].startswith(f"<report-{job.id}@")
    assert arrived["headers"]["Content-Type"].startswith("multipart/mixed")
    link = f"{desk.settings.base_url}/dashboard?month=2026-02"
    for form in ("text", "html"):
        assert "n = 6" in arrived[form]
        assert link in arrived[form]
    [(cid, address)] = mailbox.box.pictures(1).items()
    assert f'src="cid:{cid}"' in arrived["html"]
    assert address.startswith("data:image/png;base64,iVBOR")
    desk.mailer.close()


def test_it_is_noted_who_sent_what_to_whom(desk: Desk, organisation: Organisation) -> None:
    ask(desk, organisation, CIO)
    with desk.db.read() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "report mailed"))
    assert (entry.actor, entry.subject) == (ANN, "Customer Satisfaction Report")
    assert entry.detail == {"to": [CIO], "month": "2026-02"}


def test_who_is_no_longer_authorised_gets_nothing(desk: Desk, organisation: Organisation, letters: Letters) -> None:
    ask(desk, organisation, CIO)
    with desk.db.write() as session:
        session.get_one(Organisation, organisation.id).preferences = {}
    drain.drain(desk)
    [job] = jobs(desk)
    assert (job.state, letters.sent) == ("failed", [])
    assert "not authorised to receive reports any more" in (job.error or "")


def test_a_refusal_of_the_mail_server_is_a_failed_job(desk: Desk, organisation: Organisation, letters: Letters) -> None:
    letters.answer = Handover(False, "550 no such user")
    ask(desk, organisation, CIO)
    drain.drain(desk)
    [job] = jobs(desk)
    assert job.state == "failed"
    assert "550 no such user" in (job.error or "")
