"""``deskpulse demo --data``: what happened stays, and there is always someone left to ask."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

from fixtures.processes import ServerProcess
from journeys.running import Demo, Person, start

WAITING = 40
"""People who may be asked now, at every start."""
ENDED = 15.0
"""Seconds after which it should have ended."""


def counted(demo: Demo) -> int:
    found = re.search(r"n = (\d+)", demo.internal("/overview"))
    assert found
    return int(found[1])


def solve_many(demo: Demo) -> None:
    """Solve tickets in a row: each of their people is asked."""
    tickets = [demo.fresh_ticket() for _ in range(WAITING)]
    assert len({ticket["requester"] for ticket in tickets}) == WAITING
    for ticket in tickets:
        demo.solve(ticket)
    for ticket in tickets:
        demo.mail(ticket)


def end(process: ServerProcess, by: signal.Signals) -> None:
    """Stop the demo as a person or an init system does; it goes soon, and takes everything with it."""
    process.stop_signal = by
    begun = time.monotonic()
    process.stop()
    assert time.monotonic() - begun < ENDED


def test_started_again_on_its_data_the_demo_keeps_what_happened(tmp_path: Path) -> None:
    process, demo = start(tmp_path)
    try:
        ticket, customer = demo.fresh_ticket(), Person()
        customer.answer(demo.asked(ticket), 9)
        demo.noted(ticket)
        solve_many(demo)
        before = counted(demo)
    finally:
        demo.portal.close()
        end(process, signal.SIGINT)
    said = (tmp_path / "demo.log").read_text(encoding="utf-8")
    assert "Traceback" not in said
    (tmp_path / "demo.log").unlink()
    process, demo = start(tmp_path)
    try:
        assert counted(demo) == before, "neither lost nor written twice"
        solve_many(demo)
    finally:
        demo.portal.close()
        end(process, signal.SIGTERM)
    assert "Traceback" not in (tmp_path / "demo.log").read_text(encoding="utf-8")
