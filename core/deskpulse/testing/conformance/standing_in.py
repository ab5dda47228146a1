"""The simulator keeps the promises that demo and tests rely on."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

import pytest
import requests

from deskpulse.errors import AuthExpired, RateLimited, Unreachable
from deskpulse.records import EventKind
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench
from deskpulse.testing.conformance.samples import CUSTOMER, PRINTER, many_solved


class StandingIn(Conformance):
    """``/_sim/`` is the same for every vendor, so that one script can drive them all."""

    def test_tickets_are_listed(self, bare: Bench) -> None:
        listed = {one["subject"]: one for one in bare.sim("GET", "tickets")}
        printer = listed[PRINTER]
        assert set(printer) >= {"id", "number", "subject", "status", "open", "requester"}
        assert printer["open"] is True
        assert printer["requester"] == CUSTOMER

    def test_tickets_are_solved_and_reopened(self, bare: Bench) -> None:
        def is_open() -> bool:
            return bool(next(one["open"] for one in bare.sim("GET", "tickets") if one["subject"] == PRINTER))

        key = bare.ticket_id(PRINTER)
        self.solve(bare, key)
        assert not is_open()
        self.reopen(bare, key)
        assert is_open()

    def test_people_get_an_agent_screen(self, bare: Bench) -> None:
        answer = requests.get(bare.url, timeout=10)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert PRINTER in answer.text

    def test_requests_are_remembered(self, bare: Bench) -> None:
        before = len(bare.sim("GET", "requests"))
        bare.ticket(PRINTER)
        assert len(bare.sim("GET", "requests")) > before

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ({"status": 401, "times": 9}, AuthExpired),
            ({"status": 429, "times": 9, "retry_after": 5}, RateLimited),
            ({"status": 500, "times": 9}, Unreachable),
            ({"status": 503, "times": 9}, Unreachable),
            ({"drop": True, "times": 9}, Unreachable),
            ({"delay": 2, "times": 9}, Unreachable),
        ],
        ids=["401", "429", "500", "503", "drop", "delay"],
    )
    def test_faults_are_made(self, bare: Bench, fault: dict[str, object], error: type[Exception]) -> None:
        key = bare.ticket_id(PRINTER)
        bare.hurry()
        bare.sim("POST", "faults", fault)
        with pytest.raises(error):
            bare.ask("find_ticket", key=key)

    def test_loading_calls_no_webhook(self, bench: Bench) -> None:
        bench.simulator.load(many_solved(3))
        ticket_id = self.solved(bench)
        bench.await_delivery(EventKind.CLOSED, ticket_id)
        told = [event for delivery in bench.inlet.at("/in/conformance") for event in bench.events(delivery)]
        assert told == [(EventKind.CLOSED, ticket_id)]

    def test_nothing_is_sent_after_closing(self, bench: Bench) -> None:
        bench.simulator.close()
        self.solved(bench)
        assert not bench.inlet.at("/in/conformance")
