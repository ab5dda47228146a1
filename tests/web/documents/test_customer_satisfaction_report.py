"""The Customer Satisfaction Report, fetched by a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from deskpulse.access import users
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.models import Job
from deskpulse.outbound.smtp import Mailer
from deskpulse.reports.documents.customer_satisfaction_mail import MAIL_REPORT
from deskpulse.worker import drain
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER
from fixtures.answers import Answers
from fixtures.mailbox import Letters
from fixtures.printed import Printed

ADDRESS = "/customer-satisfaction-report"
Jobs = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def jobs(desk: Desk) -> Jobs:
    def read() -> list[dict[str, Any]]:
        with desk.db.read() as session:
            return list(session.scalars(select(Job.payload).where(Job.kind == MAIL_REPORT)))

    return read


@pytest.fixture
def client(desk: Desk, organisation: Organisation) -> FlaskClient:
    """Signed in, without looking at the form."""
    with desk.db.write() as session:
        user = users.add(desk, session, organisation, "ann@corp.example", "correct horse battery", actor="test")
    app = create_app(desk)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[USER], cookie[EPOCH] = user.id, user.session_epoch
    return client


def test_only_those_signed_in_get_it(desk: Desk, organisation: Organisation) -> None:
    answer = create_app(desk).test_client().get(ADDRESS)
    assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/sign-in")


def test_without_a_month_it_is_the_last_complete_one(client: FlaskClient, desk: Desk, answer: Answers) -> None:
    answer(*[10] * 6, answered_at=desk.now().replace(month=2))
    got = client.get(ADDRESS)
    assert (got.status_code, got.mimetype) == (200, "application/pdf")
    assert got.headers["Content-Disposition"] == "attachment; filename=customer-satisfaction-2026-02.pdf"
    assert got.headers["Cache-Control"] == "no-store"
    document = Printed(got.data)
    assert "February 2026" in document.text
    assert "+100" in document.text
    assert "Northwind IT" in document.text


def test_any_month_can_be_asked_for(client: FlaskClient) -> None:
    assert "August 2025" in Printed(client.get(f"{ADDRESS}?month=2025-08").data).text


@pytest.mark.parametrize("month", ["2026-04", "2026-13", "August", "0000-01"])
def test_a_month_that_is_none_is_explained(client: FlaskClient, month: str) -> None:
    got = client.get(ADDRESS, query_string={"month": month})
    assert got.status_code == 400
    assert "month: " in got.text


def test_the_answers_of_others_are_not_in_it(
    client: FlaskClient, desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Other")
    answer(*[10] * 6, organisation_id=other.id, answered_at=desk.now().replace(month=2))
    assert "no responses" in Printed(client.get(ADDRESS).data).text


def test_a_link_that_names_recipients_shows_them_and_mails_nothing_yet(client: FlaskClient, jobs: Jobs) -> None:
    page = client.get(f"{ADDRESS}?month=2026-01&sendto=ann@corp.example").text
    assert "The report of January 2026 goes as PDF to:" in page
    assert "ann@corp.example" in page
    assert "Mail it" in page
    assert jobs() == []


def test_the_button_mails_it(client: FlaskClient, jobs: Jobs) -> None:
    said = client.post(f"{ADDRESS}?month=2026-01&sendto=adminselect", follow_redirects=True).text
    assert "The report of January 2026 is on its way to ann@corp.example." in said
    assert jobs() == [{"month": "2026-01", "to": "ann@corp.example", "actor": "ann@corp.example"}]


def test_strangers_get_nothing(client: FlaskClient, jobs: Jobs) -> None:
    for ask in (client.get, client.post):
        got = ask(f"{ADDRESS}?sendto=eve@other.example")
        assert got.status_code == 403
        assert "Reports may not be mailed to eve@other.example." in got.text
    assert client.post(ADDRESS).status_code == 400
    assert jobs() == []


def test_the_mails_link_leads_to_the_same_score(
    client: FlaskClient, desk: Desk, organisation: Organisation, answer: Answers, mailbox: Letters
) -> None:
    answer(*[10] * 38, *[3] * 2, answered_at=desk.now().replace(month=2))
    answer(*[3] * 6)
    client.post(f"{ADDRESS}?month=2026-02&sendto=ann@corp.example")
    desk.mailer = Mailer(mailbox.url)
    drain.drain(desk)
    desk.mailer.close()
    [arrived] = mailbox.all("ann@corp.example")
    assert "Net Promoter Score: +90" in arrived["text"]
    [link] = re.findall(rf"{desk.settings.base_url}(/\S*)", arrived["text"])
    page = client.get(link).text
    assert "February 2026" in page
    assert "+90" in page
    assert "n = 40" in page
