"""Large directories: few calls, little memory, hardly slower than downloading, and nothing written the second time.

The default run tries the same on a small directory, where only times say nothing. ``tests/bench/README.md`` tells how
such measurements are taken.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import pytest
import requests
from sqlalchemy import event, func, select, update

from bench.rounds import table
from deskpulse import settings as settings_module
from deskpulse.capabilities import Capability
from deskpulse.connections import connections
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, Membership, SupportGroup, SyncRun
from deskpulse.directory.sync import LEASE, synchronise
from deskpulse.errors import Conflict
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.simulation import SampleWorld
from deskpulse_simulation.limits import Used, Windows
from kit.accounts import EXAMPLE, Account, Helpdesk, account, bundled
from kit.listening import Call, Listener, ask_again

AT_MOST = 1.5
"""How much longer than downloading the same pages a synchronisation may take."""
MEMORY = 64 * 1024
"""KiB that a synchronisation may need beyond what the process held before it."""
BESIDES = 8
"""Calls besides reading pages, such as for a token or for who we are."""
LIFTED = 10**6
"""Calls in a window: a limit that is never reached."""
WINDOW = 1
"""Seconds that a window lasts at most, where a test reaches limits that vendors count by the minute or by the hour."""
TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Size:
    """How large a directory is, and how many seconds every page of it takes to come."""

    groups: int
    agents: int
    delay: float = 0.05


SMALL, BATCHES, LARGE = Size(60, 600), Size(260, 520, delay=0.005), Size(5_000, 50_000)
"""What fits into one batch, into three, and what a very large organisation has."""
QUICK, MEDIUM = Size(60, 600, delay=0.001), Size(500, 5_000, delay=0.01)
"""What comes so fast that a limit is reached."""


@dataclass
class Place:
    """An account of that size, and a fresh installation that is connected to it."""

    helpdesk: Helpdesk
    at: Account
    listener: Listener
    folder: Path
    desk: Desk
    connection_id: int

    def process(self, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """Begin a synchronisation in a process of its own; with a pipe it waits for a line after each batch."""
        self.listener.calls.clear()
        self.at.sim("DELETE", "requests")
        module = self.helpdesk.plugin.__name__
        return subprocess.Popen(
            [sys.executable, "-m", "kit.syncing", module, self.helpdesk.point.name, str(self.connection_id)],
            env={**os.environ, "DESKPULSE_DATA_DIR": str(self.folder), "PYTHONPATH": str(TESTS)},
            cwd=self.folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            text=True,
        )

    def counts(self) -> tuple[int, int, int]:
        """Groups, agents and memberships that are known."""
        with self.desk.db.read() as session:
            groups, agents, memberships = (
                session.scalar(select(func.count()).select_from(one)) for one in (SupportGroup, AgentRow, Membership)
            )
        return int(groups or 0), int(agents or 0), int(memberships or 0)


@contextmanager
def place(helpdesk: Helpdesk, size: Size, folder: Path, database: Path) -> Iterator[Place]:
    """Fill an account without limits, and connect a fresh installation to it, with a copy of an empty database."""
    kind, name = helpdesk.kind, helpdesk.point.name
    hub = Hub()
    hub.register(helpdesk.plugin, name)
    shutil.copy(database, folder / "deskpulse.sqlite3")
    desk = Desk.open(settings_module.make(data_dir=str(folder)), hub)
    listener = Listener()
    with account(kind, SampleWorld(), listener.around) as at:
        at.sim("POST", "populate", {"groups": size.groups, "agents": size.agents})
        allow(at, LIFTED)
        with desk.db.write() as session:
            organisation = organisations.create(desk, session, "Northwind IT")
            values = {**at.settings, **at.secrets}
            row = connections.create(desk, session, organisation, name, kind.label, values)
        at.sim("POST", "faults", {"delay": size.delay, "times": 1_000_000})
        yield Place(helpdesk, at, listener, folder, desk, row.id)
    desk.close()


def measure(
    helpdesk: Helpdesk, size: Size, folder: Path, database: Path, allowed: int = LIFTED
) -> tuple[dict[str, Any], float]:
    """Synchronise twice, and download the same pages bare in between; gives the first run's figures and the ratio.

    ``allowed`` is how many calls the helpdesk allows in a window, to both sides alike.
    """
    begun = time.perf_counter()
    with place(helpdesk, size, folder, database) as here:
        allow(here.at, allowed)
        process = here.process()
        first = json.loads(last_line(process.stdout))
        assert process.wait(30) == 0
        calls: list[Call] = list(here.listener.calls)
        asked = here.at.sim("GET", "requests")
        pages = [call for call in calls if not call.refused]
        allow(here.at, allowed)
        bare = ask_again(here.at.url, pages)
        groups, agents, memberships = here.counts()
        assert groups >= size.groups
        assert agents >= size.agents
        assert first["state"] == "done"

        assert len(asked) == len(calls)
        most = helpdesk.suite().sync_pages(groups, agents, memberships) + BESIDES
        assert len(pages) <= most, "calls grow with something else than pages"
        assert 0 < first["kib"] <= MEMORY, "memory grows with the directory"
        assert (len(pages) < len(calls)) == (allowed < LIFTED), "the limit was to be reached, or not"
        for call, following in pairwise(calls):
            if call.refused:
                assert not following.refused, "asked in vain twice in one window"
                assert following.came - call.answered >= call.pause > 0, "asked before the pause was over"

        allow(here.at, LIFTED)
        with written(here.desk) as statements:
            second = synchronise(here.desk, here.connection_id)
        assert (second.state, second.changed) == ("done", 0)
        assert statements == [], "what is in step is not written again"
        assert here.counts() == (groups, agents, memberships)
    figures = {"calls": len(pages), "refused": len(calls) - len(pages), "bare": bare}
    return first | figures | {"whole": time.perf_counter() - begun}, first["seconds"] / bare


def resume(helpdesk: Helpdesk, size: Size, folder: Path, database: Path) -> None:
    """Kill a synchronisation in the middle; once it counts as dead the next completes it."""
    with place(helpdesk, size, folder, database) as here:
        with here.process(subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            while json.loads(process.stdout.readline())["groups"] < size.groups / 3:
                process.stdin.write("\n")
                process.stdin.flush()
            process.kill()
        half = here.counts()
        assert 0 < half[1] < size.agents, "it was not killed in the middle"
        with pytest.raises(Conflict, match="if it was interrupted, the next may start in"):
            synchronise(here.desk, here.connection_id)
        with here.desk.db.write() as session:
            session.execute(update(SyncRun).values(progressed_at=here.desk.now() - LEASE))
        run = synchronise(here.desk, here.connection_id)
        assert run.state == "done"
        groups, agents, _ = here.counts()
        assert (groups, agents) == (run.groups, run.agents)
        assert agents >= size.agents
        assert run.changed <= groups + agents + here.counts()[2] - half[1], "what was kept is taken in anew"
        assert synchronise(here.desk, here.connection_id).changed == 0


@contextmanager
def written(desk: Desk) -> Iterator[list[str]]:
    """A context that collects the statements that write to the directory."""
    tables = [one.__tablename__ for one in (SupportGroup, AgentRow, Membership)]
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        words = statement.upper().split()
        if words[0] in ("INSERT", "UPDATE", "DELETE") and any(name.upper() in words for name in tables):
            seen.append(statement)

    event.listen(desk.db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(desk.db.engine, "before_cursor_execute", note)


def last_line(stream: IO[str] | None) -> str:
    assert stream is not None
    lines = stream.readlines()
    stream.close()
    assert lines, "the synchronisation said nothing"
    return lines[-1]


def allow(at: Account, calls: int) -> None:
    """Set every limit that the helpdesk has to so many calls in a window, and forget what was counted."""
    answer = requests.post(f"{at.url}/_sim/limits", json={}, timeout=30)
    rates = answer.json() if answer.ok else {}
    numbers = [name for name, value in rates.items() if value is None or type(value) is int]
    limits = {name: calls for name in numbers if name != "window"}
    if limits:
        at.sim("POST", "limits", limits)


def reached(helpdesk: Helpdesk, size: Size) -> int:
    """Calls in a window that make a synchronisation of that size wait some times."""
    return min(helpdesk.suite().sync_pages(size.groups, size.agents, size.agents) // 4, 20)


def show(helpdesk: Helpdesk, size: Size, found: dict[str, Any], ratio: float) -> None:
    """Print what was measured."""
    table(
        f"{helpdesk.kind.label}: {size.groups:,} groups, {size.agents:,} agents, {1000 * size.delay:.0f} ms a page",
        ("calls", "refused", "seconds", "bare", "ratio", "goal", "MiB more", "all seconds"),
        [
            (
                f"{found['calls']:,}",
                f"{found['refused']:,}",
                f"{found['seconds']:.0f}",
                f"{found['bare']:.0f}",
                f"{ratio:.2f}",
                f"at most {AT_MOST}",
                f"{found['kib'] / 1024:.0f}",
                f"{found['whole']:.0f}",
            )
        ],
    )


@pytest.fixture
def short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let simulators count in windows of a second; how much they allow, and what they say, is theirs."""
    count = Windows.count

    def shortened(self: Windows, key: tuple[object, ...], length: int, cost: int = 1) -> Used:
        return count(self, key, min(length, WINDOW), cost)

    monkeypatch.setattr(Windows, "count", shortened)


