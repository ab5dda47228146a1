"""The panel: what an agent sees beside a ticket, and who may ask for it."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import CustomerRow
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.surveys.models import Decision, Invite, Resolution, Response, TicketRow
from deskpulse_web.application import create_app
from fixtures.stub import KIND, SECRET, Stub

ADA = "ada@example.org"
NO_TICKET = "Not solved yet, or DeskPulse has not seen it."


@dataclass
class House:
    """One organisation with a connection, filled in by hand."""

    desk: Desk
    organisation_id: int
    connection: ConnectionRow

    @property
    def panel_key(self) -> str:
        return self.desk.vault.open_all(self.connection.secrets_sealed)["panel_key"]

    def ticket(
        self,
        number: str,
        *,
        person: str = ADA,
        asked: bool = True,
        invite: str | None = None,
        detail: str = "",
        score: int | None = None,
        at: datetime | None = None,
        comment: str = "",
    ) -> int:
        now, mine = at or self.desk.now(), {"organisation_id": self.organisation_id}
        with self.desk.db.write() as session:

            def add(row: Any) -> Any:
                session.add(row)
                session.flush()
                return row

            ticket = add(TicketRow(**mine, connection_id=self.connection.id, vendor_id=f"v{number}", number=number))
            resolution = add(
                Resolution(
                    **mine,
                    ticket_id=ticket.id,
                    key="0",
                    outcome="solved",
                    subject=f"Trouble {number}",
                    person=person,
                    resolved_at=now,
                    seen_at=now,
                )
            )
            add(
                Decision(
                    **mine,
                    resolution_id=resolution.id,
                    asked=asked,
                    reason="asked" if asked else "opted out",
                    explanation="The customer was asked." if asked else "This person does not want to be asked.",
                    source="webhook",
                    decided_at=now,
                )
            )
            sent = None
            if invite is not None:
                sent = add(
                    Invite(
                        **mine,
                        connection_id=self.connection.id,
                        resolution_id=resolution.id,
                        ticket_id=ticket.id,
                        person=person,
                        email=person,
                        name="Ada",
                        token_digest=f"{self.organisation_id}-{number}",
                        token_sealed="",
                        state=invite,
                        detail=detail,
                        message_id="<1@x>",
                        created_at=now,
                        due_at=now,
                        sent_at=now,
                        expires_at=now + timedelta(days=14),
                    )
                )
            if score is not None:
                add(
                    Response(
                        **mine,
                        link=f"{self.organisation_id}-{number}",
                        entrance="token",
                        status="counted",
                        current=True,
                        ticket_id=ticket.id,
                        resolution_id=resolution.id,
                        tid=f"v{number}",
                        invite_id=sent.id if sent else None,
                        score=score,
                        comment=comment,
                        answered_at=now,
                        first_answered_at=now,
                        day=now.date(),
                        hour=now.hour,
                        person=person,
                    )
                )
            return int(ticket.id)


@pytest.fixture
def house(desk: Desk, organisation: Organisation, stub_connection: ConnectionRow) -> House:
    with desk.db.write() as session:
        session.add(
            CustomerRow(
                organisation_id=organisation.id,
                connection_id=stub_connection.id,
                vendor_id="c1",
                name="Ada",
                email=ADA,
                person=ADA,
            )
        )
    return House(desk, organisation.id, stub_connection)


@pytest.fixture
def other(desk: Desk, house: House) -> House:
    """Another organisation at the same helpdesk, which knows the same customer."""
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Southwind", code="southwind")
        row = connections.create(desk, session, organisation, KIND.name, "Stub", {"shared_secret": SECRET})
    return House(desk, organisation.id, row)


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return create_app(desk).test_client()


@pytest.fixture
def ask(client: FlaskClient, house: House) -> Callable[..., TestResponse]:
    def ask(key: str | None = None, headers: dict[str, str] | None = None, **query: str) -> TestResponse:
        shown = {"Authorization": f"Bearer {house.panel_key if key is None else key}"} | (headers or {})
        return client.get(f"/panel/{house.connection.key}", query_string=query, headers=shown)

    return ask


Ask = Callable[..., TestResponse]


def view(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type.startswith("application/json")
    seen: dict[str, Any] = answer.get_json()
    return seen


def test_the_panels_own_key_is_required(ask: Ask, client: FlaskClient, house: House) -> None:
    assert ask(ticket="v1").status_code == 200
    for wrong in ("", "wrong", SECRET, house.connection.key, "é", house.panel_key[:-1], house.panel_key + " x"):
        assert ask(wrong, ticket="v1").status_code == 401, wrong
    assert client.get(f"/panel/{house.connection.key}").status_code == 401
    assert client.get("/panel/nobody", headers={"Authorization": f"Bearer {house.panel_key}"}).status_code == 404


def test_the_panels_key_is_no_inlet_secret(client: FlaskClient, house: House) -> None:
    assert client.post(f"/in/{house.connection.key}", headers={"X-Secret": house.panel_key}).status_code == 401


def test_a_signed_request_never_shows_the_key(client: FlaskClient, house: House, clock: Any) -> None:
    path = f"/panel/{house.connection.key}"

    def answers(query: str, signed: str | None = None, key: str = house.panel_key, age: int = 0, **other: str) -> int:
        stamp = str(int(clock.at.timestamp()) - age)
        text = f"{stamp}.GET.{path}?{query if signed is None else signed}"
        signature = hmac.new(key.encode(), text.encode(), "sha256").hexdigest()
        sent = {"X-DeskPulse-Timestamp": stamp, "X-DeskPulse-Signature": f"v1={signature}", **other}
        return client.get(f"{path}?{query}", headers=sent).status_code

    query = "ticket=v1&customer=c%3A1&email=ada%2Bx%40example.org"
    assert answers(query) == 200
    assert answers(query, age=299) == 200
    assert answers(query, age=301) == 401
    assert answers(query, age=-301) == 401
    assert answers(query, signed="ticket=v2") == 401
    assert answers(query, key="another") == 401
    assert answers(query, signed="ticket=v2", Authorization=f"Bearer {house.panel_key}") == 401


def test_a_key_opens_no_other_connection(client: FlaskClient, house: House, other: House) -> None:
    answer = client.get(f"/panel/{other.connection.key}", headers={"Authorization": f"Bearer {house.panel_key}"})
    assert answer.status_code == 401


def test_another_organisations_answers_are_never_shown(ask: Ask, house: House, other: House) -> None:
    other.ticket("1", invite="answered", score=2, comment="Southwind's secret")
    for query in (
        {"email": ADA},
        {"customer": "c1"},
        {"ticket": "v1"},
        {"ticket": "v1", "customer": "c1", "email": ADA},
    ):
        answer = ask(**query)
        seen = view(answer)
        assert (seen["last"], seen["trend"]) == (None, [])
        assert "Southwind" not in answer.get_data(as_text=True)
        if "ticket" in query:
            assert seen["ticket"]["state"] == "not_resolved"


def test_the_last_score_comes_first_and_the_trend_is_in_order(ask: Ask, house: House, clock: Any) -> None:
    for number in range(14):
        at = clock.at - timedelta(days=14 - number)
        house.ticket(str(number), invite="answered", score=number % 11, at=at, comment=f"Number {number}")
    for query in ({"email": f" {ADA.upper()} "}, {"customer": "c1"}, {"customer": "unknown", "email": ADA}):
        seen = view(ask(**query))
        assert seen["customer"] == {"name": "Ada", "known": True}
        assert (seen["last"]["score"], seen["last"]["band"], seen["last"]["comment"]) == (2, "detractor", "Number 13")
        assert seen["last"]["ticket"]["number"] == "13"
        assert [one["ticket_number"] for one in seen["trend"]] == [str(number) for number in range(2, 14)]
        assert seen["ticket"] is None


def test_nobody_is_known(ask: Ask) -> None:
    seen = view(ask(email="nobody@example.org", customer="c9", ticket="v9"))
    assert (seen["last"], seen["trend"]) == (None, [])
    assert (seen["ticket"]["state"], seen["ticket"]["explanation"]) == ("not_resolved", NO_TICKET)
    empty = view(ask())
    assert empty["customer"] == {"name": "", "known": False}


@pytest.mark.parametrize(
    ("invite", "state", "words"),
    [
        ("waiting", "waiting", "about to be sent"),
        ("sent", "invited", "has not answered yet"),
        ("bounced", "bounced", "came back: mailbox full"),
        ("refused", "refused", "could not be delivered: mailbox full"),
        ("cancelled", "cancelled", "mailbox full"),
        ("withdrawn", "withdrawn", "reopened"),
        ("expired", "expired", "did not answer in time"),
    ],
)
def test_every_state_of_an_invite_is_said(ask: Ask, house: House, invite: str, state: str, words: str) -> None:
    house.ticket("1", invite=invite, detail="mailbox full")
    story = view(ask(ticket="v1"))["ticket"]
    assert (story["state"], story["score"]) == (state, None)
    assert words in story["explanation"]


def test_why_nobody_was_asked_is_said(ask: Ask, house: House) -> None:
    house.ticket("1", asked=False)
    story = view(ask(ticket="v1"))["ticket"]
    assert (story["state"], story["reason"]) == ("not_asked", "opted out")
    assert story["explanation"] == "This person does not want to be asked."


def test_an_answer_is_said(ask: Ask, house: House, clock: Any) -> None:
    house.ticket("1", invite="answered", score=9)
    story = view(ask(ticket="v1"))["ticket"]
    assert (story["state"], story["score"], story["band"]) == ("answered", 9, "promoter")
    assert story["answered_at"] == clock.at.isoformat().replace("+00:00", "Z")


def test_what_is_known_already_is_not_sent_again_until_it_changes(ask: Ask, house: House, clock: Any) -> None:
    house.ticket("1", invite="sent")
    first = ask(ticket="v1", email=ADA)
    stamp = {"If-None-Match": first.headers["ETag"]}
    clock.advance(minutes=3)
    same = ask(headers=stamp, ticket="v1", email=ADA)
    assert (same.status_code, same.data) == (304, b"")
    assert "no-cache" in same.headers["Cache-Control"]
    house.ticket("2", invite="answered", score=10)
    fresh = ask(headers=stamp, ticket="v1", email=ADA)
    assert view(fresh)["last"]["score"] == 10
    assert fresh.headers["ETag"] != first.headers["ETag"]
    assert ask(headers={**stamp, "Authorization": "Bearer wrong"}, ticket="v1", email=ADA).status_code == 401


def test_nothing_is_kept_by_caches_on_the_way(ask: Ask) -> None:
    assert "private" in ask(ticket="v1").headers["Cache-Control"]


def test_a_panel_costs_few_statements_however_much_is_known(ask: Ask, desk: Desk, house: House, clock: Any) -> None:
    for number in range(30):
        house.ticket(str(number), invite="answered", score=7, at=clock.at - timedelta(days=number))
    seen: list[str] = []
    event.listen(desk.db.engine, "before_cursor_execute", lambda *all_: seen.append(all_[2]))
    view(ask(ticket="v1", customer="c1", email=ADA))
    selects = [one for one in seen if one.lstrip().upper().startswith("SELECT")]
    assert len(selects) <= 4, selects
    assert all(not one.startswith(("INSERT", "UPDATE", "DELETE")) for one in seen)


def test_an_address_in_another_form_is_the_same_person(ask: Ask, house: House, stub: Stub) -> None:
    house.ticket("1", invite="answered", score=8)
    assert view(ask(email="ADA@Example.ORG"))["last"]["score"] == 8
    assert view(ask(email="not an address"))["last"] is None
