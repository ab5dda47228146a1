"""What one simulator consists of beside the kit's parts."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse_jira_sm.simulator.apps import Apps
from deskpulse_jira_sm.simulator.auth import Gate
from deskpulse_jira_sm.simulator.automation import Automation
from deskpulse_jira_sm.simulator.oauth import OAuth
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_simulation.parts import Parts


@dataclass(frozen=True)
class JiraParts(Parts):
    """The parts, put together by the simulator."""

    site: Site
    gate: Gate
    oauth: OAuth
    automation: Automation
    apps: Apps
