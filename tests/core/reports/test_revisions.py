"""What was counted a moment ago is not counted again, and is never given once anything has changed."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import delete, event, update

from deskpulse import settings as settings_module
from deskpulse.db import migrate
from deskpulse.db.memory import MOST, SECONDS, Memory
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports import roll_ups
from deskpulse.reports.dimensions import GROUP, SCORE
from deskpulse.reports.levels import Tree
from deskpulse.reports.tally import Scope, count, tally
from deskpulse.scoring.periods import Period
from deskpulse.surveys.models import Response
from fixtures.answers import Answers

EVER = Period(date(2020, 1, 1), date(2030, 12, 31))
Asked: TypeAlias = Callable[[], list[str]]


@pytest.fixture
def asked(desk: Desk) -> Asked:
    """The statements that read counts or the tree, since it was called last."""
    seen: list[str] = []
    event.listen(desk.db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    def since() -> list[str]:
        found = [one for one in seen if "rollup_" in one or "FROM support_group" in one]
        seen.clear()
        return found

    return since


def n(desk: Desk, organisation: Organisation, period: Period = EVER) -> int:
    with desk.db.read() as session:
        return count(session, Scope(organisation.id, period)).n


def names(desk: Desk, organisation: Organisation) -> set[str]:
    with desk.db.read() as session:
        return {group.name for group in Tree.of(session, organisation.id).groups.values()}


def test_the_same_question_is_counted_once(
    desk: Desk, organisation: Organisation, answer: Answers, asked: Asked
) -> None:
    answer(10, 9, 0)
    asked()
    assert n(desk, organisation) == 3
    assert len(asked()) == 1
    assert n(desk, organisation) == 3
    assert asked() == []


def test_questions_are_told_apart(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    answer(10, 9, 0)
    scope = Scope(organisation.id, EVER)
    with desk.db.read() as session:
        assert count(session, scope).n == 3
        assert count(session, scope.within(SCORE, [0])).n == 1
        assert count(session, scope.within(GROUP, [0])).n == 3
        assert count(session, scope.during(Period(EVER.first, EVER.first))).n == 0
        assert len(tally(session, scope, SCORE)) == 3
        assert count(session, Scope(organisation.id + 1, EVER)).n == 0
        assert count(session, Scope(organisation.id, EVER, words="slow")).n == 0


def test_an_answer_shows_at_once_before_and_after_the_fold(
    desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    for number in range(1, 6):
        (response,) = answer(10)
        assert n(desk, organisation) == number
        if number % 2:
            roll_ups.fold(desk, organisation.id)
            assert n(desk, organisation) == number
    with desk.db.write() as session:
        session.execute(delete(Response).where(Response.id == response))
    assert n(desk, organisation) == 4
    roll_ups.rebuild(desk, organisation.id)
    assert n(desk, organisation) == 4


def test_as_many_changes_as_before_the_fold_are_not_the_same(
    desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    answer(10)
    assert n(desk, organisation) == 1
    roll_ups.fold(desk, organisation.id)
    answer(0)
    assert n(desk, organisation) == 2


def test_nobody_is_given_what_was_never_committed(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    answer(10)
    with desk.db.write() as session:
        session.execute(update(Response).values(status="provisional"))
        assert count(session, Scope(organisation.id, EVER)).n == 0
        session.rollback()
    with desk.db.write() as session:
        session.execute(update(Response).values(score=9))
    assert n(desk, organisation) == 1


def test_the_tree_is_read_anew_once_a_group_has_changed(desk: Desk, organisation: Organisation, asked: Asked) -> None:
    with desk.db.write() as session:
        session.add_all(SupportGroup(organisation_id=organisation.id, code=one, name=one) for one in ("a", "b"))
    assert names(desk, organisation) == {"a", "b"}
    asked()
    assert names(desk, organisation) == {"a", "b"}
    assert asked() == []
    with desk.db.write() as session:
        session.execute(update(SupportGroup).where(SupportGroup.code == "a").values(name="c"))
    assert names(desk, organisation) == {"c", "b"}
    with desk.db.write() as session:
        session.execute(delete(SupportGroup).where(SupportGroup.code == "b"))
    assert names(desk, organisation) == {"c"}


def test_two_databases_do_not_mix(
    desk: Desk, organisation: Organisation, answer: Answers, tmp_path: Path, empty_database: Path
) -> None:
    shutil.copy(empty_database, tmp_path / "other.sqlite3")
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    other = Desk.open(settings_module.make(data_dir=str(tmp_path), database_url=url), Hub())
    with other.db.write() as session:
        elsewhere = organisations.create(other, session, "Southwind IT")
    assert elsewhere.id == organisation.id
    answer(10, 10)
    Answers(other, elsewhere)(0, 1)
    found = [n(desk, organisation), n(other, elsewhere)]
    with other.db.read() as session:
        found.append(count(session, Scope(elsewhere.id, EVER)).detractors)
    assert found == [2, 2, 2]
    other.close()


def test_memory_is_bounded_in_size_and_age() -> None:
    passed = 0.0
    memory = Memory(lambda: passed)
    memory.keep("large", "x", MOST)
    assert memory.get("large") is None
    memory.keep("first", "x", MOST // 2 - 1)
    memory.keep("second", "y", MOST // 2 - 1)
    assert (memory.get("first"), memory.get("second")) == ("x", "y")
    memory.keep("third", "z", MOST // 2 - 1)
    assert (memory.get("first"), memory.get("second"), memory.get("third")) == (None, "y", "z")
    passed = SECONDS + 1
    assert memory.get("third") is None
    for number in range(MOST + 1):
        memory.keep(number, "nothing", 0)
    assert (memory.get(0), memory.get(1)) == (None, "nothing")


@pytest.mark.services
def test_many_who_answer_and_many_who_look_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    desk = Desk.open(settings_module.make(data_dir=str(tmp_path), database_url=postgresql), Hub())
    migrate.upgrade(desk.db)
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT")
    turn, stored, wrong = threading.Lock(), [0], list[tuple[int, int]]()

    def write(writer: int) -> None:
        for number in range(25):
            values = {"link": f"{writer}-{number}", "day": EVER.first, "hour": 0}
            Answers(desk, organisation)(10, **values)
            with turn:
                stored[0] += 1

    def look() -> None:
        while any(writer.is_alive() for writer in writers):
            with turn:
                least = stored[0]
            found = n(desk, organisation)
            if found < least:
                wrong.append((found, least))
            roll_ups.fold(desk, organisation.id)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    lookers = [threading.Thread(target=look) for _ in range(3)]
    for thread in (*writers, *lookers):
        thread.start()
    for thread in (*writers, *lookers):
        thread.join()
    assert wrong == []
    assert n(desk, organisation) == 100
    with desk.db.write() as session:
        session.add(SupportGroup(organisation_id=organisation.id, code="a", name="a"))
    assert names(desk, organisation) == {"a"}
    with desk.db.write() as session:
        session.execute(update(SupportGroup).values(name="b"))
    assert names(desk, organisation) == {"b"}
    with desk.db.write() as session:
        session.execute(delete(SupportGroup))
    assert names(desk, organisation) == set()
    desk.close()
