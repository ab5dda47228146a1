"""Journeys: whatever happens to resolutions, and whenever journeys are made anew, the funnel is that of the tables."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, func, select

from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel import days as funnel_days
from deskpulse.reports.funnel import funnel
from deskpulse.reports.funnel import journeys as funnel_journeys
from deskpulse.reports.funnel.funnel import Counts, Funnel
from deskpulse.reports.funnel.models import Journey, JourneyMark, JourneyZone
from deskpulse.reports.funnel.stages import NOT_ELIGIBLE, Stage
from deskpulse.reports.question import parse
from deskpulse.surveys import days, invites, ledger, rules, visits
from deskpulse.surveys.ledger import NEEDS_CONFIRMING
from deskpulse.surveys.models import Decision, Invite, Resolution, Response, ResponseRevision
from fixtures.cohort import Cohort

SOME = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
DELIVERED = {invites.SENT, invites.ANSWERED, invites.EXPIRED, invites.WITHDRAWN}
STATES = some.sampled_from([invites.SENT, invites.BOUNCED, invites.EXPIRED, invites.WITHDRAWN])
VISITS = some.sampled_from(["kim", "bo", "scanner"])
ACTS = some.one_of(
    some.tuples(some.just("resolve"), some.tuples(
        some.sampled_from([rules.ASKED, rules.ASKED, rules.BY_HELPDESK, rules.SPAM, rules.TOO_SOON]),
        some.sampled_from(["infra", "network", "apps", ""]), some.sampled_from(["email", "helpdesk"]),
        some.sampled_from([0, 9, 300, 700]), some.sampled_from(["kim@x.example", "bo@x.example", None]),
    )),
    some.tuples(some.just("becomes"), STATES),
    some.tuples(some.just("look"), some.tuples(VISITS, some.none() | some.integers(0, 10))),
    some.tuples(some.just("scan"), some.none()),
    some.tuples(some.just("trap"), VISITS),
    some.tuples(some.just("answer"), some.tuples(VISITS, some.booleans(), some.sampled_from(["", "Thanks"]))),
    some.tuples(
        some.just("change"), some.sampled_from([{"status": "review"}, {"comment": ""}, {"resolution_id": None}])
    ),
    some.tuples(some.just("remove"), some.sampled_from([Response, Resolution])),
    some.tuples(some.just("wait"), some.sampled_from([1, 150, 4000, 90_000])),
    some.tuples(some.just("move"), some.sampled_from(["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"])),
    some.tuples(some.just("fold"), some.none()),
    some.tuples(some.just("fold a little"), some.none()),
    some.tuples(some.just("rebuild"), some.none()),
)  # fmt: skip
TREE = {"infra": None, "network": "infra", "apps": None}
QUESTIONS = ("", "rgid=infra", "rgid=infra&combine=n", "rgid=network&rgid=NONE", "rgid=NONE", "from=2026-03-01",
             "from=2026-02-18&to=2026-03-02&rgid=infra", "rgid=apps&channel=NONE")  # fmt: skip


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Known:
    """What became of one resolution, found out in plain Python."""

    day: date
    group: str
    person: str | None
    channel: str
    reason: str
    stage: Stage


class Life:
    """One organisation, beside another whose journeys must not be mixed in."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk, self.clock = desk, clock
        with desk.db.write() as session:
            self.organisation = organisations.create(desk, session, "Northwind", time_zone="Pacific/Auckland")
            other = organisations.create(desk, session, "Southwind")
            self.groups: dict[str, int | None] = {"": None}
            for code, above in TREE.items():
                mine = {"organisation_id": self.organisation.id, "parent_id": self.groups[above or ""]}
                row = SupportGroup(name=code.title(), code=code, **mine)
                session.add(row)
                session.flush()
                self.groups[code] = row.id
        Cohort(desk, other).answer(Cohort(desk, other).asked())
        self.cohort = Cohort(desk, self.organisation)
        self.all = [self.cohort.asked()]

    def act(self, what: str, how: Any) -> None:
        one = next((one for one in reversed(self.all) if one.token), self.all[0])
        acts: dict[str, Callable[[], Any]] = {
            "resolve": lambda: self.resolve(*how),
            "becomes": lambda: self.cohort.becomes(one, how),
            "look": lambda: self.cohort.look(one, *how),
            "scan": lambda: [self.cohort.look(one, f"s{score}", score) for score in range(6)],
            "trap": lambda: self.cohort.trap(one, how),
            "answer": lambda: self.cohort.answer(one, 9, how[2], visit=how[0], gesture=how[1]),
            "change": lambda: self.cohort.change(one, **how),
            "remove": lambda: self.remove(how),
            "wait": lambda: setattr(self.clock, "at", self.clock.at + timedelta(seconds=how)),
            "move": lambda: self.move(how),
            "fold": lambda: funnel_journeys.fold(self.desk),
            "fold a little": lambda: funnel_journeys.fold(self.desk, batches=1),
            "rebuild": lambda: funnel_journeys.rebuild(self.desk, self.organisation.id),
        }
        acts[what]()

    def resolve(self, reason: str, group: str, channel: str, hours_ago: int, person: str | None) -> None:
        at = self.clock.at - timedelta(hours=hours_ago)
        values = {"group_id": self.groups[group], "channel": channel, "at": at, "person": person}
        self.all.append(self.cohort.resolve(reason, **values))

    def move(self, time_zone: str) -> None:
        with self.desk.db.write() as session:
            organisation = session.get_one(Organisation, self.organisation.id)
            days.move(self.desk, session, organisation, time_zone, "test")

    def remove(self, what: Any) -> None:
        """An answer is erased, or a resolution with all that is about it."""
        last = self.all[-1]
        with self.desk.db.write() as session:
            if what is Response:
                session.execute(delete(ResponseRevision))
                session.execute(delete(Response).where(Response.resolution_id == last.id))
            elif len(self.all) > 1:
                self.all.pop()
                session.execute(delete(ResponseRevision))
                for table in (Response, Invite, Decision):
                    session.execute(delete(table).where(table.resolution_id == last.id))
                session.execute(delete(Resolution).where(Resolution.id == last.id))

    def check(self, by_day: bool = False) -> None:
        """Compare every number with a recount; ``by_day`` those only that come from counts by day."""
        with self.desk.db.read() as session:
            organisation = session.get_one(Organisation, self.organisation.id)
            mine = select(Resolution).where(Resolution.organisation_id == organisation.id)
            every = [self._known(session, one, organisation.time_zone) for one in session.scalars(mine)]
            for address in QUESTIONS:
                if by_day and "channel" in address:
                    continue
                question = parse(session, organisation, parse_qsl(address), self.clock.at)
                first, last = question.period.first, question.period.last
                within = [one for one in every if self._asked(one, question.values("rgid"), question.combine)]
                chosen = [one for one in within if first <= one.day <= last]
                found = funnel.funnel(session, organisation, question)
                assert _numbers(found.counts) == _reached(one.stage for one in chosen), address
                assert found.counts == funnel.summary(session, organisation, question).counts
                self._check_parts(found, chosen)
                if not by_day:
                    people = funnel.people(session, organisation, question)
                    assert _numbers(people) == _reached(self._furthest(chosen)), address
                for line in funnel.trend(session, organisation, question, 3):
                    month = [one.stage for one in within if line.key.first <= one.day <= line.key.last]
                    assert _numbers(line.counts) == _reached(month), (address, line.name)

    def _furthest(self, chosen: list[Known]) -> Iterable[Stage]:
        found: dict[str, Stage] = {}
        for one in chosen:
            if one.person:
                found[one.person] = max(one.stage, found.get(one.person, Stage.RESOLVED))
        return found.values()

    def _asked(self, one: Known, codes: list[str], combine: bool) -> bool:
        above = TREE.get(one.group) if combine else None
        return not codes or (one.group or "NONE") in codes or above in codes

    def _check_parts(self, found: Funnel, chosen: list[Known]) -> None:
        held = Counter((one.reason, one.stage >= Stage.ELIGIBLE) for one in chosen if one.stage < Stage.ASKED)
        assert {(one.reason, one.eligible): one.count for one in found.held} == held
        names = {"": "No support group", "apps": "Apps"}
        for lines, key in (
            (found.channels, lambda one: one.channel),
            (found.departments, lambda one: names.get(one.group, "Infra")),
        ):
            parts = sorted({key(one) for one in chosen} - {""})
            assert sorted(line.name for line in lines) == parts
            for line in lines:
                assert _numbers(line.counts) == _reached(one.stage for one in chosen if key(one) == line.name)

    def _known(self, session: Any, one: Resolution, time_zone: str) -> Known:
        decision = session.get_one(Decision, one.id)
        invite = session.scalar(select(Invite).where(Invite.resolution_id == one.id))
        channel = "rule" if decision.reason == rules.BY_HELPDESK else invite.channel if invite else ""
        group = next(code for code, id_ in self.groups.items() if id_ == one.group_id)
        day = one.resolved_at.astimezone(ZoneInfo(time_zone)).date()
        return Known(day, group, one.person, channel, decision.reason, self._recount(session, one.id))

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


def _numbers(counts: Counts) -> list[int]:
    return [counts[stage] for stage in Stage]


def _reached(stages: Iterable[Stage]) -> list[int]:
    found = list(stages)
    return [sum(one >= stage for one in found) for stage in Stage]


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
                zone = session.get_one(JourneyZone, one.organisation.id)
            assert zone.since == funnel_days.ALL
            assert pending == 0
            with one.desk.db.write() as session:
                session.execute(delete(Journey))  # from now on only the counts by day can tell
            one.check(by_day=True)

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
