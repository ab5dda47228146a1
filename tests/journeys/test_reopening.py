"""A ticket that is reopened: what was not sent is cancelled, what was not answered is withdrawn, answers stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from journeys.running import Demo, Person


@pytest.fixture
def patient_demo(empty_demo: Demo) -> Iterator[Demo]:
    """A demo that waits an hour before it asks."""
    empty_demo.command("organisation", "set", "delay_minutes=60")
    yield empty_demo
    empty_demo.command("organisation", "set", "delay_minutes=0")


def test_an_unsent_invite_is_cancelled(patient_demo: Demo) -> None:
    ticket = patient_demo.write_ticket("una@northwind.example", "Monitor stays dark")
    patient_demo.solve(ticket)
    patient_demo.in_state(ticket, "waiting")
    patient_demo.reopen(ticket)
    story = patient_demo.in_state(ticket, "cancelled")
    assert story["explanation"] == "Not asked: the ticket was reopened."
    assert patient_demo.mails("una@northwind.example") == []
    patient_demo.solve(ticket)
    assert patient_demo.in_state(ticket, "waiting")["reason"] == "asked", "nobody has been asked yet"
    newest, first = patient_demo.decided(ticket, 2)
    assert "asked The customer was asked." in newest
    assert "cancelled" in first
    assert "the ticket was reopened" in first


def test_an_unanswered_invite_is_withdrawn_and_nobody_is_asked_twice_a_day(
    demo: Demo, person: Callable[[], Person]
) -> None:
    ticket, customer = demo.fresh_ticket(), person()
    link = demo.asked(ticket)
    demo.in_state(ticket, "invited")
    assert customer.open(f"{link}?score=3").status_code == 200
    demo.reopen(ticket)
    demo.in_state(ticket, "withdrawn")
    late = person()
    assert late.open(f"{link}?score=3").status_code == 410
    assert late.heading == "We are not done yet"
    assert "worked on again" in late.text
    assert not late.has_form

    demo.solve(ticket)
    newest, first = demo.decided(ticket, 2)
    assert "not asked: asked recently This person was asked within the last hour about this ticket." in newest
    assert "asked The customer was asked." in first
    assert "withdrawn" in first
    story = demo.in_state(ticket, "not_asked")
    assert (story["reason"], "about this ticket" in story["explanation"]) == ("asked recently", True)
    assert len(demo.mails(ticket["requester"])) == 1


def test_a_page_that_was_open_before_the_reopening_is_still_taken(demo: Demo, person: Callable[[], Person]) -> None:
    ticket, customer = demo.fresh_ticket(), person()
    customer.open(f"{demo.asked(ticket)}?score=4")
    demo.reopen(ticket)
    demo.in_state(ticket, "withdrawn")
    customer.send(4, comment="It is not solved at all.")
    assert customer.heading == "Thank you"
    assert "It is not solved at all." in demo.noted(ticket)[0]


def test_an_answer_stays_after_the_reopening(demo: Demo, person: Callable[[], Person]) -> None:
    ticket = demo.fresh_ticket()
    link = demo.asked(ticket)
    person().answer(link, 8, comment="Fine so far")
    demo.noted(ticket)
    demo.reopen(ticket)
    demo.solve(ticket)
    newest, first = demo.decided(ticket, 2)
    assert "not asked: asked recently" in newest
    assert "answered" in first
    assert "8 passive" in first
    later = person()
    assert later.open(link).status_code == 200
    assert (later.heading, later.has_form) == ("Already answered", False)
    assert "Fine so far" in later.text
    assert len(demo.notes(ticket)) == 1
    assert demo.score_on(ticket) == "8"
