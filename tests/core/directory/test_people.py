"""Addresses are compared in one form, and people of a ticket become rows once."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from deskpulse.directory.codes import PATTERN, code_from
from deskpulse.directory.groups import BURST, ensure_group
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.directory.people import ensure_agent, ensure_customer, normalise, person_of
from deskpulse.outbound.models import Job
from deskpulse.records import Agent, Customer, Group


@pytest.mark.parametrize(
    ("given_address", "expected"),
    [
        (" Ann.Ox@Example.COM ", "ann.ox@example.com"),
        ("ann@MÜNCHEN.de", "ann@xn--mnchen-3ya.de"),
        ("ann@xn--mnchen-3ya.de", "ann@xn--mnchen-3ya.de"),
        ("zoe\u0308@x.de", "zo\u00eb@x.de"),
        ("ann@corp.local", "ann@corp.local"),
        ("ann@mailhost", "ann@mailhost"),
        ("ann@b.de, bob@b.de", None),
        ("Ann <ann@b.de>", None),
        ("ann@b.de.", None),
        ("ann@", None),
        ("@b.de", None),
        ("ann@b@c.de", None),
        ("ann@b.de\nBcc: all@b.de", None),
        ("a" * 400 + "@b.de", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_in_one_form(given_address: str | None, expected: str | None) -> None:
    assert normalise(given_address) == expected


@given(st.one_of(st.text(), st.emails(), st.builds("{}@{}".format, st.text(), st.text())))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert once is None or (normalise(once) == once and once == once.strip().lower())


@given(st.emails())
def test_case_and_blanks_do_not_make_another_person(email: str) -> None:
    assert person_of(f" {email.upper()} ", 1, "x") == person_of(email.lower(), 2, "y")


def test_without_an_address_the_helpdesk_names_the_person() -> None:
    assert person_of(None, 3, "77") == "c3:77" != person_of("nonsense", 4, "77")


@given(st.text())
def test_a_code_can_be_made_of_any_name(name: str) -> None:
    assert PATTERN.fullmatch(code_from(name))


def test_a_customer_is_one_row_that_follows_the_helpdesk(desk, organisation, connection_id, statements):
    record = Customer("7", "Ann\0 Ox", "Ann@Example.com", "de")
    with desk.db.write() as session:
        row = ensure_customer(session, organisation.id, connection_id, record)
        assert (row.name, row.email, row.person) == ("Ann Ox", "ann@example.com", "ann@example.com")
    with desk.db.write() as session, statements() as seen:
        assert ensure_customer(session, organisation.id, connection_id, record).id == row.id
        assert len(seen) == 1
    with desk.db.write() as session:
        again = ensure_customer(session, organisation.id, connection_id, replace(record, name="", email=None))
        assert (again.id, again.name, again.email, again.person) == (row.id, "Ann Ox", None, f"c{connection_id}:7")


def test_a_ticket_does_not_say_whether_an_agent_is_active(desk, organisation, connection_id):
    suspended = Agent("7", "Bo", "bo@corp.example", active=False)
    with desk.db.write() as session:
        assert not ensure_agent(session, organisation.id, connection_id, suspended).active
    with desk.db.write() as session:
        row = ensure_agent(session, organisation.id, connection_id, Agent("7", "Bo Berg"))
        assert (row.name, row.email, row.active) == ("Bo Berg", "bo@corp.example", False)


def test_unknown_groups_are_added_at_once_and_synchronised_together(desk, organisation, connection_id, clock):
    with desk.db.write() as session:
        first = ensure_group(desk, session, organisation.id, connection_id, Group("g1", "Team"))
        second = ensure_group(desk, session, organisation.id, connection_id, Group("g2", "Team"))
        assert {first.code, second.code} == {"team", "team-2"}
    clock.at += BURST
    with desk.db.write() as session:
        ensure_group(desk, session, organisation.id, connection_id, Group("g3", ""))
        renamed = ensure_group(desk, session, organisation.id, connection_id, Group("g1", "Squad"))
        assert (renamed.id, renamed.name, renamed.code) == (first.id, "Squad", first.code)
    with desk.db.read() as session:
        jobs = session.scalars(select(Job).order_by(Job.id)).all()
    assert [(job.kind, job.connection_id, job.payload, job.due_at) for job in jobs] == [
        ("sync_groups", connection_id, {"connection_id": connection_id}, clock.at),
        ("sync_groups", connection_id, {"connection_id": connection_id}, clock.at + BURST),
    ]


def test_the_same_newcomers_in_many_tickets_at_once(desk, organisation, connection_id):
    problems = []

    def ticket(number):
        try:
            for _ in range(3):
                with desk.db.write() as session:
                    ensure_group(desk, session, organisation.id, connection_id, Group("g1", "Team"))
                    ensure_group(desk, session, organisation.id, connection_id, Group(f"own{number}", "Team"))
                    ensure_agent(session, organisation.id, connection_id, Agent("a1", f"Agent {number}"))
                    ensure_customer(session, organisation.id, connection_id, Customer("c1", f"Customer {number}"))
        except Exception as error:
            problems.append(error)

    threads = [Thread(target=ticket, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with desk.db.read() as session:
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (SupportGroup, AgentRow, CustomerRow)]
    assert counts == [7, 1, 1]
