"""OAuth 2 as far as it is the same everywhere: a registered client, codes with PKCE, and tokens that rotate on refresh.

Which grants there are, how long things last, and how a refusal reads is the vendor's.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskpulse_simulation.clock import Clock
from deskpulse_simulation.ids import SeededIds


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client; ``identifier`` is what the token endpoint calls client_id."""

    identifier: str
    secret: str
    name: str


@dataclass(slots=True)
class Code:
    """An authorisation code waiting to be exchanged. ``user`` is the id of the record, as text."""

    user: str
    redirect_uri: str
    scope: str
    challenge: str | None
    expires_at: datetime


@dataclass(slots=True)
class Token:
    """An access token, with the refresh token that was issued beside it, if any."""

    access: str
    user: str
    scope: str
    expires_at: datetime
    refresh: str | None
    refresh_expires_at: datetime | None


class Useless(Exception):
    """A code or refresh token that is no good; the text says why."""


class Tokens:
    """Codes and tokens of one account. Its caller holds the account's lock. Lives are in seconds."""

    def __init__(self, ids: SeededIds, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        self._codes: dict[str, Code] = {}
        self._by_access: dict[str, Token] = {}
        self._by_refresh: dict[str, Token] = {}

    def authorise(self, user: str, redirect_uri: str, scope: str, life: float, challenge: str | None = None) -> str:
        """A code for what a person consented to."""
        code = self._ids.secret(40)
        self._codes[code] = Code(user, redirect_uri, scope, challenge, self._after(life))
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str = "") -> Code:
        """What a code stands for, once. Raises Useless."""
        found = self._codes.pop(code, None)
        if found is None or found.expires_at < self._clock.now():
            raise Useless("The provided authorization grant is invalid or expired")
        if redirect_uri != found.redirect_uri:
            raise Useless("The redirect URI does not match the one in the authorization request")
        if found.challenge and s256(verifier) != found.challenge:
            raise Useless("The code verifier does not match the code challenge")
        return found

    def issue(self, user: str, scope: str, life: float, refresh_life: float | None = None) -> Token:
        """A new token; without a life for it, no refresh token beside it."""
        access = self._ids.secret(64)
        refresh = None if refresh_life is None else self._ids.secret(64)
        refresh_until = None if refresh_life is None else self._after(refresh_life)
        token = Token(access, user, scope, self._after(life), refresh, refresh_until)
        self._by_access[access] = token
        if refresh is not None:
            self._by_refresh[refresh] = token
        return token

    def retire(self, refresh: str, *, access_ends: bool = True) -> Token:
        """The token that a refresh token was issued with; good no more, as is, by default, the access token beside it.

        Raises Useless.
        """
        old = self._by_refresh.pop(refresh, None)
        if old is None or old.refresh_expires_at is None or old.refresh_expires_at < self._clock.now():
            raise Useless("The provided refresh token is invalid, expired or revoked")
        if access_ends:
            self._by_access.pop(old.access, None)
        return old

    def token(self, access: str) -> Token | None:
        """A token still good, or None."""
        token = self._by_access.get(access)
        return token if token is not None and token.expires_at > self._clock.now() else None

    def expire(self) -> int:
        """Make every access token out of date; refresh tokens stay good. Says how many."""
        for token in self._by_access.values():
            token.expires_at = self._clock.now() - timedelta(seconds=1)
        return len(self._by_access)

    def _after(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)


def s256(verifier: str) -> str:
    """The PKCE challenge that a verifier belongs to."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
