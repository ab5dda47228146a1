"""Whom to ask: pure rules over what is known, each with a stable reason and a sentence for people."""

from __future__ import annotations

from datetime import datetime, timedelta

from deskpulse.organisation.preferences import Preferences
from deskpulse.records import History, Outcome, PastInvite, Verdict

FLOOR = timedelta(hours=24)
"""No person gets two invites within this time, whatever a rule or a plug-in says."""

ASKED = "asked"
BY_HELPDESK = "asked by the helpdesk"
MERGED = "merged"
DELETED = "deleted"
SPAM = "spam"
NO_CUSTOMER = "no customer"
NO_ADDRESS = "no address"
OWN_TICKET = "resolver is the requester"
OPTED_OUT = "opted out"
ASKED_RECENTLY = "asked recently"
STILL_OPEN = "invite still open"
TOO_OFTEN = "asked often enough"
TOO_SOON = "24-hour floor"
REOPENED = "reopened before it was read"
ANSWERED = "answered already"
UNREACHABLE = "No usable e-mail address is known for this customer."

OUTCOMES = {
    Outcome.MERGED: (MERGED, "The ticket was merged into another one."),
    Outcome.DELETED: (DELETED, "The ticket was deleted."),
    Outcome.SPAM: (SPAM, "The ticket was marked as spam."),
}


def decide(history: History) -> Verdict:
    """The organisation's rules, from the plainest reason not to ask to the finest."""
    preferences = Preferences.of(history.preferences)
    return (
        _about_the_ticket(history)
        or _about_the_same_ticket(history, preferences)
        or _about_other_tickets(history, preferences)
        or Verdict(True, ASKED, "The customer was asked.")
    )


def floor(history: History) -> Verdict | None:
    """The refusal that no plug-in can lift: any invite to this person less than 24 hours ago, or still to go out."""
    last = next((invite for invite in history.invites if invite.same_person), None)
    if last is None or history.now - last.at >= FLOOR:
        return None
    if last.state == "waiting":
        return Verdict(False, TOO_SOON, "This person is about to be asked, less than 24 hours away.")
    return Verdict(False, TOO_SOON, f"This person was asked {_ago(last.at, history.now)}, less than 24 hours ago.")


def _about_the_ticket(history: History) -> Verdict | None:
    ticket = history.ticket
    if ticket.outcome in OUTCOMES:
        return Verdict(False, *OUTCOMES[ticket.outcome])
    if ticket.customer is None or history.person is None:
        return Verdict(False, NO_CUSTOMER, "The helpdesk names no customer for this ticket.")
    if history.resolver_is_customer:
        return Verdict(False, OWN_TICKET, "The customer resolved this ticket themselves.")
    if history.suppressed:
        return Verdict(False, OPTED_OUT, "This person does not want to be asked.")
    if history.channel is None:
        return Verdict(False, NO_ADDRESS, UNREACHABLE)
    return None


def _about_the_same_ticket(history: History, preferences: Preferences) -> Verdict | None:
    earlier = [invite for invite in history.invites if invite.same_ticket]
    if not earlier:
        return None
    if len(earlier) >= preferences.max_invites_per_ticket:
        return Verdict(False, TOO_OFTEN, f"This ticket was asked about {len(earlier)} times already.")
    if any(invite.state in ("waiting", "sent") for invite in earlier):
        return Verdict(False, STILL_OPEN, "An earlier invite about this ticket is still open.")
    wait = timedelta(hours=preferences.same_ticket_hours)
    return _recently(earlier[0], history.now, wait, "about this ticket")


def _about_other_tickets(history: History, preferences: Preferences) -> Verdict | None:
    others = [invite for invite in history.invites if not invite.same_ticket]
    if not others:
        return None
    return _recently(others[0], history.now, timedelta(days=preferences.quiet_days), "about another ticket")


def _recently(last: PastInvite, now: datetime, wait: timedelta, what: str) -> Verdict | None:
    if now - last.at >= wait:
        return None
    who = "This person" if last.same_person else "Someone"
    when = "is about to be asked" if last.state == "waiting" else f"was asked {_ago(last.at, now)}"
    return Verdict(False, ASKED_RECENTLY, f"{who} {when} {what}.")


def _ago(at: datetime, now: datetime) -> str:
    hours = int((now - at).total_seconds() // 3600)
    for size, unit in ((24, "day"), (1, "hour")):
        if hours >= size:
            count = hours // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "within the last hour"
