"""Changing one's mind: the same browser may, for half an hour; another one that holds the link may only read."""

from __future__ import annotations

from collections.abc import Callable

from journeys.running import Demo, Person


def test_a_changed_answer_is_one_more_note_and_the_new_score(demo: Demo, person: Callable[[], Person]) -> None:
    ticket, customer, colleague = demo.fresh_ticket(), person(), person()
    link = demo.asked(ticket)
    customer.answer(link, 3, comment="It came back.", contact="1", factor=["speed"])
    assert "You can change your answer until" in customer.text
    (note,) = demo.noted(ticket)
    assert note.startswith("Net Promoter score 3 of 10: detractor\n")
    assert "The customer asks to be contacted." in note
    assert (demo.score_on(ticket), "nps_detractor" in demo.ticket(ticket)["tags"]) == ("3", True)

    customer.open(link)
    assert customer.chosen == 3
    assert "It came back." in customer.text
    customer.send(9, comment="Sorry, it was the cable.")
    assert customer.heading == "Thank you"
    first, second = demo.noted(ticket, 2)
    assert first == note, "a note is never rewritten"
    assert second.startswith("Net Promoter score 9 of 10: promoter (changed answer)\n")
    after = demo.ticket(ticket)
    assert demo.score_on(ticket) == "9"
    assert [tag for tag in after["tags"] if tag.startswith("nps_")] == ["nps_promoter"]
    fields = after["requester"]["user_fields"]
    assert (fields["nps_last_score"], fields["nps_last_category"]) == (9, "promoter")
    last = demo.panel(ticket, customer=after["requester"]["id"])["last"]
    assert (last["score"], last["comment"], last["contact_wanted"]) == (9, "Sorry, it was the cable.", False)

    colleague.open(f"{link}?score=0")
    assert (colleague.heading, colleague.has_form) == ("Already answered", False)
    assert "Score 9 of 10" in colleague.text
    assert "Sorry, it was the cable." in colleague.text
    assert len(demo.notes(ticket)) == 2


def test_sending_the_same_page_twice_is_one_answer(demo: Demo, person: Callable[[], Person]) -> None:
    ticket, customer = demo.fresh_ticket(), person()
    link = demo.asked(ticket)
    customer.open(f"{link}?score=10")
    shown = customer.page
    for _ in range(2):
        customer.page = shown
        customer.send(10)
        assert customer.heading == "Thank you"
    (note,) = demo.noted(ticket)
    assert "changed" not in note
