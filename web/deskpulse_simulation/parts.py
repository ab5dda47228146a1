"""What every simulator consists of, beside its account and API."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from deskpulse_simulation.clock import Clock
from deskpulse_simulation.delivery import Dispatcher
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.front import RequestLog
from deskpulse_simulation.limits import Windows
from deskpulse_simulation.mailer import Mailer


@dataclass(frozen=True)
class Parts:
    """The parts, put together by the simulator; a vendor's own are added by a subclass.

    ``lock`` is held by whoever reads or writes the account. ``switches`` (behaviours that differ between real
    accounts) and ``rates`` (how many requests are allowed) are dataclasses of the vendor's, changed by ``/_sim``.
    """

    lock: threading.RLock
    clock: Clock
    faults: Faults
    log: RequestLog
    windows: Windows
    dispatcher: Dispatcher[Any]
    mailer: Mailer
    switches: Any
    rates: Any

    def start(self) -> None:
        """Start sending webhooks and mails."""
        self.dispatcher.start()
        self.mailer.start()

    def close(self) -> None:
        """Stop background work."""
        self.dispatcher.close()
        self.mailer.close()
