"""Roll-ups: whatever happens to answers, and whenever days are made anew, every count is that of the answers."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select, text, update

from deskpulse import settings as settings_module
from deskpulse.db import migrate
from deskpulse.db.database import Database
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports import roll_ups
from deskpulse.reports.dimensions import (
    AGENT,
    COMMENTED,
    DAY,
    GROUP,
    HOUR,
    MONTH,
    PRIORITY,
    SCORE,
    SEGMENT1,
    SEGMENT2,
    WEEKDAY,
    Dimension,
    field,
)
from deskpulse.reports.pivots import pivots
from deskpulse.reports.pivots.kept import PIVOT_DAY, PIVOT_MONTH, Pivot
from deskpulse.reports.tally import Scope, tally
from deskpulse.scoring.bands import BandCounts, band_of
from deskpulse.scoring.periods import Period
from deskpulse.surveys import days
from deskpulse.surveys.models import Response, StaleDay
from fixtures.answers import Answers

NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
YEAR = Period(date(2025, 12, 1), date(2026, 12, 31))
PART = Period(date(2026, 1, 17), date(2026, 3, 29))
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Auckland", "America/St_Johns")
PRODUCT = field("product")
PIVOTS: tuple[tuple[Dimension, ...], ...] = ((PRODUCT, HOUR), (PRODUCT, GROUP, WEEKDAY), (PRIORITY,), (HOUR, MONTH))
QUESTIONS: tuple[tuple[Dimension, ...], ...] = (
    (), (DAY,), (MONTH,), (WEEKDAY,), (SCORE,), (GROUP,), (GROUP, SCORE), (GROUP, AGENT), (AGENT, MONTH),
    (SEGMENT1, SEGMENT2), (SEGMENT2,), (HOUR, PRIORITY), (GROUP, SEGMENT1),
    (AGENT, COMMENTED), *PIVOTS,
)  # fmt: skip
FILTERS: tuple[dict[Dimension, set[Any]], ...] = (
    {}, {PRODUCT: {"", "Mail"}}, {HOUR: {9, 12}, PRODUCT: {"VPN"}},
    {GROUP: {0}}, {GROUP: {1, 2}}, {SEGMENT1: {"", "north"}}, {SCORE: {0, 10}}, {GROUP: {1}, SEGMENT2: {"a"}},
    {GROUP: set()},
)  # fmt: skip
ASKED = [(by, FILTERS[0]) for by in QUESTIONS] + [(by, one) for by in ((), (GROUP, MONTH)) for one in FILTERS[1:]]

SOME = settings(max_examples=10, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck))


def keys_of(response: Response, zone: ZoneInfo) -> dict[Dimension, Any]:
    local = response.answered_at.astimezone(zone)
    return {
        DAY: local.date(), MONTH: local.year * 100 + local.month, WEEKDAY: local.weekday(), HOUR: local.hour,
        SCORE: response.score, GROUP: response.group_id or 0, AGENT: response.agent_id or 0,
        COMMENTED: "yes" if response.comment else "", PRODUCT: response.fields.get("product", ""),
        SEGMENT1: response.segment1 or "", SEGMENT2: response.segment2 or "", PRIORITY: response.priority or "",
    }  # fmt: skip


def recount(
    responses: list[Response],
    zone: ZoneInfo,
    period: Period,
    by: tuple[Dimension, ...],
    filters: dict[Dimension, set[Any]],
) -> dict[tuple[Any, ...], BandCounts]:
    """The same in plain Python."""
    found: Counter[tuple[tuple[Any, ...], str]] = Counter()
    for response in responses:
        keys = keys_of(response, zone)
        counts = response.status == "counted" and response.current
        if (
            counts
            and period.first <= keys[DAY] <= period.last
            and all(keys[one] in chosen for one, chosen in filters.items())
        ):
            found[tuple(keys[one] for one in by), band_of(response.score)] += 1
    names = {key for key, _ in found}
    return {key: BandCounts(*(found[key, band] for band in ("promoter", "passive", "detractor"))) for key in names}


class Life:
    """What may happen to the answers of one organisation, beside another that must not be mixed in."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        with desk.db.write() as session:
            self.organisation = organisations.create(desk, session, "Northwind", time_zone="Europe/Berlin")
            other = organisations.create(desk, session, "Southwind")
            groups = [
                SupportGroup(organisation_id=self.organisation.id, name=name, code=name) for name in ("one", "two")
            ]
            session.add_all(groups)
        self.answer = Answers(desk, self.organisation)
        Answers(desk, other)(0, 10, group_id=1)

    def check(self) -> None:
        with self.desk.db.read() as session:
            organisation = session.get_one(Organisation, self.organisation.id)
            zone = ZoneInfo(organisation.time_zone)
            mine = list(session.scalars(select(Response).where(Response.organisation_id == organisation.id)))
            for by, filters in ASKED:
                for period in (YEAR, PART):
                    shown = tally(session, Scope(organisation.id, period, filters), *by)
                    assert shown == recount(mine, zone, period, by, filters), (period, by, filters)


