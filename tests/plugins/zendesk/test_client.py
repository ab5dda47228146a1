"""Single calls: paging, hosts, warnings, rate limits, ids in paths; and the check of a connection."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import responses
from responses.matchers import query_param_matcher

from deskpulse.plugin_api import Connection, Misread, RateLimited, Refused, TicketRef, Unreachable
from deskpulse_zendesk import check, links, lookups, sync
from deskpulse_zendesk.client import Client, rate_limit

API = "https://acme.zendesk.com/api/v2"
ADMIN = {"user": {"id": 777, "name": "DeskPulse", "email": "nps@acme.example", "role": "admin"}}

Make = Callable[..., Connection]


def cursor_page(zendesk: responses.RequestsMock, name: str, rows: list[Any], after: str = "", more: str = "") -> None:
    query = {"page[size]": "100", **({"page[after]": after} if after else {})}
    meta = {"has_more": bool(more), "after_cursor": more or None, "before_cursor": None}
    zendesk.get(
        f"{API}/{name}",
        json={name: rows, "meta": meta, "links": {"prev": None, "next": "https://evil.example/api/v2/steal"}},
        match=[query_param_matcher(query, strict_match=False)],
    )


def test_pages_are_followed_by_cursor_and_never_by_link(connection: Make, zendesk: responses.RequestsMock) -> None:
    cursor_page(zendesk, "triggers", [{"id": 2}], after="eyJ2IjoxfQ==")
    cursor_page(zendesk, "triggers", [{"id": 1}], more="eyJ2IjoxfQ==")
    found = [raw["id"] for raw in Client(connection()).every("triggers")]
    assert sorted(found) == [1, 2]
    assert {call.request.url.split("/")[2] for call in zendesk.calls if call.request.url} == {"acme.zendesk.com"}


def test_a_cursor_that_does_not_move_ends_the_pages(connection: Make, zendesk: responses.RequestsMock) -> None:
    cursor_page(zendesk, "triggers", [{"id": 1}], more="same")
    assert len(list(Client(connection()).every("triggers"))) == 2


def test_one_page_of_webhooks_has_no_links(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(f"{API}/webhooks", json={"meta": {"has_more": False}, "webhooks": [{"id": "01J9"}]})
    assert list(Client(connection()).every("webhooks")) == [{"id": "01J9"}]


def test_dropped_keys_are_logged(
    connection: Make, zendesk: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    warning = '{:allowed_parameters=>{:controller=>"users", :unpermitted_keys=>["user.colour"], :invalid_values=>[]}}'
    zendesk.put(f"{API}/users/613", json={"user": {"id": 613}}, headers={"x-zendesk-api-warn": warning})
    with caplog.at_level(logging.WARNING, logger="deskpulse_zendesk"):
        Client(connection()).update_user("613", {"nps_last_score": 9})
    assert "user.colour" in caplog.text
    assert "PUT /users/613" in caplog.text


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"x-rate-limit": "700", "x-rate-limit-remaining": "699"}, (700, 699)),
        ({"rate-limit": "400", "rate-limit-remaining": "1"}, (400, 1)),
        ({"ratelimit-limit": "200", "ratelimit-remaining": "0"}, (200, 0)),
        ({"x-rate-limit": "many", "x-rate-limit-remaining": "few"}, None),
        ({}, None),
    ],
)
def test_both_spellings_of_the_rate_limit(headers: dict[str, str], wanted: tuple[int, int] | None) -> None:
    assert rate_limit(headers) == wanted


def test_a_rate_limit_is_waited_for_where_there_is_patience(connection: Make, zendesk: responses.RequestsMock) -> None:
    limited = {"status": 429, "body": "Rate limit exceeded", "headers": {"Retry-After": "93"}}
    zendesk.get(f"{API}/users/me", **limited)
    zendesk.get(f"{API}/users/me", json=ADMIN)
    with pytest.raises(RateLimited):
        Client(connection()).me()
    assert Client(connection(), patience=120).me()["id"] == 777


@pytest.mark.parametrize("key", ["", "1/../../users/me", "12?x=1", "abc", "9" * 21])
def test_an_id_that_cannot_be_one_asks_nobody(connection: Make, key: str, zendesk: responses.RequestsMock) -> None:
    assert lookups.find_ticket(connection(), key) is None
    assert lookups.find_agent(connection(), key) is None
    assert lookups.find_customer(connection(), key) is None
    assert len(zendesk.calls) == 0


def test_unknown_records_are_none(connection: Make, zendesk: responses.RequestsMock) -> None:
    missing = {"status": 404, "json": {"error": "RecordNotFound", "description": "Not found"}}
    zendesk.get(f"{API}/tickets/1", **missing)
    zendesk.get(f"{API}/users/1", **{**missing, "json": None, "body": ""})
    assert lookups.find_ticket(connection(), "1") is None
    assert lookups.find_agent(connection(), "1") is None
    assert lookups.find_customer(connection(), "1") is None


@pytest.mark.parametrize("shape", ["object", "list", "missing"])
def test_metrics_in_every_shape(connection: Make, zendesk: responses.RequestsMock, shape: str) -> None:
    zendesk.get(f"{API}/tickets/5", json={"ticket": {"id": 5, "status": "solved"}})
    raw_metric = {"ticket_id": 5, "reopens": 1}
    answers: dict[str, dict[str, Any]] = {
        "object": {"json": {"ticket_metric": raw_metric}},
        "list": {"json": {"ticket_metric": [raw_metric]}},
        "missing": {"status": 404},
    }
    zendesk.get(f"{API}/tickets/5/metrics", **answers[shape])
    found = lookups.find_ticket(connection(), "5")
    assert found is not None
    assert found.resolution_key == ("0" if shape == "missing" else "1")


def test_an_outage_is_not_an_unknown_ticket(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(f"{API}/tickets/5", json={"ticket": {"id": 5, "status": "solved"}})
    zendesk.get(f"{API}/tickets/5/metrics", status=500)
    with pytest.raises(Unreachable):
        lookups.find_ticket(connection(), "5")


def test_an_answer_of_another_shape_is_a_misread(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(f"{API}/tickets/5", json=["?"])
    with pytest.raises(Misread):
        lookups.find_ticket(connection(), "5")


def test_addresses(connection: Make) -> None:
    assert links.ticket_url(connection(), TicketRef("35436")) == "https://acme.zendesk.com/agent/tickets/35436"
    local = connection(settings={"base_url": "http://127.0.0.1:9/"})
    assert links.ticket_url(local, TicketRef("3/5")) == "http://127.0.0.1:9/agent/tickets/3%2F5"
    for wrong in ("evil.example/", "acme\n", ""):
        with pytest.raises(Refused, match="subdomain"):
            links.base_url({"subdomain": wrong})


def test_groups_take_no_more_calls_than_pages(connection: Make, zendesk: responses.RequestsMock) -> None:
    agents = [{"id": n, "name": f"A{n}", "role": "agent", "suspended": n == 2} for n in (1, 2, 3)]
    rows = [
        {"id": 90 + n, "user_id": u, "group_id": g} for n, (u, g) in enumerate(((1, 10), (2, 10), (1, 11), (4, 11)))
    ]
    cursor_page(zendesk, "group_memberships", rows[2:], after="m2")
    cursor_page(zendesk, "group_memberships", rows[:2], more="m2")
    cursor_page(zendesk, "users", agents)
    downgraded = {"id": 4, "name": "A4", "role": "end-user"}
    zendesk.get(f"{API}/users/show_many", json={"users": [downgraded]}, match=[query_param_matcher({"ids": "4"})])
    raw_groups = [{"id": 10, "name": "Desk"}, {"id": 11, "name": "Field"}, {"id": 12, "name": "Old", "deleted": True}]
    cursor_page(zendesk, "groups", raw_groups)
    found = {group.name: group for group in sync.groups(connection())}
    assert [(a.id, a.active) for a in found["Desk"].members] == [("1", True), ("2", False)]
    assert [(a.id, a.active) for a in found["Field"].members] == [("1", True), ("4", False)]
    assert (found["Old"].active, found["Old"].members) == (False, ())
    assert len(zendesk.calls) == 5


# -- the check of a connection


def readable(zendesk: responses.RequestsMock, *but: str) -> None:
    for kind in ("groups", "webhooks", "triggers", "ticket_fields"):
        if kind not in but:
            zendesk.get(f"{API}/{kind}", json={kind: []}, headers={"rate-limit": "700", "rate-limit-remaining": "690"})


def test_a_good_connection(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(f"{API}/users/me", json=ADMIN)
    readable(zendesk)
    report = check.check(connection())
    assert report.ok, report.lines
    assert report.account == "acme: DeskPulse"
    assert any("700 calls a minute" in line for line in report.lines)
    assert report.warnings == ()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"json": {"user": {"id": None, "name": "Anonymous user"}}}, "anonymous"),
        ({"json": {"user": {"id": 5, "name": "Anton", "role": "agent"}}}, "must be an administrator"),
        ({"status": 401, "json": {"error": "Couldn't authenticate you"}}, "did not accept the credentials"),
        ({"status": 500, "body": ""}, "could not be asked"),
        ({"json": {"user": None}}, "could not be asked"),
    ],
)
def test_a_bad_connection(
    connection: Make, zendesk: responses.RequestsMock, answer: dict[str, Any], words: str
) -> None:
    zendesk.get(f"{API}/users/me", **answer)
    settings = {"auth": "api_token", "email": "a@example.com"}
    report = check.check(connection(settings=settings, secrets={"api_token": "token-1"}))
    assert not report.ok
    assert words in report.lines[0]
    assert any("2027" in warning for warning in report.warnings)


@pytest.mark.parametrize("error", ["Forbidden", {"title": "Forbidden", "message": "You do not have access"}])
def test_a_missing_scope_is_named(connection: Make, zendesk: responses.RequestsMock, error: object) -> None:
    zendesk.get(f"{API}/users/me", json=ADMIN)
    readable(zendesk, "triggers")
    zendesk.get(f"{API}/triggers", status=403, json={"error": error})
    report = check.check(connection())
    assert not report.ok
    assert [line for line in report.lines if "triggers" in line] == [
        "May not read triggers (403); OAuth access needs the scopes read and write."
    ]


def test_what_must_still_be_entered_is_named(connection: Make) -> None:
    report = check.check(connection(settings={"auth": "client_credentials", "client_id": ""}, secrets={}))
    assert not report.ok
    assert len(report.lines) == 2


def test_a_clock_that_is_off_is_a_warning(connection: Make, zendesk: responses.RequestsMock) -> None:
    theirs = format_datetime(datetime.now(UTC) - timedelta(minutes=10), usegmt=True)
    zendesk.get(f"{API}/users/me", json=ADMIN, headers={"Date": theirs})
    readable(zendesk)
    report = check.check(connection())
    assert report.ok
    assert "ahead of Zendesk's" in report.warnings[0]


def test_an_outage_half_way_is_told_line_by_line(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(f"{API}/users/me", json=ADMIN)
    readable(zendesk, "webhooks")
    zendesk.get(f"{API}/webhooks", status=502)
    report = check.check(connection())
    assert not report.ok
    assert [line for line in report.lines if line.startswith("Could not read webhooks")]
    assert "Can read triggers." in report.lines
