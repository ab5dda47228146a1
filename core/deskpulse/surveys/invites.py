"""The life of an invite.

waiting -> sent -> answered, or: cancelled (before it was sent), withdrawn (the ticket was reopened), expired, refused
(the mail server said no), bounced (said no later).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from deskpulse.connections import connections
from deskpulse.db.database import change
from deskpulse.db.types import Moment
from deskpulse.desk import Desk
from deskpulse.directory.models import CustomerRow, Suppression
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.records import Invitation, PastInvite, Receipt, ReceiptState, TicketRef
from deskpulse.surveys.models import Invite, Resolution, TicketRow
from deskpulse.surveys.tokens import digest, new_token

WAITING, SENT, ANSWERED = "waiting", "sent", "answered"
CANCELLED, WITHDRAWN, EXPIRED, REFUSED, BOUNCED = "cancelled", "withdrawn", "expired", "refused", "bounced"
SEND = "send_invite"
RECORD_AGAIN = (0.1, 1.0, 4.0)
"""Seconds between attempts to record a mail that is out, where the database has just gone away."""


def issue(
    desk: Desk,
    session: Session,
    organisation: Organisation,
    resolution: Resolution,
    *,
    person: str,
    name: str,
    email: str | None,
    connection_id: int,
    channel: str,
    by_us: bool,
) -> Invite:
    """A new invite and, where it is sent ``by_us``, the job that does."""
    preferences = Preferences.of(organisation.preferences)
    now, token = desk.now(), new_token()
    due_at = now + timedelta(minutes=preferences.delay_minutes if by_us else 0)
    invite = Invite(
        organisation_id=organisation.id,
        connection_id=connection_id,
        resolution_id=resolution.id,
        ticket_id=resolution.ticket_id,
        person=person,
        email=email,
        name=name,
        token_digest=digest(token),
        token_sealed=desk.vault.seal(token),
        channel=channel,
        state=WAITING if by_us else SENT,
        message_id=f"<{digest(token)[:32]}@{_mail_domain(desk)}>",
        created_at=now,
        due_at=due_at,
        sent_at=None if by_us else now,
        expires_at=due_at + timedelta(days=preferences.validity_days),
    )
    session.add(invite)
    session.flush()
    if by_us:
        outbox.queue(
            desk,
            session,
            SEND,
            {"invite_id": invite.id},
            organisation_id=organisation.id,
            connection_id=connection_id,
            key=str(invite.id),
            due_at=due_at,
        )
    return invite


def earlier(session: Session, organisation_id: int, person: str, ticket_id: int, now: datetime) -> Sequence[PastInvite]:
    """Invites to this person, and about this ticket to anyone, newest first; not those cancelled before they were sent.

    One that is still to go out counts from when it will: later than planned, if the mail server was away. One that was
    cancelled while it was being handed over counts: it may be out.
    """
    named = (Invite.ticket_id, Invite.person, Invite.due_at, Invite.handed_over_at, Invite.sent_at, Invite.state)
    may_be_out = or_(Invite.state != CANCELLED, Invite.handed_over_at.is_not(None))
    mine = (
        select(*named, TicketRow.vendor_id, TicketRow.number)
        .join(TicketRow, TicketRow.id == Invite.ticket_id)
        .where(Invite.organisation_id == organisation_id, may_be_out)
        .order_by(Invite.created_at.desc(), Invite.id.desc())
    )
    theirs = session.execute(mine.where(Invite.person == person, Invite.ticket_id != ticket_id).limit(20)).all()
    about_it = session.execute(mine.where(Invite.ticket_id == ticket_id)).all()
    past = [
        PastInvite(
            TicketRef(row.vendor_id, row.number),
            row.ticket_id == ticket_id,
            row.sent_at or (max(row.due_at, now) if row.state == WAITING else row.handed_over_at or row.due_at),
            row.state,
            row.person == person,
        )
        for row in [*theirs, *about_it]
    ]
    return sorted(past, key=lambda invite: invite.at, reverse=True)


def end_reopened(session: Session, ticket_id: int, keys: Collection[str], now: datetime) -> None:
    """The ticket was reopened after these resolutions: cancel unsent invites, withdraw unanswered ones."""
    past = select(Resolution.id).where(Resolution.ticket_id == ticket_id, Resolution.key.in_(keys))
    for state, ended in ((WAITING, CANCELLED), (SENT, WITHDRAWN)):
        session.execute(
            update(Invite)
            .where(Invite.resolution_id.in_(past), Invite.state == state)
            .values(state=ended, ended_at=now, detail="the ticket was reopened")
        )


def send(desk: Desk, job: Job) -> None:
    """Job: hand one invite over. A second run after the hand-over was recorded does nothing.

    At least once: only where the worker dies, or the database stays away, between the mail server's yes and our commit
    is a second copy sent, with the same Message-ID.
    """
    invite_id, begun = int(job.payload["invite_id"]), desk.now()
    prepared = _prepare(desk, invite_id, begun)
    if prepared is None:
        return
    connection_id, invitation = prepared
    connection = connections.load(desk, connection_id)
    try:
        receipt: Receipt | None = desk.hub.ask(connection, "deskpulse_send_invite", invitation=invitation)
    except Exception:
        with desk.db.write() as session:
            _forget(session, invite_id, begun)
        raise
    receipt = receipt or Receipt(ReceiptState.REFUSED, "no channel reaches this customer")
    for wait in RECORD_AGAIN:
        try:
            _record(desk, invite_id, receipt, begun)
            return
        except OperationalError:
            time.sleep(wait)
    _record(desk, invite_id, receipt, begun)


def expire(desk: Desk) -> int:
    """End every invite whose time is over; how many."""
    now = desk.now()
    with desk.db.write() as session:
        ended = (
            update(Invite)
            .where(Invite.state.in_((SENT, WAITING)), Invite.expires_at <= now)
            .values(state=EXPIRED, ended_at=now)
        )
        return change(session, ended)


def _prepare(desk: Desk, invite_id: int, now: datetime) -> tuple[int, Invitation] | None:
    """Begin the hand-over of an invite that still waits for it; what to hand over, through which connection."""
    with desk.db.write() as session:
        waiting = update(Invite).where(Invite.id == invite_id, Invite.state == WAITING)
        # what became of an attempt before is not known
        begun = func.coalesce(Invite.handed_over_at, literal(now, Moment()))
        if not change(session, waiting.values(handed_over_at=begun)):
            return None
        row = session.execute(
            select(Invite, Resolution.subject, TicketRow, Organisation.name, CustomerRow.vendor_id)
            .join(Resolution, Resolution.id == Invite.resolution_id)
            .join(TicketRow, TicketRow.id == Invite.ticket_id)
            .join(Organisation, Organisation.id == Invite.organisation_id)
            .outerjoin(CustomerRow, CustomerRow.id == Resolution.customer_id)
            .where(Invite.id == invite_id)
        ).one()
        invite: Invite = row.Invite
        opted_out = select(Suppression.id).where(
            Suppression.organisation_id == invite.organisation_id, Suppression.person == invite.person
        )
        if session.scalar(opted_out) is not None:
            session.execute(waiting.values(state=CANCELLED, detail="opted out before it was sent", ended_at=now))
            _forget(session, invite_id, now)
            return None
    link = f"{desk.settings.base_url}/s/{desk.vault.open(invite.token_sealed)}"
    return invite.connection_id, Invitation(
        key=f"invite-{invite.id}",
        ticket=TicketRef(row.TicketRow.vendor_id, row.TicketRow.number),
        subject=row.subject,
        recipient_name=invite.name,
        recipient_email=invite.email,
        customer_id=row.vendor_id,
        link=link,
        opt_out_link=f"{link}/opt-out",
        organisation_name=row.name,
        expires_at=invite.expires_at,
        message_id=invite.message_id,
        channel=invite.channel,
    )


def _forget(session: Session, invite_id: int, begun: datetime) -> None:
    """Nothing was handed over by the attempt that began then."""
    attempt = update(Invite).where(Invite.id == invite_id, Invite.handed_over_at == begun)
    session.execute(attempt.values(handed_over_at=None))


def _record(desk: Desk, invite_id: int, receipt: Receipt, begun: datetime) -> None:
    now = desk.now()
    taken = receipt.state in (ReceiptState.DONE, ReceiptState.ALREADY)
    values: dict[str, Any] = {"state": SENT, "sent_at": now} if taken else {"state": REFUSED, "ended_at": now}
    with desk.db.write() as session:
        waiting = update(Invite).where(Invite.id == invite_id, Invite.state == WAITING)
        if change(session, waiting.values(detail=receipt.detail, **values)):
            return
        if taken:  # cancelled while it was being handed over: it is out, so it is withdrawn instead
            gone = update(Invite).where(Invite.id == invite_id, Invite.state == CANCELLED)
            session.execute(gone.values(state=WITHDRAWN, sent_at=now))
        else:
            _forget(session, invite_id, begun)


def _mail_domain(desk: Desk) -> str:
    return desk.settings.mail_from.rstrip(">").rpartition("@")[2] or "localhost"
