"""Mail scanners open every link, run scripts and press buttons; nothing of that is an answer, and the person's is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from journeys.running import Demo, Person, plain, soon


def quarantine(demo: Demo, ticket: dict[str, object]) -> list[str]:
    """The review page's lines about this ticket's answers in quarantine."""
    section = demo.internal("/review").partition('id="quarantine"')[2].partition("</section>")[0]
    lines = [plain(line) for line in section.split("<li")[1:]]
    return [line for line in lines if f"about {ticket['number']}" in line]


def assert_nothing_counts(demo: Demo, ticket: dict[str, object]) -> None:
    assert demo.story(ticket)["state"] == "invited"
    assert demo.notes(ticket) == []
    assert demo.score_on(ticket) is None


def test_every_link_opened_and_the_person_afterwards(demo: Demo, person: Callable[[], Person]) -> None:
    ticket, scanner = demo.fresh_ticket(), person()
    link = demo.asked(ticket)
    for score in range(11):
        assert scanner.open(f"{link}?score={score}").status_code == 200
        head = requests.head(f"{link}?score={score}", timeout=10)
        assert (head.status_code, head.content) == (200, b"")
    scanner.open(f"{link}/opt-out")
    scanner.open(f"{link}/opt-out", "HEAD")
    assert_nothing_counts(demo, ticket)
    assert quarantine(demo, ticket) == []
    person().answer(link, 7, comment="A person wrote this.")
    (note,) = demo.noted(ticket)
    assert "A person wrote this." in note
    demo.in_state(ticket, "answered")


def test_the_hidden_link_gives_a_scanner_away(demo: Demo, person: Callable[[], Person]) -> None:
    ticket, scanner = demo.fresh_ticket(), person()
    link = demo.asked(ticket)
    scanner.open(f"{link}?score=0")
    page = scanner.page
    assert scanner.open(f"{link}/all").status_code == 200
    scanner.page = page
    scanner.send(0, comment="Pressed by a program")
    assert scanner.heading == "Your answer was received"
    assert_nothing_counts(demo, ticket)
    (line,) = quarantine(demo, ticket)
    assert f"0 detractor about {ticket['number']}" in line
    assert "the visit opened the hidden link" in line
    assert "browser: python-requests" in line
    person().answer(link, 10)
    demo.noted(ticket)
    demo.in_state(ticket, "answered")
    assert "This link has a confirmed answer all the same." in quarantine(demo, ticket)[0]


def test_every_score_posted_within_a_moment(demo: Demo, person: Callable[[], Person]) -> None:
    ticket = demo.fresh_ticket()
    link = demo.asked(ticket)
    scanner = person()
    for score in range(11):
        scanner.open(f"{link}?score={score}")
        scanner.send(score, scripted=False, gesture=False)
    assert_nothing_counts(demo, ticket)
    assert len(quarantine(demo, ticket)) == 11
    person().answer(link, 2)
    assert demo.noted(ticket)[0].startswith("Net Promoter score 2 of 10")


@pytest.mark.browser
def test_a_headless_browser_that_runs_scripts_and_sends(
    demo: Demo, new_page: Callable[..., Page], person: Callable[[], Person]
) -> None:
    ticket = demo.fresh_ticket()
    link = demo.asked(ticket)
    scanner = new_page()
    for how in ("document.querySelector('form').requestSubmit()", "document.querySelector('form button').click()"):
        scanner.goto(f"{link}?score=1")
        expect(scanner.locator("input[name=scripted]")).to_have_value("1")
        with scanner.expect_navigation():
            scanner.evaluate(how)
        expect(scanner.get_by_role("heading", level=1)).to_have_text("One more press, please")
    assert_nothing_counts(demo, ticket)
    lines = quarantine(demo, ticket)
    assert len(lines) == 2
    assert all("sent by a script without a person's gesture" in line for line in lines)
    assert all("a person's gesture: no" in line and "HeadlessChrome" in line for line in lines)

    customer = new_page()
    customer.goto(f"{link}?score=9")
    customer.get_by_role("button", name="Send my answer").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text("Thank you")
    soon("the person's score on the ticket", lambda: demo.score_on(ticket) == "9")
    assert [line for line in quarantine(demo, ticket) if "all the same" not in line] == []
