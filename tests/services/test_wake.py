"""Waking workers through a broker that comes and goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.worker import celery_app
from fixtures.rabbitmq import RabbitMQ
from fixtures.valkey import Valkey

pytestmark = pytest.mark.services


@pytest.mark.parametrize("broker_name", ["redis", "rabbitmq"])
def test_a_broker_that_was_restarted_is_found_again(
    broker_name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    broker: Valkey | RabbitMQ = request.getfixturevalue(broker_name)
    desk = Desk.open(settings_module.make(data_dir=str(tmp_path), broker_url=broker.url), Hub())
    app = celery_app.make_app(desk)
    app.send_task(celery_app.DRAIN, expires=1)
    broker.stop()
    with pytest.raises(Exception, match=r"efused|closed"):
        app.send_task(celery_app.DRAIN, expires=1)
    broker.start()
    app.send_task(celery_app.DRAIN, expires=1)
    app.close()
    desk.close()
