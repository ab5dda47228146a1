"""A respondent's browser before the survey, and people who have been asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.surveys import invites
from deskpulse.surveys.models import Resolution, TicketRow
from deskpulse_web.application import create_app

Ask = Callable[..., str]


@pytest.fixture
def ask(desk: Desk, organisation: Organisation) -> Ask:
    """Ask someone about a solved ticket; returns the token."""
    with desk.db.write() as session:
        connection = ConnectionRow(
            organisation_id=organisation.id,
            kind="fake",
            key="key",
            name="Fake",
            secrets_sealed="",
            created_at=desk.now(),
        )
        session.add(connection)
    connection_id = connection.id

    def ask(number: str = "4711", person: str = "kim@northwind.example", **frozen: Any) -> str:
        with desk.db.write() as session:
            ticket = TicketRow(
                organisation_id=organisation.id, connection_id=connection_id, vendor_id=f"id-{number}", number=number
            )
            session.add(ticket)
            session.flush()
            resolution = Resolution(
                organisation_id=organisation.id,
                ticket_id=ticket.id,
                key="1",
                outcome="solved",
                subject=frozen.pop("subject", "Printer on the third floor"),
                person=person,
                resolved_at=desk.now(),
                seen_at=desk.now(),
                **frozen,
            )
            session.add(resolution)
            session.flush()
            invite = invites.issue(
                desk,
                session,
                organisation,
                resolution,
                person=person,
                name="Kim",
                email=person,
                connection_id=connection_id,
                channel="helpdesk",
                by_us=False,
            )
            return desk.vault.open(invite.token_sealed)

    return ask


@pytest.fixture
def app(desk: Desk) -> Flask:
    return create_app(desk)


@pytest.fixture
def nonce_in() -> Callable[[str], str | None]:
    """The nonce of the form on a page."""

    def find(text: str) -> str | None:
        found = re.search(r'name="nonce" value="([^"]+)"', text)
        return found[1] if found else None

    return find


@dataclass
class Browser:
    """A browser, or something that acts like one. ``page`` is what it shows now."""

    client: FlaskClient
    page: TestResponse | None = None
    filled: dict[str, Any] = field(default_factory=dict)

    def open(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        self.page = self.client.open(path, method=method, **options)
        return self.page

    @property
    def text(self) -> str:
        assert self.page is not None
        return self.page.get_data(as_text=True)

    @property
    def action(self) -> str:
        found = re.search(r'<form method="post" action="([^"]+)"', self.text)
        assert found, self.text
        return found[1].replace("&amp;", "&")

    @property
    def nonce(self) -> str:
        found = re.search(r'name="nonce" value="([^"]+)"', self.text)
        assert found, self.text
        return found[1]

    @property
    def chosen(self) -> int | None:
        found = re.search(r'name="score" value="(\d+)"[^>]* checked', self.text)
        return int(found[1]) if found else None

    def send(self, score: Any = 9, *, gesture: bool = True, scripted: bool = True, **fields: Any) -> TestResponse:
        """Send the form that the page shows."""
        marks = {"scripted": "1" if scripted else "", "activated": "click" if gesture else ""}
        filled = {"nonce": self.nonce, "score": score, **marks, **fields}
        return self.open(self.action, "POST", data=filled, content_type="multipart/form-data")


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """A fresh browser; with ``cookies=False`` one that keeps none."""
    return lambda cookies=True: Browser(app.test_client(use_cookies=cookies))
