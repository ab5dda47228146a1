"""Whole pages of scores beside a bare page of the same size: a table of names, links and numbers from a template.

The bare page asks no database and knows its numbers. One request at a time: what is measured is the page, not how many
of them a machine carries. As screens do, each page asks for the same again and again, while no answer comes; beside it
stands what it takes when everything is to be counted anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import pytest
import requests
from sqlalchemy import update

from bench import running
from bench.databases import Databases
from bench.loadgen import Load, fire, request
from bench.mass import Mass
from bench.rounds import Comparison, Side, compare, table
from deskpulse.access import users
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports.revisions import Revision, Subject
from fixtures.postgresql import PostgreSQL

AT_MOST = 3.0
EMAIL, PASSPHRASE = "ann@northwind.example", "measure twice, cut once"
PAGES = {
    "gauge": "/gauge?cpc=northwind",
    "gauge of a team": "/gauge?cpc=northwind&rgid=t3",
    "league table": "/league-table?cpc=northwind",
    "overview with trend": "/dashboard?dashid=OVERVIEW",
    "agents of a team": "/dashboard?dashid=AGENTS&rgid=t3",
    "agents of a department": "/dashboard?dashid=AGENTS&rgid=d3",
    "segments": "/dashboard?dashid=SEGMENTS",
}


@dataclass(frozen=True)
class Found:
    """One page: the bytes of ours and of the bare one, both sides, and seconds when nothing may be remembered."""

    name: str
    size: int
    bare_size: int
    both: Comparison
    anew: float

    @property
    def same_size(self) -> bool:
        return 0.85 <= self.size / self.bare_size <= 1.15


def add_user(desk: Desk, found: Mass) -> None:
    with desk.db.write() as session:
        organisation = session.get_one(Organisation, found.organisation.id)
        users.add(desk, session, organisation, EMAIL, PASSPHRASE, actor="bench")


def sign_in(port: int) -> str:
    """Sign in as a browser does; gives the cookie's header."""
    with requests.Session() as browser:
        address = f"http://127.0.0.1:{port}/sign-in"
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(address, timeout=30).text)
        assert token
        form = {"csrf_token": token[1], "email": EMAIL, "passphrase": PASSPHRASE}
        answer = browser.post(address, data=form, timeout=30, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


def revise(desk: Desk) -> None:
    """Make everything that was counted out of date, as an answer or a fold does."""
    with desk.db.write() as session:
        session.execute(update(Revision).where(Revision.subject == Subject.ANSWERS).values(number=Revision.number + 1))


def measure(desk: Desk, product: int, bound: int, *, rounds: int, requests: int, warm_up: int) -> list[Found]:
    """Ask for every page in turn with the bare page of its size."""
    signed_in = {"Cookie": sign_in(product)}
    measured = []
    for name, path in PAGES.items():
        size = bytes_of(product, path, signed_in)
        bare_size = bytes_of(bound, f"/page/{size}", {})
        both = compare(
            Side("DeskPulse", product, partial(_same, request("GET", path, signed_in))),
            Side("bare", bound, partial(_same, request("GET", f"/page/{size}"))),
            status=200, rounds=rounds, requests=requests, warm_up=warm_up, at_once=1,
        )  # fmt: skip
        measured.append(
            Found(name, size, bare_size, both, _anew(desk, product, request("GET", path, signed_in), rounds))
        )
    return measured


def _anew(desk: Desk, port: int, page: str, times: int) -> float:
    taken = []
    for _ in range(times):
        revise(desk)
        taken.append(fire(Load(port, [page])).expect(200).p50)
    return median(taken)


def _same(one: str, count: int) -> list[str]:
    return [one] * count


def bytes_of(port: int, path: str, headers: dict[str, str]) -> int:
    answer = requests.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=60, allow_redirects=False)
    assert answer.status_code == 200, answer.text[:600]
    return len(answer.content)


def show(title: str, measured: Sequence[Found]) -> None:
    rows = []
    for one in measured:
        both = (one.both.product, one.both.bound)
        times = [1000 * median(getattr(outcome, part) for outcome in side) for side in both for part in ("p50", "p95")]
        ratio = f"{one.both.p50_ratio:.2f}"
        shown = [f"{taken:.1f}" for taken in times]
        rows.append([one.name, f"{one.size:,}", *shown, ratio, f"at most {AT_MOST:g}", f"{1000 * one.anew:.1f}"])
    heads = ("page", "bytes", "p50 ms", "p95", "bare p50", "p95", "ratio of p50", "goal", "ms anew")
    table(title, heads, rows)


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_pages_at_ten_million(on_postgresql: Databases, postgresql_cluster: PostgreSQL, tmp_path: Path) -> None:
    filled = on_postgresql(10_000_000)
    with ExitStack() as stack:
        desk, found = stack.enter_context(filled.desk(tmp_path))
        add_user(desk, found)
        product = stack.enter_context(running.dated_web(tmp_path, filled.url))
        bound = stack.enter_context(running.bound(tmp_path, postgresql_cluster.url()))
        measured = measure(desk, product, bound, rounds=11, requests=60, warm_up=100)
    show("Whole pages, one request at a time, PostgreSQL, 10,000,000 answers", measured)
    assert all(one.same_size for one in measured)
    assert not [one.name for one in measured if one.both.p50_ratio > AT_MOST]
