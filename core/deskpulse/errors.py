"""Everything that can go wrong between DeskPulse and the outside, as classes that state their code and retry rule.

A plug-in raises these and nothing else. The outbox reads only ``retry``: it never looks at a vendor's message.
``ConfigurationError`` stands outside the tree on purpose, so that no "carry on" can swallow it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Retry(StrEnum):
    """What the outbox does with a job that ended in this error."""

    LATER = "later"
    """Try again with growing, jittered delays."""
    PAUSE = "pause"
    """Pause the connection until an administrator has renewed its access; the job waits with it."""
    NEVER = "never"
    """Stop and keep the failure where someone can see and retry it."""


class HelpdeskError(Exception):
    """A helpdesk, or the network before it, did not do what was asked.

    ``detail`` is for administrators: it must never hold a secret. HttpClient redacts what it puts there.
    """

    code: ClassVar[str] = "helpdesk-error"
    retry: ClassVar[Retry] = Retry.NEVER

    def __init__(self, detail: str = "", *, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class Unreachable(HelpdeskError):
    """No answer, a broken answer, or a 5xx: trying later may help."""

    code = "unreachable"
    retry = Retry.LATER


class RateLimited(HelpdeskError):
    """The helpdesk asks for a pause of ``retry_after`` seconds."""

    code = "rate-limited"
    retry = Retry.LATER

    def __init__(self, detail: str = "", *, retry_after: float, status: int | None = 429) -> None:
        super().__init__(detail, status=status)
        self.retry_after = retry_after


class Conflict(HelpdeskError):
    """Someone else changed the record first: read it again, then try again."""

    code = "conflict"
    retry = Retry.LATER


class AuthExpired(HelpdeskError):
    """The credentials are no longer accepted; only an administrator can renew them."""

    code = "auth-expired"
    retry = Retry.PAUSE


class NotFound(HelpdeskError):
    """The record does not exist, or is hidden from our user."""

    code = "not-found"


class Refused(HelpdeskError):
    """The helpdesk understood and said no; asking again changes nothing."""

    code = "refused"


class Unsupported(HelpdeskError):
    """This helpdesk, or this plan of it, cannot do what was asked."""

    code = "unsupported"


class Misread(HelpdeskError):
    """A payload does not look as the plug-in expects. The raw form is kept, and read again after a fix."""

    code = "misread"


class DeliveryRejected(Exception):
    """A webhook call failed verification. ``reason`` is a short stable word that refusals are counted by."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ConfigurationError(Exception):
    """The installation is set up wrongly. The message names the setting and says what to do."""
