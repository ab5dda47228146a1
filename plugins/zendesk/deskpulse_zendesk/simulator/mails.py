"""What mails of the account carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deskpulse_simulation.records import Mail
from deskpulse_zendesk.simulator.account import Account


def sender(account: Account) -> str:
    """The account's support address."""
    return f"{account.name} <support@{account.subdomain}.zendesk.com>"


def headers(account: Account) -> Callable[[Mail], Mapping[str, str]]:
    """What names a mail and its ticket."""

    def of_mail(mail: Mail) -> Mapping[str, str]:
        return {
            "Message-ID": f"<{account.ids.secret(24)}@{account.subdomain}.zendesk.com>",
            "X-Zendesk-Ticket-Id": str(mail.ticket_id),
        }

    return of_mail
