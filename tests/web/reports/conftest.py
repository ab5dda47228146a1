"""Somebody signed in, and answers to report on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from deskpulse.access.models import User
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.testing.serving import serve
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER
from fixtures.answers import Answers
from fixtures.browser import opening

AT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


@pytest.fixture
def app(desk: Desk) -> Flask:
    """The pages."""
    return create_app(desk)


@pytest.fixture
def ann(desk: Desk, organisation: Organisation) -> User:
    """Somebody with an account."""
    with desk.db.write() as session:
        user = User(
            organisation_id=organisation.id,
            email="Ann@northwind.example",
            name="Ann",
            passphrase_hash="none",
            created_at=desk.now(),
        )
        session.add(user)
    return user


@pytest.fixture
def client(app: Flask, ann: User) -> Iterator[FlaskClient]:
    """The browser of somebody who is signed in."""
    with app.test_client() as client:
        with client.session_transaction() as cookie:
            cookie[USER], cookie[EPOCH] = ann.id, ann.session_epoch
        yield client


@pytest.fixture
def post(client: FlaskClient) -> Callable[[str], object]:
    """Press the button of the page at an address: ``post(path)``."""

    def press(path: str) -> object:
        page = client.get(path).text
        token, action = (
            re.search(r'name="csrf_token" value="([^"]+)"', page),
            re.search(r'action="([^"]*send[^"]*)"', page),
        )
        assert token
        assert action
        return client.post(action[1].replace("&amp;", "&"), data={"csrf_token": token[1]})

    return press


@pytest.fixture
def answers(desk: Desk, organisation: Organisation, answer: Answers) -> Answers:
    """A department with a team, and three answers."""
    with desk.db.write() as session:
        department = SupportGroup(organisation_id=organisation.id, name="IT", code="it")
        session.add(department)
        session.flush()
        team = SupportGroup(organisation_id=organisation.id, name="Network", code="net", parent_id=department.id)
        session.add(team)
    answer(
        10, answered_at=AT, comment="=HYPERLINK(\"x\") <b>great</b>", factors=["speed", "ease"], group_id=team.id,
        tid="101", segment1="north", person="cleo@northwind.example",
    )  # fmt: skip
    answer(7, answered_at=AT - timedelta(days=1), tid="102", group_id=department.id)
    answer(
        2, answered_at=AT - timedelta(days=2), tid="103", comment="Slow, wi-fi again", factors=["speed"],
        contact_wanted=True,
    )  # fmt: skip
    return answer


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The application's address; it stops after the pages that it serves are closed."""
    with serve(app) as url:
        yield url


@pytest.fixture
def signed_in(served: str, client: FlaskClient, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Open a page in a real browser: ``signed_in("/survey-responses", width=390)``."""
    return opening(served, client, new_page)
