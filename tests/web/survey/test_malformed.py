"""Whatever arrives, the survey answers with a clear page: never a failure of ours, never an answer nobody gave."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select, update

from deskpulse.desk import Desk
from deskpulse.surveys.answers import LONGEST_COMMENT
from deskpulse.surveys.models import Hit, HitCount, Invite, Response

patiently = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TYPES = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
         "application/json", "text/plain; charset=utf-16", "", "a/b; charset=\x7f"]  # fmt: skip


def answers(desk: Desk) -> list[Response]:
    with desk.db.read() as session:
        return list(session.scalars(select(Response)))


@pytest.fixture
def token(ask: Any) -> str:
    return str(ask())


@patiently
@given(body=some.binary(max_size=400), kind=some.sampled_from(TYPES), page=some.sampled_from(["", "/opt-out"]))
def test_any_body(desk: Desk, token: str, browser: Any, body: bytes, kind: str, page: str) -> None:
    answer = browser().open(f"/s/{token}{page}", "POST", data=body, content_type=kind)
    assert answer.status_code < 500
    assert b"Traceback" not in answer.data
    assert answers(desk) == []


@patiently
@given(path=some.text(max_size=80), query=some.dictionaries(some.text(max_size=12), some.text(max_size=30), max_size=5))
def test_any_address(browser: Any, path: str, query: dict[str, str]) -> None:
    for start in ("/s/", "/?tc=ts&cpc=northwind&tid="):
        answer = browser().open(start + quote(path, safe=""), query_string=query if start == "/s/" else None)
        assert answer.status_code < 500


@patiently
@given(
    score=some.one_of(some.text(max_size=5), some.integers(), some.just("٣")),
    comment=some.text(max_size=200),
    factor=some.text(max_size=10),
    nonce=some.text(max_size=100),
)
def test_any_fields(token: str, browser: Any, score: Any, comment: str, factor: str, nonce: str) -> None:
    fields = {"score": score, "comment": comment, "factor": factor, "nonce": nonce, "scripted": "1"}
    answer = browser().open(f"/s/{token}", "POST", data=fields)
    plain = isinstance(score, int) or score.strip() in {str(number) for number in range(11)}
    assert answer.status_code in ((200, 422) if plain else (422,))


@pytest.mark.parametrize("score", ["", "11", "-1", "9.5", "nine", None, ["1", "2"]])
def test_a_missing_score_loses_nothing(desk: Desk, token: str, browser: Any, score: Any) -> None:
    person = browser()
    person.open(f"/s/{token}")
    nonce = person.nonce
    assert person.send(score, comment="A <long> story", factor=["speed"], contact="1").status_code == 422
    assert "Please choose a number" in person.text
    assert "A &lt;long&gt; story" in person.text
    assert person.text.count(" checked") == 2
    assert person.nonce == nonce
    person.send(9, comment="A <long> story")
    assert [response.comment for response in answers(desk)] == ["A <long> story"]


def test_a_long_comment_is_kept_as_far_as_it_goes(desk: Desk, token: str, browser: Any) -> None:
    person = browser()
    person.open(f"/s/{token}")
    sent = person.send(9, comment="a\x00\x1b" + "ü" * (LONGEST_COMMENT + 5))
    assert answers(desk)[0].comment == "a" + "ü" * (LONGEST_COMMENT - 1)
    assert "kept the first 20,000" in person.open(sent.location).get_data(as_text=True)


def test_too_large(desk: Desk, token: str, browser: Any) -> None:
    person = browser()
    person.open(f"/s/{token}")
    assert person.send(9, comment="x" * 70_000).status_code == 413
    assert "should still be there" in person.text
    assert answers(desk) == []


def test_unknown_link(browser: Any) -> None:
    for method in ("GET", "POST"):
        page = browser().open("/s/nobody", method, data={"score": "9"})
        assert page.status_code == 404
        assert "We do not know this link" in page.get_data(as_text=True)
    assert browser().open("/s/nobody", "HEAD").status_code == 404
    assert browser().open("/s/nobody/thanks").status_code == 404
    assert browser().open("/s/nobody/all").status_code == 404


def test_a_flood_of_openings_keeps_no_answer_out(desk: Desk, token: str, browser: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("deskpulse.surveys.visits.MOST_OPENINGS", 5)
    for _ in range(8):
        browser().open(f"/s/{token}")
    person = browser()
    person.open(f"/s/{token}")
    with desk.db.read() as session:
        assert session.scalar(select(func.count(Hit.id))) == 5
        assert session.scalars(select(HitCount.count)).all() == [4]
    person.send(8)
    assert "One more press" in person.text
    assert person.send(8).status_code == 303
    assert [response.score for response in answers(desk)] == [8]


def test_a_flood_of_posts_ends(desk: Desk, token: str, browser: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("deskpulse.surveys.visits.MOST_HITS", 3)
    codes = [browser().open(f"/s/{token}", "POST", data={"score": "1"}).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]


def test_withdrawn(desk: Desk, clock: Any, token: str, browser: Any) -> None:
    slow, late = browser(), browser()
    slow.open(f"/s/{token}")
    clock.advance(minutes=1)
    with desk.db.write() as session:
        session.execute(update(Invite).values(state="withdrawn", ended_at=clock.at))
    clock.advance(minutes=1)
    assert late.open(f"/s/{token}").status_code == 410
    assert "being worked on again" in late.text
    assert late.open(f"/s/{token}", "POST", data={"score": "1"}).status_code == 410
    assert answers(desk) == []
    assert slow.send(7).status_code == 303
    assert [response.score for response in answers(desk)] == [7]


def test_headers_and_cookie(app: Any, desk: Desk, token: str, browser: Any) -> None:
    page = browser().open(f"/s/{token}")
    assert page.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    (cookie,) = page.headers.getlist("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    secured = desk.settings.__class__(desk.settings.data_dir, desk.settings.database_url, base_url="https://x.example")
    desk.settings = secured
    (cookie,) = app.test_client().get(f"/s/{token}").headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie


def test_brand_sheets(browser: Any) -> None:
    sheet = browser().open("/s/brand-1f5fbf.css")
    assert (sheet.status_code, sheet.mimetype, sheet.text.strip()) == (200, "text/css", ":root{--brand:#1f5fbf}")
    assert "immutable" in sheet.headers["Cache-Control"]
    for wrong in ("red", "1F5FBF", "1f5fbf;}", "1f5fbfff"):
        assert browser().open(f"/s/brand-{wrong}.css").status_code == 404
