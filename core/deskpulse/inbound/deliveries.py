"""Taking a webhook call: verify, store raw with the job that will read it, and only then answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection as DbConnection
from sqlalchemy import bindparam, delete, func, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import DeliveryRejected
from deskpulse.inbound.models import DeliveryRow, Refusal, RefusalCount
from deskpulse.organisation.models import Organisation
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.records import Delivery, Verified

READ = "read_delivery"
UNKNOWN_KEY = "unknown key"
TOO_LARGE = "too large"
UNVERIFIED = "not verified"
MAX_BODY = 1024 * 1024
"""Bytes; no helpdesk sends more than a fraction of this."""
PATIENCE = 4.0
"""Seconds that a call waits for SQLite's write lock: helpdesks want their answer within five."""
REFUSALS_KEPT, REFUSED_BODY = 100, 4096
KEPT_HEADERS = 64
HIDDEN_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Taken(StrEnum):
    """What became of a webhook call."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    UNKNOWN = "unknown"


# Statements of the one path that is always taken are made once, on tables instead of classes.
_CONNECTION, _ORGANISATION = ConnectionRow.__table__, Organisation.__table__
_DELIVERY: Any = DeliveryRow.__table__
_FIND = (
    select(*connections.columns_of(_CONNECTION), _ORGANISATION.c.code.label("organisation_code"))
    .join(_ORGANISATION, _ORGANISATION.c.id == _CONNECTION.c.organisation_id)
    .where(_CONNECTION.c.key == bindparam("wanted"))
)
_JOB: Any = Job.__table__
_QUEUE = insert(_JOB)
_KEEP = sqlite.insert(_DELIVERY).on_conflict_do_nothing().returning(_DELIVERY.c.id)
_KEPT = ("organisation_id", "connection_id", "vendor_id", "received_at", "headers", "body", "state")


def _keeping_both() -> Any:
    """Delivery and job in one statement; the job's columns are those of :func:`outbox.new_row`."""
    table = _DELIVERY.c
    kept = postgresql.insert(_DELIVERY).values({name: bindparam(name) for name in _KEPT}).on_conflict_do_nothing()
    delivery = kept.returning(table.id, table.organisation_id, table.connection_id, table.received_at).cte("kept").c
    job = {
        "kind": literal(READ),
        "payload": func.jsonb_build_object("delivery_id", delivery.id),
        "organisation_id": delivery.organisation_id,
        "connection_id": delivery.connection_id,
        "state": literal("due"),
        "due_at": delivery.received_at,
        "attempts": literal(0),
        "created_at": delivery.received_at,
    }
    return insert(_JOB).from_select(list(job), select(*job.values())).returning(_JOB.c.id)


_KEEP_BOTH = _keeping_both()


def take(desk: Desk, key: str, headers: Mapping[str, str], body: bytes) -> Taken:
    """Verify one call and store it; a repeated one (same vendor id) is acknowledged and not stored again.

    Raises ``sqlalchemy.exc.OperationalError`` where it cannot be stored: the helpdesk must then be told to come again.
    """
    delivery = Delivery({name.lower(): value for name, value in headers.items()}, body, desk.now())
    with desk.db.write_at_once() as db:
        row: Any = db.execute(_FIND, {"wanted": key}).one_or_none()
        verdict = _verify(desk, row, delivery) if row is not None else None
        taken = None
        if isinstance(verdict, Verified) and not desk.db.is_sqlite:
            taken = _keep_in_one(db, _values(row, delivery, verdict))
    if row is None:
        _count_refusal(desk, 0, UNKNOWN_KEY)
        return Taken.UNKNOWN
    if not isinstance(verdict, Verified):
        return _refuse(desk, row, delivery, verdict or UNVERIFIED)
    taken = taken or _keep_in_two(desk, _values(row, delivery, verdict))
    if taken is Taken.STORED:
        desk.wake()
    return taken


