"""Draining: what becomes of a job is what the class of its error says."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from deskpulse.connections import provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import AuthExpired, ConfigurationError, Misread, Refused, Unreachable
from deskpulse.errors import RateLimited as Limited
from deskpulse.inbound import deliveries
from deskpulse.inbound.deliveries import Taken
from deskpulse.inbound.models import DeliveryRow
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.records import CheckReport
from deskpulse.surveys import answers
from deskpulse.surveys.entrances import TokenEntrance
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.models import Decision, Invite
from deskpulse.surveys.visits import Visitor
from deskpulse.worker import drain
from deskpulse.worker.leases import Leases
from fixtures.stub import SECRET, Stub

Work = Callable[[], int]


def deliver(desk: Desk, connection: ConnectionRow, body: str, vendor_id: str = "1") -> Taken:
    return deliveries.take(desk, connection.key, {"X-Secret": SECRET, "X-Id": vendor_id}, body.encode())


def jobs(desk: Desk, kind: str = "read_delivery") -> list[Job]:
    with desk.db.read() as session:
        return list(session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id)))


def count(desk: Desk, table: Any) -> int:
    with desk.db.read() as session:
        return len(session.scalars(select(table)).all())


@pytest.fixture
def solved(desk: Desk, stub: Stub, stub_connection: ConnectionRow) -> Stub:
    """One delivery about a solved ticket, not read yet."""
    stub.solve("7")
    assert deliver(desk, stub_connection, "solved 7") is Taken.STORED
    return stub


def test_a_delivery_becomes_an_invitation(desk: Desk, solved: Stub, work: Work) -> None:
    assert work() == 2
    assert (count(desk, Decision), len(solved.sent)) == (1, 1)
    assert work() == 0
    assert {job.state for job in jobs(desk) + jobs(desk, "send_invite")} == {"done"}


def test_who_cannot_be_reached_is_tried_again(desk: Desk, solved: Stub, work: Work, clock: Any) -> None:
    solved.trouble = [Unreachable("down"), Unreachable("down")]
    work()
    (job,) = jobs(desk)
    assert (job.state, job.error_code, job.attempts) == ("due", "unreachable", 1)
    for _ in range(2):
        clock.at = jobs(desk)[0].due_at
        work()
    assert (jobs(desk)[0].state, jobs(desk)[0].error, len(solved.sent)) == ("done", None, 1)


def test_a_rate_limit_is_kept_to(desk: Desk, solved: Stub, work: Work, clock: Any) -> None:
    solved.trouble = [Limited("slow down", retry_after=90)]
    work()
    assert timedelta(seconds=90) <= jobs(desk)[0].due_at - clock.at <= timedelta(seconds=113)


def test_lost_access_holds_jobs_until_a_check_succeeds(
    desk: Desk, solved: Stub, stub_connection: ConnectionRow, work: Work, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved.trouble = [AuthExpired("who are you?")]
    work()
    assert [job.state for job in jobs(desk)] == ["waiting"]
    with desk.db.read() as session:
        assert session.get_one(ConnectionRow, stub_connection.id).paused_reason == "auth-expired: who are you?"
    clock.advance(days=3)
    assert work() == 0
    report = CheckReport(False, ("still not",))
    monkeypatch.setattr(provisioning, "_try", lambda *_: report)
    provisioning.check(desk, stub_connection.id)
    assert work() == 0
    report = CheckReport(True, ("fine",))
    provisioning.check(desk, stub_connection.id)
    work()
    assert ([job.state for job in jobs(desk)], len(solved.sent)) == (["done"], 1)
    with desk.db.read() as session:
        assert session.get_one(ConnectionRow, stub_connection.id).paused_reason is None


def test_a_job_never_waits_for_a_connection_that_is_not_paused(
    desk: Desk, solved: Stub, stub_connection: ConnectionRow, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed or cut off between the two, it would wait for ever: they are one transaction."""

    def killed(*_: object) -> None:
        raise OperationalError("UPDATE", None, sqlite3.OperationalError("disk I/O error"))

    solved.trouble = [AuthExpired("who are you?")]
    with monkeypatch.context() as patched:
        patched.setattr(provisioning, "pause", killed)
        work()
    assert [job.state for job in jobs(desk)] == ["running"]


