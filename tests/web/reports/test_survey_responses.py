"""The Survey Responses Report on screen and as files: what it shows, and how it is asked for."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask.testing import FlaskClient

from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.reports.responses import rows as listing
from fixtures.answers import Answers

HEADINGS = """
Response_ID Date Time_Zone Customer Ticket Subject Segment_1 Segment_2 Support_Group Agent Overall_Sat Band
Factor_reply Factor_speed Factor_result Factor_skill Factor_understanding Factor_updates Factor_clarity
Factor_courtesy Factor_ownership Factor_ease Contact_Wanted Comments
"""
TICKET = re.compile(r'data-name="Ticket">(\d+)<')


def tickets(client: FlaskClient, query: str) -> list[str]:
    """The tickets on the page, in its order."""
    return TICKET.findall(client.get(f"/survey-responses?{query}").text)


def file(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    """The CSV's rows by heading."""
    answer = client.get(f"/survey-responses?format=csv&{query}")
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["101", "102", "103"]),
        ("sort=2", ["103", "102", "101"]),
        ("sort=3", ["103", "102", "101"]),
        ("sort=4", ["101", "102", "103"]),
        ("sort=5", ["102", "101", "103"]),
        ("min=7&max=9", ["102"]),
        ("min=3", ["101", "102"]),
        ("tid=103", ["103"]),
        ("rgid=it", ["101", "102"]),
        ("rgid=it&combine=n", ["102"]),
        ("sgid=north", ["101"]),
        ("amp;sgid1=north", ["101"]),
        ("band=detractor,passive", ["102", "103"]),
        ("q=SLOW", ["103"]),
        ("q=wi-fi+slow", ["103"]),
        ("from=2026-03-01&to=2026-03-01", ["101"]),
        ("month=2026-02", ["102", "103"]),
        ("q=nothing", []),
    ],
)
def test_filters_and_orders_agree_on_screen_and_in_the_file(client: FlaskClient, query: str, found: list[str]) -> None:
    assert tickets(client, query) == found
    assert [row["Ticket"] for row in file(client, query)] == found


def test_the_file_keeps_its_headings_and_runs_nothing(client: FlaskClient, answers: Answers) -> None:
    first, second, third = file(client)
    assert list(first) == HEADINGS.split()
    assert first["Comments"] == '\'=HYPERLINK("x") <b>great</b>'
    assert (first["Overall_Sat"], first["Band"], first["Segment_1"]) == ("10", "promoter", "north")
    assert (first["Date"], first["Time_Zone"]) == ("2026-03-01 18:30:00", "UTC")
    assert (first["Factor_speed"], first["Factor_ease"], first["Factor_reply"]) == ("praise", "praise", "")
    assert (third["Factor_speed"], third["Contact_Wanted"], second["Contact_Wanted"]) == ("blame", "Y", "N")
    assert (first["Customer"], first["Support_Group"]) == ("cleo@northwind.example", "Network")


def test_the_file_streams_whatever_its_length(
    client: FlaskClient, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(*[9] * 25)
    monkeypatch.setattr(listing, "AT_ONCE", 4)
    answered = client.get("/survey-responses?format=csv")
    assert answered.is_streamed
    assert answered.data.count(b"promoter") == 25
    assert "attachment" in answered.headers["Content-Disposition"]
    assert "survey-responses-2026-03-02.csv" in answered.headers["Content-Disposition"]


def test_criteria_time_zone_and_marks_are_in_words(client: FlaskClient, answers: Answers) -> None:
    page = client.get("/survey-responses?rgid=it&min=7&q=great&sort=3").text
    for words in (
        "IT with its teams",
        "7, 8, 9, 10",
        "UTC",
        "Lowest score first",
        "great",
        "31 January to 2 March 2026",
    ):
        assert words in page
    assert "&lt;b&gt;great" in page
    whole = client.get("/survey-responses").text
    for words in (">praise<", ">blame<", ">not mentioned<"):
        assert words in whole
    assert whole.count('aria-hidden="true">\N{CHECK MARK}<') == 2
    assert whole.count('aria-hidden="true">\N{MULTIPLICATION X}<') == 1
    assert re.search(r'href="/responses/\d+"', whole)


def test_pages_turn(client: FlaskClient, answer: Answers) -> None:
    for number in range(listing.PAGE + 1):
        answer(9, tid=str(1000 + number))
    first = client.get("/survey-responses").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = client.get(following[1].replace("&amp;", "&")).text
    assert len(TICKET.findall(first)) == listing.PAGE
    assert TICKET.findall(second) == ["1000"]
    assert "First page" in second


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("rgid=nowhere", "no support group"),
        ("sort=6", "sort"),
        ("sort=x", "sort"),
        ("format=xls", "format"),
        ("after=1.2", "no place in a list"),
        ("min=11", "min"),
        ("from=2026-02-30", "from, to"),
    ],
)
def test_what_cannot_be_is_said(client: FlaskClient, query: str, words: str) -> None:
    answered = client.get(f"/survey-responses?{query}")
    assert answered.status_code == 400
    assert words in answered.text


def test_nothing_found_says_what_to_do(client: FlaskClient) -> None:
    assert "Choose a longer period" in client.get("/survey-responses").text


def test_pdf(client: FlaskClient, answers: Answers) -> None:
    answered = client.get("/survey-responses?format=pdf")
    assert answered.mimetype == "application/pdf"
    assert answered.data.startswith(b"%PDF")


def test_others_see_nothing(client: FlaskClient, answers: Answers) -> None:
    stranger = client.application.test_client()
    assert stranger.get("/survey-responses?format=csv").status_code == 302
    assert stranger.post("/survey-responses").status_code == 400


def test_nobody_sees_what_belongs_to_another_organisation(client: FlaskClient, desk: Desk, answers: Answers) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Southwind")
    Answers(desk, other)(0, comment="great secret", tid="666")
    for query in ("", "q=great", "tid=666", "sort=3"):
        assert "666" not in [row["Ticket"] for row in file(client, query)]
        assert "secret" not in client.get(f"/survey-responses?{query}").text
