"""Who is who: addresses made comparable, and customers and agents kept as rows when a ticket names them."""

from __future__ import annotations

import unicodedata
from typing import Any, TypeVar

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse import records
from deskpulse.db.database import upsert
from deskpulse.directory.models import AgentRow, CustomerRow

LONGEST_ADDRESS = 320
"""Characters; anything longer is refused before it costs time."""
OPEN_DOMAIN = ".example"
"""Added for the check alone: the library refuses reserved domains such as .local, whatever it is told."""

Row = TypeVar("Row", AgentRow, CustomerRow)


def normalise(email: str | None) -> str | None:
    """The address in the one form that is compared and stored, or None where no mail could ever reach it.

    Trimmed, lower case, Unicode in NFC, the domain in its ASCII form. Names without a dot and reserved domains pass:
    many organisations use them inside.
    """
    if not email or len(email) > LONGEST_ADDRESS:
        return None
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", email.strip()).lower())
    try:
        found = validate_email(text + OPEN_DOMAIN, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{str(found.ascii_domain).removesuffix(OPEN_DOMAIN)}"


def person_of(email: str | None, connection_id: int, customer_vendor_id: str) -> str:
    """What makes two records one person within an organisation: the address, or else the helpdesk's own id."""
    return normalise(email) or f"c{connection_id}:{customer_vendor_id}"


def plain(text: str) -> str:
    """A name as one line, without the NUL character that PostgreSQL refuses."""
    return " ".join(text.replace("\0", "").split())


def ensure_customer(
    session: Session, organisation_id: int, connection_id: int, record: records.Customer
) -> CustomerRow:
    """The customer's row, made or brought up to date; a known, unchanged one costs a single SELECT.

    An address that the helpdesk no longer has, or that is unusable, is forgotten here too.
    """
    known = _known(session, CustomerRow, organisation_id, connection_id, record.id)
    fresh: dict[str, Any] = {
        "name": plain(record.name) or (known.name if known else ""),
        "email": normalise(record.email),
        "locale": record.locale,
        "person": person_of(record.email, connection_id, record.id),
    }
    return _kept(session, CustomerRow, known, organisation_id, connection_id, record.id, fresh)


def ensure_agent(session: Session, organisation_id: int, connection_id: int, record: records.Agent) -> AgentRow:
    """The agent's row, made or brought up to date; a known, unchanged one costs a single SELECT.

    Tickets often name an agent without address, so a known address stays. Whether a known agent is active is for the
    synchronisation to say.
    """
    known = _known(session, AgentRow, organisation_id, connection_id, record.id)
    fresh: dict[str, Any] = {
        "name": plain(record.name) or (known.name if known else ""),
        "email": normalise(record.email) or (known.email if known else None),
        "active": known.active if known else record.active,
    }
    return _kept(session, AgentRow, known, organisation_id, connection_id, record.id, fresh)


def _known(session: Session, table: type[Row], organisation_id: int, connection_id: int, vendor_id: str) -> Row | None:
    return session.scalar(
        select(table).where(
            table.organisation_id == organisation_id,
            table.connection_id == connection_id,
            table.vendor_id == vendor_id,
        )
    )


def _kept(
    session: Session,
    table: type[Row],
    known: Row | None,
    organisation_id: int,
    connection_id: int,
    vendor_id: str,
    fresh: dict[str, Any],
) -> Row:
    if known is not None and all(getattr(known, name) == value for name, value in fresh.items()):
        return known
    insert = upsert(session, table).values(
        organisation_id=organisation_id, connection_id=connection_id, vendor_id=vendor_id, **fresh
    )
    statement = insert.on_conflict_do_update(index_elements=["connection_id", "vendor_id"], set_=fresh).returning(table)
    return session.scalars(statement, execution_options={"populate_existing": True}).one()
