"""Mail handed to the mailbox can be waited for."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from deskpulse.outbound.smtp import Mailer
from fixtures.mailbox import Letters


def send(letters: Letters, to: str, subject: str) -> bool:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@example.com", to, subject
    message.set_content("How did we do?")
    mailer = Mailer(letters.url)
    try:
        return mailer.send(message, sender="bounce@example.com", recipient=to).taken
    finally:
        mailer.close()


def test_letters_are_found_by_recipient(mailbox: Letters) -> None:
    for number, to in enumerate(["ada@example.com", "bob@example.com", "ada@example.com"]):
        assert send(mailbox, to, f"Ticket {number}")
    assert [letter["subject"] for letter in mailbox.wait_for(to="ada@example.com", count=2)] == ["Ticket 0", "Ticket 2"]
    assert mailbox.wait_for(to="bob@example.com")[0]["text"].strip() == "How did we do?"


def test_waiting_in_vain_says_what_did_arrive(mailbox: Letters) -> None:
    send(mailbox, "ada@example.com", "Ticket 1")
    with pytest.raises(AssertionError, match=r"eve@example\.com.*ada@example\.com: Ticket 1"):
        mailbox.wait_for(to="eve@example.com", timeout=0.1)
