"""Every helpdesk misbehaves in its own way while tickets are solved: nothing is lost, and nothing is doubled."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from deskpulse.demo.mailbox import Mailbox
from deskpulse.simulation import SimulatorAccess
from fixtures.accounts import Accounts
from fixtures.installation import installation
from fixtures.storm import Helpdesk, Storm, helpdesk
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


def jira_sm_app(simulator: Any) -> SimulatorAccess:
    """By an OAuth app, which an administrator lets in in the browser."""
    client, settings = simulator.oauth_client(), simulator.access().settings
    return SimulatorAccess(
        {**settings, "auth": "oauth", "client_id": client.identifier}, {"client_secret": client.secret}
    )


def jira_sm_webhook(desk: Helpdesk, steps: Sequence[str]) -> dict[str, str]:
    """The webhook that such an app may not make: an administrator does what the set-up says."""
    (step,) = (one for one in steps if one.startswith("Webhook by hand: "))
    assert "no JQL and the event Issue: updated" in step
    url, secret, admin = re.findall(r"the URL (\S+),", step)[0], "known to two", desk.simulator.access()
    webhook = {"name": "Feedback", "url": url, "events": ["jira:issue_updated"], "secret": secret}
    login = (admin.settings["email"], admin.secrets["api_token"])
    requests.post(f"{desk.url}/rest/webhooks/1.0/webhook", json=webhook, auth=login, timeout=10).raise_for_status()
    return {"signing_secret": secret}


EXPIRING: dict[str, Callable[[Any], SimulatorAccess]] = {
    "jira_sm": jira_sm_app,
    "servicenow": servicenow_client,
    "zendesk": zendesk_client,
}
"""Ways in by a token that is worthless after a while."""
BY_HAND: dict[str, Callable[[Helpdesk, Sequence[str]], dict[str, str]]] = {"jira_sm": jira_sm_webhook}
"""What these ways in leave to an administrator, by the steps of the set-up; gives what is entered afterwards."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_stormy_day(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Too many requests, server errors, slowness, lost connections and lost answers; tokens expire, webhooks stray."""
    with (
        Mailbox() as mailbox,
        helpdesk(24, kind) as desk,
        installation(tmp_path, smtp_url=mailbox.url) as house,
    ):
        access = EXPIRING[kind](desk.simulator) if kind in EXPIRING else desk.simulator.access()
        steps = house.set_up(desk.kind, desk.simulator, access)
        if kind in BY_HAND:
            house.enter(BY_HAND[kind](desk, steps))
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
