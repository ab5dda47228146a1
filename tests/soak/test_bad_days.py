"""Bad days at full length: two hundred tickets, many blows, on every way to run DeskPulse."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from deskpulse.demo.mailbox import Mailbox
from fixtures.accounts import Accounts
from fixtures.blows import cut_connections, restart
from fixtures.installation import Installation, installation
from fixtures.rabbitmq import RabbitMQ
from fixtures.storm import Storm, helpdesk
from fixtures.valkey import Valkey

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1500)]
TICKETS, SECONDS, QUIET = 200, 90.0, 300.0
SEEDS = [int(seed) for seed in os.environ.get("DESKPULSE_SOAK_SEEDS", "1 2 3").split()]
Blow = Callable[[random.Random], None]


@contextmanager
def bad_day(
    directory: Path, seed: int, blows: Callable[[Installation], Sequence[Blow]], **settings: str
) -> Iterator[Accounts]:
    """A bad day, counted; what happened is printed."""
    with (
        Mailbox() as mailbox,
        helpdesk(TICKETS) as desk,
        installation(directory, smtp_url=mailbox.url, **settings) as house,
    ):
        house.set_up(desk.kind, desk.simulator)
        house.start()
        with Storm(house, desk, mailbox, seconds=SECONDS, blows=blows(house), seed=seed, reopened=20) as storm:
            storm.rage()
            storm.settle(timeout=QUIET)
        accounts = Accounts(storm)
        yield accounts
        print(accounts.report())  # noqa: T201 - what happened, for people


@pytest.mark.parametrize("seed", SEEDS)
def test_embedded(seed: int, tmp_path: Path) -> None:
    with bad_day(tmp_path, seed, lambda house: [house.strike] * 20) as accounts:
        accounts.check()


@pytest.mark.services
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("broker_name", ["redis", "rabbitmq"])
def test_grown_up(broker_name: str, seed: int, tmp_path: Path, postgresql: str, request: pytest.FixtureRequest) -> None:
    broker: Valkey | RabbitMQ = request.getfixturevalue(broker_name)

    def blows(house: Installation) -> Sequence[Blow]:
        mixed = [house.strike, house.strike, lambda _: cut_connections(house, postgresql)]
        return [*mixed * 2, lambda _: restart(house, broker), *mixed * 2, lambda _: restart(house, broker), *mixed]

    with bad_day(tmp_path, seed, blows, database_url=postgresql, broker_url=broker.url) as accounts:
        accounts.check()


@pytest.mark.services
@pytest.mark.parametrize("seed", SEEDS)
def test_database_connections_cut_again_and_again(seed: int, tmp_path: Path, postgresql: str, redis: Valkey) -> None:
    def blows(house: Installation) -> Sequence[Blow]:
        return [lambda _: cut_connections(house, postgresql)] * 40

    with bad_day(tmp_path, seed, blows, database_url=postgresql, broker_url=redis.url) as accounts:
        accounts.check()
