"""The clock that tests step, counting in windows on it, records in order of their ids, and seeded identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deskpulse_simulation.clock import Clock, stamp
from deskpulse_simulation.ids import SeededIds
from deskpulse_simulation.limits import Windows
from deskpulse_simulation.tables import Table

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Row:
    id: str


def test_a_step_moves_the_accounts_time_but_not_the_receivers() -> None:
    clock, seen = Clock(lambda: NOON), []
    clock.watch(lambda: seen.append(clock.ahead))
    assert clock.advance(90) == clock.now() == NOON + timedelta(seconds=90)
    assert clock.wall() == NOON
    assert seen == [90.0]
    assert stamp(clock.now()) == "2026-03-02T12:01:30Z"


def test_a_window_fills_and_starts_anew_on_the_clock() -> None:
    clock = Clock(lambda: NOON)
    windows = Windows(clock)
    assert windows.count(("all",), 60) == (1, 60)
    clock.advance(20)
    assert windows.count(("all",), 60, cost=3) == (4, 40)
    assert windows.count(("other",), 60) == (1, 60)
    clock.advance(40)
    assert windows.count(("all",), 60) == (1, 60)
    windows.clear()
    assert windows.count(("other",), 60).used == 1


def test_records_are_walked_by_id_whatever_their_order_of_arrival() -> None:
    table = Table[str, Row]()
    for key in ("b", "c", "a"):
        table.add(Row(key))
    assert [row.id for row in table] == table.ids == ["a", "b", "c"]
    assert table.remove("b").id == "b"
    assert ("b" in table, table.get("b"), table.get(None), len(table)) == (False, None, None, 2)
    assert table["c"].id == "c"


def test_the_same_seed_gives_the_same_identifiers() -> None:
    one, same, other = SeededIds(1), SeededIds(1), SeededIds(2)
    made = (one.uuid(), one.secret(40))
    assert made == (same.uuid(), same.secret(40)) != (other.uuid(), other.secret(40))
    assert len(made[1]) == 40
