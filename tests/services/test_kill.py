"""Killed processes, a broker that goes away and cut database connections: nothing is lost and nothing is doubled."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from deskpulse.demo.mailbox import Mailbox
from fixtures.accounts import Accounts
from fixtures.installation import Installation, installation
from fixtures.rabbitmq import RabbitMQ
from fixtures.storm import Storm, helpdesk
from fixtures.valkey import Valkey

pytestmark = pytest.mark.services
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"


def cut_connections(house: Installation, url: str) -> None:
    """End every connection to the installation's database."""
    with psycopg.connect(url, autocommit=True) as connection:
        house.note("database cut")
        connection.execute(CUT)


def restart(house: Installation, broker: Valkey | RabbitMQ) -> None:
    """Stop the broker and start it again, while everything else goes on."""
    house.note("broker stopped")
    broker.stop()
    broker.start()


@pytest.mark.parametrize("broker_name", ["redis", "rabbitmq"])
def test_a_bad_day_grown_up(
    broker_name: str, tmp_path: Path, postgresql: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    broker: Valkey | RabbitMQ = request.getfixturevalue(broker_name)
    with (
        Mailbox() as mailbox,
        helpdesk(40) as desk,
        installation(tmp_path, smtp_url=mailbox.url, database_url=postgresql, broker_url=broker.url) as house,
    ):
        house.set_up("zendesk", desk.simulator)
        house.start()
        blows = [
            house.strike,
            lambda _: restart(house, broker),
            lambda _: cut_connections(house, postgresql),
            house.strike,
            lambda _: cut_connections(house, postgresql),
        ]
        with Storm(house, desk, mailbox, seconds=8, blows=blows, seed=2) as storm:
            storm.rage()
            storm.settle(timeout=60)
        accounts = Accounts(storm)
        accounts.check()
    with capsys.disabled():
        print(f"\n{broker_name}: {accounts.report()}")
