"""Opting out: on the page, by one click of the mail program, and back again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from deskpulse.desk import Desk
from deskpulse.directory.models import Suppression
from deskpulse.surveys.models import Invite


def suppressed(desk: Desk) -> list[tuple[str, str]]:
    with desk.db.read() as session:
        return [(row.person, row.source) for row in session.scalars(select(Suppression))]


def test_looking_opts_nobody_out(desk: Desk, ask: Any, browser: Any) -> None:
    path = f"/s/{ask()}/opt-out"
    for method in ("GET", "HEAD"):
        assert browser().open(path, method).status_code == 200
    assert suppressed(desk) == []


def test_one_click_of_a_mail_program(desk: Desk, ask: Any, browser: Any) -> None:
    token, other = ask("1"), ask("2")
    with desk.db.write() as session:
        session.execute(update(Invite).where(Invite.ticket_id == 2).values(state="waiting"))
    click = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        assert browser(cookies=False).open(f"/s/{token}/opt-out", "POST", data=click).status_code == 200
    assert suppressed(desk) == [("kim@northwind.example", "opt-out link")]
    with desk.db.read() as session:
        assert session.scalars(select(Invite.state).order_by(Invite.id)).all() == ["sent", "cancelled"]
    assert "took this question back" in browser().open(f"/s/{other}").get_data(as_text=True)


def test_there_and_back(desk: Desk, ask: Any, browser: Any) -> None:
    person, token = browser(), ask()
    person.open(f"/s/{token}/opt-out")
    person.open(person.action, "POST")
    assert "We will not ask you again" in person.text
    person.open(person.action, "POST", data={"undo": "1"})
    assert "stop asking?" in person.text
    assert suppressed(desk) == []
    assert "How satisfied" in person.open(f"/s/{token}").get_data(as_text=True)


def test_an_administrators_entry_stays(desk: Desk, ask: Any, browser: Any) -> None:
    token = ask()
    with desk.db.write() as session:
        session.add(Suppression(organisation_id=1, person="kim@northwind.example", source="ada", at=desk.now()))
    browser().open(f"/s/{token}/opt-out", "POST", data={"undo": "1"})
    assert suppressed(desk) == [("kim@northwind.example", "ada")]


def test_unknown_links(browser: Any) -> None:
    for method in ("GET", "POST"):
        assert browser().open("/s/nobody/opt-out", method).status_code == 404
