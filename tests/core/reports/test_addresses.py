"""Addresses that are put together, and read again: what was chosen is what is asked."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports.launchpad.addresses import DISPLAYS, DOCUMENTS, Choice, Page, address, dashboard, survey_links
from deskpulse.reports.question import parse
from deskpulse.surveys import links

PAGES = (*DISPLAYS, dashboard("SRES", "Responses"), dashboard("OVERVIEW", "Overview"), *DOCUMENTS)
CODES = (
    st.text("abcXYZ019-_. &=+%;/?#'\"\u00fc\u5f20", min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda code: code not in ("", "NONE"))
)
VALUES = {
    "rgid": st.lists(st.sampled_from(["OPS", "NET", "NONE"]), min_size=1, max_size=2, unique=True),
    "combine": st.sampled_from([["y"], ["n"]]),
    "sgid1": st.lists(CODES, min_size=1, max_size=2),
    "sgid2": st.lists(CODES, min_size=1, max_size=2),
    "agid": st.lists(st.sampled_from(["1", "robin+desk@northwind.example"]), min_size=1, max_size=2, unique=True),
    "month": st.sampled_from([["2026-03"], ["2025-12"]]),
    "min": st.integers(0, 10).map(lambda number: [str(number)]),
    "max": st.integers(0, 10).map(lambda number: [str(number)]),
}
CHOICES = st.fixed_dictionaries({}, optional=VALUES)
DAYS = st.fixed_dictionaries({}, optional={"from": st.just(["2025-12-01"]), "to": st.just(["2026-03-01"])})


@pytest.fixture
def northwind(desk: Desk, organisation: Organisation) -> Organisation:
    mine = {"organisation_id": organisation.id}
    with desk.db.write() as session:
        connection = ConnectionRow(**mine, kind="fake", key="k", name="Desk", secrets_sealed="", created_at=desk.now())
        department = SupportGroup(**mine, name="Operations", code="OPS")
        session.add_all([connection, department])
        session.flush()
        session.add(SupportGroup(**mine, name="Network", code="NET", parent_id=department.id))
        email = "robin+desk@northwind.example"
        session.add(AgentRow(**mine, connection_id=connection.id, vendor_id="1", name="Robin", email=email))
    return organisation


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(page=st.sampled_from(PAGES), chosen=CHOICES, days=DAYS)
def test_what_is_built_is_understood(
    desk: Desk, northwind: Organisation, page: Page, chosen: dict[str, list[str]], days: dict[str, list[str]]
) -> None:
    values = chosen if "month" in chosen else chosen | days
    built = urlsplit(address("https://pulse.example.com", northwind.code, page, Choice(values)))
    assert (built.netloc, built.path) == ("pulse.example.com", page.path)
    pairs = parse_qsl(built.query, strict_parsing=bool(built.query))
    assert dict(pairs).get("cpc") == (northwind.code if page.by_code else None)
    assert set(page.fixed) <= set(pairs)
    known = [(name, value) for name, every in values.items() if name in page.knows for value in every]
    with desk.db.read() as session:
        wanted = parse(session, northwind, known, desk.now())
        asked = parse(session, northwind, pairs, desk.now())
    assert asked.scope == wanted.scope
    assert (asked.groups, asked.period) == (wanted.groups, wanted.period)
    if "rgid" in page.knows and "rgid" in values:
        assert asked.combine == wanted.combine


def test_an_address_is_short(northwind: Organisation) -> None:
    """What changes nothing is not said."""
    gauge = DISPLAYS[0]
    chosen = Choice.of([("rgid", " "), ("combine", "n"), ("month", ""), ("agid", "1"), ("nonsense", "x")])
    assert address("http://x", "c", gauge, chosen) == "http://x/gauge?cpc=c"
    chosen = Choice.of([("rgid", "OPS"), ("combine", "y")])
    assert address("http://x", "c", gauge, chosen) == "http://x/gauge?cpc=c&rgid=OPS"
    assert address("http://x", "c", DOCUMENTS[0], Choice()) == "http://x/survey-responses"


def test_a_survey_link_is_read_as_a_link_of_the_helpdesk(desk: Desk) -> None:
    (any_desk,) = survey_links("http://x", "c0de", [])
    filled = any_desk.url.replace("{tid}", "INC1").replace("{rgid}", "NET")
    read = links.read(parse_qsl(urlsplit(filled).query))
    assert (read["cpc"], read["tid"], read["rgid"], read["tc"]) == ("c0de", "INC1", "NET", "ts")
    assert not links.is_filled(read["agid"]), "a placeholder that nobody filled in says nothing"
