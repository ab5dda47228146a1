"""Telling genuine webhook calls from forged and replayed ones; what a vendor cannot prove must be harmless to forge."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from deskpulse.capabilities import Capability
from deskpulse.errors import DeliveryRejected
from deskpulse.records import Delivery, EventKind, Verified
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench, NoNetwork
from deskpulse.testing.conformance.samples import PRINTER, VPN

LATE, EARLY = timedelta(hours=1), -timedelta(hours=1)
SKEW = timedelta(seconds=30)
"""Clocks differ a little, and that must do no harm."""
FOREIGN = "999999999"
"""A ticket of somebody else's account."""


class Deliveries(Conformance):
    """Deliveries are made by the helpdesk itself; tests only bend them."""

    def verify(self, bench: Bench, delivery: Delivery) -> Verified:
        """Ask as the inlet does: without network. None counts as refused."""
        connection = replace(bench.connection, http=NoNetwork())
        verified = bench.hub.ask(connection, "deskpulse_verify_delivery", delivery=delivery)
        if verified is None:
            raise DeliveryRejected("no answer")
        assert isinstance(verified, Verified)
        return verified

    def refused(self, bench: Bench, delivery: Delivery) -> None:
        """Ask, and expect a refusal with a reason to count it by, which holds no secret."""
        with pytest.raises(DeliveryRejected) as refusal:
            self.verify(bench, delivery)
        assert refusal.value.reason
        assert not any(secret in str(refusal.value) for secret in bench.own_secrets())

    def harmless(self, bench: Bench, delivery: Delivery) -> None:
        """A call that proves little is accepted, but only makes core look: the ticket is read from the source."""
        bench.wire.forget()
        assert self.verify(bench, delivery)
        for kind, ticket_id in bench.events(delivery):
            assert isinstance(kind, EventKind)
            before = bench.ask("find_ticket", key=ticket_id)
            assert bench.events(delivery), "reading it again tells the same"
            assert bench.ask("find_ticket", key=ticket_id) == before, "reading a delivery changed the ticket"
        assert not bench.wire.writes, "a call that anybody may repeat changed something in the helpdesk"

    def secret_name(self, bench: Bench) -> str:
        """The secret that verification uses."""
        return bench.kind.scheme.secret_name

    def test_genuine_delivery_is_accepted(self, bench: Bench) -> None:
        self.verify(bench, self.genuine(bench))

    def test_small_skew_between_clocks_is_accepted(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        for shift in (SKEW, -SKEW):
            self.verify(bench, replace(delivery, received_at=delivery.received_at + shift))

    def test_wrong_secret_is_refused(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        bench.use(secrets={**bench.connection.secrets, self.secret_name(bench): "another secret"})
        self.refused(bench, delivery)

    def test_no_secret_is_refused(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        kept = {name: value for name, value in bench.connection.secrets.items() if name != self.secret_name(bench)}
        bench.use(secrets=kept)
        self.refused(bench, delivery)

    def test_missing_signature_is_refused(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        self.refused(bench, replace(delivery, headers={"content-type": "application/json"}))

    def test_each_current_secret_is_accepted(self, bench: Bench) -> None:
        delivery, name = self.genuine(bench), self.secret_name(bench)
        genuine = bench.connection.secrets[name]
        bench.use(secrets={**bench.connection.secrets, name: "the next secret", f"{name}_old": genuine})
        self.verify(bench, delivery)
        bench.use(secrets={**bench.connection.secrets, name: genuine, f"{name}_old": "the last secret"})
        self.verify(bench, delivery)

    def test_tampered_body(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        tampered = replace(delivery, body=delivery.body + b" ")
        if bench.kind.can(Capability.SIGNED_DELIVERIES):
            self.refused(bench, tampered)
            self.refused(bench, replace(delivery, body=b""))
        else:
            self.harmless(bench, tampered)

    def test_guessed_signature_is_refused(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        header = getattr(bench.kind.scheme, "header", "authorization").lower()
        for guess in ("guessed", "Z3Vlc3NlZA==", "Basic Z3Vlc3M6ZWQ=", "v1=00", "\u00e5"):
            self.refused(bench, replace(delivery, headers={**delivery.headers, header: guess}))

    def test_call_about_a_foreign_ticket_asks_nobody(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        forged = self.about_another_ticket(delivery, bench.ticket_id(PRINTER), FOREIGN)
        assert forged.body != delivery.body, "override the step about_another_ticket"
        if bench.kind.can(Capability.SIGNED_DELIVERIES):
            self.refused(bench, forged)
            return
        self.harmless(bench, forged)
        assert {ticket_id for _, ticket_id in bench.events(forged)} == {FOREIGN}
        assert bench.ask("find_ticket", key=FOREIGN) is None, "nobody stands behind it"

    def test_replay_after_a_reopen(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        self.reopen(bench, bench.ticket_id(PRINTER))
        self._at(bench, delivery, delivery.received_at + LATE)
        assert bench.ticket(PRINTER).resolution_key is None, "a replayed call must not ask about an open ticket"

    def test_old_delivery(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        self._at(bench, delivery, delivery.received_at + LATE)

    def test_delivery_from_the_future(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        self._at(bench, delivery, delivery.received_at + EARLY)

    def _at(self, bench: Bench, delivery: Delivery, moment: datetime) -> None:
        replayed = replace(delivery, received_at=moment)
        if bench.kind.can(Capability.FRESH_DELIVERIES):
            self.refused(bench, replayed)
        else:
            self.harmless(bench, replayed)

    def test_repeated_delivery_has_the_same_id(self, bench: Bench) -> None:
        ticket_id = bench.ticket_id(VPN)
        bench.sim("POST", "faults", {"duplicate_webhooks": 1})
        self.solve(bench, ticket_id)
        first, second = bench.await_delivery(EventKind.CLOSED, ticket_id, times=2)[:2]
        bench.sim("POST", "faults", {"duplicate_webhooks": 0})
        other = self.verify(bench, self.genuine(bench)).delivery_id
        ids = self.verify(bench, first).delivery_id, self.verify(bench, second).delivery_id
        if bench.kind.can(Capability.DELIVERY_IDS):
            assert ids[0]
            assert ids[0] == ids[1] != other
        else:
            assert ids == (None, None)
            assert bench.events(first) == bench.events(second)
            keys = {bench.ask("find_ticket", key=ticket_id).resolution_key for _ in (first, second)}
            assert len(keys) == 1, "without ids only the resolution tells that it is the same"
