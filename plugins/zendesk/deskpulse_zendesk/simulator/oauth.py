"""OAuth: one confidential client, authorisation codes with PKCE, and token pairs that rotate on refresh."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskpulse_zendesk.simulator.clock import Clock
from deskpulse_zendesk.simulator.errors import ApiError
from deskpulse_zendesk.simulator.ids import Ids
from deskpulse_zendesk.simulator.records import Json

CODE_LIFE = 120
ACCESS_LIFE = 7200
REFRESH_LIFE = 2_592_000


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A registered client; ``identifier`` is its unique identifier, which the token endpoint calls client_id."""

    identifier: str
    secret: str
    name: str


@dataclass(slots=True)
class Grant:
    """An authorisation code waiting to be exchanged."""

    user_id: int
    redirect_uri: str
    scope: str
    challenge: str | None
    expires_at: datetime


@dataclass(slots=True)
class Token:
    """An access token, with the refresh token that was issued beside it."""

    access: str
    refresh: str | None
    user_id: int
    scope: str
    expires_at: datetime
    refresh_expires_at: datetime


def refused(error: str, description: str, status: int = 400) -> ApiError:
    """The token endpoint's own error shape (RFC 6749)."""
    return ApiError(status, {"error": error, "error_description": description})


class OAuth:
    """Codes and tokens of one account. Its caller holds the account's lock."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        self.client = OAuthClient("deskpulse", ids.secret(64), "DeskPulse")
        self._codes: dict[str, Grant] = {}
        self._by_access: dict[str, Token] = {}
        self._by_refresh: dict[str, Token] = {}

    def authorise(self, user_id: int, redirect_uri: str, scope: str, challenge: str | None) -> str:
        """A code for what a person consented to; good for two minutes."""
        code = self._ids.secret(40)
        expires_at = self._clock.now() + timedelta(seconds=CODE_LIFE)
        self._codes[code] = Grant(user_id, redirect_uri, scope, challenge, expires_at)
        return code

    def grant(self, asked: Json, integration_id: int) -> Json:
        """Answer a request to the token endpoint."""
        if asked.get("client_id") != self.client.identifier or asked.get("client_secret") != self.client.secret:
            raise refused("invalid_client", "Client authentication failed", 401)
        match asked.get("grant_type"):
            case "authorization_code":
                grant = self._redeem(asked)
                return self._issue(grant.user_id, grant.scope, asked, refreshable=True)
            case "refresh_token":
                old = self._retire(str(asked.get("refresh_token")))
                return self._issue(old.user_id, old.scope, asked, refreshable=True)
            case "client_credentials":
                return self._issue(integration_id, str(asked.get("scope") or "read write"), asked, refreshable=False)
            case _:
                raise refused("unsupported_grant_type", "The authorization grant type is not supported")

    def _redeem(self, asked: Json) -> Grant:
        grant = self._codes.pop(str(asked.get("code")), None)
        if grant is None or grant.expires_at < self._clock.now():
            raise refused("invalid_grant", "The provided authorization grant is invalid or expired")
        if asked.get("redirect_uri") != grant.redirect_uri:
            raise refused("invalid_grant", "The redirect URI does not match the one in the authorization request")
        if grant.challenge and s256(str(asked.get("code_verifier") or "")) != grant.challenge:
            raise refused("invalid_grant", "The code verifier does not match the code challenge")
        return grant

    def _retire(self, refresh: str) -> Token:
        old = self._by_refresh.pop(refresh, None)
        if old is None or old.refresh_expires_at < self._clock.now():
            raise refused("invalid_grant", "The provided refresh token is invalid, expired or revoked")
        self._by_access.pop(old.access, None)
        return old

    def _issue(self, user_id: int, scope: str, asked: Json, *, refreshable: bool) -> Json:
        life = int(asked.get("expires_in") or ACCESS_LIFE)
        refresh_life = int(asked.get("refresh_token_expires_in") or REFRESH_LIFE)
        if not 300 < life < 172_800:
            raise refused("invalid_request", "expires_in must be more than 300 and less than 172800 seconds")
        if not 604_800 < refresh_life < 7_776_000:
            raise refused("invalid_request", "refresh_token_expires_in must be between 604800 and 7776000 seconds")
        moment = self._clock.now()
        token = Token(
            access=self._ids.secret(64),
            refresh=self._ids.secret(64) if refreshable else None,
            user_id=user_id,
            scope=scope,
            expires_at=moment + timedelta(seconds=life),
            refresh_expires_at=moment + timedelta(seconds=refresh_life),
        )
        self._by_access[token.access] = token
        body: Json = {"access_token": token.access, "token_type": "bearer", "scope": scope, "expires_in": life}
        if token.refresh:
            self._by_refresh[token.refresh] = token
            body |= {"refresh_token": token.refresh, "refresh_token_expires_in": refresh_life}
        return body

    def token(self, access: str) -> Token | None:
        """A token still good, or None."""
        token = self._by_access.get(access)
        return token if token is not None and token.expires_at > self._clock.now() else None

    def expire(self) -> int:
        """Make every access token out of date; refresh tokens stay good. Says how many."""
        for token in self._by_access.values():
            token.expires_at = self._clock.now() - timedelta(seconds=1)
        return len(self._by_access)


def s256(verifier: str) -> str:
    """The PKCE challenge that a verifier belongs to."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
