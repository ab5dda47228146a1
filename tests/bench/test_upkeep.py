"""What keeping the roll-ups exact costs an answer: the bare transaction that stores it, with its mark and without."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psycopg
import pytest
from sqlalchemy import text

from bench import mass, running
from bench.rounds import table
from deskpulse.db import migrate
from fixtures.postgresql import PostgreSQL

AT_LEAST = 0.85
CLIENTS = 8
ANSWER = """
\\set score random(0, 10)
\\set team random(1, 200)
BEGIN;
INSERT INTO response (organisation_id, link, entrance, status, current, revision, tid, score, factors, comment,
  contact_wanted, answered_at, first_answered_at, group_id, agent_id, person, segment1, segment2, link_parameters, day,
  hour, priority, fields)
VALUES (1, gen_random_uuid()::text, 'token', 'counted', true, 1, 't', :score, '[]', 'Quick and kind.', false,
  '2026-08-15 17:00:00+00', '2026-08-15 17:00:00+00', :team + 20, :team * 10, 'p' || :team, 'north', 'south', '{}',
  '2026-08-15', 17, 'high', '{"product": "Mail"}');
END;
"""


def measure(answers: Callable[[], float], switch: Callable[[bool], object], rounds: int) -> tuple[list[float], float]:
    """Transactions per second with the marks and without, in turn; gives the rates with, and the median ratio."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        for marked in (True, False) if number % 2 else (False, True):
            switch(marked)
            rates[marked].append(answers())
    ratios = [with_marks / without for with_marks, without in zip(rates[True], rates[False], strict=True)]
    return rates[True], median(ratios)


def stored(cluster: PostgreSQL, folder: Path, *, answers: int, rounds: int, each: str) -> tuple[list[float], float]:
    """Measure on a database with so many answers; ``each`` is pgbench's option for how long one run takes."""
    url = cluster.url(cluster.create())
    desk = running.make_desk(folder, url)
    migrate.upgrade(desk.db)
    mass.fill(desk, answers)
    script = folder / "answer.sql"
    script.write_text(ANSWER)
    bench = [str(cluster.binaries / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}"]
    command = [*bench, "--jobs=2", each, f"--file={script}", url]

    def store() -> float:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        assert found, done.stdout + done.stderr
        return float(found[1])

    def switch(marked: bool) -> None:
        with desk.db.write() as session:
            session.execute(text(f"ALTER TABLE response {'ENABLE' if marked else 'DISABLE'} TRIGGER response_added"))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("TRUNCATE stale_day")

    switch(True)
    store()
    found = measure(store, switch, rounds)
    desk.close()
    return found


@pytest.mark.bench
def test_keeping_the_roll_ups_exact_costs_an_answer_little(postgresql_cluster: PostgreSQL, tmp_path: Path) -> None:
    rates, ratio = stored(postgresql_cluster, tmp_path, answers=50_000, rounds=7, each="--time=4")
    rows = [[f"{median(rates):,.0f}", f"{median(rates) / ratio:,.0f}", f"{ratio:.2f}", f"at least {AT_LEAST}"]]
    table("Answers stored per second, 8 clients", ("with marks", "without", "ratio", "goal"), rows)
    assert ratio >= AT_LEAST
