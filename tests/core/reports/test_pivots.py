"""Kept pivots: made once asked, read instead of the answers, dropped when nobody asks; and erasure reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, text, update

from conftest import Clock
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.outbound.models import Job
from deskpulse.reports import roll_ups
from deskpulse.reports.dimensions import CHANNEL, GROUP, HOUR, PRIORITY, SEGMENT1, WEEKDAY, Dimension, field
from deskpulse.reports.pivots import kept as pivots_kept
from deskpulse.reports.pivots import pivots
from deskpulse.reports.pivots.kept import PIVOT_DAY, PIVOT_MONTH, Pivot, in_pieces
from deskpulse.reports.tally import Scope, tally
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.periods import Period
from deskpulse.surveys.models import Response
from deskpulse.worker.drain import drain
from fixtures.answers import Answers

PRODUCT = field("product")
BY = (PRODUCT, HOUR)


@pytest.fixture
def scope(desk: Desk, organisation: Organisation) -> Scope:
    today = desk.now().date()
    return Scope(organisation.id, Period(today - timedelta(days=400), today))


def known(desk: Desk) -> list[Pivot]:
    with desk.db.read() as session:
        return list(session.scalars(select(Pivot).order_by(Pivot.id)))


def held(desk: Desk) -> list[Any]:
    with desk.db.read() as session:
        return list(session.execute(select(PIVOT_DAY)))


def counted(desk: Desk, scope: Scope, *by: Dimension) -> Mapping[Any, BandCounts]:
    with desk.db.read() as session:
        return tally(session, scope, *by)


def keep(desk: Desk, scope: Scope, *by: Dimension) -> Pivot:
    pivots.asked(desk, scope, *by)
    drain(desk)
    return known(desk)[-1]


def test_asked_once_it_is_kept_and_read_from_then_on(desk: Desk, answer: Answers, scope: Scope) -> None:
    number = answer(10, fields={"product": "Mail"})[0]
    answer(3, fields={"product": "VPN"})
    roll_ups.fold_all(desk)
    assert not known(desk)
    asked = pivots.asked(desk, scope, *BY)
    assert asked
    assert asked.kept_at is None
    drain(desk)
    again = pivots.asked(desk, scope, *reversed(BY))
    assert again
    assert (again.id, again.kept_at, again.rows) == (asked.id, desk.now(), 2)
    with desk.db.write() as session:  # behind the triggers' back: what is shown now can only be what is kept
        session.execute(text("DROP TRIGGER response_changed"))
        session.execute(update(Response).where(Response.id == number).values(score=0))
    mail, vpn = BandCounts(1, 0, 0), BandCounts(0, 0, 1)
    assert counted(desk, scope, *BY) == {("Mail", 9): mail, ("VPN", 9): vpn}
    assert counted(desk, scope, PRODUCT, WEEKDAY) == {("Mail", 0): mail, ("VPN", 0): vpn}
    narrowed = scope.within(HOUR, {9, 10}).within(PRODUCT, {"Mail", ""})
    assert counted(desk, narrowed) == {(): mail}
    assert counted(desk, scope.within(HOUR, {10}), PRODUCT) == {}


def test_an_answer_after_that_shows_at_once_before_and_after_the_fold(
    desk: Desk, answer: Answers, scope: Scope
) -> None:
    answer(10, fields={"product": "Mail"})
    keep(desk, scope, *BY)
    answer(0, fields={"product": "Mail"})
    for _ in range(2):
        assert counted(desk, scope, *BY) == {("Mail", 9): BandCounts(1, 0, 1)}
        roll_ups.fold_all(desk)
    assert [tuple(row)[2:] for row in held(desk)] == [("Mail", "9", "", 1, 0, 1)]


def test_of_the_answers_only_those_of_stale_days_are_read(desk: Desk, answer: Answers, scope: Scope) -> None:
    answer(10, fields={"product": "Mail"})
    keep(desk, scope, *BY)
    answer(0, fields={"product": "Mail"})
    plans = []

    def note(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "UNION ALL" in statement:
            planned = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append([step[3] for step in planned if "response" in step[3]])

    event.listen(desk.db.engine, "before_cursor_execute", note)
    assert counted(desk, scope, *BY) == {("Mail", 9): BandCounts(1, 0, 1)}
    assert plans == [
        ["SEARCH response USING INDEX ix_response_organisation_id_day_answered_at (organisation_id=? AND day=?)"]
    ]


@pytest.mark.parametrize("by", [(GROUP,), (GROUP, WEEKDAY), (PRODUCT, HOUR, PRIORITY, CHANNEL)])
def test_what_a_roll_up_answers_or_no_pivot_could_is_not_noted(
    desk: Desk, scope: Scope, by: tuple[Dimension, ...]
) -> None:
    assert pivots.asked(desk, scope, *by) is None
    assert not known(desk)


def test_words_of_comments_are_beyond_pivots(desk: Desk, scope: Scope, answer: Answers) -> None:
    answer(9, comment="thanks", fields={"product": "Mail"})
    answer(9, fields={"product": "Mail"})
    keep(desk, scope, *BY)
    said = Scope(scope.organisation_id, scope.period, words="thanks")
    assert pivots.asked(desk, said, *BY) is None
    assert counted(desk, said, *BY) == {("Mail", 9): BandCounts(1, 0, 0)}


def test_asking_often_writes_once_a_day_and_queues_once(desk: Desk, scope: Scope, clock: Clock) -> None:
    for _ in range(3):
        pivots.asked(desk, scope, *BY)
        clock.advance(minutes=5)
    with desk.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1
    drain(desk)
    clock.advance(days=2)
    pivots.asked(desk, scope, *BY)
    assert known(desk)[0].asked_at == clock()
    with desk.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_it_is_dropped_when_nobody_asked_for_thirty_days(
    desk: Desk, scope: Scope, clock: Clock, answer: Answers
) -> None:
    answer(10, fields={"product": "Mail"})
    keep(desk, scope, *BY)
    clock.advance(days=29)
    pivots.prune(desk)
    assert held(desk)
    clock.advance(days=2)
    pivots.prune(desk)
    assert not known(desk)
    assert not held(desk)
    assert counted(desk, scope, *BY) == {("Mail", 9): BandCounts(1, 0, 0)}


def test_one_with_as_many_rows_as_answers_is_refused_and_tried_again_later(
    desk: Desk, scope: Scope, clock: Clock, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pivots, "FREE_ROWS", 3)
    monkeypatch.setattr(pivots, "WORTH", 4)
    for number in range(5):
        answer(9, fields={"product": f"only {number}"})
    answer(*[9] * 10, priority="high")
    assert keep(desk, scope, PRODUCT).refused_at == clock()
    assert not held(desk)
    assert keep(desk, scope, PRIORITY).kept_at == clock()
    for number in range(5):
        answer(9, priority=f"only {number}")
    roll_ups.fold_all(desk)
    pivots.prune(desk)  # and one that has grown too large since
    assert [pivot.refused_at for pivot in known(desk)] == [clock(), clock()]
    assert not held(desk)
    answer(*[9] * 100)
    clock.advance(days=31)
    pivots.prune(desk)
    assert keep(desk, scope, PRODUCT).kept_at == clock()


def test_an_organisation_keeps_those_that_were_asked_for_last(
    desk: Desk, scope: Scope, clock: Clock, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pivots, "MOST_PIVOTS", 2)
    answer(9, fields={"product": "Mail"})
    for by in ((PRODUCT,), (PRIORITY,), (CHANNEL,)):
        keep(desk, scope, *by)
        clock.advance(minutes=1)
    assert [pivot.dimensions for pivot in known(desk)] == ['["priority"]', '["channel"]']
    assert len(held(desk)) == 2


def test_the_smallest_one_that_knows_enough_answers(desk: Desk, scope: Scope, answer: Answers) -> None:
    answer(9, 9, fields={"product": "Mail"}, priority="high")
    answer(0, fields={"product": "Mail"}, priority="low")
    large = keep(desk, scope, PRODUCT, PRIORITY)
    small = keep(desk, scope, PRODUCT)
    assert (large.rows, small.rows) == (2, 1)
    with desk.db.write() as session:
        session.execute(delete(PIVOT_DAY).where(PIVOT_DAY.c.pivot_id == large.id))
        session.execute(text("DELETE FROM stale_day"))
    assert counted(desk, scope, PRODUCT) == {("Mail",): BandCounts(2, 0, 1)}
    assert counted(desk, scope, PRIORITY) == {}


def test_one_that_is_dropped_while_it_is_read_is_counted_from_the_answers(
    desk: Desk, scope: Scope, answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(9, fields={"product": "Mail"})
    pivot = keep(desk, scope, *BY)
    roll_ups.fold_all(desk)
    with desk.db.write() as session:
        session.execute(delete(PIVOT_DAY))
        assert tally(session, scope, *BY) == {}  # what a reader would see without looking once more
    monkeypatch.setattr(pivots_kept, "is_kept", lambda _session, number: number != pivot.id)
    assert counted(desk, scope, *BY) == {("Mail", 9): BandCounts(1, 0, 0)}


@pytest.mark.parametrize("change", ["erased", "changed"])
def test_a_value_that_is_erased_is_nowhere_after_the_fold(
    desk: Desk, scope: Scope, answer: Answers, change: str
) -> None:
    number = answer(9, fields={"product": "that of Ms Unique"})[0]
    answer(9, fields={"product": "Mail"})
    keep(desk, scope, *BY)
    with desk.db.read() as session:
        assert "that of Ms Unique" in str(session.execute(select(PIVOT_MONTH)).all())
    assert "that of Ms Unique" in str(held(desk))
    with desk.db.write() as session:
        if change == "erased":
            session.execute(delete(Response).where(Response.id == number))
        else:
            session.execute(update(Response).where(Response.id == number).values(fields={}))
    roll_ups.fold_all(desk)
    assert "Unique" not in str(held(desk))
    with desk.db.read() as session:
        assert "Unique" not in str(session.execute(select(PIVOT_MONTH)).all())
    assert len(held(desk)) == (1 if change == "erased" else 2)


def test_months_are_read_whole_where_nothing_in_them_is_stale() -> None:
    first, last, stale = date(2026, 1, 30), date(2026, 4, 2), date(2026, 3, 9)
    months, days = in_pieces(Period(first, last), [stale])
    assert months == [date(2026, 2, 1)]
    march = [date(2026, 3, day) for day in range(1, 32) if day != 9]
    assert days == [first, date(2026, 1, 31), *march, date(2026, 4, 1), last]
    assert in_pieces(Period(date(2024, 2, 1), date(2024, 2, 28)), [])[0] == []  # a leap year's has one more
    assert in_pieces(Period(stale, stale), [stale]) == ([], [])


def test_it_stays_within_its_organisation(desk: Desk, scope: Scope, answer: Answers) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Southwind")
    Answers(desk, other)(0, fields={"product": "Mail"})
    answer(9, fields={"product": "Mail"})
    theirs = Scope(other.id, scope.period)
    keep(desk, scope, *BY)
    assert counted(desk, theirs, *BY) == {("Mail", 9): BandCounts(0, 0, 1)}
    keep(desk, theirs, *BY)
    assert counted(desk, theirs, *BY) == {("Mail", 9): BandCounts(0, 0, 1)}
    assert counted(desk, scope, *BY) == {("Mail", 9): BandCounts(1, 0, 0)}


def test_projects_are_kept_without_being_asked_for(
    desk: Desk, organisation: Organisation, scope: Scope, answer: Answers
) -> None:
    answer(9, fields={"product": "Mail"})
    pivots.keep_projects(desk)
    assert not known(desk)
    with desk.db.write() as session:
        mine = session.get_one(Organisation, organisation.id)
        mine.preferences = {**mine.preferences, "project_field": "product"}
        assert Preferences.of(mine.preferences).project_field == "product"
    pivots.keep_projects(desk)
    drain(desk)
    assert [(pivot.dimensions, pivot.kept_at) for pivot in known(desk)] == [
        ('["field:product"]', desk.now()), ('["field:product", "group_id"]', desk.now()),
    ]  # fmt: skip


def test_values_of_any_length_and_script_and_fields_of_any_name(desk: Desk, scope: Scope, answer: Answers) -> None:
    odd = field("contact:site.name (1) 100%")
    long = "すごく長い値 " * 2000
    answer(9, fields={odd.label: long}, segment1="north")
    answer(8, fields={odd.label: 'it\'s "quoted" \\ 100%'}, segment1="north")
    roll_ups.fold_all(desk)
    for _ in range(2):
        found = counted(desk, scope, odd, SEGMENT1)
        assert found == {
            (long, "north"): BandCounts(1, 0, 0), ("it's \"quoted\" \\ 100%", "north"): BandCounts(0, 1, 0),
        }  # fmt: skip
        assert counted(desk, scope.within(odd, {long}), SEGMENT1) == {("north",): BandCounts(1, 0, 0)}
        keep(desk, scope, odd, SEGMENT1)
