"""What this simulator consists of, beside the kit's parts."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse_servicenow.simulator.access import Access
from deskpulse_servicenow.simulator.background import Background
from deskpulse_servicenow.simulator.installed import Installed
from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_servicenow.simulator.loading import Furniture
from deskpulse_servicenow.simulator.oauth import OAuth
from deskpulse_servicenow.simulator.query import Searcher
from deskpulse_servicenow.simulator.scheduled import Schedule
from deskpulse_servicenow.simulator.scripting.host import Host
from deskpulse_servicenow.simulator.writing import Writer
from deskpulse_simulation.delivery import Timings
from deskpulse_simulation.parts import Parts


@dataclass
class JobTimings(Timings):
    """``scheduler``: real seconds between two runs of periodic scheduled scripts; on an instance a minute or more."""

    scheduler: float = 2.0


@dataclass(frozen=True)
class InstanceParts(Parts):
    """Put together by the simulator. ``lock`` is not the instance's: a step of the clock runs scripts that call out."""

    instance: Instance
    furniture: Furniture
    access: Access
    searcher: Searcher
    writer: Writer
    oauth: OAuth
    host: Host
    background: Background
    schedule: Schedule
    installed: Installed

    def start(self) -> None:
        """Start background work and sending mails."""
        super().start()
        self.background.start()

    def close(self) -> None:
        """Stop both; nobody is called afterwards."""
        self.host.outbound.closed = True
        self.background.close()
        super().close()
