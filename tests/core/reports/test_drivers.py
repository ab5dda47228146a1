"""Factor drivers over stored answers: every filter applies, and every count is that of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dashboards.drivers import Drivers, FactorDriver, drivers
from deskpulse.reports.question import parse
from deskpulse.reports.responses.rows import rows
from deskpulse.reports.tally import count
from deskpulse.scoring.bands import BandCounts
from deskpulse.surveys.factors import FACTORS
from fixtures.answers import Answers

Pairs = list[tuple[str, str]]
Ask = Callable[..., Drivers]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def any_desk(request: pytest.FixtureRequest, tmp_path: Path, clock: Any, hub: Hub) -> Iterator[Desk]:
    """A desk on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("desk")
        return
    url = request.getfixturevalue("postgresql")
    desk = Desk.open(replace(settings_module.make(data_dir=str(tmp_path)), database_url=url), hub, now=clock)
    yield desk
    desk.close()


@pytest.fixture
def northwind(any_desk: Desk) -> Organisation:
    with any_desk.db.write() as session:
        other = organisations.create(any_desk, session, "Southwind IT")
        mine = organisations.create(any_desk, session, "Northwind IT")
    Answers(any_desk, other)(0, 0, factors=["speed"])
    return mine


@pytest.fixture
def answered(any_desk: Desk, northwind: Organisation) -> None:
    answer = Answers(any_desk, northwind)
    answer(10, 9, factors=["speed", "skill"], comment="Quick and kind")
    answer(10, 8, factors=["skill"])
    answer(3, 0, 6, factors=["speed"], comment="Too slow", priority="high")
    answer(9, 7)
    answer(0, factors=["speed"], status="review")
    answer(0, factors=["speed"], current=False)
    answer(5, factors=["of old"])


@pytest.fixture
def ask(any_desk: Desk, northwind: Organisation) -> Ask:
    def read(pairs: Pairs | None = None, minimum: int = 1) -> Drivers:
        with any_desk.db.read() as session:
            return drivers(session, parse(session, northwind, pairs or [], any_desk.now()).scope, minimum)

    return read


def of(found: Drivers, code: str) -> FactorDriver:
    return next(one for one in found.factors if one.code == code)


def test_without_answers_every_factor_stands_there_with_nothing(ask: Ask) -> None:
    found = ask()
    assert (found.whole.counts.n, found.ticking, len(found.factors)) == (0, 0, len(FACTORS))
    assert all(one.effect is None and one.means == (None, None) and not one.clear for one in found.factors)


def test_counts_by_band_of_those_who_tick_and_those_who_do_not(ask: Ask, answered: None) -> None:
    found = ask()
    assert found.whole.counts == BandCounts(4, 2, 4)
    speed, skill = of(found, "speed"), of(found, "skill")
    assert (speed.ticked.counts, speed.others.counts) == (BandCounts(2, 0, 3), BandCounts(2, 2, 1))
    assert (skill.ticked.counts, skill.others.counts) == (BandCounts(3, 1, 0), BandCounts(1, 1, 4))
    assert speed.driver.of_detractors == Fraction(3, 4)
    assert speed.driver.loss == 30
    assert speed.means == (Fraction(28, 5), Fraction(39, 5))
    assert (found.ticking, found.none_ticked.counts) == (8, BandCounts(1, 1, 0))


def test_what_costs_most_comes_first_and_a_code_of_old_is_shown_as_it_is(ask: Ask, answered: None) -> None:
    found = ask()
    assert [one.code for one in found.factors[:3]] == ["speed", "of old", "skill"]
    assert (found.factors[1].name, found.factors[1].blame) == ("of old", "of old")
    assert of(found, "speed").blame == "Took too long to solve"


def test_scores_means_and_effects_are_withheld_below_the_minimum(ask: Ask, answered: None) -> None:
    found = ask(minimum=5)
    skill, speed = of(found, "skill"), of(found, "speed")
    assert (skill.ticked.withheld, skill.effect, skill.means) == (True, None, (None, Fraction(30, 6)))
    assert skill.ticked.counts.n == 4
    assert (speed.ticked.score, speed.effect is not None) == (-20, True)


def test_an_effect_is_clear_only_where_it_is_more_than_noise(any_desk: Desk, northwind: Organisation, ask: Ask) -> None:
    answer = Answers(any_desk, northwind)
    answer(*[0] * 40, factors=["speed"])
    answer(*[10] * 40, factors=["skill"])
    answer(*[10, 0] * 10, factors=["ease"])
    clear = {one.code for one in ask().factors if one.clear}
    assert clear == {"speed", "skill"}


@pytest.mark.parametrize(
    "pairs",
    [
        [], [("q", "slow")], [("priority", "high")], [("band", "promoter")], [("min", "7")], [("tid", "1")],
        [("factor", "skill")], [("factor", "NONE")], [("factor", "skill"), ("factor", "speed")],
        [("factor", "NONE"), ("factor", "of old")], [("factor", "speed"), ("q", "kind")], [("from", "2026-01-01")],
    ],
)  # fmt: skip
def test_every_count_is_that_of_its_rows(
    any_desk: Desk, northwind: Organisation, ask: Ask, answered: None, pairs: Pairs
) -> None:
    found = ask(pairs)
    with any_desk.db.read() as session:

        def number(*more: tuple[str, str]) -> int:
            scope = parse(session, northwind, [*pairs, *more], any_desk.now()).scope
            listed = rows(session, scope, limit=100).rows
            assert len(listed) == count(session, scope).n
            return len(listed)

        assert number() == found.whole.counts.n
        if not any(name == "factor" for name, _ in pairs):
            for one in found.factors:
                assert number(("factor", one.code)) == one.ticked.counts.n
            assert number(("factor", "NONE")) == found.none_ticked.counts.n
            assert number(*(("factor", one.code) for one in found.factors)) == found.ticking


def test_answers_are_told_apart_by_each_factor_alone_and_together(ask: Ask, answered: None) -> None:
    both = ask([("ticked:speed", "yes"), ("ticked:skill", "yes")])
    assert both.whole.counts.n == of(both, "skill").ticked.counts.n == 2
    neither = ask([("ticked:speed", "NONE"), ("ticked:skill", "NONE")])
    assert (neither.whole.counts.n, neither.ticking) == (3, 1)
    assert ask([("ticked:speed", "yes"), ("ticked:speed", "NONE")]).whole.counts.n == ask().whole.counts.n
