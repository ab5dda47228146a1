"""Telling an organisation's administrators, by mail, that a connection needs them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from deskpulse.access import users
from deskpulse.access.models import User
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import Refused
from deskpulse.organisation.models import Organisation
from deskpulse.outbound import outbox, plain_mail
from deskpulse.outbound.models import Job

TELL_ADMINISTRATORS = "tell_administrators"
PAUSED = """\
{helpdesk} no longer accepts DeskPulse's access for {organisation}:

    {reason}

Until the access is renewed, nobody is asked about tickets that are solved now, and answers do not reach the tickets.
Nothing is lost: what arrives is kept, and the work goes on by itself afterwards.

What to do: find the connection's key with `deskpulse connection list`; renew the access with
`deskpulse connection authorise KEY`, or enter it anew with `deskpulse connection set KEY NAME=VALUE`; then run
`deskpulse connection check KEY`.

How things stand: {status_url}
"""


def queue(desk: Desk, session: Session, row: ConnectionRow) -> None:
    """Have every administrator told, each by a job of their own, in the transaction that pauses the connection."""
    for user in users.of_organisation(session, row.organisation_id):
        payload = {"connection_id": row.id, "user_id": user.id}
        outbox.queue(desk, session, TELL_ADMINISTRATORS, payload, organisation_id=row.organisation_id)


def tell(desk: Desk, job: Job) -> None:
    """Job: tell one administrator of a pause, unless it is over. Raises Refused where the mail server takes no mail."""
    with desk.db.read() as session:
        row = session.get_one(ConnectionRow, int(job.payload["connection_id"]))
        user = session.get(User, int(job.payload["user_id"]))
        organisation = session.get_one(Organisation, row.organisation_id)
    if user is None or row.paused_reason is None:
        return
    text = PAUSED.format(
        helpdesk=row.name,
        organisation=organisation.name,
        reason=" ".join(row.paused_reason.split()),
        status_url=f"{desk.settings.base_url}/status",
    )
    subject = f"{row.name} needs you: DeskPulse's access has ended"
    handover = plain_mail.send(desk, user.email, subject, text, name=f"notice-{job.id}")
    if not handover.taken:
        raise Refused(f"the mail server refused the notice to {user.email}: {handover.answer}")
