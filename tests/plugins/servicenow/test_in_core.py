"""What core makes of it: one Decision for a resolution that is told twice, and links that the instance built."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deskpulse import settings as settings_module
from deskpulse.connections import connections
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.directory.sync import synchronise
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.surveys import attribution, resolutions
from deskpulse.surveys.entrances import About
from deskpulse.surveys.models import Decision, Invite, TicketRow
from deskpulse_servicenow import plugin


class Core:
    """An organisation with one connection, to the desk's instance."""

    def __init__(self, core: Desk, desk: Any, **settings: str) -> None:
        access = desk.simulator.access()
        self.core = core
        with core.db.write() as session:
            organisation = organisations.create(core, session, "Acme IT", code="acme")
            values = {**access.settings, **access.secrets, **settings}
            self.connection_id = connections.create(core, session, organisation, "servicenow", "Acme", values).id
            self.organisation_id = organisation.id

    def read(self, desk: Any) -> None:
        """Look at every ticket that the instance called about."""
        for event in desk.events():
            resolutions.observe(self.core, self.connection_id, event, resolutions.WEBHOOK)

    def rows(self, table: Any) -> Any:
        with self.core.db.read() as session:
            return session.scalars(select(table)).all()

    def about(self, **link: str) -> About:
        with self.core.db.read() as session:
            return attribution.of_link(session, self.organisation_id, {"tc": "ts", "cpc": "acme", **link})


@pytest.fixture
def core(tmp_path: Path, empty_database: Path, clock: Callable[[], datetime]) -> Iterator[Desk]:
    """DeskPulse itself, with this plug-in."""
    shutil.copy(empty_database, tmp_path / "deskpulse.sqlite3")
    hub = Hub()
    hub.register(plugin, "servicenow")
    opened = Desk.open(settings_module.make(data_dir=str(tmp_path)), hub, now=clock)
    yield opened
    opened.close()


@pytest.mark.parametrize("states", ["6,7", "6"])
def test_an_incident_resolved_and_later_closed_is_one_question(core: Desk, desk: Any, clock: Any, states: str) -> None:
    acme = Core(core, desk, incident_states=states)
    desk.provision(desk.connection(incident_states=states))
    key = desk.ticket("Printer")
    for step in ("solve", "close"):
        desk.program("POST", f"/tickets/{key}/{step}")
        acme.read(desk)
        clock.advance(minutes=1)
    assert len(acme.rows(Decision)) == 1
    assert [invite.state for invite in acme.rows(Invite)] == ["waiting"], "closing withdraws nothing"


def test_a_link_names_the_group_by_its_sys_id_or_by_its_name(core: Desk, desk: Any) -> None:
    acme = Core(core, desk)
    synchronise(core, acme.connection_id)
    field = next(row for row in acme.rows(SupportGroup) if row.name == "Field")
    sys_id = desk.rows("sys_user_group", "name=Field")[0]["sys_id"]
    for rgid in (sys_id, "Field", "field"):
        assert acme.about(tid="PHONE-7", rgid=rgid).group_id == field.id


def test_a_link_names_the_ticket_by_its_sys_id_or_by_its_number(core: Desk, desk: Any) -> None:
    acme = Core(core, desk)
    desk.provision()
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    acme.read(desk)
    (ticket,) = acme.rows(TicketRow)
    for tid in (key, desk.find(key).ref.number):
        assert acme.about(tid=tid, rgid="Service Desk").ticket_id == ticket.id
