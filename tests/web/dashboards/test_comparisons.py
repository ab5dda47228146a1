"""Agents, segments and fields: what they show and withhold, and that every number leads to exactly its rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient

from deskpulse.desk import Desk
from deskpulse.directory.models import Segment
from deskpulse.organisation.models import Organisation
from deskpulse.reports.pivots import pivots
from deskpulse.reports.question import parse
from deskpulse.reports.tally import count
from deskpulse.worker.drain import drain
from fixtures.answers import Answers

NUMBER = re.compile(r'<a href="([^"]*dashid=SRES[^"]*)">(?:n = )?(\d+)</a>')
PAGES = (
    "AGENTS",
    "AGENTS&rgid=infra",
    "AGENTS&rgid=infra&combine=n&priority=low",
    "SEGMENTS",
    "SEGMENTS&rgid=infra&sgid2=it",
    "SEGMENTS&by=department",
    "SEGMENTS&by=department&rgid=network,desktop",
    "FIELDS",
    "FIELDS&rows=priority&columns=hour",
    "FIELDS&rows=month&columns=weekday&from=2026-01-15&to=2026-03-02",
    "FIELDS&rows=group_id&columns=agent_id&rgid=infra",
    "FIELDS&rows=field:product&columns=time_to_resolve",
    "FIELDS&rows=reassignments&columns=commented&band=promoter",
    "FIELDS&rows=segment1&columns=segment2",
    "FIELDS&rows=project",
)


@pytest.fixture
def answered(
    desk: Desk, organisation: Organisation, group: Callable[..., int], agent: Callable[[str], int], answer: Answers
) -> None:
    """Answers of all kinds in two departments, in this period and the one before."""
    with desk.db.write() as session:
        mine = session.get_one(Organisation, organisation.id)
        mine.preferences = {**mine.preferences, "project_field": "product"}
        for position, code in ((1, "north"), (1, "south"), (2, "it")):
            session.add(Segment(organisation_id=organisation.id, position=position, code=code, name=code.title()))
    infra, apps = group("infra"), group("apps")
    network, desktop = group("network", infra), group("desktop", infra)
    bo, cy, di = agent("Bo"), agent("Cy"), agent("Di")
    now = desk.now()
    north, south = {"segment1": "north", "segment2": "it"}, {"segment1": "south"}
    answer(*[10] * 34, 8, 3, group_id=network, agent_id=bo, comment="Thank you", priority="high", **north)
    answer(*[9] * 20, *[2] * 20, group_id=desktop, agent_id=cy, fields={"product": "Mail"}, reassignments=3, **south)
    answer(10, 9, 8, 7, 0, 10, group_id=infra, agent_id=cy, minutes_to_resolve=30, priority="low", **south)
    answer(10, 0, group_id=apps, agent_id=di, fields={"product": "VPN"}, **north)
    answer(7, 10, answered_at=now - timedelta(hours=3))
    answer(*[0] * 40, group_id=network, agent_id=bo, answered_at=now - timedelta(days=40), **north)


def links(page: str) -> list[tuple[str, int]]:
    return [(unescape(address), int(number)) for address, number in NUMBER.findall(page)]


@pytest.mark.parametrize("query", PAGES)
def test_every_number_leads_to_so_many_rows(
    client: FlaskClient, desk: Desk, organisation: Organisation, answered: None, query: str
) -> None:
    found = client.get(f"/dashboard?dashid={query}")
    assert found.status_code == 200
    numbers = links(found.text)
    assert numbers
    with desk.db.read() as session:
        mine = session.get_one(Organisation, organisation.id)
        for address, number in numbers:
            question = parse(session, mine, parse_qsl(urlsplit(address).query), desk.now())
            assert count(session, question.scope).n == number, address


def test_agents_are_ranked_withheld_and_changed_honestly(client: FlaskClient, answered: None) -> None:
    page = client.get("/dashboard?dashid=AGENTS").text
    rows = dict(re.findall(r'data-name="Agent">(.*?)</th>(.*?)</tr>', page, re.DOTALL))
    assert list(rows) == ["Bo", "Cy", "Di", "No agent"]  # by score, withheld last
    assert "1st of 2" in rows["Bo"]
    assert "up 192" in rows["Bo"]  # from -100 to +92
    assert "100 %" in rows["Bo"]  # all with a comment
    assert "2nd of 2" in rows["Cy"]
    assert "not comparable" in rows["Cy"]
    assert "not enough answers yet" in rows["Di"]
    assert "n = 2" in rows["Di"]
    assert "not shown" in rows["Di"]
    assert "band-promoter" not in rows["Di"]
    assert 'class="forest"' not in rows["Di"]
    assert "not ranked" in rows["Di"]


@pytest.mark.parametrize(
    ("sort", "first"), [("name", "Bo"), ("-score", "Cy"), ("answers", "Cy"), ("comments", "Bo"), ("nonsense", "Bo")]
)
def test_agents_can_be_sorted_by_links(client: FlaskClient, answered: None, sort: str, first: str) -> None:
    page = client.get(f"/dashboard?dashid=AGENTS&sort={sort}").text
    assert re.findall(r'data-name="Agent">(.*?)</th>', page)[0] == first
    assert page.count("aria-sort=") == 1


def test_more_than_a_hundred_agents_come_in_pages(
    client: FlaskClient, agent: Callable[[str], int], answer: Answers
) -> None:
    for number in range(101):
        answer(9, agent_id=agent(f"Agent {number:03}"))
    second = client.get("/dashboard?dashid=AGENTS&sort=name&page=2").text
    assert re.findall(r'data-name="Agent">(.*?)</th>', second) == ["Agent 100"]
    assert client.get("/dashboard?dashid=AGENTS&sort=name&page=99").text.count('data-name="Agent"') == 1
    assert "sort=name&amp;page=1" in second


def test_segments_are_compared_crossed_and_cut_by_department(client: FlaskClient, answered: None) -> None:
    page = client.get("/dashboard?dashid=SEGMENTS").text
    for part in ("North", "South", "No segment", "Segment 1 and segment 2", "1st of 2"):
        assert part in page
    grid = re.search(r'<table class="table table-sm grid">(.*?)</table>', page, re.DOTALL)
    assert grid
    assert "no responses" in grid[1]
    departments = client.get("/dashboard?dashid=SEGMENTS&by=department").text
    assert "Infra" in departments
    assert "Apps" in departments
    assert "Network" not in departments
    assert "withheld" in departments


def test_a_pivot_says_when_it_was_counted_and_how(client: FlaskClient, desk: Desk, answered: None) -> None:
    address = "/dashboard?dashid=FIELDS&rows=field:product&columns=hour"
    first = client.get(address).text
    assert "As of <time" in first
    assert "Asked for the first time" in first
    drain(desk)
    second = client.get(address).text
    assert "These counts are kept since" in second
    assert links(second) == links(first)
    assert "kept" not in re.sub(r"<select.*?</select>", "", client.get("/dashboard?dashid=FIELDS&rows=weekday").text)


def test_a_pivot_that_compresses_nothing_says_so(
    client: FlaskClient, desk: Desk, answered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pivots, "FREE_ROWS", 0)
    monkeypatch.setattr(pivots, "WORTH", 1000)
    address = "/dashboard?dashid=FIELDS&rows=field:product&columns=hour"
    before = client.get(address).text
    drain(desk)
    after = client.get(address).text
    assert "these counts are not kept" in after
    assert links(after) == links(before)


def test_values_beyond_the_first_are_merged_into_others(client: FlaskClient, answer: Answers) -> None:
    for number in range(60):
        answer(10, fields={"product": f"P{number:02}"})
    answer(10, fields={"product": "P00"})
    page = client.get("/dashboard?dashid=FIELDS&rows=field:product").text
    assert "Others (11)" in page
    assert ">n = 11</a>" in page
    assert ">n = 61</a>" in page


@pytest.mark.parametrize(("dashboard", "status"), [("AGENTS", 200), ("SEGMENTS", 200), ("FIELDS", 200)])
def test_without_answers_there_is_a_word_on_what_to_do(client: FlaskClient, dashboard: str, status: int) -> None:
    found = client.get(f"/dashboard?dashid={dashboard}")
    assert found.status_code == status
    assert "Choose a longer period" in found.text
    assert "No answer matches" in client.get(f"/dashboard?dashid={dashboard}&priority=low").text


def test_what_cannot_be_counted_by_is_refused(client: FlaskClient) -> None:
    for name in ("score", "nonsense", "field:", "project"):
        assert client.get(f"/dashboard?dashid=FIELDS&rows={name}").status_code == 400
