"""What one simulator consists of."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse_simulation import parts
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.apps import Apps
from deskpulse_zendesk.simulator.auth import Gate
from deskpulse_zendesk.simulator.delivery import Courier
from deskpulse_zendesk.simulator.limits import Limits
from deskpulse_zendesk.simulator.oauth import OAuth
from deskpulse_zendesk.simulator.records import User


@dataclass(frozen=True)
class Parts(parts.Parts):
    """The parts, put together by the simulator."""

    account: Account
    gate: Gate
    oauth: OAuth
    limits: Limits
    courier: Courier
    apps: Apps

    def first_agent(self) -> User:
        """The first human agent, or the integration's user in an account without people."""
        people = self.account.human_agents(self.gate.integration_id)
        return people[0] if people else self.gate.integration