def able(helpdesks: list[Helpdesk]) -> Callable[..., Any]:
    """For each helpdesk that tells its groups."""
    found = [one for one in helpdesks if one.kind.can(Capability.SYNC_GROUPS)]
    return pytest.mark.parametrize("helpdesk", found, ids=[one.point.name for one in found])


@able([EXAMPLE, *bundled()])
def test_a_small_directory_comes_in_step(helpdesk: Helpdesk, tmp_path: Path, empty_database: Path) -> None:
    measure(helpdesk, SMALL, tmp_path, empty_database)


@able(bundled())
@pytest.mark.usefixtures("short_windows")
def test_a_small_directory_comes_in_step_within_the_limit(
    helpdesk: Helpdesk, tmp_path: Path, empty_database: Path
) -> None:
    measure(helpdesk, QUICK, tmp_path, empty_database, reached(helpdesk, QUICK))


@able([EXAMPLE, *bundled()])
def test_a_small_directory_is_completed_after_a_kill(helpdesk: Helpdesk, tmp_path: Path, empty_database: Path) -> None:
    resume(helpdesk, BATCHES, tmp_path, empty_database)


@pytest.mark.bench
@able(bundled())
def test_a_large_directory_comes_in_step(helpdesk: Helpdesk, tmp_path: Path, empty_database: Path) -> None:
    found, ratio = measure(helpdesk, LARGE, tmp_path, empty_database)
    show(helpdesk, LARGE, found, ratio)
    assert ratio <= AT_MOST


@pytest.mark.bench
@able(bundled())
@pytest.mark.usefixtures("short_windows")
def test_a_directory_comes_in_step_within_the_limit(helpdesk: Helpdesk, tmp_path: Path, empty_database: Path) -> None:
    found, ratio = measure(helpdesk, MEDIUM, tmp_path, empty_database, reached(helpdesk, MEDIUM))
    show(helpdesk, MEDIUM, found, ratio)
    assert ratio <= AT_MOST


@pytest.mark.bench
@able(bundled())
def test_a_large_directory_is_completed_after_a_kill(helpdesk: Helpdesk, tmp_path: Path, empty_database: Path) -> None:
    resume(helpdesk, LARGE, tmp_path, empty_database)
