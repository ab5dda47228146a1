"""What stands around the loop while it is measured: a mail server that only notes the time, and a helpdesk."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import requests
from aiosmtpd.smtp import SMTP, Envelope, Session

from deskpulse.demo.mailbox import SmtpServer
from deskpulse.simulation import SampleAgent, SampleCustomer, SampleGroup, SampleTicket, SampleWorld
from deskpulse.testing.fake_helpdesk.simulator import FakeSimulator
from deskpulse.testing.serving import serve
from fixtures.processes import free_port, wait_until


class Sink:
    """Takes every mail; ``taken`` says when each recipient's mail had been handed over."""

    def __init__(self) -> None:
        self.port = free_port()
        self._taken: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def taken(self) -> Mapping[str, float]:
        with self._lock:
            return dict(self._taken)

    def wait_for(self, recipients: list[str], timeout: float) -> dict[str, float]:
        """Wait until all of them have their mail; gives when each had."""
        wait_until(lambda: self.taken.keys() >= set(recipients), f"{len(recipients)} mails", timeout, 0.1)
        return {one: self.taken[one] for one in recipients}

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        at = time.time()
        with self._lock:
            self._taken.setdefault(envelope.rcpt_tos[0], at)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Sink]:
    """A sink that takes mail."""
    sink = Sink()
    server = SmtpServer(sink, hostname="127.0.0.1", port=sink.port)
    server.start()
    try:
        yield sink
    finally:
        server.stop()


@dataclass(frozen=True)
class Helpdesk:
    """The fake helpdesk on loopback HTTP, with solved tickets; each has its own customer."""

    url: str
    token: str
    tickets: list[tuple[str, str]]
    """Id and the customer's address."""


@contextmanager
def helpdesk(count: int) -> Iterator[Helpdesk]:
    """A helpdesk with that many solved tickets."""
    simulator = FakeSimulator()
    now = datetime.now(UTC)
    addresses = [f"person-{number}@example.org" for number in range(count)]
    agent = SampleAgent("Robin", "robin@northwind.example", ("Service Desk",))
    tickets = [
        SampleTicket(
            "Printer on the third floor", address, agent.email, "Service Desk", now - timedelta(hours=2),
            solved_at=now - timedelta(minutes=1),
        )
        for address in addresses
    ]  # fmt: skip
    customers = [SampleCustomer(f"Person {number}", address) for number, address in enumerate(addresses)]
    simulator.load(SampleWorld([SampleGroup("Service Desk")], [agent], customers, tickets))
    with serve(simulator.wsgi_app) as url:
        stored = requests.get(f"{url}/_sim/tickets", timeout=30).json()
        token = simulator.access().secrets["api_token"]
        yield Helpdesk(url, token, [(ticket["id"], ticket["requester"]) for ticket in stored])
