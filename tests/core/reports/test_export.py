"""Exports: every answer with all that was captured, in order, once, in text that programs and spreadsheets read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from deskpulse.cells import meant
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, Segment, SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.export import export
from deskpulse.reports.export import rows as export_rows
from deskpulse.reports.export.columns import COLUMNS, HEADINGS
from deskpulse.reports.export.formats import Format
from deskpulse.reports.question import parse
from deskpulse.reports.tally import count
from deskpulse.surveys.models import Resolution, Response, TicketRow
from fixtures.answers import Answers

WHOLE = (("from", "2020-01-01"), ("to", "2030-01-01"))
Pairs = tuple[tuple[str, str], ...]


def exported(
    desk: Desk, organisation: Organisation, form: Format, pairs: Pairs = WHOLE, *, every: bool = False
) -> bytes:
    with desk.db.read() as session:
        question = parse(session, organisation, pairs, desk.now())
    return b"".join(export.begin(desk, organisation, question, form, every=every).pieces)


def as_csv(
    desk: Desk, organisation: Organisation, pairs: Pairs = WHOLE, *, every: bool = False
) -> list[dict[str, str]]:
    text = exported(desk, organisation, Format.CSV, pairs, every=every).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_json(desk: Desk, organisation: Organisation, pairs: Pairs = WHOLE, *, every: bool = False) -> list[Any]:
    text = exported(desk, organisation, Format.JSONL, pairs, every=every).decode()
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


@pytest.fixture
def known(desk: Desk, organisation: Organisation) -> dict[str, Any]:
    """Columns of an answer whose every detail is known."""
    mine = {"organisation_id": organisation.id}
    with desk.db.write() as session:
        session.get_one(Organisation, organisation.id).time_zone = "Europe/Berlin"
        connection = ConnectionRow(**mine, kind="fake", key="k", name="F", secrets_sealed="", created_at=desk.now())
        department = SupportGroup(**mine, name="IT Operations", code="OPS")
        session.add_all([connection, department])
        session.add(Segment(**mine, position=1, code="BER", name="Berlin"))
        session.add(Segment(**mine, position=2, code="FIN", name="Finance"))
        session.flush()
        theirs = mine | {"connection_id": connection.id}
        team = SupportGroup(**mine, name="=Network", code="NET", parent_id=department.id)
        agent = AgentRow(**theirs, vendor_id="a", name="Robin", email="robin@northwind.example")
        customer = CustomerRow(**theirs, vendor_id="c", name="Kim", person="kim@northwind.example")
        ticket = TicketRow(**theirs, vendor_id="v-1", number="INC0001")
        session.add_all([team, agent, customer, ticket])
        session.flush()
        resolution = Resolution(
            **mine, ticket_id=ticket.id, key="1", outcome="solved", subject="Printer, third floor",
            opened_at=datetime(2026, 3, 1, 7, tzinfo=UTC), resolved_at=datetime(2026, 3, 2, 8, tzinfo=UTC),
            seen_at=desk.now(),
        )  # fmt: skip
        session.add(resolution)
        session.flush()
    organisation.time_zone = "Europe/Berlin"
    return {
        "group_id": team.id, "agent_id": agent.id, "customer_id": customer.id, "person": customer.person,
        "ticket_id": ticket.id, "resolution_id": resolution.id, "tid": "v-1", "factors": ["speed", "result"],
        "comment": "Quick, “great”\nthank you", "contact_wanted": True, "segment1": "BER", "segment2": "FIN",
        "channel": "email", "priority": "high", "category": "Hardware", "customer_organisation": "Sales", "reopens": 0,
        "reassignments": 2, "minutes_to_resolve": 1500, "fields": {"product": "Laser", "site": "3"},
    }  # fmt: skip


SHARED = {
    "status": "counted", "problem": None, "answered_at": "2026-03-02T10:00:00+01:00",
    "first_answered_at": "2026-03-02T10:00:00+01:00", "revision": 1, "score": 9, "band": "promoter",
    "comment": "Quick, “great”\nthank you", "came_by": "token", "ticket": "INC0001", "subject": "Printer, third floor",
    "opened_at": "2026-03-01T08:00:00+01:00", "resolved_at": "2026-03-02T09:00:00+01:00", "minutes_to_resolve": 1500,
    "reopens": 0, "reassignments": 2, "group_code": "NET", "department": "IT Operations", "agent": "Robin",
    "agent_email": "robin@northwind.example", "customer": "kim@northwind.example", "customer_name": "Kim",
    "customer_organisation": "Sales", "segment1": "BER", "segment1_name": "Berlin", "segment2": "FIN",
    "segment2_name": "Finance", "channel": "email", "priority": "high", "category": "Hardware",
}  # fmt: skip


def test_all_that_was_captured_is_there(
    desk: Desk, organisation: Organisation, answer: Answers, known: dict[str, Any]
) -> None:
    (number,) = answer(9, **known)
    (line,) = as_json(desk, organisation)
    nested = {"contact_wanted": True, "factors": ["speed", "result"], "group": "=Network"}
    assert line == {**SHARED, **nested, "response": number, "fields": {"product": "Laser", "site": "3"}}
    (row,) = as_csv(desk, organisation)
    flat = {"contact_wanted": "yes", "factors": "speed;result", "group": "'=Network", "response": number}
    custom = {"field:product": "Laser", "field:site": "3"}
    assert row == {name: "" if value is None else str(value) for name, value in {**SHARED, **flat, **custom}.items()}


def test_headings_stay(desk: Desk, organisation: Organisation) -> None:
    """Programs rely on them: a new one comes at the end, and none is renamed. An empty export has them, too."""
    text = exported(desk, organisation, Format.CSV).decode("utf-8")
    assert text == (
        "\ufeffresponse,status,problem,answered_at,first_answered_at,revision,score,band,factors,comment,contact_wanted,"
        "came_by,ticket,subject,opened_at,resolved_at,minutes_to_resolve,reopens,reassignments,group_code,group,"
        "department,agent,agent_email,customer,customer_name,customer_organisation,segment1,segment1_name,segment2,"
        "segment2_name,channel,priority,category\r\n"
    )
    assert len(set(HEADINGS)) == len(HEADINGS)
    assert all(column.meaning for column in COLUMNS)
    assert exported(desk, organisation, Format.JSONL) == b""


def test_what_is_unknown_is_empty_or_null(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    answer(3, tid="4711")
    answer(4, tid="4712", fields={"product": "A"})
    first, second = as_csv(desk, organisation)
    assert (first["ticket"], first["agent"], first["opened_at"], first["field:product"]) == ("4711", "", "", "")
    assert (first["factors"], first["comment"], first["contact_wanted"]) == ("", "", "no")
    assert second["field:product"] == "A"
    line = as_json(desk, organisation)[0]
    assert (line["agent"], line["minutes_to_resolve"], line["factors"], line["fields"]) == (None, None, [], {})


def test_only_with_all_do_answers_come_that_do_not_count(
    desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    answer(9)
    answer(1, current=False)
    answer(2, current=False, status="error", problem="No such group.")
    answer(3, current=False, status="review")
    answer(4, current=False, status="revoked")
    assert [line["score"] for line in as_json(desk, organisation)] == [9]
    statuses = {line["score"]: line["status"] for line in as_json(desk, organisation, every=True)}
    assert statuses == {9: "counted", 1: "replaced", 2: "error", 3: "review", 4: "revoked"}
    assert [row["problem"] for row in as_csv(desk, organisation, every=True) if row["problem"]] == ["No such group."]


def test_another_organisations_answers_stay_there(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Southwind", code="southwind")
    answer(1, organisation_id=other.id, link="theirs", fields={"theirs": "1"})
    answer(9)
    (row,) = as_csv(desk, organisation, every=True)
    assert (row["score"], "field:theirs" in row) == ("9", False)


def test_times_have_the_offset_of_their_day(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    organisation.time_zone = "Europe/Berlin"
    for at in (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)):
        answer(9, answered_at=at)
    times = [line["answered_at"] for line in as_json(desk, organisation)]
    assert times == ["2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"]


QUESTIONS: list[Pairs] = [
    (), (("month", "2026-02"),), (("min", "9"),), (("band", "detractor"),), (("priority", "high"),),
    (("sgid1", "NONE"),), (("field:product", "A"),), (("weekday", "0"),), (("tid", "t-3"),), (("q", "thanks"),),
    (("rgid", "NONE"),), (("priority", "NONE"), ("max", "6")), (("reassignments", "2"),),
]  # fmt: skip


@pytest.mark.parametrize("pairs", QUESTIONS, ids=str)
def test_an_export_has_as_many_answers_as_every_page_says(
    desk: Desk, organisation: Organisation, answer: Answers, pairs: Pairs
) -> None:
    for number in range(12):
        ago = timedelta(days=5 * number)
        answer(
            (10, 3)[number % 2], answered_at=desk.now() - ago, tid=f"t-{number}", reassignments=number % 3,
            priority=("high", "low", None)[number % 3], segment1=("BER", None)[number % 2],
            fields={"product": "AB"[number % 2]}, comment="Many thanks" if number % 4 else "",
        )  # fmt: skip
    with desk.db.read() as session:
        question = parse(session, organisation, pairs, desk.now())
        n = count(session, question.scope).n
    assert 0 < n <= 12
    assert len(as_csv(desk, organisation, pairs)) == n
    assert export.begin(desk, organisation, question, Format.JSONL).rows == n


def test_batches_follow_each_other_without_gap(
    desk: Desk, organisation: Organisation, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_rows, "PAGE", 3)
    days = [timedelta(days=day) for day in (4, 4, 4, 4, 1, 1, 9, 9, 9)]
    made = [(desk.now() - ago, answer(number, answered_at=desk.now() - ago)[0]) for number, ago in enumerate(days)]
    assert [line["response"] for line in as_json(desk, organisation)] == [number for _, number in sorted(made)]


def test_no_batch_reads_again_what_others_have_read(
    desk: Desk, organisation: Organisation, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite enters its index at the day where the last batch ended."""
    monkeypatch.setattr(export_rows, "PAGE", 2)
    answer(1, 2, 3, answered_at=desk.now() - timedelta(days=3))
    asked: list[tuple[str, Any]] = []
    event.listen(desk.db.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    assert len(as_json(desk, organisation)) == 3
    statement, values = asked[-1]
    with desk.db.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert "ix_response_organisation_id_day_answered_at (organisation_id=? AND day>? AND day<?)" in plan[0]
    assert "TEMP B-TREE" not in " ".join(plan[:1])
    assert "2020-01-01" not in values


def test_nothing_is_locked_between_two_batches(
    desk: Desk, organisation: Organisation, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is answered meanwhile comes, and nothing is left out."""
    monkeypatch.setattr(export_rows, "PAGE", 2)
    answer(1, 2, 3)
    with desk.db.read() as session:
        question = parse(session, organisation, WHOLE, desk.now())
    begun = export.begin(desk, organisation, question, Format.JSONL)
    next(begun.pieces)
    with desk.db.engine.connect() as connection:
        busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    assert not busy, "the export keeps the log from being cleared"
    answer(4)
    rest = b"".join(begun.pieces)
    assert [json.loads(line)["score"] for line in rest.splitlines()] == [3, 4]


def test_an_export_that_is_given_up_gives_its_connection_back(
    desk: Desk, organisation: Organisation, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_rows, "BATCH", 1)
    answer(1, 2, 3)
    with desk.db.read() as session:
        question = parse(session, organisation, WHOLE, desk.now())
    pool: Any = desk.db.engine.pool
    begun = export.begin(desk, organisation, question, Format.CSV)
    next(begun.pieces)
    assert pool.checkedout() >= 0
    begun.pieces.close()
    assert pool.checkedout() == 0


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
RISKY = st.text("=+-@\t\r\n '\u3000\uff1d1a,;\"", max_size=6)


@pytest.fixture
def one_answer(desk: Desk, organisation: Organisation, answer: Answers) -> int:
    return answer(5)[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(comment=TEXT | RISKY, name=TEXT.filter(bool), value=TEXT | RISKY)
def test_any_text_comes_back(
    desk: Desk, organisation: Organisation, one_answer: int, comment: str, name: str, value: str
) -> None:
    with desk.db.write() as session:
        values = {"comment": comment, "fields": {name: value}, "channel": value}
        session.execute(update(Response).where(Response.id == one_answer).values(values))
    (line,) = as_json(desk, organisation)
    assert (line["comment"], line["fields"], line["channel"]) == (comment, {name: value}, value)
    (row,) = as_csv(desk, organisation)
    cells = [row["comment"], row[f"field:{name}"], row["channel"]]
    assert [meant(cell) for cell in cells] == [comment, value, value]


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Desk]:
    """The same desk on PostgreSQL."""
    from deskpulse.db.database import Database  # noqa: PLC0415 - only here

    desk.db.close()
    desk.db = Database(request.getfixturevalue("postgresql"))
    yield desk
    desk.db.close()


@pytest.mark.services
def test_on_postgresql_an_export_shows_one_moment(
    on_postgresql: Desk, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_rows, "BATCH", 2)
    organisation, answer = request.getfixturevalue("organisation"), request.getfixturevalue("answer")
    known = request.getfixturevalue("known")
    answer(9, **known)
    answer(2, 3, answered_at=on_postgresql.now() + timedelta(hours=1), fields={"=x": "=1"})
    with on_postgresql.db.read() as session:
        question = parse(session, organisation, WHOLE, on_postgresql.now())
    begun = export.begin(on_postgresql, organisation, question, Format.JSONL)
    first = next(begun.pieces)
    answer(4, answered_at=on_postgresql.now() + timedelta(hours=2))
    with on_postgresql.db.write() as session:
        session.execute(update(Response).where(Response.score == 3).values(score=8))
    lines = [json.loads(line) for line in (first + b"".join(begun.pieces)).splitlines()]
    assert [line["score"] for line in lines] == [9, 2, 3]
    assert begun.rows == 3
    assert {name: lines[0][name] for name in SHARED} == SHARED
    rows = as_csv(on_postgresql, organisation)
    assert [(row["score"], row["field:=x"], row["field:product"]) for row in rows] == [
        ("9", "", "Laser"), ("2", "'=1", ""), ("8", "'=1", ""), ("4", "", ""),
    ]  # fmt: skip
    with on_postgresql.db.read() as session:
        assert session.scalars(select(Response.id)).all()
    pool: Any = on_postgresql.db.engine.pool
    given_up = export.begin(on_postgresql, organisation, question, Format.CSV)
    next(given_up.pieces)
    assert pool.checkedout() == 1
    given_up.pieces.close()
    assert pool.checkedout() == 0
