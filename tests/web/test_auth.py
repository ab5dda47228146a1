"""Signing in at the door of the internal pages: who comes in, who waits, and what ends a session."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from deskpulse.access import users
from deskpulse.access.models import User
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse_web.application import create_app

EMAIL, PASSPHRASE = "ann@northwind.example", "four words and a comma"
FORMS = ("/review/mend", "/review/judge", "/status/retry", "/status/start")
INTERNAL = ("/overview", "/responses/1", "/review", "/status", "/status?ticket=7")


@pytest.fixture
def app(desk: Desk, organisation: Organisation) -> Flask:
    with desk.db.write() as session:
        users.add(desk, session, organisation, EMAIL, PASSPHRASE, name="Ann", actor="test")
    return create_app(desk)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def token(client: FlaskClient, page: str = "/sign-in") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


def sign_in(client: FlaskClient, email: str = EMAIL, passphrase: str = PASSPHRASE, **more: Any) -> TestResponse:
    form = {"csrf_token": token(client), "email": email, "passphrase": passphrase, **more}
    return client.post("/sign-in", data=form)


@pytest.mark.parametrize("path", INTERNAL)
def test_every_internal_page_sends_strangers_to_the_door(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


@pytest.mark.parametrize("path", FORMS)
def test_every_internal_form_sends_strangers_to_the_door(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"csrf_token": token(client)})
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


def test_nothing_is_behind_no_gate_by_mistake(app: Flask, client: FlaskClient) -> None:
    """Whatever page is added: it sends strangers away, or it is on the list of those that are for everyone."""
    everyone = {"auth", "static", "bootstrap", "survey", "inlet", "panel", "oauth", "health", "displays"}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in everyone or rule.endpoint.endswith(".static"):
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        form = {"csrf_token": token(client)}
        answer = client.get(path) if "GET" in (rule.methods or ()) else client.post(path, data=form)
        assert answer.status_code == 302, rule
        assert answer.location.startswith("/sign-in"), rule


def test_signing_in_leads_where_one_wanted_to_go(client: FlaskClient) -> None:
    target = "/status?ticket=4711&x=%2F"
    door = client.get(target).location
    page = client.get(door).text
    wanted = re.search(r'name="next" value="([^"]*)"', page)
    assert wanted
    answer = sign_in(client, next=wanted[1].replace("&amp;", "&"))
    assert (answer.status_code, answer.location) == (302, target)
    assert client.get(target).status_code == 200
    assert sign_in(client).location == "/overview"


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = sign_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_session_lasts_half_a_day_and_is_renewed_after_an_hour_of_use(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, hours = time.time(), 0.0
    monkeypatch.setattr(time, "time", lambda: begun + 3600 * hours)
    sign_in(client)
    client.get("/overview")  # which sends the cookie with a token for forms
    for hours, sent in ((0.9, False), (1.1, True), (1.9, False), (13, True), (24.9, True)):
        answer = client.get("/overview")
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, sent), hours
    hours = 37
    assert client.get("/overview").status_code == 302


@pytest.mark.parametrize(("email", "passphrase"), [(EMAIL, "wrong"), ("bob@northwind.example", PASSPHRASE), ("", "")])
def test_wrong_and_unknown_hear_the_same(client: FlaskClient, email: str, passphrase: str) -> None:
    answer = sign_in(client, email, passphrase)
    assert answer.status_code == 401
    assert "That address and passphrase do not match." in answer.text
    assert client.get("/overview").status_code == 302


def test_after_failures_one_has_to_wait(client: FlaskClient, clock: Any) -> None:
    for _ in range(3):
        assert sign_in(client, passphrase="wrong").status_code == 401
    answer = sign_in(client)
    assert answer.status_code == 429
    assert "Please try again in 9 seconds." in answer.text
    assert client.get("/overview").status_code == 302
    clock.advance(seconds=9)
    assert sign_in(client).status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "javascript:alert(1)",
     "/\t/evil.example", "\n//evil.example", "overview"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_signing_in(client: FlaskClient, target: str) -> None:
    assert sign_in(client, next=target).location == "/overview"
    page = client.get("/sign-in", query_string={"next": target}).text
    assert 'name="next" value=""' in page


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", *FORMS])
def test_a_form_of_another_site_is_refused(client: FlaskClient, path: str) -> None:
    sign_in(client)
    for form in ({}, {"csrf_token": "guessed"}):
        assert client.post(path, data={"email": EMAIL, "passphrase": PASSPHRASE, **form}).status_code == 400
    assert client.get("/overview").status_code == 200, "still signed in"


def test_signing_out(client: FlaskClient) -> None:
    sign_in(client)
    assert client.get("/sign-out").status_code == 405, "a link or an image signs nobody out"
    answer = client.post("/sign-out", data={"csrf_token": token(client, "/overview")})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert client.get("/overview").status_code == 302


def test_a_session_ends_when_the_passphrase_changes(desk: Desk, client: FlaskClient) -> None:
    sign_in(client)
    assert client.get("/overview").status_code == 200
    with desk.db.write() as session:
        user = session.scalars(select(User)).one()
        users.change_passphrase(desk, session, user, "another one, of other words", actor="test")
    assert client.get("/overview").status_code == 302
    assert sign_in(client).status_code == 401
    assert sign_in(client, passphrase="another one, of other words").status_code == 302


def test_a_session_ends_with_its_user(desk: Desk, client: FlaskClient) -> None:
    sign_in(client)
    with desk.db.write() as session:
        users.remove(desk, session, session.scalars(select(User)).one(), actor="test")
    assert client.get("/overview").status_code == 302


def test_pages_are_not_kept_by_the_browser(client: FlaskClient) -> None:
    """After signing out, the way back must not show customers' words from a shared machine's cache."""
    sign_in(client)
    assert "no-store" in client.get("/overview").headers.get("Cache-Control", "")
