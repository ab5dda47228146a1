"""The way of an answer through the pages, as browsers without and with scripts send it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, func, select

from deskpulse.desk import Desk
from deskpulse.outbound.models import Job
from deskpulse.surveys.models import Hit, Invite, Response, ResponseRevision


def responses(desk: Desk) -> list[Response]:
    with desk.db.read() as session:
        return list(session.scalars(select(Response).order_by(Response.id)))


def test_a_person_answers(desk: Desk, ask: Any, browser: Any) -> None:
    token, person = ask(group_id=None, segment1="BER"), browser()
    page = person.open(f"/s/{token}?score=7")
    assert page.status_code == 200
    assert person.chosen == 7
    for words in ("4711", "Printer on the third floor", "Northwind IT", "How satisfied are you"):
        assert words in person.text
    sent = person.send(9, factor=["speed", "nonsense", "skill"], comment="Thanks!\r\nReally", contact="1")
    assert (sent.status_code, sent.location) == (303, f"/s/{token}/thanks")
    assert "Someone will contact you" in person.open(sent.location).get_data(as_text=True)
    (response,) = responses(desk)
    assert (response.score, response.factors, response.comment) == (9, ["speed", "skill"], "Thanks!\nReally")
    assert (response.status, response.current, response.entrance, response.revision) == ("counted", True, "token", 1)
    assert (response.person, response.segment1, response.tid) == ("kim@northwind.example", "BER", "id-4711")
    with desk.db.read() as session:
        assert session.scalars(select(Invite.state)).all() == ["answered"]
        jobs = session.scalars(select(Job).order_by(Job.kind)).all()
    key = f"{response.id}.1"
    assert [(job.kind, job.key, job.lane) for job in jobs] == [
        ("tell_response", key, None),
        ("write_back", key, f"ticket:{response.ticket_id}"),
    ]


def test_no_contact_is_promised_that_was_not_asked_for(ask: Any, browser: Any) -> None:
    person = browser()
    person.open(f"/s/{ask()}")
    assert "contact you" not in person.open(person.send(9).location).get_data(as_text=True)


def test_opening_never_answers(desk: Desk, ask: Any, browser: Any) -> None:
    token = ask()
    for score in range(11):
        browser().open(f"/s/{token}?score={score}")
        head = browser().open(f"/s/{token}?score={score}", "HEAD")
        assert (head.status_code, head.data, head.headers.getlist("Set-Cookie")) == (200, b"", [])
    assert responses(desk) == []


def test_without_scripts_after_a_moment(desk: Desk, clock: Any, ask: Any, browser: Any) -> None:
    person = browser()
    person.open(f"/s/{ask()}")
    clock.advance(seconds=2)
    assert person.send(3, scripted=False, gesture=False).status_code == 303
    assert [response.score for response in responses(desk)] == [3]


def test_too_fast_without_scripts_is_asked_to_confirm(desk: Desk, clock: Any, ask: Any, browser: Any) -> None:
    person = browser()
    person.open(f"/s/{ask()}")
    assert person.send(3, scripted=False, gesture=False, comment="Slow & <sad>", factor="speed").status_code == 200
    assert "One more press" in person.text
    assert "Slow &amp; &lt;sad&gt;" in person.text
    assert responses(desk) == []
    clock.advance(seconds=3)
    person.send(3, scripted=False, gesture=False, comment="Slow & <sad>", factor="speed")
    assert [response.comment for response in responses(desk)] == ["Slow & <sad>"]


def test_without_cookies_one_more_press(desk: Desk, clock: Any, ask: Any, browser: Any) -> None:
    person = browser(cookies=False)
    token = ask()
    person.open(f"/s/{token}")
    clock.advance(seconds=10)
    person.send(10, comment="Well done")
    assert "One more press" in person.text
    assert responses(desk) == []
    assert person.send(10, comment="Well done").status_code == 303
    assert [response.score for response in responses(desk)] == [10]
    assert "Already answered" in person.open(f"/s/{token}").get_data(as_text=True)


def test_sent_twice_counts_once(desk: Desk, ask: Any, browser: Any) -> None:
    person = browser()
    person.open(f"/s/{ask()}")
    nonce = person.nonce
    person.send(8)
    again = person.client.post(f"{person.page.location.removesuffix('/thanks')}", data={"nonce": nonce, "score": 8})
    assert again.status_code == 303
    assert [response.revision for response in responses(desk)] == [1]


def test_going_back_and_sending_something_else_is_not_lost(desk: Desk, ask: Any, browser: Any) -> None:
    person = browser()
    page = person.open(f"/s/{ask()}")
    person.send(8)
    person.page = page
    assert person.send(2).status_code == 200
    assert "One more press" in person.text
    assert person.send(2).status_code == 303
    assert [(response.score, response.revision) for response in responses(desk)] == [(2, 2)]


def test_changing_within_the_time(desk: Desk, clock: Any, ask: Any, browser: Any) -> None:
    person, token = browser(), ask()
    person.open(f"/s/{token}")
    person.send(2, comment="Hm")
    clock.advance(minutes=29)
    person.open(f"/s/{token}")
    assert person.chosen == 2
    assert "You can change your answer until" in person.text
    person.send(9, comment="Now it works")
    (response,) = responses(desk)
    assert (response.score, response.revision, response.current) == (9, 2, True)
    with desk.db.read() as session:
        (before,) = session.scalars(select(ResponseRevision))
        assert (before.score, before.comment, before.revision) == (2, "Hm", 1)
        assert session.scalar(select(func.count(Job.id)).where(Job.kind == "write_back")) == 2
    clock.advance(minutes=2)
    assert "Already answered" in person.open(f"/s/{token}").get_data(as_text=True)


def test_others_read_only(desk: Desk, clock: Any, ask: Any, browser: Any) -> None:
    person, other, token = browser(), browser(), ask()
    other.open(f"/s/{token}")
    early = other.page
    person.open(f"/s/{token}")
    person.send(9, comment="Fine")
    other.open(f"/s/{token}")
    assert "Already answered" in other.text
    assert "Fine" in other.text
    assert "<form" not in other.text
    other.page = early
    other.send(0)
    assert "Already answered" in other.text
    assert [(response.score, response.revision) for response in responses(desk)] == [(9, 1)]
    with desk.db.read() as session:
        assert session.scalar(select(func.count(Hit.id)).where(Hit.kind == "answer")) == 2


def test_expired_but_opened_before(desk: Desk, clock: Any, ask: Any, browser: Any) -> None:
    slow, late, token = browser(), browser(), ask()
    clock.advance(days=13, hours=23)
    slow.open(f"/s/{token}")
    clock.advance(hours=2)
    assert late.open(f"/s/{token}").status_code == 410
    assert "This survey has ended" in late.text
    assert slow.send(6).status_code == 303
    assert [response.score for response in responses(desk)] == [6]


def test_statements_of_the_hot_paths(desk: Desk, ask: Any, browser: Any) -> None:
    token, person, seen = ask(), browser(), []
    event.listen(desk.db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    person.open(f"/s/{token}?score=9")
    assert [statement.split()[0] for statement in seen] == ["BEGIN", "SELECT", "INSERT"]
    seen.clear()
    person.send(9)
    assert len(seen) <= 12, seen