def _verify(desk: Desk, row: Any, delivery: Delivery) -> Verified | str | None:
    """What the plug-in, or core's default, makes of a call: genuine, or the reason for refusing it."""
    if len(delivery.body) > MAX_BODY:
        return TOO_LARGE
    connection = connections.record(desk, row, row.organisation_code)
    try:
        verified: Verified | None = desk.hub.ask(connection, "deskpulse_verify_delivery", delivery=delivery)
    except DeliveryRejected as rejected:
        return rejected.reason
    return verified


def _values(row: Any, delivery: Delivery, verified: Verified) -> dict[str, Any]:
    return {
        "organisation_id": row.organisation_id,
        "connection_id": row.id,
        "vendor_id": verified.delivery_id,
        "received_at": delivery.received_at,
        "headers": _kept(delivery.headers),
        "body": delivery.body,
        "state": "new",
    }


def _keep_in_one(db: DbConnection, values: Mapping[str, Any]) -> Taken:
    """One statement keeps both or, for a repeated call, neither."""
    return Taken.DUPLICATE if db.execute(_KEEP_BOTH, values).scalar() is None else Taken.STORED


def _keep_in_two(desk: Desk, values: Mapping[str, Any]) -> Taken:
    """SQLite knows no INSERT within an INSERT; its statements need no round trips."""
    with desk.db.write_core(PATIENCE) as db:
        delivery_id = db.execute(_KEEP, values).scalar()
        if delivery_id is None:
            return Taken.DUPLICATE
        of, now = (values["organisation_id"], values["connection_id"]), values["received_at"]
        db.execute(_QUEUE, outbox.new_row(READ, {"delivery_id": delivery_id}, *of, None, None, now, now))
    return Taken.STORED


def _refuse(desk: Desk, row: Any, delivery: Delivery, reason: str) -> Taken:
    with desk.db.write_core(PATIENCE) as db:
        db.execute(
            insert(Refusal).values(
                organisation_id=row.organisation_id,
                connection_id=row.id,
                reason=reason,
                at=delivery.received_at,
                headers=_kept(delivery.headers),
                body=delivery.body[:REFUSED_BODY],
            )
        )
        mine = (Refusal.connection_id == row.id, Refusal.reason == reason)
        oldest_kept = select(Refusal.id).where(*mine).order_by(Refusal.id.desc()).limit(1).offset(REFUSALS_KEPT - 1)
        db.execute(delete(Refusal).where(*mine, Refusal.id < oldest_kept.scalar_subquery()))
        _count(desk, db, row.id, reason)
    return Taken.REFUSED


def _count_refusal(desk: Desk, connection_id: int, reason: str) -> None:
    try:
        with desk.db.write_core(PATIENCE) as db:
            _count(desk, db, connection_id, reason)
    except OperationalError:
        return  # a stranger's call is not worth a 503


def _count(desk: Desk, db: DbConnection, connection_id: int, reason: str) -> None:
    now = desk.now()
    first = desk.db.insert(RefusalCount).values(connection_id=connection_id, reason=reason, count=1, last_at=now)
    db.execute(
        first.on_conflict_do_update(
            index_elements=["connection_id", "reason"], set_={"count": RefusalCount.count + 1, "last_at": now}
        )
    )


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers worth keeping: bounded, and without credentials."""
    shown = ((name, value) for name, value in headers.items() if name not in HIDDEN_HEADERS)
    return {name[:200]: value[:1000] for name, value in list(shown)[:KEPT_HEADERS]}


def refusals(desk: Desk, organisation_id: int) -> list[tuple[str, str, int]]:
    """Connection name, reason and count of every kind of refusal in an organisation."""
    counted = (
        select(ConnectionRow.name, RefusalCount.reason, func.sum(RefusalCount.count))
        .join(RefusalCount, RefusalCount.connection_id == ConnectionRow.id)
        .where(ConnectionRow.organisation_id == organisation_id)
        .group_by(ConnectionRow.name, RefusalCount.reason)
        .order_by(ConnectionRow.name, RefusalCount.reason)
    )
    with desk.db.read_core() as db:
        return [(name, reason, int(count)) for name, reason, count in db.execute(counted)]
