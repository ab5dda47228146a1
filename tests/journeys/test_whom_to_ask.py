"""Who is asked, and who is left in peace: one question in thirty days, and none to those who opted out."""

from __future__ import annotations

from collections.abc import Callable

import requests

from journeys.running import Demo, Person, link_in


def another_ticket(demo: Demo, ticket: dict[str, object]) -> dict[str, object]:
    return demo.write_ticket(str(ticket["requester"]), "And one more thing")


def test_a_second_ticket_of_the_same_customer_is_not_asked_about(demo: Demo) -> None:
    first = demo.fresh_ticket()
    demo.asked(first)
    second = another_ticket(demo, first)
    demo.solve(second)
    (decision,) = demo.decided(second)
    assert "not asked: asked recently This person was asked within the last hour about another ticket." in decision
    story = demo.in_state(second, "not_asked")
    assert story["reason"] == "asked recently"
    assert story["explanation"] == "This person was asked within the last hour about another ticket."
    assert len(demo.mails(str(first["requester"]))) == 1


def test_opting_out_by_one_click_in_the_mail_program(empty_demo: Demo) -> None:
    """RFC 8058: the mail program posts to the address in the header by itself, without cookies or a page."""
    first = empty_demo.write_ticket("olaf@northwind.example", "Scanner jams")
    empty_demo.solve(first)
    headers = empty_demo.mail(first)["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].strip("<>")
    assert requests.get(address, timeout=10).status_code == 200, "looking at it changes nothing"
    answer = requests.post(address, data={"List-Unsubscribe": "One-Click"}, timeout=10, allow_redirects=False)
    assert answer.status_code == 200
    second = another_ticket(empty_demo, first)
    empty_demo.solve(second)
    (decision,) = empty_demo.decided(second)
    assert "not asked: opted out This person does not want to be asked." in decision
    assert empty_demo.in_state(second, "not_asked")["reason"] == "opted out"


def test_opting_out_on_the_page_and_taking_it_back(empty_demo: Demo, person: Callable[[], Person]) -> None:
    empty_demo.command("organisation", "set", "quiet_days=1")
    ticket, customer = empty_demo.write_ticket("petra@northwind.example", "Mouse is slow"), person()
    empty_demo.solve(ticket)
    link = link_in(empty_demo.mail(ticket))
    customer.open(f"{link}/opt-out")
    assert customer.heading == "Do you want us to stop asking?"
    customer.open(f"{link}/opt-out", "POST")
    assert customer.heading == "We will not ask you again"
    second = another_ticket(empty_demo, ticket)
    empty_demo.solve(second)
    assert "not asked: opted out" in empty_demo.decided(second)[0]
    customer.open(f"{link}/opt-out", "POST", data={"undo": "1"})
    assert customer.heading == "Do you want us to stop asking?"
    third = another_ticket(empty_demo, ticket)
    empty_demo.solve(third)
    (decision,) = empty_demo.decided(third)
    assert "opted out" not in decision, "only how recently this person was asked is left as a reason"
    assert "not asked: asked recently" in decision
    empty_demo.command("organisation", "set", "quiet_days=30")
