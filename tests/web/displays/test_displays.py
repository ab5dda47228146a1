"""Displays as a screen on the wall fetches them: who may, which address comes next, what is said in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from conftest import Clock
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from fixtures.answers import Answers

DISPLAYS = ("/gauge", "/league-table", "/feedback-slider")
Read = Callable[..., str]


@pytest.fixture
def read(client: FlaskClient, opened: str) -> Read:
    """The words of a display, without tags."""

    def read(path: str, **asked: str) -> str:
        page = client.get(path, query_string={"cpc": opened} | asked)
        assert page.status_code == 200
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))

    return read


def next_address(page: str) -> str:
    found = re.search(r'http-equiv="refresh" content="([^"]+)"', page)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize("path", DISPLAYS)
def test_only_with_the_code_and_where_the_organisation_says_so(
    client: FlaskClient, desk: Desk, organisation: Organisation, path: str
) -> None:
    for query in ("", "?cpc=wrong", f"?cpc={organisation.code}"):
        assert client.get(path + query).headers["Location"].startswith("/sign-in?next=")
    with desk.db.write() as session:
        organisations.change_preferences(desk, session, session.merge(organisation), {"open_displays": True}, "test")
    for query in (f"?cpc={organisation.code}", f"?rgid=&amp;cpc={organisation.code}"):
        page = client.get(path + query)
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", DISPLAYS)
def test_no_script_no_inline_style_and_the_marks_are_acknowledged(
    client: FlaskClient, opened: str, answer: Answers, path: str
) -> None:
    answer(*[10] * 6, comment="thanks")
    page = client.get(path, query_string={"cpc": opened})
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "Bain &amp; Company, Inc., Satmetrix Systems, Inc. and Fred Reichheld" in page.text


@pytest.mark.parametrize("path", DISPLAYS)
def test_an_unknown_group_and_what_cannot_be_read(client: FlaskClient, opened: str, path: str) -> None:
    for asked, code, says in (
        ("rgid=nobody", 404, "no support group has the code"),
        ("month=july", 400, "month"),
        ("from=2026-01-01", 400, "a display cannot be filtered by this"),
        ("priority=high", 400, "a display cannot be filtered by this"),
    ):
        page = client.get(f"{path}?cpc={opened}&{asked}")
        assert (page.status_code, says in page.text) == (code, True)


@pytest.mark.parametrize("asked", ["page=none", "segment=4"])
def test_what_the_league_table_cannot_read(client: FlaskClient, opened: str, asked: str) -> None:
    assert client.get(f"/league-table?cpc={opened}&{asked}").status_code == 400


@pytest.mark.parametrize("asked", ["display=12", "at=0", "min=eleven"])
def test_what_the_slider_cannot_read(client: FlaskClient, opened: str, asked: str) -> None:
    assert client.get(f"/feedback-slider?cpc={opened}&{asked}").status_code == 400


def test_a_screen_that_could_not_be_filled_tries_again(
    desk: Desk, client: FlaskClient, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(type(desk.db), "read", fail)
    page = client.get(f"/gauge?cpc={opened}")
    assert (page.status_code, page.headers["Refresh"]) == (503, "30")


def test_another_organisation_is_not_seen(
    desk: Desk, client: FlaskClient, opened: str, read: Read, answer: Answers
) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Other")
        session.add(SupportGroup(organisation_id=other.id, name="Theirs", code="theirs"))
    answer(*[10] * 6, organisation_id=other.id, comment="theirs")
    assert "no responses" in read("/gauge")
    assert "theirs" not in read("/feedback-slider")
    assert client.get(f"/gauge?cpc={opened}&rgid=theirs").status_code == 404
    assert client.get(f"/gauge?cpc={other.code}").status_code == 302


def test_the_gauge_in_words(clock: Clock, read: Read, tree: dict[str, int], answer: Answers) -> None:
    assert "no responses" in read("/gauge")
    answer(*[10] * 4)
    assert "not enough answers yet" in read("/gauge")
    assert "n = 4" not in read("/gauge")
    answer(*[10] * 16, 8, *[0] * 3)
    said = read("/gauge")
    assert "+71 n = 24 , between +36 and +90, indicative" in said
    assert "20 promoters" in said
    assert "1 passive " in said
    assert "3 detractors" in said
    assert "nothing to compare with in the 31 days before" in said
    answer(*[0] * 6, answered_at=clock.at - timedelta(days=40))
    assert "up 171 from the 31 days before" in read("/gauge")
    answer(*[10] * 6, answered_at=clock.at - timedelta(days=40))
    answer(*[0] * 6)
    assert "no clear change from the 31 days before" in read("/gauge")
    assert "down" not in read("/gauge")
    assert "nothing to compare with in December 2025" in read("/gauge", month="2026-01")


def test_the_league_table_in_words(read: Read, tree: dict[str, int], answer: Answers) -> None:
    answer(*[10] * 40, group_id=tree["erp"])
    answer(*[0] * 35, group_id=tree["db"])
    answer(*[10] * 35, group_id=tree["crm"])
    answer(*[7] * 20, group_id=tree["lan"])
    answer(*[10] * 3, group_id=tree["wifi"])
    answer(*[10] * 21, group_id=tree["net"])
    said = read("/league-table", combine="n")
    assert "1st-2nd of 3 Crm +100 n = 35 nothing to compare 1st-2nd of 3 Erp +100 n = 40" in said
    assert "3rd of 3 Db \N{MINUS SIGN}100 n = 35" in said
    assert "Indicative: fewer than 30 answers, no place Net (itself) +100 n = 21" in said
    assert "Not shown: fewer than 5 answers" in said
    assert re.search(r"Lan not enough answers yet .*Wifi not enough answers yet", said)
    assert "Departments" in read("/league-table")


def test_the_pages_of_a_long_table_follow_one_another(
    desk: Desk, client: FlaskClient, organisation: Organisation, opened: str
) -> None:
    with desk.db.write() as session:
        for number in range(20):
            session.add(SupportGroup(organisation_id=organisation.id, name=f"Team {number:02}", code=f"t{number}"))
    seen, address = [], f"?combine=n&cpc={opened}"
    for _ in range(4):
        page = client.get(f"/league-table{address}").text
        seen.append(re.findall(r"Team \d\d", page))
        seconds, _, address = next_address(page).partition("; url=")
        assert seconds == "20"
        assert f"combine=n&cpc={opened}&page=" in address
    assert [len(names) for names in seen] == [8, 8, 4, 8]
    assert seen[3] == seen[0]
    assert len({name for names in seen for name in names}) == 20


def test_the_comments_follow_one_another(client: FlaskClient, opened: str, clock: Clock, answer: Answers) -> None:
    answer(*[10] * 5)
    for number in range(3):
        answer(9, comment=f"comment {number}", answered_at=clock.at - timedelta(hours=number))
    seen, address = [], f"?display=0010000&cpc={opened}"
    for _ in range(4):
        page = client.get(f"/feedback-slider{address}").text
        seen += re.findall(r"comment \d", page)
        address = next_address(page).partition("; url=")[2]
    assert seen == ["comment 0", "comment 1", "comment 2", "comment 0"]


def test_it_stands_still_when_told(client: FlaskClient, opened: str) -> None:
    moving = client.get(f"/gauge?cpc={opened}&sgid=BER").text
    assert next_address(moving) == "30"
    assert f'href="?cpc={opened}&amp;sgid=BER&amp;hold=1">Pause' in moving
    still = client.get(f"/gauge?cpc={opened}&sgid=BER&hold=1").text
    assert "http-equiv" not in still
    assert f'href="?cpc={opened}&amp;sgid=BER">Go on' in still


def test_what_customers_write_is_only_ever_text(client: FlaskClient, opened: str, answer: Answers) -> None:
    answer(*[10] * 6, comment="<script>alert(1)</script> & more")
    page = client.get(f"/feedback-slider?cpc={opened}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
