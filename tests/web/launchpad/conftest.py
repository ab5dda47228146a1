"""Somebody who is signed in to an organisation with a department, a team, segments, an agent and a Support Lead."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from deskpulse.access import users
from deskpulse.access.models import User
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, Contact, Segment, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER

ANN, PASSPHRASE = "ann@northwind.example", "four words and a comma"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Northwind:
    """Ids of what is there, and whoever signs in."""

    department: int
    team: int
    lead: int
    user: User

    def sign_in(self, client: FlaskClient) -> FlaskClient:
        return signed_in(client, self.user)

    def csrf(self, client: FlaskClient) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/launchpad/for/{self.lead}").text)
        assert found
        return found[1]


def signed_in(client: FlaskClient, user: User) -> FlaskClient:
    with client.session_transaction() as cookie:
        cookie[USER], cookie[EPOCH] = user.id, user.session_epoch
    return client


@pytest.fixture
def app(desk: Desk) -> Flask:
    return create_app(desk)


@pytest.fixture
def user(desk: Desk, organisation: Organisation) -> User:
    with desk.db.write() as session:
        return users.add(desk, session, organisation, ANN, PASSPHRASE, actor="test", hasher=CHEAP)


@pytest.fixture
def newcomer(app: Flask, user: User) -> FlaskClient:
    """Someone who is signed in where nothing has been set up."""
    return signed_in(app.test_client(), user)


@pytest.fixture
def northwind(desk: Desk, organisation: Organisation, user: User) -> Northwind:
    mine = {"organisation_id": organisation.id}
    with desk.db.write() as session:
        lead = Contact(**mine, email="lee@northwind.example", name="Lee")
        connection = ConnectionRow(**mine, kind="fake", key="k", name="Desk", secrets_sealed="", created_at=desk.now())
        session.add_all([lead, connection])
        session.flush()
        department = SupportGroup(**mine, name="IT Operations", code="OPS", lead_id=lead.id)
        session.add(department)
        session.flush()
        team = SupportGroup(**mine, name="Network & <Servers>", code="NET", parent_id=department.id)
        session.add_all([
            team, Segment(**mine, position=1, code="BER", name="Berlin"),
            Segment(**mine, position=2, code="FIN", name="Finance"),
            AgentRow(**mine, connection_id=connection.id, vendor_id="1", name="Robin", email="robin@northwind.example"),
        ])  # fmt: skip
    return Northwind(department.id, team.id, lead.id, user)


@pytest.fixture
def ann(app: Flask, northwind: Northwind) -> FlaskClient:
    """Someone who is signed in."""
    return northwind.sign_in(app.test_client())