class Events(RuleBasedStateMachine):
    """Any sequence of events, on a database of its own."""

    desk_of: ClassVar[Callable[[], AbstractContextManager[Desk]]]
    answers = Bundle("answers")

    def __init__(self) -> None:
        super().__init__()
        self.place = type(self).desk_of()
        self.life = Life(self.place.__enter__())

    def teardown(self) -> None:
        self.place.__exit__(None, None, None)

    def change(self, number: int, **values: Any) -> None:
        with self.life.desk.db.write() as session:
            session.execute(update(Response).where(Response.id == number).values(**values))

    @rule(
        target=answers,
        score=some.integers(0, 10),
        minutes=some.integers(0, 60 * 24 * 60),
        group=some.sampled_from([None, 1, 2]),
        segment1=some.sampled_from([None, "north", "south"]),
        segment2=some.sampled_from([None, "a"]),
        comment=some.sampled_from(["", "thanks"]),
        fields=some.sampled_from([{}, {"product": "Mail"}, {"product": "VPN"}]),
        status=some.sampled_from(["counted", "counted", "counted", "error"]),
    )
    def is_given(self, score: int, minutes: int, group: int | None, **values: Any) -> int:
        at = NOW - timedelta(minutes=minutes)
        return self.life.answer(
            score, answered_at=at, group_id=group, priority="high" if score > 5 else None, **values
        )[0]

    @rule(number=answers, score=some.integers(0, 10))
    def is_replaced(self, number: int, score: int) -> None:
        self.change(number, score=score)

    @rule(number=answers, group=some.sampled_from([None, 1, 2]))
    def is_reassigned(self, number: int, group: int | None) -> None:
        self.change(number, group_id=group)

    @rule(number=answers, current=some.booleans())
    def counts_or_not(self, number: int, current: bool) -> None:
        self.change(number, current=current, status="counted" if current else "revoked")

    @rule(number=consumes(answers))
    def is_erased(self, number: int) -> None:
        self.erase(number)

    def erase(self, number: int) -> None:
        with self.life.desk.db.write() as session:
            session.execute(delete(Response).where(Response.id == number))

    @rule(by=some.sampled_from(PIVOTS))
    def a_pivot_is_asked_for(self, by: tuple[Dimension, ...]) -> None:
        pivots.asked(self.life.desk, Scope(self.life.organisation.id, YEAR), *by)

    @rule(
        score=some.integers(0, 10),
        product=some.sampled_from(["Mail", "Chat"]),
        minutes=some.integers(-60 * 24 * 30, 60 * 24 * 60),
        folds=some.booleans(),
    )
    def pivots_are_made_while_answers_come_and_change(
        self, score: int, product: str, minutes: int, folds: bool
    ) -> None:
        at = NOW - timedelta(minutes=minutes)

        def meanwhile(done: int) -> None:
            number = self.life.answer(score, answered_at=at, fields={"product": product})[0]
            self.change(number, score=done % 11)
            if folds:
                roll_ups.fold_all(self.life.desk)
            if done % 2:
                self.erase(number)

        for pivot in self.pivots():
            pivots.make(self.life.desk, pivot.id, meanwhile)
            meanwhile(pivot.id)

    @rule()
    def pivots_are_dropped(self) -> None:
        with self.life.desk.db.write() as session:
            session.execute(update(Pivot).values(asked_at=NOW - timedelta(days=99)))
        pivots.prune(self.life.desk)
        assert not self.pivots()

    def pivots(self) -> list[Pivot]:
        with self.life.desk.db.read() as session:
            return list(session.scalars(select(Pivot)))

    @rule()
    def days_are_made_anew(self) -> None:
        roll_ups.fold_all(self.life.desk)

    @rule()
    def everything_is_made_anew(self) -> None:
        roll_ups.rebuild(self.life.desk, self.life.organisation.id)

    @rule(zone=some.sampled_from(ZONES))
    def the_organisation_moves(self, zone: str) -> None:
        with self.life.desk.db.write() as session:
            organisation = session.get_one(Organisation, self.life.organisation.id)
            days.move(self.life.desk, session, organisation, zone, "test")

    @invariant()
    def every_count_is_true(self) -> None:
        self.life.check()


