"""Factor drivers as a page: praise, blame, and how the score differs, each number with its rows."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient

from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports.question import parse
from deskpulse.reports.responses.rows import rows
from fixtures.answers import Answers

FACTORS = "/dashboard?dashid=FACTORS"
NUMBER = re.compile(r'<a href="(/dashboard\?dashid=SRES&amp;[^"]*(?:factor|ticked%3A\w+)=[^"]*)">(\d+)</a>')


@pytest.fixture
def answered(answer: Answers) -> None:
    answer(*[10] * 12, factors=["skill", "courtesy"], comment="Kind")
    answer(*[0] * 8, factors=["speed"], comment="Slow")
    answer(7, 8, 7, factors=["speed", "updates"])
    answer(9, 9, 5)


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("question", ["", "&q=slow", "&band=promoter"])
def test_every_number_leads_to_as_many_rows(
    client: FlaskClient, desk: Desk, organisation: Organisation, answered: None, question: str
) -> None:
    found = {unescape(address): int(number) for address, number in NUMBER.findall(page(client, FACTORS + question))}
    assert len(found) > 1
    for address, number in found.items():
        with desk.db.read() as session:
            asked = parse(session, organisation, parse_qsl(urlsplit(address).query), desk.now())
            assert len(rows(session, asked.scope, limit=100).rows) == number, address


def test_praise_and_blame_with_points_and_difference(client: FlaskClient, answered: None) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", page(client, FACTORS)).split())
    row = text[text.rindex("Time to the solution") : text.rindex("Keeping me informed")]
    assert "0 0 % 3 100 % 8 89 %" in row  # of promoters, passives, detractors
    assert "30.8" in row  # 8 of 26 answers
    assert "n = 11" in row
    assert "clear" in row


def test_below_the_minimum_no_score_is_told(client: FlaskClient, answer: Answers) -> None:
    answer(10, 0, 3, factors=["speed"])
    text = page(client, FACTORS)
    assert "not enough answers yet" in text
    assert re.search(r"too few \(<a [^>]*>n = 3</a>\)", text)
    assert "33 %" not in text


def test_without_answers_or_ticks_it_says_what_to_do(client: FlaskClient, answer: Answers) -> None:
    assert "No answers in this time" in page(client, FACTORS)
    answer(*[9] * 6)
    assert "Nobody ticked a factor in this time" in page(client, FACTORS)
    assert "No answer matches" in page(client, f"{FACTORS}&band=detractor")


def test_the_chart_is_there_as_a_picture_too(client: FlaskClient, answered: None) -> None:
    answer = client.get("/dashboard/charts/praise.svg?dashid=FACTORS")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_a_factor_ticked_or_not_is_a_filter_in_words(client: FlaskClient, answer: Answers) -> None:
    answer(10, 9, factors=["speed", "reply"])
    answer(3, factors=["speed"])
    answer(0)
    listed = page(client, "/dashboard?dashid=SRES&ticked:speed=yes&ticked:reply=NONE")
    assert "1</strong> response" in listed
    assert "Ticked time to the solution: yes" in listed
    assert "Ticked time to the first reply: no" in listed
    assert "Ticked time to the solution" in page(client, "/survey-responses?ticked:speed=NONE")
