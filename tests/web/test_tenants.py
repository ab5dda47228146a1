"""Two organisations on one DeskPulse: whoever is signed in to one tries to reach what belongs to the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from deskpulse.access import users
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.models import Job
from deskpulse.surveys.models import Decision, Resolution, Response, TicketRow
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER

PASSPHRASE, CHEAP = "four words and a comma", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FAKE = {"base_url": "http://127.0.0.1:9", "api_token": "t"}


@dataclass
class Tenant:
    """One organisation with a user, a helpdesk, a solved ticket, an answer about it, one in error, and a failed job."""

    organisation: Organisation
    connection: ConnectionRow
    response: int
    in_error: int
    ticket: int
    group: int
    job: int
    client: FlaskClient

    def page(self, path: str) -> str:
        return self.client.get(path).text

    def post(self, path: str, **form: Any) -> Any:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/status"))
        assert found
        return self.client.post(path, data={"csrf_token": found[1], **form}, follow_redirects=True)


def settle(desk: Desk, app: Flask, name: str) -> Tenant:
    word = name.lower()
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, name, code=word)
        user = users.add(desk, session, organisation, f"ann@{word}.example", PASSPHRASE, actor="test", hasher=CHEAP)
        connection = connections.create(desk, session, organisation, "fake", f"{name} desk", FAKE)
        mine = {"organisation_id": organisation.id}
        group = SupportGroup(**mine, name=f"{name} group", code=f"{word}-g")
        ticket = TicketRow(**mine, connection_id=connection.id, vendor_id="7", number="7")
        session.add_all([group, ticket])
        session.flush()
        resolution = Resolution(
            **mine, ticket_id=ticket.id, key="1", outcome="solved", subject=f"{name} secret", group_id=group.id,
            person=f"kim@{word}.example", resolved_at=desk.now(), seen_at=desk.now(),
        )  # fmt: skip
        session.add(resolution)
        session.flush()
        session.add(
            Decision(
                **mine, resolution_id=resolution.id, asked=True, reason="asked", explanation=f"{name} was asked.",
                source="webhook", decided_at=desk.now(),
            )
        )  # fmt: skip
        answers = [
            Response(
                **mine, link=f"{word}-{tid}", entrance="token", status=status, problem=problem, current=problem is None,
                tid=tid, ticket_id=ticket.id if problem is None else None, score=3, comment=f"{name} words {tid}",
                answered_at=desk.now(), first_answered_at=desk.now(), person=f"kim@{word}.example",
                day=desk.now().date(), hour=desk.now().hour,
            )
            for tid, status, problem in (("7", "counted", None), ("8", "error", f"{name} problem"))
        ]  # fmt: skip
        job = Job(
            **mine, kind="write_back", state="failed", key=f"{word}-1", payload={}, error=f"{name} failure",
            due_at=desk.now(), created_at=desk.now(),
        )  # fmt: skip
        session.add_all([*answers, job])
        session.flush()
        facts = (answers[0].id, answers[1].id, ticket.id, group.id, job.id)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[USER], cookie[EPOCH] = user.id, user.session_epoch
    return Tenant(organisation, connection, *facts, client)


@pytest.fixture
def tenants(desk: Desk) -> tuple[Tenant, Tenant]:
    app = create_app(desk)
    return settle(desk, app, "Northwind"), settle(desk, app, "Southwind")


def stored(desk: Desk, table: Any, row_id: int) -> Any:
    with desk.db.read() as session:
        return session.get_one(table, row_id)


@pytest.mark.parametrize("path", ["/overview", "/review", "/status", "/status?ticket=7"])
def test_pages_show_ones_own_and_nothing_else(tenants: tuple[Tenant, Tenant], path: str) -> None:
    north, south = tenants
    for me, other in ((north, "Southwind"), (south, "Northwind")):
        page = me.page(path)
        assert me.organisation.name in page
        assert other not in page


def test_the_same_ticket_number_is_two_tickets(tenants: tuple[Tenant, Tenant]) -> None:
    north, south = tenants
    assert "Northwind was asked." in north.page("/status?ticket=7")
    assert "Southwind was asked." in south.page("/status?ticket=7")


def test_another_ones_response_is_not_found(tenants: tuple[Tenant, Tenant]) -> None:
    north, south = tenants
    assert "Southwind words 7" in south.page(f"/responses/{south.response}")
    for response in (south.response, south.in_error, 10**12):
        answer = north.client.get(f"/responses/{response}")
        assert answer.status_code == 404
        assert "Southwind" not in answer.text


def test_another_ones_answer_cannot_be_mended(desk: Desk, tenants: tuple[Tenant, Tenant]) -> None:
    north, south = tenants
    answer = north.post("/review/mend", response=south.in_error, group=north.group)
    assert "That answer is not known." in answer.text
    assert "Southwind" not in answer.text
    row = stored(desk, Response, south.in_error)
    assert (row.status, row.group_id) == ("error", None)


def test_an_answer_cannot_be_hung_on_another_ones_group(desk: Desk, tenants: tuple[Tenant, Tenant]) -> None:
    north, south = tenants
    answer = north.post("/review/mend", response=north.in_error, group=south.group)
    assert "That answer is not known." in answer.text
    assert stored(desk, Response, north.in_error).status == "error"


def test_an_answer_named_by_number_lands_on_ones_own_ticket(desk: Desk, tenants: tuple[Tenant, Tenant]) -> None:
    north, south = tenants
    north.post("/review/mend", response=north.in_error, ticket="7")
    row = stored(desk, Response, north.in_error)
    assert (row.status, row.ticket_id) == ("counted", north.ticket)
    assert stored(desk, Response, south.response).current


def test_another_ones_job_is_not_run_again(desk: Desk, tenants: tuple[Tenant, Tenant]) -> None:
    north, south = tenants
    assert "0 jobs will run again now." in north.post("/status/retry", job=south.job).text
    assert stored(desk, Job, south.job).state == "failed"
    assert "1 job will run again now." in north.post("/status/retry", job="").text
    assert (stored(desk, Job, north.job).state, stored(desk, Job, south.job).state) == ("due", "failed")


@pytest.mark.parametrize("kind", ["reconcile", "sync_groups"])
def test_another_ones_helpdesk_is_not_started(desk: Desk, tenants: tuple[Tenant, Tenant], kind: str) -> None:
    north, south = tenants
    with desk.db.read() as session:
        before = session.scalar(select(func.count(Job.id)))
    answer = north.post("/status/start", kind=kind, connection=south.connection.id)
    assert "Started" not in answer.text
    with desk.db.read() as session:
        assert session.scalar(select(func.count(Job.id))) == before
    assert "Started" in north.post("/status/start", kind=kind, connection=north.connection.id).text


def test_the_panel_key_of_one_helpdesk_does_not_open_another_ones_panel(
    desk: Desk, tenants: tuple[Tenant, Tenant]
) -> None:
    north, south = tenants
    key = desk.vault.open_all(north.connection.secrets_sealed)["panel_key"]
    headers = {"Authorization": f"Bearer {key}"}
    asked = {"ticket": "7", "email": "kim@southwind.example"}
    answer = north.client.get(f"/panel/{south.connection.key}", headers=headers, query_string=asked)
    assert answer.status_code == 401
    own = north.client.get(f"/panel/{north.connection.key}", headers=headers, query_string=asked)
    assert own.status_code == 200
    assert own.json is not None
    assert own.json["last"] is None, "this person has answered the other organisation only"
    assert "Southwind" not in own.text


def test_a_link_of_one_organisation_shows_nothing_of_the_other(tenants: tuple[Tenant, Tenant]) -> None:
    """The same ticket number with the other's code: each code shows its own ticket's subject."""
    north, _ = tenants
    page = north.client.get("/?tc=ts&cpc=southwind&tid=7").text
    assert "Southwind secret" in page
    assert "Northwind" not in page
