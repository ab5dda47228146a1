"""An organisation whose displays are open, with a tree, segments and a reader without account."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse_web.application import create_app


@pytest.fixture
def shape() -> dict[str, str]:
    """Support groups by code, with the one that each is below."""
    return {
        "infra": "", "net": "infra", "wifi": "net", "lan": "net", "db": "infra",
        "apps": "", "erp": "apps", "crm": "apps",
    }  # fmt: skip


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return create_app(desk).test_client()


@pytest.fixture
def opened(desk: Desk, organisation: Organisation) -> str:
    """The code by which everyone sees the displays."""
    with desk.db.write() as session:
        organisations.change_preferences(desk, session, session.merge(organisation), {"open_displays": True}, "test")
    return organisation.code


@pytest.fixture
def tree(desk: Desk, organisation: Organisation, shape: dict[str, str]) -> dict[str, int]:
    """Their ids: departments with teams, and teams below a team."""
    ids: dict[str, int] = {}
    with desk.db.write() as session:
        for code, parent in shape.items():
            group = SupportGroup(
                organisation_id=organisation.id, name=code.title(), code=code, parent_id=ids.get(parent)
            )
            session.add(group)
            session.flush()
            ids[code] = group.id
    return ids
