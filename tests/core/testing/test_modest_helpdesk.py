"""A helpdesk that can do little conforms as well: what it cannot do is declared, and the declaration is tested."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deskpulse.capabilities import Capability, Support
from deskpulse.inbound.schemes import HmacSignature, SharedSecret
from deskpulse.kinds import Kind, Registry
from deskpulse.plugin_api import hookimpl
from deskpulse.simulation import Simulator
from deskpulse.testing.conformance import Bench, HelpdeskConformance
from deskpulse.testing.conformance.bench import INLET
from deskpulse.testing.conformance.deliveries import Deliveries
from deskpulse.testing.conformance.panel import Panel
from deskpulse.testing.conformance.registration import Registration
from deskpulse.testing.fake_helpdesk import plugin as genuine
from deskpulse.testing.fake_helpdesk.kind import KIND
from deskpulse.testing.fake_helpdesk.provision import EVENTS
from deskpulse.testing.fake_helpdesk.simulator import FakeSimulator
from deskpulse.testing.fake_helpdesk.simulator.webhooks import sign

CAN = {Capability.FIND_TICKET, Capability.FIND_CUSTOMER}
SUPPORT = {one: Support.FULL if one in CAN else Support.CANT for one in Capability}
MODEST = Kind(
    name="modest",
    label="Modest helpdesk",
    settings_schema=KIND.settings_schema,
    capabilities=SUPPORT,
    scheme=SharedSecret("X-Fake-Signature", secret_name="signing_secret"),
    simulator=KIND.simulator,
    notes=("Make a webhook by hand, and enter its token as signing secret.",),
    capability_notes=dict.fromkeys(Capability, "This helpdesk has nothing of the kind."),
)


class ModestPlugin:
    """Reads deliveries, tickets and customers; everything else is left out."""

    deskpulse_read_delivery = staticmethod(genuine.deskpulse_read_delivery)
    deskpulse_find_ticket = staticmethod(genuine.deskpulse_find_ticket)
    deskpulse_find_customer = staticmethod(genuine.deskpulse_find_customer)

    @hookimpl
    def deskpulse_register(self, registry: Registry) -> None:
        registry.add_kind(MODEST)


WHOLE_BODY = Kind(
    name="signed",
    label="Signed helpdesk",
    settings_schema=KIND.settings_schema,
    capabilities={**KIND.capabilities, Capability.FRESH_DELIVERIES: Support.CANT},
    scheme=HmacSignature("X-Fake-Signature", encoding="hex", prefix="v1=", id_header="X-Fake-Delivery"),
    frame_ancestors=KIND.frame_ancestors,
    simulator=KIND.simulator,
    capability_notes={**KIND.capability_notes, Capability.FRESH_DELIVERIES: "Only the body is signed."},
    sends_invites=True,
)


class SignedPlugin:
    """The genuine plug-in for a vendor who signs no time: what was captured can be replayed for ever."""

    def __init__(self) -> None:
        for name in (name for name in vars(genuine) if name.startswith("deskpulse_")):
            setattr(self, name, getattr(genuine, name))
        self.deskpulse_register = self._register

    @hookimpl
    def _register(self, registry: Registry) -> None:
        registry.add_kind(WHOLE_BODY)


class TestSignedButNotFresh(Registration, Deliveries):
    plugin = SignedPlugin()

    def simulator(self) -> Simulator:
        simulator = FakeSimulator()
        simulator._sender.sign = lambda secret, stamp, body: sign(secret, "", body)
        return simulator


OLD = replace(
    KIND,
    capabilities={**KIND.capabilities, Capability.PANEL: Support.SOME_VERSIONS},
    capability_notes={**KIND.capability_notes, Capability.PANEL: "Old versions take no apps."},
)


class OldPlugin(SignedPlugin):
    """The genuine plug-in for a vendor whose old versions take no apps."""

    @hookimpl
    def _register(self, registry: Registry) -> None:
        registry.add_kind(OLD)

    @hookimpl
    def _none(self) -> None:
        return None

    def __init__(self) -> None:
        super().__init__()
        self.deskpulse_panel_bundle = self._none


class TestOldVersion(Registration, Panel):
    plugin = OldPlugin()
    lacks = frozenset({Capability.PANEL})


class TestModest(HelpdeskConformance):
    plugin = ModestPlugin()
    page_size = 50

    def simulator(self) -> Simulator:
        """A vendor who signs nothing: each webhook call carries the secret itself."""
        simulator = FakeSimulator()
        simulator._sender.sign = lambda secret, stamp, body: secret
        return simulator

    def connect(self, bench: Bench) -> None:
        """What the kind's notes say."""
        webhook = self._ask(bench, "POST", "webhooks", {"url": bench.inlet_url + INLET, "events": EVENTS})
        secret = self._ask(bench, "GET", f"webhooks/{webhook['id']}/secret")["secret"]
        bench.use(secrets={**bench.connection.secrets, "signing_secret": secret})

    def _ask(self, bench: Bench, method: str, path: str, body: Any = None) -> Any:
        token = bench.simulator.access().secrets["api_token"]
        return bench.play(method, f"/api/{path}", body, auth=lambda request: with_token(request, token))


def with_token(request: Any, token: str) -> Any:
    """Sign in as the administrator."""
    request.headers["Authorization"] = f"Bearer {token}"
    return request
