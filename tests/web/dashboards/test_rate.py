"""The response funnel as a page: every number leads to as many rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.surveys import rules
from fixtures.cohort import Cohort

RATE = "/dashboard?dashid=RATE"
NUMBER = re.compile(r'<a href="(/dashboard\?dashid=RATE&amp;[^"]*stage=[^"]*)">(\d+)</a>')


@pytest.fixture
def cohort(desk: Desk, organisation: Organisation, group: Callable[..., int]) -> Cohort:
    """Something at every stage, in two departments and through all channels."""
    cohort, infra = Cohort(desk, organisation), group("infra")
    network = group("network", infra)
    cohort.resolve(rules.OPTED_OUT, group_id=infra)
    cohort.resolve(rules.STILL_OPEN, person="bo@x.example")
    cohort.resolve(rules.BY_HELPDESK, channel="helpdesk")
    cohort.resolve()
    cohort.asked(channel="helpdesk", group_id=network)
    cohort.look(cohort.asked(group_id=network), score=4)
    cohort.answer(cohort.asked(group_id=infra, person="cy@x.example"), 3, "Too slow")
    cohort.answer(cohort.asked(), 9)
    return cohort


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    return answer.text


@pytest.mark.parametrize(
    "question",
    [
        "",
        "&rgid=infra",
        "&rgid=network&combine=n",
        "&rgid=NONE",
        "&from=2026-01-01",
        "&band=promoter",
        "&people=y",
        "&people=y&rgid=infra",
    ],
)
def test_every_number_leads_to_as_many_rows(client: FlaskClient, cohort: Cohort, question: str) -> None:
    found = {unescape(address): int(number) for address, number in NUMBER.findall(page(client, RATE + question))}
    assert len(found) > 8
    for address, number in found.items():
        listed = page(client, address)
        assert listed.count("data-row") == number, address
        if "people" not in address:
            assert re.search(rf"{number} resolutions? of", listed), address


def test_people_are_counted_where_somebody_asks_for_them(client: FlaskClient, cohort: Cohort) -> None:
    without = page(client, RATE)
    assert 'data-name="People"' not in without
    asked = re.search(r'href="([^"]*people=y[^"]*)">Count people', without)
    assert asked
    counted = page(client, unescape(asked[1]))
    found = [int(number) for number in re.findall(r'data-name="People">(?:<a[^>]*>)?(\d+)', counted)]
    assert found == [3, 3, 2, 2, 2, 2, 2, 1]
    assert "Each person is counted once" in counted
    listed = page(client, f"{RATE}&stage=opened&people=y")
    assert listed.count("data-row") == found[4]
    back = re.search(r'href="([^"]*)">.*?The whole funnel', listed[listed.index('aria-label="Back"') :], re.DOTALL)
    assert back
    assert "people=y" in back[1]
    assert 'data-name="People"' not in page(client, RATE + "&month=2026-03")


def test_the_rate_stands_with_what_it_rests_on(client: FlaskClient, cohort: Cohort) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", page(client, RATE)).split())
    assert "40.0 % 2 confirmed of 5 delivered" in text
    assert "The customer does not want to be asked 1" in text
    assert "An earlier invitation about the ticket is still open 1" in text
    assert "Message that a rule in the helpdesk sends" in text


def test_a_row_says_why_and_what_became_of_it(client: FlaskClient, cohort: Cohort) -> None:
    held = page(client, f"{RATE}&stage=held&reason=opted+out")
    assert "The customer does not want to be asked" in held
    assert "Because: opted out." in held
    confirmed = page(client, f"{RATE}&stage=confirmed")
    assert confirmed.count("/responses/") == 2
    assert "Answered" in confirmed
    assert "Not sent yet" in page(client, f"{RATE}&stage=asked")


def test_filters_that_only_an_answer_knows_are_named(client: FlaskClient, cohort: Cohort) -> None:
    text = page(client, f"{RATE}&band=promoter&q=slow")
    assert "Not applied here: score, words of the comment" in text
    assert "Not applied here" not in page(client, f"{RATE}&rgid=infra")


def test_without_resolutions_it_says_what_to_do(client: FlaskClient, desk: Desk, organisation: Organisation) -> None:
    assert "No ticket has been resolved yet" in page(client, RATE)
    Cohort(desk, organisation).resolve()
    assert "Nothing was resolved in this time" in page(client, f"{RATE}&from=2025-01-01&to=2025-01-02")
    assert "No resolution matches" in page(client, f"{RATE}&priority=none+such")
    assert "None of" in page(client, f"{RATE}&stage=commented")


def test_an_address_without_sense_is_explained(client: FlaskClient) -> None:
    assert "is none of resolved" in page(client, f"{RATE}&stage=nowhere", 400)


def test_the_charts_are_there_as_pictures_too(client: FlaskClient, cohort: Cohort) -> None:
    for name in ("stages", "rates"):
        answer = client.get(f"/dashboard/charts/{name}.svg?dashid=RATE")
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_another_organisations_resolutions_are_not_shown(client: FlaskClient, desk: Desk) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Southwind IT")
    Cohort(desk, other).asked()
    assert "No ticket has been resolved yet" in page(client, RATE)
    assert "None of" in page(client, f"{RATE}&stage=resolved")
