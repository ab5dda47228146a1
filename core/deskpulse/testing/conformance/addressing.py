"""A plug-in answers for its own kind of helpdesk, and for no other."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deskpulse.errors import DeliveryRejected
from deskpulse.inbound.schemes import HmacSignature
from deskpulse.kinds import Kind, Registry
from deskpulse.plugin_api import hookimpl
from deskpulse.records import ProvisionPlan, TicketRef
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench, NoNetwork
from deskpulse.testing.factories import MOMENT, make_delivery, make_history, make_invitation, make_result

BYSTANDER = "bystander"


class Bystander:
    """Another vendor's plug-in. It implements nothing, so whatever is answered for its kind comes from elsewhere."""

    @hookimpl
    def deskpulse_register(self, registry: Registry) -> None:
        """One kind."""
        scheme = HmacSignature("X-Bystander", timestamp_header="X-Time", tolerance=timedelta(minutes=5))
        registry.add_kind(Kind(BYSTANDER, "Bystander", {"type": "object", "properties": {}}, {}, scheme))


def questions() -> dict[str, dict[str, Any]]:
    """Every hook that is asked of a connection's own plug-in, with arguments."""
    ticket = TicketRef("1", "1")
    return {
        "check_connection": {},
        "provision": {"plan": ProvisionPlan("https://feedback.example.com/in/x")},
        "read_delivery": {"delivery": make_delivery()},
        "find_ticket": {"key": "1"},
        "find_agent": {"key": "1"},
        "find_customer": {"key": "1"},
        "ticket_url": {"ticket": ticket},
        "sync_groups": {"since": None},
        "closed_since": {"cursor": MOMENT.isoformat()},
        "should_invite": {"history": make_history()},
        "send_invite": {"invitation": make_invitation()},
        "write_back": {"ticket": ticket, "result": make_result()},
        "panel_bundle": {},
    }


class Addressing(Conformance):
    """With another vendor's plug-in loaded beside it."""

    def test_never_answers_for_another_vendor(self, bare: Bench) -> None:
        bare.hub.register(Bystander(), BYSTANDER)
        assert isinstance(bare.hub.registry.owner(BYSTANDER), Bystander)
        stranger = replace(bare.connection, kind=BYSTANDER, http=NoNetwork())
        for hook, arguments in questions().items():
            answer = bare.hub.ask(stranger, f"deskpulse_{hook}", **arguments)
            assert answer is None, f"{hook} was answered for a connection of another vendor"
        assert not bare.wire.seen

    def test_never_vouches_for_another_vendor(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        bench.hub.register(Bystander(), BYSTANDER)
        stranger = replace(bench.connection, kind=BYSTANDER, http=NoNetwork())
        with pytest.raises(DeliveryRejected):
            bench.hub.ask(stranger, "deskpulse_verify_delivery", delivery=delivery)
