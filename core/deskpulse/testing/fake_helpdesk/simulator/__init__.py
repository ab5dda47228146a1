"""The Fake helpdesk itself, to be read at one sitting: state, API, webhooks, faults, agent screen."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from deskpulse.plugin_api import SampleWorld, SimulatorAccess
from deskpulse.testing.fake_helpdesk.simulator.account import Account, Now, utc_now
from deskpulse.testing.fake_helpdesk.simulator.app import App
from deskpulse.testing.fake_helpdesk.simulator.faults import Faults
from deskpulse.testing.fake_helpdesk.simulator.samples import add
from deskpulse.testing.fake_helpdesk.simulator.webhooks import Sender

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class FakeSimulator:
    """One account with one administrator's token. ``now`` is replaced by tests that travel in time."""

    def __init__(self, now: Now = utc_now) -> None:
        self._token = secrets.token_urlsafe(24)
        self._base_url = ""
        self._faults = Faults()
        self._sender = Sender(self._faults, now)
        self._account = Account(self._sender.send, now)
        self._app = App(self._account, self._faults, self._token)

    @property
    def wsgi_app(self) -> WSGIApplication:
        """See :class:`~deskpulse.simulation.Simulator`."""
        return self._app

    def start(self, base_url: str) -> None:
        """See :class:`~deskpulse.simulation.Simulator`."""
        self._base_url = base_url
        self._sender.start()

    def load(self, world: SampleWorld) -> None:
        """See :class:`~deskpulse.simulation.Simulator`."""
        add(self._account, world)

    def access(self) -> SimulatorAccess:
        """See :class:`~deskpulse.simulation.Simulator`."""
        return SimulatorAccess({"base_url": self._base_url}, {"api_token": self._token})

    def install_app(self, package: bytes, settings: Mapping[str, str]) -> None:
        """See :class:`~deskpulse.simulation.Simulator`."""
        self._account.apps.append((package, dict(settings)))

    def close(self) -> None:
        """See :class:`~deskpulse.simulation.Simulator`."""
        self._sender.close()
