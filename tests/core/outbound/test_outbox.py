"""The outbox: who gets a job, when it comes back, and what is said of it in the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job

Queue = Callable[..., int]


@pytest.fixture
def queue(desk: Desk, organisation: Organisation) -> Queue:
    """Queue a job; gives its id, or that of the one that has its key already."""
    return lambda kind="work", **more: queue_job(desk, organisation.id, kind, **more)


def queue_job(desk: Desk, organisation_id: int, kind: str = "work", **more: Any) -> int:
    with desk.db.write() as session:
        outbox.queue(desk, session, kind, {}, organisation_id=organisation_id, **more)
        newest = select(func.max(Job.id)).where(Job.kind == kind)
        if more.get("key"):
            newest = newest.where(Job.key == more["key"])
        return int(session.scalars(newest).one())


def job(desk: Desk, job_id: int) -> Job:
    with desk.db.read() as session:
        return session.get_one(Job, job_id)


def count(desk: Desk) -> int:
    with desk.db.read() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def finish(desk: Desk, one: Job) -> None:
    with desk.db.write() as session:
        outbox.finish(session, one, desk.now())


def test_a_job_is_written_with_the_change_that_asks_for_it(desk: Desk, organisation: Organisation) -> None:
    woken: list[bool] = []
    desk.wake = lambda: woken.append(True)

    def change() -> None:
        with desk.db.write() as session:
            outbox.queue(desk, session, "work", {}, organisation_id=organisation.id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert (count(desk), woken) == (0, [])
    queue_job(desk, organisation.id)
    assert (count(desk), woken) == (1, [True])


def test_a_job_for_later_waits_for_its_time(desk: Desk, clock: Any, queue: Queue) -> None:
    queue(due_at=clock.at + timedelta(minutes=5))
    assert not outbox.claim(desk, 9)
    assert not outbox.has_due(desk)
    clock.advance(minutes=5)
    assert outbox.has_due(desk)
    assert len(outbox.claim(desk, 9)) == 1


def test_the_oldest_come_first(desk: Desk, clock: Any, queue: Queue) -> None:
    late = queue(due_at=clock.at - timedelta(minutes=1))
    early = queue(due_at=clock.at - timedelta(minutes=2))
    assert [one.id for one in outbox.claim(desk, 1)] == [early]
    assert [one.id for one in outbox.claim(desk, 1)] == [late]


def test_threads_never_share_a_job(desk: Desk, queue: Queue) -> None:
    wanted = {queue() for _ in range(40)}
    taken: list[int] = []
    start = threading.Barrier(6)

    def take() -> None:
        start.wait()
        while batch := outbox.claim(desk, 3):
            taken.extend(one.id for one in batch)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(wanted)


def test_a_key_makes_a_job_unique_whatever_became_of_it(desk: Desk, queue: Queue) -> None:
    first = queue(key="k")
    assert queue(key="k") == first
    finish(desk, *outbox.claim(desk, 1))
    assert queue(key="k") == first
    assert queue("other", key="k") != first
    assert count(desk) == 2


def test_of_a_lane_one_runs_at_a_time_and_in_order(desk: Desk, clock: Any, queue: Queue) -> None:
    first, second, beside = queue(lane="a"), queue(lane="a"), queue(lane="b")
    batch = outbox.claim(desk, 9)
    assert [one.id for one in batch] == [first, beside]
    assert not outbox.claim(desk, 9)
    outbox.retry_later(desk, batch[0], "unreachable", "down")
    assert not outbox.claim(desk, 9), "a later one must not overtake one that is tried again"
    clock.advance(seconds=3)
    (again,) = outbox.claim(desk, 9)
    assert again.id == first
    finish(desk, again)
    assert [one.id for one in outbox.claim(desk, 9)] == [second]


def test_a_lane_is_free_once_its_job_failed_or_waits(desk: Desk, queue: Queue) -> None:
    queue(lane="a")
    second = queue(lane="a")
    (first,) = outbox.claim(desk, 9)
    outbox.fail(desk, first, "refused", "no")
    assert [one.id for one in outbox.claim(desk, 9)] == [second]


def test_a_dead_workers_job_goes_to_another(desk: Desk, clock: Any, queue: Queue) -> None:
    queue()
    (dead,) = outbox.claim(desk, 1)
    clock.advance(seconds=outbox.LEASE.total_seconds())
    assert not outbox.claim(desk, 1)
    clock.advance(seconds=1)
    (heir,) = outbox.claim(desk, 1)
    assert (heir.id, heir.attempts) == (dead.id, 2)


def test_a_live_worker_keeps_its_job(desk: Desk, clock: Any, queue: Queue) -> None:
    queue()
    (mine,) = outbox.claim(desk, 1)
    for _ in range(5):
        clock.advance(seconds=outbox.LEASE.total_seconds() * 0.8)
        assert outbox.renew(desk, [mine]) == {mine.id}
        assert not outbox.claim(desk, 1)


@pytest.mark.parametrize("last_words", ["finish", "fail", "retry_later", "wait", "renew", "hand_back"])
def test_who_lost_a_job_has_no_say_any_more(desk: Desk, clock: Any, queue: Queue, last_words: str) -> None:
    queue()
    (lost,) = outbox.claim(desk, 1)
    clock.advance(seconds=outbox.LEASE.total_seconds() + 1)
    (mine,) = outbox.claim(desk, 1)
    with desk.db.write() as session:
        if last_words == "finish":
            outbox.finish(session, lost, desk.now())
        elif last_words == "wait":
            outbox.wait_for_connection(session, lost, "auth-expired", "who are you?")
    if last_words == "fail":
        outbox.fail(desk, lost, "refused", "no")
    elif last_words == "retry_later":
        outbox.retry_later(desk, lost, "unreachable", "down")
    elif last_words == "renew":
        assert outbox.renew(desk, [lost]) == set()
    elif last_words == "hand_back":
        assert outbox.hand_back(desk, [lost]) == 0
    row = job(desk, mine.id)
    assert (row.state, row.attempts, row.lease_until, row.error) == ("running", 2, mine.lease_until, None)


def test_what_was_not_begun_can_be_handed_back(desk: Desk, queue: Queue) -> None:
    queue(), queue()
    batch = outbox.claim(desk, 2)
    assert outbox.hand_back(desk, batch[1:]) == 1
    assert [one.id for one in outbox.claim(desk, 2)] == [batch[1].id]
    assert outbox.hand_back(desk) == 2


def test_waits_grow_are_jittered_and_have_a_limit(desk: Desk, clock: Any, queue: Queue) -> None:
    queue()
    waits = []
    for _ in range(20):
        (mine,) = outbox.claim(desk, 1)
        outbox.retry_later(desk, mine, "unreachable", "down")
        due_at = job(desk, mine.id).due_at
        waits.append((due_at - clock.at).total_seconds())
        clock.at = due_at
    for attempt, wait in enumerate(waits):
        middle = min(outbox.FIRST_WAIT * 2**attempt, outbox.LONGEST_WAIT)
        assert 0.75 * middle <= wait <= 1.25 * middle
    assert len({round(wait, 3) for wait in waits[-8:]}) > 1, "no jitter"


def test_the_wait_that_was_asked_for_is_kept_to(desk: Desk, clock: Any, queue: Queue) -> None:
    queue()
    (mine,) = outbox.claim(desk, 1)
    outbox.retry_later(desk, mine, "rate-limited", "slow down", 30.0)
    wait = (job(desk, mine.id).due_at - clock.at).total_seconds()
    assert 30.0 <= wait <= 37.5


def test_many_short_pauses_do_not_give_a_job_up(desk: Desk, clock: Any, queue: Queue) -> None:
    job_id = queue()
    for _ in range(outbox.MAX_ATTEMPTS * 2):
        (mine,) = outbox.claim(desk, 1)
        outbox.retry_later(desk, mine, "rate-limited", "slow down", 1.0)
        clock.advance(seconds=2)
    assert job(desk, job_id).state == "due"


def test_after_a_day_of_trying_a_job_is_set_aside_and_can_be_retried(
    desk: Desk, clock: Any, organisation: Organisation, queue: Queue
) -> None:
    job_id = queue()
    for _ in range(2 * outbox.MAX_ATTEMPTS):
        (mine,) = outbox.claim(desk, 1)
        outbox.retry_later(desk, mine, "unreachable", "down")
        row = job(desk, job_id)
        if row.state == "failed":
            break
        clock.at = row.due_at
    assert row.attempts == outbox.MAX_ATTEMPTS
    assert (row.error_code, row.error, row.finished_at) == ("unreachable", "down", clock.at)
    with desk.db.write() as session:
        assert outbox.retry_failed(desk, session, organisation.id + 1) == 0
        assert outbox.retry_failed(desk, session, organisation.id, [job_id + 1]) == 0
        assert outbox.retry_failed(desk, session, organisation.id, [job_id]) == 1
    (again,) = outbox.claim(desk, 1)
    assert (again.attempts, again.finished_at) == (1, None)


def test_done_jobs_are_forgotten_after_a_while(desk: Desk, clock: Any, queue: Queue) -> None:
    queue(), queue()
    done, failed = outbox.claim(desk, 2)
    finish(desk, done)
    outbox.fail(desk, failed, "refused", "no")
    clock.advance(days=6)
    outbox.prune(desk)
    assert count(desk) == 2
    clock.advance(days=2)
    outbox.prune(desk)
    assert job(desk, failed.id).state == "failed"
    assert count(desk) == 1


class Workers(RuleBasedStateMachine):
    """Several workers that claim, work, die and come late; each job is done once, by whoever held it then."""

    desk: Desk
    clock: Any
    organisation_id: int

    def __init__(self) -> None:
        super().__init__()
        outbox.hand_back(self.desk)
        while batch := outbox.claim(self.desk, 50):
            for one in batch:
                finish(self.desk, one)
        self.clock.advance(hours=2)
        self.claims: list[Job] = []
        self.done: dict[int, int] = {}
        self.mine: set[int] = set()

    @rule(lane=st.sampled_from([None, "a", "b"]))
    def queue(self, lane: str | None) -> None:
        self.mine.add(queue_job(self.desk, self.organisation_id, lane=lane))

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        batch = outbox.claim(self.desk, limit)
        assert len(batch) <= limit
        lanes = [one.lane for one in batch if one.lane]
        assert len(lanes) == len(set(lanes))
        self.claims += batch

    @precondition(lambda self: self.claims)
    @rule(which=st.integers(0, 20), how=st.sampled_from(["finish", "retry", "die"]))
    def end(self, which: int, how: str) -> None:
        one = self.claims.pop(which % len(self.claims))
        before = job(self.desk, one.id)
        holds = before.state == "running" and before.attempts == one.attempts
        if how == "finish":
            finish(self.desk, one)
            self.done[one.id] = self.done.get(one.id, 0) + holds
        elif how == "retry":
            outbox.retry_later(self.desk, one, "unreachable", "down")
        if not holds or how == "die":
            after = job(self.desk, one.id)
            assert (after.state, after.attempts, after.due_at) == (before.state, before.attempts, before.due_at)

    @rule(seconds=st.sampled_from([1, 10, 30]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @invariant()
    def lanes_are_single_file(self) -> None:
        with self.desk.db.read() as session:
            running = select(Job.lane, func.count()).where(
                Job.lane.is_not(None), Job.state == "running", Job.lease_until >= self.clock.at
            )
            assert all(number == 1 for _, number in session.execute(running.group_by(Job.lane)))
        assert all(number <= 1 for number in self.done.values())

    def teardown(self) -> None:
        """Whatever died, everything is done in the end."""
        for _ in range(20):
            self.clock.advance(minutes=10)
            for one in outbox.claim(self.desk, 50):
                finish(self.desk, one)
        assert all(job(self.desk, one).state == "done" for one in self.mine)


def test_any_number_of_workers(desk: Desk, clock: Any, organisation: Organisation) -> None:
    machine = type("Here", (Workers,), {"desk": desk, "clock": clock, "organisation_id": organisation.id})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@given(attempts=st.integers(1, 60), wait=st.none() | st.floats(0, 3600))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_wait_is_negative_or_endless(
    desk: Desk, clock: Any, organisation: Organisation, attempts: int, wait: float | None
) -> None:
    job_id = queue_job(desk, organisation.id)
    (mine,) = outbox.claim(desk, 1)
    with desk.db.write() as session:
        session.get_one(Job, job_id).attempts = mine.attempts = attempts
    outbox.retry_later(desk, mine, "unreachable", "down", wait)
    row = job(desk, job_id)
    assert row.state == "due"
    assert timedelta(0) <= row.due_at - clock.at <= timedelta(seconds=outbox.LONGEST_WAIT * 1.25)
    clock.at = row.due_at
    (again,) = outbox.claim(desk, 1)
    finish(desk, again)
