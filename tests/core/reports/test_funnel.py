"""The response funnel: who was asked, whom it reached, who answered; each stage a part of the one before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import delete

from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel import funnel
from deskpulse.reports.funnel import journeys as funnel_journeys
from deskpulse.reports.funnel import rows as funnel_rows
from deskpulse.reports.funnel.funnel import Counts, Funnel
from deskpulse.reports.funnel.rows import Selection
from deskpulse.reports.funnel.stages import BY_CODE, HELD_BACK, NOT_ELIGIBLE, Stage, reason_label
from deskpulse.reports.question import BadQuestion, Question, parse
from deskpulse.surveys import invites, rules
from deskpulse.surveys.answers import Result
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.models import Response
from fixtures.cohort import Cohort

Ask = Callable[..., Funnel]


@pytest.fixture
def cohort(desk: Desk, organisation: Organisation) -> Cohort:
    return Cohort(desk, organisation)


@pytest.fixture
def question(desk: Desk, organisation: Organisation) -> Callable[..., Question]:
    def ask(**parameters: str) -> Question:
        pairs = [(name.replace("from_", "from"), value) for name, value in parameters.items()]
        with desk.db.read() as session:
            return parse(session, organisation, pairs, desk.now())

    return ask


@pytest.fixture(params=["pending", "folded"])
def ask(request: pytest.FixtureRequest, desk: Desk, clock: Any, organisation: Organisation, question: Any) -> Ask:
    """The funnel, read from everything pending, and from journeys that were made."""

    def read(**parameters: str) -> Funnel:
        if request.param == "folded":
            clock.advance(minutes=3)
            funnel_journeys.fold(desk)
        with desk.db.read() as session:
            return funnel.funnel(session, organisation, question(**parameters))

    return read


@pytest.fixture
def people(desk: Desk, organisation: Organisation, question: Any) -> Callable[..., Counts]:
    """The funnel of people."""

    def read(**parameters: str) -> Counts:
        with desk.db.read() as session:
            return funnel.people(session, organisation, question(**parameters))

    return read


def reached(found: Funnel) -> list[int]:
    return [found.counts[stage] for stage in Stage]


def test_nothing_resolved_is_no_rate(ask: Ask) -> None:
    found = ask()
    assert reached(found) == [0] * 8
    assert (found.counts.rate, found.counts.share(Stage.ASKED), found.counts.step(Stage.ASKED)) == (None, None, None)
    assert (found.held, found.channels, found.departments) == ([], [], [])


def test_every_stage_is_a_part_of_the_one_before(cohort: Cohort, ask: Ask) -> None:
    cohort.resolve(rules.MERGED)
    cohort.resolve(rules.ASKED_RECENTLY)
    cohort.resolve()
    cohort.asked(person="a@x.example")
    cohort.look(cohort.asked(person="b@x.example"), "b")
    cohort.look(cohort.asked(person="c@x.example"), "c", 8)
    cohort.answer(cohort.asked(person="d@x.example"), 9)
    cohort.answer(cohort.asked(person="e@x.example"), 3, "Too slow")
    found = ask()
    assert reached(found) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert found.counts.rate == Fraction(2, 5)
    assert found.counts.provisional == 1
    assert found.counts.step(Stage.OPENED) == Fraction(4, 5)
    assert found.counts.share(Stage.OPENED) == Fraction(4, 8)
    assert found.judged


@pytest.mark.parametrize(
    ("state", "delivered"),
    [
        (invites.WAITING, 0), (invites.SENT, 1), (invites.REFUSED, 0), (invites.BOUNCED, 0), (invites.WITHDRAWN, 1),
        (invites.EXPIRED, 1),
    ],
)  # fmt: skip
def test_delivered_is_accepted_by_the_mail_server_and_not_bounced_since(
    cohort: Cohort, ask: Ask, state: str, delivered: int
) -> None:
    one = cohort.resolve() if state in (invites.WAITING, invites.REFUSED) else cohort.asked()
    cohort.becomes(one, state)
    assert ask().counts[Stage.DELIVERED] == delivered


def test_what_expired_or_was_cancelled_unsent_was_not_delivered(cohort: Cohort, ask: Ask) -> None:
    cohort.becomes(cohort.resolve(), invites.EXPIRED)
    cohort.becomes(cohort.resolve(), invites.CANCELLED)
    assert (ask().counts[Stage.ASKED], ask().counts[Stage.DELIVERED]) == (2, 0)


def test_a_bounce_takes_a_delivery_back(cohort: Cohort, ask: Ask) -> None:
    one = cohort.asked()
    assert ask().counts[Stage.DELIVERED] == 1
    cohort.becomes(one, invites.BOUNCED)
    assert ask().counts[Stage.DELIVERED] == 0


def test_a_message_of_the_helpdesks_rule_counts_as_delivered(cohort: Cohort, ask: Ask) -> None:
    cohort.resolve(rules.BY_HELPDESK, channel="helpdesk")
    cohort.asked(channel="helpdesk")
    cohort.asked()
    found = ask()
    assert [(line.key, line.counts[Stage.DELIVERED]) for line in found.channels] == [
        ("email", 1), ("helpdesk", 1), ("rule", 1),
    ]  # fmt: skip


class TestOpened:
    """Opened is loaded by a visit that the ledger does not take for a machine's."""

    def test_a_head_or_a_preview_is_no_look(self, cohort: Cohort, ask: Ask) -> None:
        one = cohort.asked()
        cohort.look(one, kind=HitKind.HEAD)
        cohort.look(one, prefetch=True, score=9)
        assert ask().counts[Stage.OPENED] == 0

    def test_a_visit_in_the_trap_is_none(self, cohort: Cohort, ask: Ask) -> None:
        one = cohort.asked()
        cohort.look(one, "scanner", 7)
        assert ask().counts[Stage.SCORED] == 1
        cohort.trap(one, "scanner")
        assert ask().counts[Stage.OPENED] == 0

    def test_a_burst_of_scores_is_none_even_without_cookies(self, cohort: Cohort, ask: Ask) -> None:
        one = cohort.asked()
        for score in range(11):
            cohort.look(one, f"scanner {score}", score)
        assert ask().counts[Stage.OPENED] == 0

    def test_a_person_after_the_scanner_counts(self, cohort: Cohort, ask: Ask) -> None:
        one = cohort.asked()
        for score in range(11):
            cohort.look(one, "scanner", score)
        cohort.trap(one, "scanner")
        cohort.look(one, "kim")
        found = ask()
        assert (found.counts[Stage.OPENED], found.counts[Stage.SCORED]) == (1, 0)

    def test_an_unconfirmed_answer_is_a_provisional_score(self, cohort: Cohort, ask: Ask) -> None:
        assert cohort.answer(cohort.asked(), gesture=False) is Result.CONFIRM
        found = ask()
        assert (found.counts[Stage.SCORED], found.counts.provisional, found.counts[Stage.CONFIRMED]) == (1, 1, 0)

    def test_an_answer_that_turned_out_to_be_a_machines_is_no_answer(self, cohort: Cohort, ask: Ask) -> None:
        one = cohort.asked()
        assert cohort.answer(one, visit="scanner") is Result.RECORDED
        cohort.trap(one, "scanner")
        assert reached(ask())[Stage.DELIVERED :] == [1, 0, 0, 0, 0]


