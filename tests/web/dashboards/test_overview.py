"""The overview: every number with what it rests on, and on its way to the responses behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports.question import parse
from deskpulse.reports.tally import count
from fixtures.answers import Answers

LINKED = re.compile(r'<a href="([^"]*dashid=SRES[^"]*)">(?:n = )?(\d+)</a>')


@pytest.fixture
def answered(desk: Desk, group: Callable[..., int], answer: Answers) -> None:
    """Answers now, a month ago and two years ago, in a department with a team, in another one, and in none."""
    infra = group("infra")
    network = group("network", infra)
    answer(*[10] * 20, 9, 8, 7, 3, 0, group_id=network, priority="high")
    answer(*[9] * 6, 5, group_id=infra)
    answer(10, 0, group_id=group("tiny"))
    answer(10)
    answer(*[2] * 10, 10, group_id=infra, answered_at=desk.now() - timedelta(days=31))
    answer(7, 7, 7, 7, 7, group_id=infra, answered_at=datetime(2024, 5, 5, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    "query",
    [
        "", "rgid=infra", "rgid=infra&combine=n", "rgid=network,tiny&band=promoter,detractor", "min=3&priority=NONE",
        "month=2026-01", "from=2024-05-01&to=2024-05-31", "sgid1=NONE&band=passive",
    ],
)  # fmt: skip
def test_every_number_leads_to_as_many_responses(
    client: FlaskClient, desk: Desk, organisation: Organisation, answered: None, query: str
) -> None:
    page = client.get(f"/dashboard?{query}").text
    links = [(unescape(address), int(number)) for address, number in LINKED.findall(page)]
    links += [(bar["href"], bar["answers"]) for bar in bars(page) if bar.get("answers")]
    links += [(point["href"], point["n"]) for point in bars(page) if point.get("n")]
    assert len(links) > 10
    with desk.db.read() as session:
        for address, number in links:
            asked = parse_qsl(urlsplit(address).query)
            assert count(session, parse(session, organisation, asked, desk.now()).scope).n == number, address


def bars(page: str) -> list[dict[str, Any]]:
    """The values of every chart of a page."""
    specs = re.findall(r'<script type="application/json" id="data-\w+">(.*?)</script>', page, re.DOTALL)
    found: list[dict[str, Any]] = []
    for text in specs:
        spec = json.loads(text)
        for part in (spec, *spec["layer"]):
            found += part.get("data", {}).get("values", [])
    return found


def words(html: str) -> str:
    """What a page says, without its tags."""
    without = re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(without).split())


def test_the_score_stands_with_interval_number_and_change(client: FlaskClient, answered: None) -> None:
    page = words(client.get("/overview").text)
    assert re.search(r"Net Promoter Score ® \+71 95 % interval \+\d+ to \+\d+ n = 35", page)
    assert re.search(r"Up 153 points from 31 December 2025 to 30 January 2026: .82 .*? n = 11 indicative", page)
    assert "29 promoters 2 passives 4 detractors" in page


def test_noise_is_no_clear_change(client: FlaskClient, desk: Desk, answer: Answers) -> None:
    answer(10, 10, 10, 7, 0)
    answer(10, 10, 7, 7, 0, answered_at=desk.now() - timedelta(days=31))
    page = words(client.get("/overview").text)
    assert "No clear change" in page
    assert "+20 95 % interval" in page


def test_departments_are_pooled_ranked_by_size_and_withheld_below_the_minimum(
    client: FlaskClient, answered: None
) -> None:
    page = words(client.get("/overview").text)
    table = page[page.index("Department NPS Answers") : page.index("Latest responses")]
    assert re.search(r"Infra \+\d+ 95 % interval \+\d+ to \+\d+ n = 32", table)
    assert "Tiny not enough answers yet ( n = 2 , shown from 5)" in table
    assert "No support group not enough answers yet ( n = 1 , shown from 5)" in table


def test_the_response_funnel_is_read_after_the_page(client: FlaskClient, answered: None) -> None:
    page = client.get("/dashboard?rgid=infra&band=promoter").text
    part = re.search(r'data-part="([^"]+)"', page)
    assert part
    told = client.get(unescape(part[1])).text
    assert "Nothing was delivered in this time" in told
    assert "0 resolved" in words(told)
    assert "Not applied here, as they belong to answers: score" in told
    assert "dashid=RATE&amp;rgid=infra&amp;band=promoter" in told


def test_it_asks_the_database_a_few_times_however_much_there_is(
    client: FlaskClient, desk: Desk, group: Callable[..., int], answer: Answers
) -> None:
    asked: list[str] = []
    event.listen(desk.db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    def statements() -> int:
        asked.clear()
        assert client.get("/overview").status_code == 200
        return sum(statement.startswith(("SELECT", "WITH")) for statement in asked)

    for number in range(3):
        answer(10, group_id=group(f"one-{number}"), answered_at=desk.now() - timedelta(days=number))
    few = statements()
    for number in range(30):
        answer(8, group_id=group(f"two-{number}"), answered_at=desk.now() - timedelta(days=number))
    assert statements() == few <= 12


def test_the_latest_responses_are_those_of_the_question(client: FlaskClient, answer: Answers) -> None:
    answer(10, comment="Splendid", priority="high")
    answer(3, comment="Dreadful", priority="low")
    page = client.get("/dashboard?priority=low").text
    assert "Dreadful" in page
    assert "Splendid" not in page


def test_a_first_time_user_reads_what_to_do(client: FlaskClient) -> None:
    page = client.get("/overview").text
    assert "Connect a helpdesk" in page
    assert 'href="/status"' in page
    assert "data-chart=" not in page


def test_an_empty_period_offers_a_longer_one(client: FlaskClient, answer: Answers, desk: Desk) -> None:
    answer(10, answered_at=desk.now() - timedelta(days=100))
    page = words(client.get("/overview").text)
    assert "No answers in this time" in page
    assert "last 12 months" in page
    assert "No answer matches" in words(client.get("/overview?priority=high").text)


def test_it_carries_the_notice_of_the_marks(client: FlaskClient) -> None:
    assert "registered service marks" in client.get("/overview").text
