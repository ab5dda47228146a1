"""The one door to the database: transactions to write, transactions to read, and what happens after a commit."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Delete, Engine, Update, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from deskpulse.db import liveness, locks, words
from deskpulse.db.memory import Memory

T = TypeVar("T")
BUSY_TIMEOUT = 30.0
"""Seconds that a writer waits for SQLite's single write lock."""
SOON = 0.1
"""Seconds of waiting that nobody counts."""
CONNECT_TIMEOUT, POOL_TIMEOUT = 5, 8
"""Seconds to reach PostgreSQL, and to wait for a free connection: a helpdesk waits ten for an answer."""
WRITES, PATIENCE = "deskpulse_writes", "deskpulse_patience"
AFTER_COMMIT = "deskpulse_after_commit"
MEMORY = "deskpulse_memory"
"""Where a session that only reads has the process's :class:`~deskpulse.db.memory.Memory`."""
_TAKE, _GIVE_BACK = text("SELECT pg_advisory_lock(:number)"), text("SELECT pg_advisory_unlock(:number)")


class Database:
    """One database. ``write()`` and ``read()`` give transactions; nothing else in DeskPulse opens one."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        options: dict[str, Any] = {}
        if parsed.get_backend_name() == "sqlite":
            options["connect_args"] = {"timeout": BUSY_TIMEOUT, "check_same_thread": False}
        elif "connect_timeout" not in parsed.query:
            options["connect_args"] = {"connect_timeout": CONNECT_TIMEOUT}
        self.engine: Engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=20,
            pool_timeout=POOL_TIMEOUT,
            hide_parameters=True,
            json_serializer=_as_json,
            **options,
        )
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if self.is_sqlite:
            event.listen(self.engine, "connect", _set_up_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            liveness.watch(self.engine)
        self._writer = self.engine.execution_options(**{WRITES: BUSY_TIMEOUT})
        # Each statement of PostgreSQL's READ COMMITTED sees the newest state, inside a transaction or outside. So
        # reading needs none, which saves two of three round trips.
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._turn = threading.Lock()
        self._memory = Memory()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may change things: commits at the end, rolls back on an error.

        On SQLite it takes the write lock at once, so that it never fails halfway for another writer's sake; threads of
        one process queue for it here, because SQLite itself makes waiters sleep and look again.
        """
        with Session(self._writer, expire_on_commit=False) as session:
            with self._in_turn(BUSY_TIMEOUT), session.begin():
                yield session
            _run_after_commit(session)

    @contextmanager
    def write_alone(self, name: str) -> Iterator[Session]:
        """A transaction that may change things, whose statements all see the same state, one at a time for a name.

        On PostgreSQL the lock of that name is taken before the transaction begins: one that waited for it inside would
        see the state from before it waited.
        """
        if self.is_sqlite:
            with self.write() as session:
                yield session
            return
        with self.engine.connect() as connection:
            values = {"number": locks.number_of(name)}
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(_TAKE, values)
            connection.commit()
            try:
                connection.execution_options(isolation_level="REPEATABLE READ")
                with Session(connection, expire_on_commit=False) as session, session.begin():
                    yield session
            finally:
                connection.rollback()
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(_GIVE_BACK, values)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads; it never waits for a writer."""
        with Session(self._reader, expire_on_commit=False, info={MEMORY: self._memory}) as session:
            yield session

    @contextmanager
    def write_core(self, patience: float = BUSY_TIMEOUT) -> Iterator[Connection]:
        """Like :meth:`write`, for the few paths so hot that the ORM's bookkeeping shows.

        On SQLite it fails with ``OperationalError`` where other writers leave no room within ``patience`` seconds.
        """
        with self._in_turn(patience) as left:
            ordinary = left == BUSY_TIMEOUT or not self.is_sqlite
            writer = self._writer if ordinary else self.engine.execution_options(**{WRITES: left})
            with writer.begin() as connection:
                yield connection

    @contextmanager
    def read_core(self) -> Iterator[Connection]:
        """Like :meth:`read`, for hot paths."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write_at_once(self) -> Iterator[Connection]:
        """For reading, and for changes that one statement makes: on PostgreSQL each is its own transaction.

        On SQLite it only reads.
        """
        with self._reader.connect() as connection:
            yield connection

    def insert(self, table: Any) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    @contextmanager
    def _in_turn(self, patience: float) -> Iterator[float]:
        """Queue for SQLite's write lock among the threads of this process; gives the patience that is left."""
        if not self.is_sqlite:
            yield patience
            return
        begun = time.monotonic()
        if not self._turn.acquire(timeout=patience):
            busy = sqlite3.OperationalError("database is locked")
            raise OperationalError("BEGIN IMMEDIATE", None, busy)
        try:
            waited = time.monotonic() - begun
            yield patience if waited < SOON else max(patience - waited, 0.0)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def after_commit(session: Session, act: Callable[[], object]) -> None:
    """Do something once the transaction is safely committed; if it is rolled back, it never happens."""
    session.info.setdefault(AFTER_COMMIT, []).append(act)


def change(session: Session, statement: Update | Delete) -> int:
    """Run an UPDATE or DELETE; how many rows it touched."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def upsert(session: Session, table: Any) -> postgresql.Insert | sqlite.Insert:
    """An INSERT for the session's database that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    name = session.get_bind().dialect.name
    return sqlite.insert(table) if name == "sqlite" else postgresql.insert(table)


def detached(model: type[T], row: Sequence[Any]) -> T:
    """An object that no session holds, of a row that begins with the columns of its table.

    Quicker by half than loading it, where one is needed with every page and only read.
    """
    return model(**dict(zip(inspect(model).columns.keys(), row, strict=False)))


def _as_json(value: Any) -> str:
    """JSON with its letters as they are: SQLite finds no name in it that was written in another way."""
    return json.dumps(value, ensure_ascii=False)


def _run_after_commit(session: Session) -> None:
    for act in session.info.pop(AFTER_COMMIT, []):
        act()


def _set_up_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _use_wal(cursor)
    cursor.close()
    dbapi_connection.create_function(words.FUNCTION, 1, words.words_of, deterministic=True)  # for triggers


def _use_wal(cursor: Any) -> None:
    """Switch a new file to write-ahead logging, once for all; for this SQLite does not wait for others by itself."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(SOON)


def _begin_sqlite(connection: Connection) -> None:
    patience = connection.get_execution_options().get(WRITES)
    if patience is None:
        connection.exec_driver_sql("BEGIN")
        return
    if connection.info.get(PATIENCE, BUSY_TIMEOUT) != patience:
        connection.connection.cursor().execute(f"PRAGMA busy_timeout = {int(patience * 1000)}").close()
        connection.info[PATIENCE] = patience
    connection.exec_driver_sql("BEGIN IMMEDIATE")
