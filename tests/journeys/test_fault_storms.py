"""Every helpdesk misbehaves in its own way while tickets are solved: nothing is lost, and nothing is doubled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deskpulse.demo.mailbox import Mailbox
from deskpulse.simulation import SimulatorAccess
from fixtures.accounts import Accounts
from fixtures.installation import installation
from fixtures.storm import Storm, helpdesk
from kit.accounts import bundled

KINDS = [one.point.name for one in bundled()]


def zendesk_client(simulator: Any) -> SimulatorAccess:
    """By an OAuth client's own credentials."""
    client, settings = simulator.oauth_client(), simulator.access().settings
    own = {"auth": "client_credentials", "client_id": client.identifier}
    return SimulatorAccess({**settings, **own}, {"client_secret": client.secret})


def servicenow_client(simulator: Any) -> SimulatorAccess:
    """Likewise, as the integration's own user."""
    simulator.set_property("glide.oauth.inbound.client.credential.grant_type.enabled", "true")
    (identifier, secret), access = simulator.oauth_client(), simulator.access()
    settings = {**access.settings, "auth": "client_credentials", "client_id": identifier}
    return SimulatorAccess(settings, {"client_secret": secret})


EXPIRING: dict[str, Callable[[Any], SimulatorAccess]] = {"servicenow": servicenow_client, "zendesk": zendesk_client}
"""Ways in by a token that is worthless after a while."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_stormy_day(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Too many requests, server errors, slowness, lost connections and lost answers; tokens expire, webhooks stray."""
    with (
        Mailbox() as mailbox,
        helpdesk(24, kind) as desk,
        installation(tmp_path, smtp_url=mailbox.url) as house,
    ):
        access = EXPIRING[kind](desk.simulator) if kind in EXPIRING else desk.simulator.access()
        house.set_up(desk.kind, desk.simulator, access)
        house.start()
        with Storm(house, desk, mailbox, seconds=6, blows=[], expires=kind in EXPIRING) as storm:
            storm.rage()
            storm.settle(timeout=60)
        accounts = Accounts(storm)
        accounts.check()
        assert accounts.second_copies == 0
        report = accounts.report()
    with capsys.disabled():
        print(f"\n{kind}: {report}")  # noqa: T201 - what happened, for people
