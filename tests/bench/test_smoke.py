"""Every benchmark's code, in small: that it works, not how fast it is. Reports have a hundredth of the answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bench import bare, databases, mass, running
from bench import test_funnel as funnel
from bench import test_handover as handover
from bench import test_inlet as inlet
from bench import test_last_score as last_score
from bench import test_pages as pages
from bench import test_panel as panel
from bench import test_pivots as pivots
from bench import test_reports as reports
from bench import test_search as search
from bench import test_survey as survey
from bench import test_upkeep as upkeep
from bench.databases import Filled
from bench.mass import Mass
from bench.rounds import show, show_beside
from bench.surroundings import helpdesk, mail_server
from bench.world import World
from deskpulse.desk import Desk
from deskpulse.testing.serving import serve
from deskpulse_web.application import create_app
from fixtures.postgresql import PostgreSQL

ON_SQLITE, ON_POSTGRESQL, DAYS = 10_000, 100_000, 100
FEW = {"rounds": 2, "requests": 20, "warm_up": 2}


@contextmanager
def both(folder: Path, *, answered: int = 0, open_invites: int = 0) -> Iterator[tuple[int, int, World]]:
    """Ports of product and bound, served by this process on SQLite."""
    databases = running.on_sqlite(folder, answered=answered, open_invites=open_invites)
    desk = running.make_desk(folder, databases.product)
    with serve(create_app(desk)) as product, serve(bare.make_app(databases.bound, 5000)) as bound:
        yield int(product.rpartition(":")[2]), int(bound.rpartition(":")[2]), databases.world
    desk.close()


def test_inlet(tmp_path: Path) -> None:
    with both(tmp_path) as (product, bound, world):
        found = inlet.measure(product, bound, world, **FEW)
    show("inlet", found, "none here", found.rate_ratio)
    assert found.rate_ratio > 0


def test_survey(tmp_path: Path) -> None:
    with both(tmp_path, open_invites=100) as (product, bound, world):
        assert running.page_bytes(product, world) > 1000
        views = survey.measure_views(product, bound, world, **FEW)
        answers = survey.measure_answers(product, bound, world, **FEW)
    assert views.rate_ratio > 0
    assert answers.rate_ratio > 0


def test_panel(tmp_path: Path) -> None:
    with both(tmp_path, answered=20) as (product, bound, world):
        found = panel.measure(product, bound, world, **FEW)
    assert found.p95_ratio > 0


def test_handover_in_one_process(tmp_path: Path) -> None:
    with ExitStack() as stack:
        sink, desk_of = stack.enter_context(mail_server()), stack.enter_context(helpdesk(6))
        loop = handover.embedded(tmp_path, desk_of, sink, stack)
        assert all(seconds > 0 for seconds in loop.product(3, 50))
        assert all(seconds > 0 for seconds in loop.bound(3, 50))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """What reports are measured on, in small."""
    folder = tmp_path_factory.mktemp("filled")
    return fill(folder, f"sqlite:///{folder / 'mass.sqlite3'}", ON_SQLITE)


def fill(folder: Path, url: str, answers: int) -> Filled:
    with small():
        return databases.fill(folder, url, answers)


@contextmanager
def small() -> Iterator[None]:
    """Fewer days, and rare words less rare."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mass, "DAYS", DAYS)
        patch.setattr(mass, "RARE_EVERY", ON_SQLITE // 5)
        yield


def test_reports(filled: Filled, tmp_path: Path) -> None:
    with filled.desk(tmp_path) as (desk, found):
        reports.show("reports", reports.measure(desk, found, rounds=2, times=1))
        grown = reports.grown((desk, found), (desk, found), connections=2, rounds=2, times=1)
    assert all(one.factor > 0 for one in grown.values())


def test_pages(filled: Filled, tmp_path: Path) -> None:
    with filled.desk(tmp_path) as (desk, found):
        desk.now = lambda: mass.NOW
        pages.add_user(desk, found)
        with serve(create_app(desk)) as product, serve(bare.make_app(filled.url, 0)) as bound:
            ports = (int(url.rpartition(":")[2]) for url in (product, bound))
            measured = pages.measure(desk, *ports, rounds=1, requests=2, warm_up=1)
    pages.show("pages", measured)
    assert all(one.same_size for one in measured)


def test_pivots(filled: Filled, tmp_path: Path) -> None:
    with filled.desk(tmp_path) as (desk, found):
        look_at_pivots(desk, found, tmp_path)


def test_search(filled: Filled, tmp_path: Path) -> None:
    with filled.desk(tmp_path) as (desk, found):
        show_beside("search", search.measure(desk, found, rounds=2))


def test_last_score(filled: Filled, tmp_path: Path) -> None:
    with filled.desk(tmp_path) as (desk, found):
        last_score.show("last score", last_score.measure(desk, found, rounds=2, people=5))


@pytest.mark.services
def test_reports_on_postgresql(postgresql_cluster: PostgreSQL, tmp_path: Path) -> None:
    name = postgresql_cluster.create()
    with fill(tmp_path, postgresql_cluster.url(name), ON_POSTGRESQL).desk(tmp_path) as (desk, found):
        reports.show("reports", reports.measure(desk, found, rounds=2, times=1))
        look_at_pivots(desk, found, tmp_path)
        show_beside("search", search.measure(desk, found, rounds=2))
        last_score.show("last score", last_score.measure(desk, found, rounds=2, people=5))
    postgresql_cluster.drop(name)


@pytest.mark.services
def test_funnel(postgresql_cluster: PostgreSQL, tmp_path: Path) -> None:
    measured = funnel.run(postgresql_cluster, tmp_path, months=3, a_month=2_000, pending=300, rounds=2)
    assert all(one.ratio > 0 for one in measured)


@pytest.mark.services
def test_upkeep(postgresql_cluster: PostgreSQL, tmp_path: Path) -> None:
    with small():
        rates, ratio = upkeep.stored(postgresql_cluster, tmp_path, answers=100, rounds=2, each="--transactions=5")
    assert len(rates) == 2
    assert ratio > 0


def look_at_pivots(desk: Desk, found: Mass, folder: Path) -> None:
    show_beside("pivots, first", pivots.first_time(desk, found, rounds=2))
    show_beside("pivots, again", pivots.again(desk, found, folder, rounds=2))
    assert all(pivots.is_kept(desk, found, captured) for captured in pivots.FIELDS)