def test_any_sequence_of_events_on_sqlite(empty_database: Path) -> None:
    @contextmanager
    def desk_of() -> Iterator[Desk]:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(empty_database, Path(folder) / "deskpulse.sqlite3")
            desk = Desk.open(settings_module.make(data_dir=folder), Hub(), now=lambda: NOW)
            yield desk
            desk.close()

    run_state_machine_as_test(type("On", (Events,), {"desk_of": staticmethod(desk_of)}), settings=SOME)


@pytest.mark.services
def test_any_sequence_of_events_on_postgresql(blank_postgresql: str, tmp_path: Path) -> None:
    settings = settings_module.make(data_dir=str(tmp_path), database_url=blank_postgresql)
    database = Database(blank_postgresql)
    migrate.upgrade(database)
    database.close()

    @contextmanager
    def desk_of() -> Iterator[Desk]:
        desk = Desk.open(settings, Hub(), now=lambda: NOW)  # another one each time: it remembers what it has read
        with desk.db.write() as session:
            tables = ["organisation", "response", "support_group", "stale_day", "job", "audit_entry", "pivot"]
            tables += [one.table.name for one in roll_ups.ROLL_UPS] + [PIVOT_DAY.name, PIVOT_MONTH.name]
            session.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
        yield desk
        desk.close()

    run_state_machine_as_test(type("On", (Events,), {"desk_of": staticmethod(desk_of)}), settings=SOME)


def marks(desk: Desk) -> int:
    with desk.db.read() as session:
        return session.scalar(select(func.count()).select_from(StaleDay)) or 0


def test_folding_leaves_nothing_stale_and_answers_come_from_the_roll_ups(
    desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    numbers = answer(10, 9, 0, 7)
    assert marks(desk) == 4
    assert roll_ups.fold(desk, organisation.id) == 1
    assert marks(desk) == 0
    scope = Scope(organisation.id, YEAR)
    with desk.db.write() as session:  # behind the triggers' back: what is shown now can only be the roll-up
        session.execute(text("DROP TRIGGER response_changed"))
        session.execute(update(Response).where(Response.id == numbers[0]).values(score=0))
        assert tally(session, scope)[()] == BandCounts(2, 1, 1)
    assert roll_ups.rebuild(desk, organisation.id) == 1
    with desk.db.read() as session:
        assert tally(session, scope)[()] == BandCounts(1, 1, 2)


def test_a_day_without_answers_any_more_is_emptied_by_a_rebuild(
    desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    answer(10)
    roll_ups.fold_all(desk)
    with desk.db.write() as session:
        session.execute(text("DROP TRIGGER response_removed"))
        session.execute(delete(Response))
    roll_ups.rebuild(desk, organisation.id)
    with desk.db.read() as session:
        assert tally(session, Scope(organisation.id, YEAR)) == {}
        assert all(session.scalar(select(func.count()).select_from(one.table)) == 0 for one in roll_ups.ROLL_UPS)


def test_a_field_may_have_any_name(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    named = {"Größe": "groß", "a.b [c]": "x", "部署": "東京"}
    answer(10, fields=named)
    answer(0)
    with desk.db.read() as session:
        for name, value in named.items():
            found = tally(session, Scope(organisation.id, YEAR), field(name))
            assert found == {(value,): BandCounts(1, 0, 0), ("",): BandCounts(0, 0, 1)}, name
