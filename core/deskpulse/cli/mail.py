"""``deskpulse mail``: a pipe for bounces, and a try of the outgoing mail."""

from __future__ import annotations

import os
import sys
from email.utils import parseaddr
from typing import BinaryIO

import click
from sqlalchemy.exc import SQLAlchemyError

from deskpulse.cli.context import pass_desk
from deskpulse.desk import Desk
from deskpulse.errors import Unreachable
from deskpulse.outbound import bounces, plain_mail

LARGEST = 1 << 20
"""Bytes of a bounce that are looked at; what it says stands at its beginning."""
TRY_AGAIN = getattr(os, "EX_TEMPFAIL", 75)


@click.group()
def mail() -> None:
    """Take in bounces, and try the outgoing mail."""


@mail.command()
@click.option("--recipient", metavar="ADDRESS", help="The envelope's recipient; else the header fields are tried.")
@pass_desk
def bounce(desk: Desk, recipient: str | None) -> None:
    """Read one bounced message from standard input, as a mail server's pipe gives it.

    Exits with 0 for anything that could be read, understood or not: a mail server answers every other code with one
    more bounce. Only where the database cannot be reached does it exit with 75 (EX_TEMPFAIL), so that the mail server
    keeps the message and tries again.
    """
    raw = _read(sys.stdin.buffer)
    if not raw.strip():
        click.echo("Nothing came in on standard input: a mail server should pipe the bounced message here.", err=True)
        return
    try:
        filed = bounces.file(desk, raw, recipient)
    except SQLAlchemyError as error:
        click.echo(f"The database cannot be used now, keep the message: {type(error).__name__}", err=True)
        sys.exit(TRY_AGAIN)
    if filed.invite_id is None:
        why = "" if desk.settings.bounce_domain else " (DESKPULSE_BOUNCE_DOMAIN is not set)"
        click.echo(f"Ignored: not addressed to the sender of one of our invitations{why}.", err=True)
    elif filed.recorded:
        click.echo(f"Invite {filed.invite_id} bounced: {filed.reading.detail}")
    else:
        click.echo(f"Invite {filed.invite_id} left as it is: {filed.reading.meaning}. {filed.reading.detail}".rstrip())


@mail.command()
@click.argument("address")
@pass_desk
def test(desk: Desk, address: str) -> None:
    """Send a test message to ADDRESS and show what the mail server answers."""
    text = f"This message was sent by `deskpulse mail test` of {desk.settings.base_url}.\n"
    try:
        handover = plain_mail.send(desk, address, "DeskPulse can send mail", text)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except Unreachable as error:
        raise click.ClickException(f"{error.detail}. Check DESKPULSE_SMTP_URL, or try again later.") from None
    if not handover.taken:
        raise click.ClickException(f"The mail server refused: {handover.answer}")
    sender = parseaddr(desk.settings.mail_from)[1]
    click.echo(f"The mail server took the message from {sender} to {address}: {handover.answer}")


def _read(stream: BinaryIO) -> bytes:
    """Read to the end, so that the mail server's pipe never breaks, but keep only the beginning."""
    raw = stream.read(LARGEST)
    while stream.read(LARGEST):
        pass
    return raw