def test_an_answer_that_a_later_one_replaced_is_still_an_answer(cohort: Cohort, ask: Ask) -> None:
    one = cohort.asked()
    cohort.answer(one)
    cohort.change(one, current=False)
    assert ask().counts[Stage.CONFIRMED] == 1


def test_an_answer_under_review_or_removed_does_not_count(cohort: Cohort, ask: Ask, desk: Desk) -> None:
    one, other = cohort.asked(), cohort.asked()
    cohort.answer(one)
    cohort.answer(other)
    assert ask().counts[Stage.CONFIRMED] == 2
    cohort.change(one, status="review")
    assert ask().counts[Stage.CONFIRMED] == 1
    with desk.db.write() as session:
        session.execute(delete(Response).where(Response.resolution_id == other.id))
    assert ask().counts[Stage.CONFIRMED] == 0


def test_everyone_counts_once_with_the_furthest_that_they_came(cohort: Cohort, ask: Ask, people: Any) -> None:
    cohort.answer(cohort.asked(), 9)
    cohort.asked()
    cohort.resolve(rules.ASKED_RECENTLY)
    cohort.asked(person="bo@x.example")
    cohort.resolve(rules.NO_CUSTOMER, person=None)
    assert [people()[stage] for stage in Stage] == [2, 2, 2, 2, 1, 1, 1, 0]
    assert ask().counts[Stage.RESOLVED] == 5
    assert people(rgid="NONE") == people()
    assert people(from_="2026-01-01", to="2026-01-31").reached == dict.fromkeys(Stage, 0)


