"""Taking a webhook call: verify, store raw with the job that will read it, and only then answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection as DbConnection
from sqlalchemy import delete, func, insert, select
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
REFUSALS_KEPT, REFUSED_BODY = 100, 4096
KEPT_HEADERS = 64
HIDDEN_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Taken(StrEnum):
    """What became of a webhook call."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    UNKNOWN = "unknown"


_FIND = select(ConnectionRow.__table__, Organisation.code.label("organisation_code")).join(
    Organisation, Organisation.id == ConnectionRow.organisation_id
)


def take(desk: Desk, key: str, headers: Mapping[str, str], body: bytes) -> Taken:
    """Verify one call and store it; a repeated one (same vendor id) is acknowledged and not stored again.

    Raises ``sqlalchemy.exc.OperationalError`` where it cannot be stored: the helpdesk must then be told to come again.
    """
    with desk.db.read_core() as db:
        row = db.execute(_FIND.where(ConnectionRow.key == key)).one_or_none()
    if row is None:
        _count_refusal(desk, 0, UNKNOWN_KEY)
        return Taken.UNKNOWN
    delivery = Delivery({name.lower(): value for name, value in headers.items()}, body, desk.now())
    if len(body) > MAX_BODY:
        return _refuse(desk, row, delivery, TOO_LARGE)
    connection = connections.record(desk, row, row.organisation_code)
    try:
        verified: Verified | None = desk.hub.ask(connection, "deskpulse_verify_delivery", delivery=delivery)
    except DeliveryRejected as rejected:
        return _refuse(desk, row, delivery, rejected.reason)
    if verified is None:
        return _refuse(desk, row, delivery, UNVERIFIED)
    return _store(desk, row, delivery, verified)


def _store(desk: Desk, row: Any, delivery: Delivery, verified: Verified) -> Taken:
    stored = desk.db.insert(DeliveryRow).values(
        organisation_id=row.organisation_id,
        connection_id=row.id,
        vendor_id=verified.delivery_id,
        received_at=delivery.received_at,
        headers=_kept(delivery.headers),
        body=delivery.body,
        state="new",
    )
    with desk.db.write_core() as db:
        delivery_id = db.scalar(stored.on_conflict_do_nothing().returning(DeliveryRow.id))
        if delivery_id is None:
            return Taken.DUPLICATE
        now = delivery.received_at
        payload = {"delivery_id": delivery_id}
        db.execute(insert(Job).values(outbox.new_row(READ, payload, row.organisation_id, row.id, None, None, now, now)))
    desk.wake()
    return Taken.STORED


def _refuse(desk: Desk, row: Any, delivery: Delivery, reason: str) -> Taken:
    with desk.db.write_core() as db:
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
        with desk.db.write_core() as db:
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
