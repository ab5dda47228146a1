"""What passes between the kit and a simulator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Mail:
    """A message that the helpdesk wrote to a person. ``rule`` names what wrote it; ``sent`` says a server took it."""

    to: str
    subject: str
    body: str
    sent_at: datetime
    ticket_id: int | str
    rule: str
    sent: bool = False


class BadInput(Exception):
    """What a program asked of ``/_sim`` makes no sense; answered as JSON with this text and status."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status