def test_what_was_not_asked_is_told_by_reason_those_not_eligible_first(cohort: Cohort, ask: Ask) -> None:
    for reason, number in ((rules.OPTED_OUT, 1), (rules.MERGED, 2), (rules.TOO_SOON, 3), ("a plug-in's reason", 1)):
        for _ in range(number):
            cohort.resolve(reason)
    cohort.resolve()
    held = [(one.reason, one.eligible, one.count) for one in ask().held]
    assert held == [
        (rules.MERGED, False, 2), (rules.OPTED_OUT, False, 1), (rules.TOO_SOON, True, 3),
        ("a plug-in's reason", True, 1),
    ]  # fmt: skip


def test_every_reason_of_the_rules_is_put_into_words() -> None:
    reasons = {value for name, value in vars(rules).items() if name.isupper() and isinstance(value, str)}
    told = {*NOT_ELIGIBLE, *HELD_BACK, rules.ASKED, rules.BY_HELPDESK, rules.UNREACHABLE}
    assert reasons <= told
    assert reason_label("made up") == "Made up"


def test_the_day_is_that_of_the_resolution_in_the_organisations_zone(
    desk: Desk, clock: Any, organisation: Organisation, cohort: Cohort, ask: Ask
) -> None:
    with desk.db.write() as session:
        session.merge(organisation).time_zone = "Pacific/Auckland"
        organisation.time_zone = "Pacific/Auckland"
    cohort.answer(cohort.asked(at=datetime(2026, 1, 31, 10, 59, tzinfo=UTC)))  # the last minute of January there
    cohort.asked(at=datetime(2026, 1, 31, 11, 0, tzinfo=UTC))
    assert reached(ask(month="2026-01"))[Stage.DELIVERED :] == [1, 1, 1, 1, 0]
    assert reached(ask(month="2026-02"))[Stage.DELIVERED :] == [1, 0, 0, 0, 0]


def test_filters_of_a_resolution_apply_and_those_of_an_answer_do_not(
    desk: Desk, organisation: Organisation, cohort: Cohort, ask: Ask
) -> None:
    with desk.db.write() as session:
        group = SupportGroup(organisation_id=organisation.id, name="Network", code="net")
        session.add(group)
    opened = desk.now() - timedelta(minutes=59, seconds=59)
    cohort.answer(cohort.asked(group_id=group.id, priority="high", reassignments=2, opened_at=opened), 3)
    cohort.asked(segment1="eu", fields={"product": "Mail"}, opened_at=desk.now() + timedelta(hours=1))
    for parameters in (
        {"rgid": "net"}, {"priority": "high"}, {"reassignments": "2"}, {"time_to_resolve": "within 1 h"}, {"tid": "N1"},
        {"tid": "v1"}, {"sgid1": "NONE"}, {"field:product": "NONE"},
    ):  # fmt: skip
        assert reached(ask(**parameters))[Stage.DELIVERED :] == [1, 1, 1, 1, 0], parameters
    for parameters in ({"sgid1": "eu"}, {"field:product": "Mail"}, {"rgid": "NONE"}, {"time_to_resolve": "NONE"}):
        assert reached(ask(**parameters))[Stage.DELIVERED :] == [1, 0, 0, 0, 0], parameters
    found = ask(band="promoter", q="slow", hour="3", factor="speed")
    assert reached(found)[Stage.DELIVERED :] == [2, 1, 1, 1, 0]
    assert found.ignored == ["Score", "Hour of day", "Experience factor", "Words of the comment"]
    assert [line.name for line in found.departments] == ["Network", "No support group"]


