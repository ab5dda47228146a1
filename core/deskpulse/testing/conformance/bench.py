"""What one conformance test works on: a simulator on the wire, an inlet, a hub, and the connection between them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from deskpulse.capabilities import Capability, Support
from deskpulse.http import HttpClient
from deskpulse.hub import Hub
from deskpulse.kinds import Kind
from deskpulse.plugin_api import hookimpl
from deskpulse.records import Connection, Delivery, EventKind, ProvisionPlan, ProvisionReport, Ticket, Verified
from deskpulse.simulation import Simulator, SimulatorAccess
from deskpulse.testing.clocks import SteppedTime
from deskpulse.testing.conformance.inlet import Inlet
from deskpulse.testing.conformance.wire import PLAYED_HEADER, Wire
from deskpulse.testing.factories import Renewal, make_connection
from deskpulse.testing.serving import serve

KEY = "conformance"
PANEL_KEY = "panel_key"
"""The secret that core gives to every connection; it proves the sidebar app to DeskPulse."""
INLET = f"/in/{KEY}"
TIMEOUT, SHORT_TIMEOUT = (2.0, 10.0), (2.0, 0.5)
"""Seconds to connect and to read: a busy machine's, and those of a test that waits for them to run out."""


class NoNetwork(HttpClient):
    """A client for hooks that must not use it."""

    def request(self, *args: Any, **options: Any) -> Any:  # noqa: ARG002 - whatever is asked
        """Fail the test."""
        raise AssertionError("this hook must not use the network")


class SchemeOnly:
    """Core's default answer to ``verify_delivery``: the kind's declared scheme."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @hookimpl(trylast=True)
    def deskpulse_verify_delivery(self, connection: Connection, delivery: Delivery) -> Verified:
        """Apply the scheme."""
        scheme = self._hub.kind(connection.kind).scheme
        return scheme.verify(delivery, connection.current_secrets(scheme.secret_name))


@dataclass
class Bench:
    """Made afresh for every test."""

    kind: Kind
    hub: Hub
    simulator: Simulator
    wire: Wire
    inlet: Inlet
    url: str
    inlet_url: str
    connection: Connection
    time: SteppedTime
    stop_serving: Callable[[], None] = field(repr=False)

    def ask(self, hook: str, **arguments: Any) -> Any:
        """Ask as core does, with the connection as it is now."""
        return self.hub.ask(self.connection, f"deskpulse_{hook}", **arguments)

    def can(self, capability: Capability, hook: str, **arguments: Any) -> bool:
        """Whether the kind declares the ability; where it does not, the hook must answer that it cannot."""
        if self.kind.can(capability):
            return True
        assert self.ask(hook, **arguments) is None, f"{capability} is declared {self.kind.support(capability)}"
        return False

    def use(self, **changes: Any) -> None:
        """Change the connection, for example ``secrets=...``. Its client knows the new secrets too."""
        self.connection = replace(self.connection, **changes)
        self.connection.http.redact_also(self.connection.secrets.values())

    def hurry(self) -> None:
        """Wait for a slow helpdesk no longer than this test needs."""
        self.use(http=HttpClient(timeout=SHORT_TIMEOUT, sleep=self.time.sleep, monotonic=self.time.monotonic))

    def provision(self, inlet_path: str = INLET, *, keep: bool = True, **options: Any) -> ProvisionReport:
        """Ask for provisioning, and keep facts and secrets with the connection as core does."""
        plan = ProvisionPlan(self.inlet_url + inlet_path, invite_link=_link, **options)
        report: ProvisionReport = self.ask("provision", plan=plan)
        if keep:
            secrets = _merged(self.connection.secrets, report.secrets)
            self.use(facts=_merged(self.connection.facts, report.facts), secrets=secrets, renew=Renewal(secrets))
        return report

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Play an agent or administrator under ``/_sim/``."""
        return self.play(method, f"/_sim/{path}", body)

    def play(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Play an agent or administrator by a call of the vendor's own API, past the wire's faults."""
        headers = {PLAYED_HEADER: "yes"}
        answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=10, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def ticket_id(self, subject: str) -> str:
        """The id of the ticket with that subject."""
        return next(str(one["id"]) for one in self.sim("GET", "tickets") if one["subject"] == subject)

    def ticket(self, subject: str) -> Ticket:
        """The ticket with that subject, read through the plug-in."""
        found = self.ask("find_ticket", key=self.ticket_id(subject))
        assert isinstance(found, Ticket), f"find_ticket answered {found!r} for a ticket that exists"
        return found

    def events(self, delivery: Delivery) -> list[tuple[EventKind, str]]:
        """What a delivery says: kind of event and id of the ticket."""
        return [(event.kind, event.ticket.id) for event in self.ask("read_delivery", delivery=delivery)]

    def await_delivery(self, kind: EventKind, ticket_id: str, *, times: int = 1, path: str = INLET) -> list[Delivery]:
        """Wait for the deliveries that say so."""

        def wanted(delivery: Delivery) -> bool:
            return (kind, ticket_id) in self.events(delivery)

        arrived = self.inlet.wait(path, lambda found: len(list(filter(wanted, found))) >= times)
        return list(filter(wanted, arrived))

    def own_secrets(self) -> tuple[str, ...]:
        """Every secret of the connection."""
        return tuple(secret for secret in self.connection.secrets.values() if len(secret) >= 4)


@contextmanager
def open_bench(
    plugin: Any,
    simulator: Simulator | None,
    is_write: Callable[[str, str], bool],
    access_to: Callable[[Simulator], SimulatorAccess],
    lacks: Collection[Capability] = (),
) -> Iterator[Bench]:
    """Load the plug-in, start a simulator of its kind, and connect the two."""
    hub = Hub(time_limits={"deskpulse_check_connection": 1.5})
    hub.register_defaults(SchemeOnly(hub))
    hub.register(plugin, "under-test")
    (whole,) = hub.kinds()
    kind = _version(whole, lacks)
    if simulator is None:
        assert kind.simulator is not None, "the kind names no simulator"
        simulator = kind.simulator()
    wire, inlet, time = Wire(simulator.wsgi_app, is_write), Inlet(), SteppedTime()
    http = HttpClient(timeout=TIMEOUT, sleep=time.sleep, monotonic=time.monotonic)
    with ExitStack() as served, serve(inlet) as inlet_url:
        url = served.enter_context(serve(wire))
        simulator.start(url)
        access = access_to(simulator)
        secrets = {**access.secrets, PANEL_KEY: "given-by-core-to-every-connection"}
        connection = make_connection(kind.name, key=KEY, settings=access.settings, secrets=secrets, http=http)
        try:
            yield Bench(kind, hub, simulator, wire, inlet, url, inlet_url, connection, time, served.close)
        finally:
            wire.close()
            simulator.close()
            http.close()


def _version(kind: Kind, lacks: Collection[Capability]) -> Kind:
    """The kind as it is in a version without some abilities."""
    assert all(kind.support(one) is Support.SOME_VERSIONS for one in lacks), "a version may lack what only some have"
    left = {**kind.capabilities, **dict.fromkeys(lacks, Support.CANT)}
    return replace(kind, capabilities=left, oauth=None if Capability.OAUTH in lacks else kind.oauth)


def _merged(before: Mapping[str, str], news: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in {**before, **news}.items() if value}


def _link(placeholders: Mapping[str, str]) -> str:
    return "https://feedback.example.com/?" + "&".join(f"{name}={value}" for name, value in placeholders.items())
