"""The synchronisation of a connection's support groups and agents: followed by immutable id, never deleted.

Names, membership and whether someone is active follow the helpdesk. Departments, codes, leads and alerts belong to the
administrator. The helpdesk is never asked inside a transaction: each batch is committed on its own, so a run that is
killed leaves whole batches behind, and the next run goes over them again without writing anything.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.intake import Taken, in_chunks, take
from deskpulse.directory.models import AgentRow, Membership, SupportGroup, SyncRun
from deskpulse.directory.seen import Seen
from deskpulse.directory.tree import place
from deskpulse.errors import Conflict, Refused
from deskpulse.records import Group, SyncFacts

BATCH_GROUPS, BATCH_MEMBERS = 100, 1000
"""A batch is written when it holds so many groups, or so many members."""
LEASE = timedelta(minutes=1)
"""Without a sign of life for so long, a run counts as killed and the next may start."""
RENEW_EVERY = LEASE.total_seconds() / 4
"""Seconds between signs of life: two may fail before a run counts as killed."""

TAKEN_OVER = "another synchronisation took over"
Progress = Callable[[SyncRun], None]
log = structlog.get_logger(__name__)


def synchronise(desk: Desk, connection_id: int, *, progress: Progress | None = None) -> SyncRun:
    """Bring groups and agents in step with the helpdesk; ``progress`` is called after every batch.

    Raises what the plug-in raises, and Conflict while another run of this connection is alive.
    """
    connection = connections.load(desk, connection_id)
    run = _Run(desk, connection_id, progress or (lambda _: None))
    try:
        with run.kept_alive():
            listed = desk.hub.ask(connection, "deskpulse_sync_groups", since=None)
            if listed is not None:
                run.go_through(listed)
        finished = run.end("done")
    except BaseException as error:
        run.end("failed", str(error) or type(error).__name__)
        raise
    desk.hub.tell(
        "deskpulse_groups_synced",
        sync=SyncFacts(
            connection.organisation_code, connection.key, finished.groups, finished.agents, finished.changed
        ),
    )
    return finished


class _Run:
    """One run: its row in the database, and what it has met so far."""

    def __init__(self, desk: Desk, connection_id: int, progress: Progress) -> None:
        self._desk = desk
        self._connection_id = connection_id
        self._progress = progress
        self._groups, self._agents = Seen(), Seen()
        self._changed = 0
        self._parents: dict[int, str] = {}
        with desk.db.write() as session:
            row = _start(desk, session, connection_id)
            self._id, self._organisation_id = row.id, row.organisation_id
            self._highest = {
                table: session.scalar(select(func.max(table.id)).where(table.connection_id == connection_id)) or 0
                for table in (SupportGroup, AgentRow)
            }
            """Rows added later, by tickets that come in meanwhile, are not to be taken for deleted ones."""

    def go_through(self, listed: Iterable[Group]) -> None:
        """Take in all batches; only then, knowing everything, place groups in the tree and retire what was not met."""
        for batch in _batches(listed):
            with self._desk.db.write() as session:
                self._note(take(session, self._organisation_id, self._connection_id, batch))
                row = self._save(session)
            self._progress(row)
        if not self._groups.count and self._highest[SupportGroup]:
            raise Refused("the helpdesk listed no group at all, though some are known: may its user see them?")
        if self._parents:
            with self._desk.db.write() as session:
                self._changed += place(session, self._organisation_id, self._connection_id, self._parents)
                self._save(session)
        self._retire(SupportGroup, self._groups)
        self._retire(AgentRow, self._agents)

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """While this lasts, a thread gives signs of life: a plug-in may read many pages, and wait, before a batch."""
        ended = threading.Event()
        thread = threading.Thread(target=self._give_signs, args=(ended,), name="deskpulse-sync", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def end(self, state: str, problem: str | None = None) -> SyncRun:
        """Close the row. One that another run took over is left as that run put it."""
        with self._desk.db.write() as session:
            now = self._desk.now()
            session.execute(
                update(SyncRun)
                .where(SyncRun.id == self._id, SyncRun.state == "running")
                .values(state=state, problem=problem, finished_at=now, progressed_at=now)
            )
            row = session.get_one(SyncRun, self._id)
        if state == "done" != row.state:
            raise Conflict(TAKEN_OVER)
        return row

    def _give_signs(self, ended: threading.Event) -> None:
        while not ended.wait(RENEW_EVERY):
            alive = update(SyncRun).where(SyncRun.id == self._id, SyncRun.state == "running")
            try:
                with self._desk.db.write() as session:
                    session.execute(alive.values(progressed_at=self._desk.now()))
            except SQLAlchemyError as error:
                log.warning("no sign of life", synchronisation=self._id, problem=type(error).__name__)

    def _note(self, taken: Taken) -> None:
        for row_id in taken.group_ids:
            self._groups.add(row_id)
        for row_id in taken.agent_ids:
            self._agents.add(row_id)
        self._parents |= taken.parents
        self._changed += taken.changed

    def _save(self, session: Session) -> SyncRun:
        """Write the progress, or stop where another run took this one for dead."""
        row: SyncRun | None = session.scalar(
            update(SyncRun)
            .where(SyncRun.id == self._id, SyncRun.state == "running")
            .values(
                progressed_at=self._desk.now(),
                groups=self._groups.count,
                agents=self._agents.count,
                changed=self._changed,
            )
            .returning(SyncRun)
        )
        if row is None:
            raise Conflict(TAKEN_OVER)
        return row

    def _retire(self, table: type[SupportGroup | AgentRow], seen: Seen) -> None:
        """Mark inactive what a complete list no longer holds."""
        known = select(table.id).where(
            table.organisation_id == self._organisation_id,
            table.connection_id == self._connection_id,
            table.active,
            table.id <= self._highest[table],
        )
        with self._desk.db.read() as session:
            missing = [row_id for row_id in session.scalars(known) if row_id not in seen]
        for chunk in in_chunks(missing):
            with self._desk.db.write() as session:
                session.execute(update(table).where(table.id.in_(chunk)).values(active=False))
                if table is SupportGroup:
                    session.execute(delete(Membership).where(Membership.group_id.in_(chunk)))
                self._changed += len(chunk)
                self._save(session)


def _start(desk: Desk, session: Session, connection_id: int) -> SyncRun:
    """A new run's row, unless one is alive. The connection's row is locked, so that only one can start."""
    organisation_id = session.scalars(
        select(ConnectionRow.organisation_id).where(ConnectionRow.id == connection_id).with_for_update(key_share=True)
    ).one()
    now = desk.now()
    running = session.scalars(
        select(SyncRun).where(
            SyncRun.organisation_id == organisation_id,
            SyncRun.connection_id == connection_id,
            SyncRun.state == "running",
        )
    ).all()
    for other in running:
        left = math.ceil((other.progressed_at + LEASE - now).total_seconds())
        if left > 0:
            raise Conflict(
                f"a synchronisation that began at {other.started_at:%Y-%m-%d %H:%M} UTC is under way; "
                f"if it was interrupted, the next may start in {left} s"
            )
        other.state, other.finished_at, other.problem = "failed", now, "it was interrupted"
    row = SyncRun(
        organisation_id=organisation_id, connection_id=connection_id, started_at=now, progressed_at=now, state="running"
    )
    session.add(row)
    session.flush()
    return row


def _batches(listed: Iterable[Group]) -> Iterator[list[Group]]:
    batch: list[Group] = []
    members = 0
    for group in listed:
        batch.append(group)
        members += len(group.members)
        if len(batch) >= BATCH_GROUPS or members >= BATCH_MEMBERS:
            yield batch
            batch, members = [], 0
    if batch:
        yield batch