def test_departments_pool_their_teams(desk: Desk, organisation: Organisation, cohort: Cohort, ask: Ask) -> None:
    with desk.db.write() as session:
        top = SupportGroup(organisation_id=organisation.id, name="Infra", code="infra")
        session.add(top)
        session.flush()
        team = SupportGroup(organisation_id=organisation.id, name="Network", code="net", parent_id=top.id)
        session.add(team)
    cohort.answer(cohort.asked(group_id=top.id))
    cohort.asked(group_id=team.id)
    cohort.asked()
    lines = {line.name: line.counts for line in ask().departments}
    assert {name: counts[Stage.DELIVERED] for name, counts in lines.items()} == {"Infra": 2, "No support group": 1}
    assert lines["Infra"].rate == Fraction(1, 2)


def test_the_trend_has_a_rate_for_each_month(
    desk: Desk, organisation: Organisation, cohort: Cohort, question: Any
) -> None:
    cohort.answer(cohort.asked())
    cohort.asked(at=desk.now() - timedelta(days=20))
    cohort.asked(at=desk.now() - timedelta(days=900))
    with desk.db.read() as session:
        months = funnel.trend(session, organisation, question())
    assert [line.name for line in months][-2:] == ["Feb 2026", "Mar 2026"]
    assert (len(months), [line.counts.rate for line in months][-3:]) == (24, [None, 0, 1])


def test_another_organisation_is_not_counted(desk: Desk, cohort: Cohort, ask: Ask) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Southwind IT")
    Cohort(desk, other).answer(Cohort(desk, other).asked())
    assert reached(ask())[0] == 0


class TestRows:
    """Every number leads to its rows."""

    @pytest.fixture
    def listed(self, desk: Desk, organisation: Organisation, question: Any) -> Callable[..., funnel_rows.Page]:
        def read(**pairs: str) -> funnel_rows.Page:
            selection = Selection.of(pairs.items())
            assert selection
            with desk.db.read() as session:
                return funnel_rows.page(session, organisation, question(), selection)

        return read

    def test_as_many_as_the_number_says(self, cohort: Cohort, ask: Ask, people: Any, listed: Any) -> None:
        cohort.resolve(rules.OPTED_OUT)
        cohort.resolve(rules.STILL_OPEN, person="bo@x.example")
        cohort.answer(cohort.asked(), 3, "Slow")
        cohort.look(cohort.asked(channel="helpdesk"), score=4)
        cohort.resolve()
        found = ask()
        for stage in Stage:
            assert listed(stage=stage.code).total == len(listed(stage=stage.code).rows) == found.counts[stage]
            assert listed(stage=stage.code, people="y").total == people()[stage]
        for one in found.held:
            (row,) = listed(stage="held", reason=one.reason).rows
            assert (row.Decision.reason, row.Decision.explanation) == (one.reason, f"Because: {one.reason}.")
        assert listed(stage="held").total == 2
        assert listed(stage="provisional").total == found.counts.provisional == 1
        assert listed(stage="delivered", via="helpdesk").total == 1
        (row,) = listed(stage="confirmed").rows
        assert (row.number, row.score, row.Invite.state) == ("N3", 3, invites.ANSWERED)

    def test_pages_follow_one_another_without_a_gap(
        self, cohort: Cohort, listed: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(funnel_rows, "AT_ONCE", 3)
        for _ in range(7):
            cohort.resolve(rules.SPAM)
        seen, before = [], {}
        while True:
            page = listed(stage="resolved", **before)
            seen += [row.number for row in page.rows]
            assert page.total == 7
            if page.before is None:
                break
            before = {"before": page.before}
        assert seen == [f"N{number}" for number in range(7, 0, -1)]

    def test_an_address_without_sense_is_refused(self) -> None:
        assert Selection.of([("rgid", "net")]) is None
        for pairs in ([("stage", "nowhere")], [("stage", "asked"), ("before", "yesterday")]):
            with pytest.raises(BadQuestion):
                Selection.of(pairs)
        assert all(Selection(code).label for code in (*BY_CODE, "held", "provisional"))
