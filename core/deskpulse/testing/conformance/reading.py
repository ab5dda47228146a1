"""From a delivery to ticket events: pure, and unmoved by whatever bytes arrive."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from deskpulse.errors import Misread
from deskpulse.records import Delivery, EventKind, TicketEvent
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench, NoNetwork
from deskpulse.testing.conformance.samples import PRINTER

try:
    import hypothesis
    from hypothesis import strategies
except ImportError:  # an optional help: the odd bodies below are always tried
    hypothesis = None  # type: ignore[assignment]

ODD_BODIES = (b"", b" ", b"{}", b"[]", b"null", b"0", b'""', b"{", b"\xff\xfe", b"\x00" * 9, b"[" * 5000, b"1" * 5000)
ODD_VALUES: tuple[Any, ...] = (None, True, 0, -1, 1.5, 10**40, "", "x", "\ud800", [], {}, [None], {"id": {}})


class Reading(Conformance):
    """What is read is a hint; what cannot be read is Misread, so that it is kept and replayed."""

    def read(self, bench: Bench, delivery: Delivery) -> tuple[TicketEvent, ...] | None:
        """The events, or None where the delivery is misread. Any other error fails the test."""
        connection = replace(bench.connection, http=NoNetwork())
        try:
            found = bench.hub.ask(connection, "deskpulse_read_delivery", delivery=delivery)
        except Misread:
            return None
        if found is None:
            return None
        events = tuple(found)
        assert all(isinstance(event, TicketEvent) and event.ticket.id for event in events)
        return events

    def test_solving_is_read_as_closed(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        (event,) = self.read(bench, delivery) or ()
        assert (event.kind, event.ticket.id) == (EventKind.CLOSED, bench.ticket_id(PRINTER))
        assert event.at is None or event.at.utcoffset() is not None

    def test_reopening_is_read(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        self.reopen(bench, ticket_id)
        (delivery,) = bench.await_delivery(EventKind.REOPENED, ticket_id)
        assert self.read(bench, delivery)

    def test_reading_uses_no_network(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        bench.wire.forget()
        assert self.read(bench, delivery)
        assert not bench.wire.seen

    def test_reading_twice_gives_the_same(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        assert self.read(bench, delivery) == self.read(bench, delivery)

    def test_odd_bodies_do_no_harm(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        for body in ODD_BODIES:
            self.read(bench, replace(delivery, body=body))
        for body in bent(delivery.body):
            self.read(bench, replace(delivery, body=body))

    def test_any_bytes_do_no_harm(self, bench: Bench) -> None:
        if hypothesis is None:
            return
        delivery = self.genuine(bench)
        raw_json = strategies.recursive(
            strategies.none() | strategies.booleans() | strategies.floats() | strategies.integers() | strategies.text(),
            lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
            max_leaves=8,
        )
        bodies = strategies.binary() | raw_json.map(json.dumps).map(str.encode)

        @hypothesis.settings(max_examples=60, deadline=None, database=None)
        @hypothesis.given(bodies)
        def reads(body: bytes) -> None:
            self.read(bench, replace(delivery, body=body))

        reads()


def bent(body: bytes) -> Iterator[bytes]:
    """Every value of a genuine JSON body, wherever it is, replaced by every odd one; and the body cut short."""
    yield body[: len(body) // 2]
    try:
        raw = json.loads(body)
    except ValueError:
        return
    for path in _paths(raw):
        for odd in ODD_VALUES:
            yield json.dumps(_with(raw, path, odd)).encode()


def _paths(raw: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in inner:
        yield from _paths(value, (*path, key))


def _with(raw: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = raw.copy()
    copy[path[0]] = _with(raw[path[0]], path[1:], odd)
    return copy
