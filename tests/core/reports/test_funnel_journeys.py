"""Journeys: whatever happens to resolutions, and whenever journeys are made anew, the funnel is that of the tables."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, func, select

from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel import funnel
from deskpulse.reports.funnel import journeys as funnel_journeys
from deskpulse.reports.funnel.journeys import JourneyMark
from deskpulse.reports.funnel.stages import NOT_ELIGIBLE, Stage
from deskpulse.reports.question import parse
from deskpulse.surveys import invites, ledger, rules, visits
from deskpulse.surveys.ledger import NEEDS_CONFIRMING
from deskpulse.surveys.models import Decision, Invite, Resolution, Response
from fixtures.cohort import Cohort

SOME = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
DELIVERED = {invites.SENT, invites.ANSWERED, invites.EXPIRED, invites.WITHDRAWN}
VISITS = some.sampled_from(["kim", "bo", "scanner"])
ACTS = some.one_of(
    some.tuples(some.just("resolve"), some.sampled_from([rules.ASKED, rules.ASKED, rules.BY_HELPDESK, rules.SPAM])),
    some.tuples(some.just("becomes"), some.sampled_from([invites.SENT, invites.BOUNCED, invites.EXPIRED])),
    some.tuples(some.just("look"), some.tuples(VISITS, some.none() | some.integers(0, 10))),
    some.tuples(some.just("scan"), some.none()),
    some.tuples(some.just("trap"), VISITS),
    some.tuples(some.just("answer"), some.tuples(VISITS, some.booleans(), some.sampled_from(["", "Thanks"]))),
    some.tuples(
        some.just("change"), some.sampled_from([{"status": "review"}, {"comment": ""}, {"resolution_id": None}])
    ),
    some.tuples(some.just("remove"), some.sampled_from([Response, Resolution])),
    some.tuples(some.just("wait"), some.sampled_from([1, 150, 4000])),
    some.tuples(some.just("fold"), some.none()),
    some.tuples(some.just("rebuild"), some.none()),
)


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


class Life:
    """One organisation, beside another whose journeys must not be mixed in."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk, self.clock = desk, clock
        with desk.db.write() as session:
            self.organisation = organisations.create(desk, session, "Northwind")
            other = organisations.create(desk, session, "Southwind")
        Cohort(desk, other).answer(Cohort(desk, other).asked())
        self.cohort = Cohort(desk, self.organisation)
        self.all = [self.cohort.asked()]

    def act(self, what: str, how: Any) -> None:
        one = next((one for one in reversed(self.all) if one.token), self.all[0])
        acts: dict[str, Callable[[], Any]] = {
            "resolve": lambda: self.all.append(self.cohort.resolve(how)),
            "becomes": lambda: self.cohort.becomes(one, how),
            "look": lambda: self.cohort.look(one, *how),
            "scan": lambda: [self.cohort.look(one, f"s{score}", score) for score in range(6)],
            "trap": lambda: self.cohort.trap(one, how),
            "answer": lambda: self.cohort.answer(one, 9, how[2], visit=how[0], gesture=how[1]),
            "change": lambda: self.cohort.change(one, **how),
            "remove": lambda: self.remove(how),
            "wait": lambda: setattr(self.clock, "at", self.clock.at + timedelta(seconds=how)),
            "fold": lambda: funnel_journeys.fold(self.desk),
            "rebuild": lambda: funnel_journeys.rebuild(self.desk, self.organisation.id),
        }
        acts[what]()

    def remove(self, what: Any) -> None:
        """An answer is erased, or a resolution that nobody was asked about."""
        last = self.all[-1]
        with self.desk.db.write() as session:
            if what is Response:
                session.execute(delete(Response).where(Response.resolution_id == last.id))
            elif not last.token and len(self.all) > 1:
                self.all.pop()
                session.execute(delete(Decision).where(Decision.resolution_id == last.id))
                session.execute(delete(Resolution).where(Resolution.id == last.id))

    def check(self) -> None:
        with self.desk.db.read() as session:
            organisation = session.get_one(Organisation, self.organisation.id)
            question = parse(session, organisation, [], self.clock.at)
            found = funnel.funnel(session, organisation, question).counts
            stages = [self._recount(session, one) for one in session.scalars(select(Resolution.id).where(
                Resolution.organisation_id == organisation.id))]  # fmt: skip
        assert [found[stage] for stage in Stage] == [sum(one >= stage for one in stages) for stage in Stage]

    def _recount(self, session: Any, resolution_id: int) -> Stage:
        """The same in plain Python."""
        decision = session.get_one(Decision, resolution_id)
        invite = session.scalar(select(Invite).where(Invite.resolution_id == resolution_id))
        if invite is None:
            return Stage.RESOLVED if decision.reason in NOT_ELIGIBLE else Stage.ELIGIBLE
        if invite.state not in DELIVERED or (invite.sent_at is None and invite.state != invites.ANSWERED):
            return Stage.ASKED
        counted = (Response.resolution_id == resolution_id) & (Response.status == "counted")
        comments = session.scalars(select(Response.comment).where(counted)).all()
        if comments:
            return Stage.COMMENTED if any(comments) else Stage.CONFIRMED
        hits = visits.on_link(session.connection(), invite.token_digest)
        standing = ledger.current(hits, timedelta(minutes=30))
        unconfirmed = any(one.reason in NEEDS_CONFIRMING and not one.rejected for one in standing.quarantined)
        if standing.history or standing.provisional is not None or unconfirmed:
            return Stage.SCORED
        return Stage.OPENED if ledger.was_seen(hits) else Stage.DELIVERED


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def test_whatever_happens_the_funnel_is_that_of_the_tables(
    kind: str, request: pytest.FixtureRequest, empty_database: Path, hub: Hub
) -> None:
    url = request.getfixturevalue("postgresql") if kind == "postgresql" else ""

    @contextmanager
    def life() -> Iterator[Life]:
        clock = Clock()
        with tempfile.TemporaryDirectory() as directory:
            if not url:
                shutil.copy(empty_database, Path(directory) / "deskpulse.sqlite3")
            more = {"database_url": url} if url else {}
            desk = Desk.open(settings_module.make(data_dir=directory, **more), hub, now=clock)
            try:
                yield Life(desk, clock)
            finally:
                desk.close()

    @SOME
    @given(some.lists(ACTS, min_size=4, max_size=12))
    def lives(acts: list[tuple[str, Any]]) -> None:
        with life() as one:
            for act in acts:
                one.act(*act)
                one.check()
            one.clock.at += timedelta(minutes=5)
            funnel_journeys.fold(one.desk)
            one.check()
            with one.desk.db.read() as session:
                pending = session.scalar(select(func.count(JourneyMark.id)))
            assert pending == 0

    lives()


