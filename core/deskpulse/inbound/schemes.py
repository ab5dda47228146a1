"""How a kind's webhook calls are verified. Kinds declare a scheme; nobody writes one.

Every comparison takes constant time, every scheme accepts several current secrets (rotation) and tries them all, so
``sum`` and not ``any``; and where the vendor signs a time, freshness is checked both ways: neither too old nor from the
future.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from deskpulse.errors import DeliveryRejected
from deskpulse.records import Delivery, Verified

UNSIGNED = "signature missing"
MISMATCH = "signature wrong"
STALE = "outside replay window"
NO_SECRET = "no secret configured"  # noqa: S105 - a reason, not a secret


class Part(StrEnum):
    """What a signature covers, in the order the vendor concatenates it."""

    TIMESTAMP = "timestamp"
    BODY = "body"


class Scheme(Protocol):
    """A way to tell a genuine delivery from a forged one."""

    @property
    def secret_name(self) -> str:
        """The connection's secret that it uses."""
        ...

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> Verified:
        """Accept, or raise :class:`~deskpulse.errors.DeliveryRejected`. Uses no network."""
        ...


@dataclass(frozen=True, slots=True)
class HmacSignature:
    """HMAC over parts of the call, keyed with the secret's text (RFC 2104).

    ``timestamp_header`` and ``tolerance`` are given together; ``id_header`` names the vendor's delivery id. ``prefix``
    is text before the signature, such as ``sha256=``; ``separator`` stands between the signed parts.
    """

    header: str
    encoding: Literal["base64", "hex"] = "base64"
    signed_parts: tuple[Part, ...] = (Part.BODY,)
    timestamp_header: str | None = None
    tolerance: timedelta = timedelta(minutes=5)
    id_header: str | None = None
    digest: str = "sha256"
    prefix: str = ""
    separator: str = ""
    secret_name: str = "signing_secret"  # noqa: S105 - the name of a field

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> Verified:
        """See :class:`Scheme`."""
        if not secrets:
            raise DeliveryRejected(NO_SECRET)
        given = self._given(delivery)
        stamp = delivery.headers.get((self.timestamp_header or "").lower(), "")
        parts = [stamp.encode() if part is Part.TIMESTAMP else delivery.body for part in self.signed_parts]
        message = self.separator.encode().join(parts)
        wanted = [hmac.new(secret.encode(), message, getattr(hashlib, self.digest)).digest() for secret in secrets]
        if not sum(hmac.compare_digest(given, digest) for digest in wanted):
            raise DeliveryRejected(MISMATCH)
        if self.timestamp_header:
            check_freshness(stamp, delivery.received_at, self.tolerance)
        return Verified(delivery.headers.get(self.id_header.lower()) if self.id_header else None)

    def _given(self, delivery: Delivery) -> bytes:
        text = delivery.headers.get(self.header.lower(), "")
        if not text.startswith(self.prefix) or text == self.prefix:
            raise DeliveryRejected(UNSIGNED)
        text = text.removeprefix(self.prefix)
        try:
            return base64.b64decode(text, validate=True) if self.encoding == "base64" else bytes.fromhex(text)
        except (binascii.Error, ValueError):
            raise DeliveryRejected(MISMATCH) from None


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """The secret itself in a header: nothing is signed, so whoever sees one call can forge another.

    Re-reading the ticket is the defence; the kind declares that it is neither signed nor fresh.
    """

    header: str
    prefix: str = ""
    id_header: str | None = None
    secret_name: str = "shared_secret"  # noqa: S105 - the name of a field

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> Verified:
        """See :class:`Scheme`."""
        if not secrets:
            raise DeliveryRejected(NO_SECRET)
        given = delivery.headers.get(self.header.lower(), "").encode()
        if not given:
            raise DeliveryRejected(UNSIGNED)
        if not sum(hmac.compare_digest(given, f"{self.prefix}{secret}".encode()) for secret in secrets):
            raise DeliveryRejected(MISMATCH)
        return Verified(delivery.headers.get(self.id_header.lower()) if self.id_header else None)


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """HTTP Basic: the secret is ``user:password`` (RFC 7617). As weak as :class:`SharedSecret`."""

    id_header: str | None = None
    secret_name: str = "basic_auth"  # noqa: S105 - the name of a field

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> Verified:
        """See :class:`Scheme`."""
        encoded = [base64.b64encode(secret.encode()).decode() for secret in secrets]
        return SharedSecret("authorization", prefix="Basic ", id_header=self.id_header).verify(delivery, encoded)


def check_freshness(stamp: str, now: datetime, tolerance: timedelta) -> None:
    """Refuse a time that is unreadable or further than ``tolerance`` from ``now``, either way.

    ``stamp`` is ISO 8601 or whole seconds since 1970; without a zone it is taken as UTC.
    """
    try:
        at = datetime.fromtimestamp(int(stamp), UTC) if stamp.isdecimal() else datetime.fromisoformat(stamp)
    except (ValueError, OverflowError, OSError):
        raise DeliveryRejected(STALE) from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    if abs(at - now) > tolerance:
        raise DeliveryRejected(STALE)