def test_a_misread_delivery_is_kept_and_read_again_after_a_fix(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, work: Work
) -> None:
    deliver(desk, stub_connection, "gelöst 7")
    work()
    with desk.db.read() as session:
        row = session.scalars(select(DeliveryRow)).one()
    assert (row.state, row.body.decode()) == ("misread", "gelöst 7")
    (job,) = jobs(desk)
    assert (job.state, job.error_code) == ("failed", Misread.code)
    stub.solve("7")
    stub.words = {"gelöst": "solved"}
    with desk.db.write() as session:
        assert outbox.retry_failed(desk, session, stub_connection.organisation_id) == 1
    work()
    with desk.db.read() as session:
        row = session.scalars(select(DeliveryRow)).one()
    assert (row.state, row.problem, len(stub.sent)) == ("read", None, 1)


@pytest.mark.parametrize("error", [Refused("no"), ConfigurationError("no such kind")])
def test_what_is_refused_stops_at_once(desk: Desk, solved: Stub, work: Work, error: Exception) -> None:
    solved.trouble = [error]
    work()
    (job,) = jobs(desk)
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error is not None
    assert "no" in job.error


def test_an_unknown_kind_of_job_is_set_aside(desk: Desk, stub_connection: ConnectionRow, work: Work) -> None:
    with desk.db.write() as session:
        outbox.queue(desk, session, "dance", {}, organisation_id=stub_connection.organisation_id)
    work()
    assert [job.state for job in jobs(desk, "dance")] == ["failed"]


def test_a_crash_is_tried_five_times_and_tells_no_secret(desk: Desk, solved: Stub, work: Work, clock: Any) -> None:
    solved.trouble = [ZeroDivisionError("token hunter2")] * 9
    for attempt in range(1, 6):
        assert work() == 1
        (job,) = jobs(desk)
        assert job.attempts == attempt
        clock.at = max(clock.at, job.due_at)
    assert (job.state, job.error_code, len(solved.trouble)) == ("failed", "crash", 4)
    assert "hunter2" not in str(job.error)


def test_one_crash_after_many_other_attempts_is_only_one(desk: Desk, solved: Stub, work: Work, clock: Any) -> None:
    solved.trouble = [*[Unreachable("down")] * 8, ZeroDivisionError()]
    for _ in range(9):
        work()
        clock.at = jobs(desk)[0].due_at
    assert jobs(desk)[0].state == "due"
    work()
    assert jobs(desk)[0].state == "done"


def test_a_database_that_went_away_is_no_crash(desk: Desk, solved: Stub, work: Work, clock: Any) -> None:
    away = OperationalError("SELECT", None, sqlite3.OperationalError("server closed the connection"))
    solved.trouble = [away] * 12
    for _ in range(12):
        work()
        clock.at = max(clock.at, jobs(desk)[0].due_at)
    assert (jobs(desk)[0].state, jobs(desk)[0].error_code) == ("due", "database")
    work()
    assert (jobs(desk)[0].state, len(solved.sent)) == ("done", 1)


