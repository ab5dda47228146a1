"""How far one resolution came on its way to an answer: the stages of the response funnel, and why some end early.

Each stage is a part of the one before, because every resolution counts for the furthest stage that it reached, and for
all stages up to that one. The definitions are those that the page shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from deskpulse.surveys import rules


class Stage(IntEnum):
    """The furthest that a resolution came. Stored, so numbers stay what they are."""

    RESOLVED = 0
    ELIGIBLE = 1
    ASKED = 2
    DELIVERED = 3
    OPENED = 4
    SCORED = 5
    CONFIRMED = 6
    COMMENTED = 7

    @property
    def code(self) -> str:
        """As in addresses."""
        return self.name.lower()

    @property
    def label(self) -> str:
        """For people to read."""
        return WORDS[self].label

    @property
    def meaning(self) -> str:
        """What is counted, in a sentence."""
        return WORDS[self].meaning


@dataclass(frozen=True, slots=True)
class Words:
    """A stage in words."""

    label: str
    meaning: str


WORDS: Mapping[Stage, Words] = {
    Stage.RESOLVED: Words(
        "Resolved", "Every time that a ticket was resolved in the period; one that was reopened counts again."
    ),
    Stage.ELIGIBLE: Words(
        "Eligible", "There is a customer who can be reached, may be asked, and has not resolved the ticket themselves."
    ),
    Stage.ASKED: Words("Asked", "The rules let the customer be asked, and an invitation was made."),
    Stage.DELIVERED: Words(
        "Delivered",
        "The mail server took the invitation and has not returned it since; a message of the helpdesk was handed over.",
    ),
    Stage.OPENED: Words("Opened", "A visit that does not look like a mail scanner's loaded the page, or answered."),
    Stage.SCORED: Words("Score chosen", "A score was chosen in the message or on the page, confirmed or not."),
    Stage.CONFIRMED: Words("Confirmed", "A person sent the answer, and it counts."),
    Stage.COMMENTED: Words("With comment", "A confirmed answer that says something in words."),
}
BY_CODE: Mapping[str, Stage] = {stage.code: stage for stage in Stage}

NOT_ELIGIBLE: Mapping[str, str] = {
    rules.MERGED: "The ticket was merged into another one",
    rules.DELETED: "The ticket was deleted",
    rules.SPAM: "The ticket was spam",
    rules.NO_CUSTOMER: "The helpdesk names no customer",
    rules.NO_ADDRESS: "No usable address is known for the customer",
    rules.OWN_TICKET: "The customer resolved the ticket themselves",
    rules.OPTED_OUT: "The customer does not want to be asked",
    rules.REOPENED: "The ticket was open again before it could be read",
}
"""Reasons of a Decision for which nobody could or may be asked, in plain words."""
HELD_BACK: Mapping[str, str] = {
    rules.ASKED_RECENTLY: "The customer was asked not long ago",
    rules.STILL_OPEN: "An earlier invitation about the ticket is still open",
    rules.TOO_OFTEN: "The ticket was asked about often enough",
    rules.TOO_SOON: "The customer was asked within the last 24 hours",
    rules.ANSWERED: "The customer had answered already, without being asked",
}
"""Reasons not to ask although somebody could have been asked."""


def reason_label(reason: str) -> str:
    """A Decision's reason in plain words; a plug-in's rule may have one of its own, which is shown as it is."""
    return NOT_ELIGIBLE.get(reason) or HELD_BACK.get(reason) or reason[:1].upper() + reason[1:]
