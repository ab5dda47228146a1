"""Killed processes, a broker that goes away and cut database connections: nothing is lost and nothing is doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse.demo.mailbox import Mailbox
from fixtures.accounts import Accounts
from fixtures.blows import cut_connections, restart
from fixtures.installation import installation
from fixtures.rabbitmq import RabbitMQ
from fixtures.storm import Storm, helpdesk
from fixtures.valkey import Valkey

pytestmark = pytest.mark.services


@pytest.mark.parametrize("broker_name", ["redis", "rabbitmq"])
def test_a_bad_day_grown_up(
    broker_name: str,
    tmp_path: Path,
    postgresql: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    broker: Valkey | RabbitMQ = request.getfixturevalue(broker_name)
    with (
        Mailbox() as mailbox,
        helpdesk(30) as desk,
        installation(tmp_path, smtp_url=mailbox.url, database_url=postgresql, broker_url=broker.url) as house,
    ):
        house.set_up(desk.kind, desk.simulator)
        house.start()
        blows = [
            house.strike,
            lambda _: restart(house, broker),
            lambda _: cut_connections(house, postgresql),
            lambda _: cut_connections(house, postgresql),
        ]
        with Storm(house, desk, mailbox, seconds=6, blows=blows, seed=2) as storm:
            storm.rage()
            storm.settle(timeout=60)
        accounts = Accounts(storm)
        accounts.check()
        report = accounts.report()
    with capsys.disabled():
        print(f"\n{broker_name}: {report}")  # noqa: T201 - what happened, for people
