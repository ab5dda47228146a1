"""Somebody signed in, with a directory to ask about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select

from deskpulse.access.models import User
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports.charts import bundle as charts_bundle
from deskpulse.testing.serving import serve
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER
from fixtures.browser import opening


@pytest.fixture
def app(desk: Desk) -> Flask:
    """The pages."""
    return create_app(desk)


@pytest.fixture
def client(app: Flask, desk: Desk, organisation: Organisation) -> Iterator[FlaskClient]:
    """The browser of somebody who is signed in."""
    with desk.db.write() as session:
        user = User(
            organisation_id=organisation.id,
            email="ann@northwind.example",
            name="Ann",
            passphrase_hash="none",
            created_at=desk.now(),
        )
        session.add(user)
    with app.test_client() as client:
        with client.session_transaction() as cookie:
            cookie[USER], cookie[EPOCH] = user.id, user.session_epoch
        yield client


@pytest.fixture
def group(desk: Desk, organisation: Organisation) -> Callable[..., int]:
    """Add a support group: ``group("network", parent)``."""

    def make(code: str, parent: int | None = None) -> int:
        with desk.db.write() as session:
            row = SupportGroup(organisation_id=organisation.id, name=code.title(), code=code, parent_id=parent)
            session.add(row)
        return row.id

    return make


@pytest.fixture
def agent(desk: Desk, organisation: Organisation) -> Callable[[str], int]:
    """Add an agent: ``agent("Bo")``."""

    def make(name: str) -> int:
        with desk.db.write() as session:
            connection = session.scalar(select(ConnectionRow)) or ConnectionRow(
                organisation_id=organisation.id,
                kind="fake",
                key="key",
                name="Fake",
                secrets_sealed="",
                created_at=desk.now(),
            )
            session.add(connection)
            session.flush()
            row = AgentRow(organisation_id=organisation.id, connection_id=connection.id, vendor_id=name, name=name)
            session.add(row)
        return row.id

    return make


@pytest.fixture
def served(app: Flask, desk: Desk) -> Iterator[str]:
    """The application's address. The chart script is ready."""
    charts_bundle.bundle(desk.settings.data_dir / "cache")
    with serve(app) as url:
        yield url


@pytest.fixture
def signed_in(served: str, client: FlaskClient, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Open a page of somebody signed in: ``signed_in("/overview", width=390)``."""
    return opening(served, client, new_page)
