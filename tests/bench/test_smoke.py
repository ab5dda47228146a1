"""Every benchmark's code, in small: that it works, not how fast anything is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import bare, running
from bench import test_handover as handover
from bench import test_inlet as inlet
from bench import test_panel as panel
from bench import test_survey as survey
from bench.rounds import show
from bench.surroundings import helpdesk, mail_server
from bench.world import World
from deskpulse.testing.serving import serve
from deskpulse_web import create_app

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