def test_the_rest_of_a_batch_runs_where_one_outcome_cannot_be_recorded(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, work: Work, clock: Any
) -> None:
    for number in ("1", "2", "3"):
        stub.solve(number, requester=f"c{number}@example.org")
        deliver(desk, stub_connection, f"solved {number}", number)
    broken = [True]

    def cut(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE job SET state=?, lease_until=?, error_code=?") and broken:
            broken.clear()
            raise OperationalError(statement, None, sqlite3.OperationalError("terminating connection"))

    event.listen(desk.db.engine, "before_cursor_execute", cut)
    work()
    assert sorted(job.state for job in jobs(desk)) == ["done", "done", "running"]
    clock.advance(minutes=1)
    work()
    assert [job.state for job in jobs(desk)] == ["done"] * 3
    assert (count(desk, Invite), len(stub.sent)) == (3, 3)


def test_a_mail_that_is_out_is_recorded_though_the_database_was_cut(
    desk: Desk, solved: Stub, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskpulse.surveys.invites.RECORD_AGAIN", (0.0, 0.0))
    cuts = [True, True]

    def cut(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE invite SET") and solved.sent and cuts:
            cuts.pop()
            raise OperationalError(statement, None, sqlite3.OperationalError("terminating connection"))

    event.listen(desk.db.engine, "before_cursor_execute", cut)
    work()
    assert (cuts, len(solved.sent)) == ([], 1)
    assert [job.state for job in jobs(desk, "send_invite")] == ["done"]


def test_killed_between_the_mail_and_its_record_the_second_copy_has_the_same_name(
    desk: Desk, solved: Stub, work: Work, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one window in which a second mail is possible."""

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("deskpulse.surveys.invites._record", killed)
        with pytest.raises(SystemExit):
            work()
    assert work() == 0
    clock.advance(seconds=outbox.LEASE.total_seconds() + 1)
    work()
    first, second = solved.sent
    assert (first.message_id, first.key, first.link) == (second.message_id, second.key, second.link)
    clock.advance(hours=1)
    work()
    assert len(solved.sent) == 2


def test_who_answers_before_the_mail_is_recorded_was_asked_all_the_same(
    desk: Desk, solved: Stub, work: Work, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer proves that the mail is out: no second copy, and it counts as sent."""

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("deskpulse.surveys.invites._record", killed)
        with pytest.raises(SystemExit):
            work()
    entrance, nobody = TokenEntrance(solved.sent[0].link.rpartition("/")[2]), Visitor("v", returning=False)
    nonce = answers.look(desk, entrance, nobody, HitKind.VIEW).nonce
    given = answers.answer_of(9, [], "", contact_wanted=False)
    answers.accept(desk, entrance, given, Visitor("v", returning=True), nonce=nonce, scripted=True, activated=True)
    answered_at = clock.at
    clock.advance(seconds=outbox.LEASE.total_seconds() + 1)
    work()
    with desk.db.read() as session:
        invite = session.scalars(select(Invite)).one()
    assert (invite.state, invite.sent_at, len(solved.sent)) == ("answered", answered_at, 1)


def test_leases_are_renewed_while_jobs_run(desk: Desk, solved: Stub, clock: Any) -> None:
    """A helpdesk that takes its time costs no second run, and no second mail."""
    begun, go_on = threading.Event(), threading.Event()
    leases = Leases(desk, renew_every=0.01)

    def slow(*_: Any, **__: Any) -> None:
        begun.set()
        assert go_on.wait(10)

    solved._stumble = slow  # type: ignore[method-assign]
    worker = threading.Thread(target=drain.drain, args=(desk, leases))
    worker.start()
    assert begun.wait(10)
    for _ in range(6):
        clock.advance(seconds=outbox.LEASE.total_seconds() * 0.6)
        leases.renew()
        assert not outbox.claim(desk, 9)
    go_on.set()
    worker.join(10)
    assert [job.state for job in jobs(desk)] == ["done"]
    assert len(solved.sent) == 1


def test_a_job_that_was_given_to_another_is_not_begun(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, clock: Any
) -> None:
    for number in ("1", "2"):
        stub.solve(number, requester=f"c{number}@example.org")
        deliver(desk, stub_connection, f"solved {number}", number)
    leases, asked = Leases(desk, renew_every=60), list[int]()

    def stalled(*_: Any, **__: Any) -> None:
        asked.append(1)
        if len(asked) == 1:
            clock.advance(seconds=outbox.LEASE.total_seconds() + 1)
            assert len(outbox.claim(desk, 9)) == 2
            leases.renew()

    stub._stumble = stalled  # type: ignore[method-assign]
    drain.drain(desk, leases)
    assert [job.state for job in jobs(desk)] == ["running", "running"]
    assert count(desk, Decision) == 1


def test_a_worker_that_is_asked_to_stop_hands_back_what_it_has_not_begun(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow
) -> None:
    for number in ("1", "2", "3"):
        stub.solve(number, requester=f"c{number}@example.org")
        deliver(desk, stub_connection, f"solved {number}", number)
    leases = Leases(desk)
    stub._stumble = leases.close  # type: ignore[method-assign]
    assert drain.drain(desk, leases) == 1
    assert [job.state for job in jobs(desk)] == ["done", "due", "due"]
    assert drain.drain(desk, leases) == 0