def test_folding_is_safe_to_repeat_and_leaves_the_newest_hits(
    desk: Desk, clock: Any, organisation: Organisation
) -> None:
    cohort = Cohort(desk, organisation)
    cohort.look(cohort.asked())
    assert funnel_journeys.fold(desk) > 0
    assert funnel_journeys.fold(desk) == 0  # the hit is too young
    clock.advance(minutes=3)
    assert funnel_journeys.fold(desk) == 1
    assert funnel_journeys.fold(desk) == 0


def test_taking_an_answer_and_opening_a_page_mark_nothing(desk: Desk, organisation: Organisation) -> None:
    cohort = Cohort(desk, organisation)
    one = cohort.asked()
    funnel_journeys.fold(desk)
    cohort.answer(one)
    with desk.db.read() as session:
        assert session.scalar(select(func.count(JourneyMark.id))) == 0


def test_where_too_much_is_to_be_judged_the_funnel_says_so(
    desk: Desk, clock: Any, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(funnel_journeys, "MOST_JUDGED", 1)
    cohort = Cohort(desk, organisation)
    for _ in range(3):
        cohort.look(cohort.asked())
    with desk.db.read() as session:
        question = parse(session, organisation, [], desk.now())
        found = funnel.funnel(session, organisation, question)
        assert (found.judged, found.counts[Stage.OPENED], found.counts[Stage.DELIVERED]) == (False, 1, 3)
    clock.advance(minutes=3)
    funnel_journeys.fold(desk)
    with desk.db.read() as session:
        found = funnel.funnel(session, organisation, question)
    assert (found.judged, found.counts[Stage.OPENED]) == (True, 3)
