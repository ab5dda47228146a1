"""OAuth 2.0 (3LO): one app, authorisation codes, access tokens of an hour, refresh tokens that rotate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.ids import Ids
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.records import Json

CODE_LIFE, ACCESS_LIFE = 300, 3600
"""Seconds."""
OFFLINE = "offline_access"
CLASSIC_SCOPES = (
    "read:jira-work",
    "write:jira-work",
    "read:jira-user",
    "manage:jira-configuration",
    "manage:jira-webhook",
    "read:servicedesk-request",
    "write:servicedesk-request",
    "manage:servicedesk-customer",
)


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A registered app."""

    identifier: str
    secret: str
    name: str


@dataclass(slots=True)
class Grant:
    """An authorisation code waiting to be exchanged."""

    account_id: str
    redirect_uri: str
    scope: str
    expires_at: datetime


@dataclass(slots=True)
class Token:
    """An access token, with the refresh token issued beside it where ``offline_access`` was asked for."""

    access: str
    refresh: str
    account_id: str
    scope: str
    expires_at: datetime


def refused(error: str, description: str, status: int = 400) -> ApiError:
    """The token endpoint's own error shape (RFC 6749)."""
    return ApiError(status, body={"error": error, "error_description": description})


class OAuth:
    """Codes and tokens. Its caller holds the site's lock."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        self.client = OAuthClient(ids.secret(32), ids.secret(64), "DeskPulse")
        self._codes: dict[str, Grant] = {}
        self._by_access: dict[str, Token] = {}
        self._by_refresh: dict[str, Token] = {}

    def authorise(self, account_id: str, redirect_uri: str, scope: str) -> str:
        """A code for what a person consented to."""
        code = self._ids.secret(40)
        expires_at = self._clock.now() + timedelta(seconds=CODE_LIFE)
        self._codes[code] = Grant(account_id, redirect_uri, scope, expires_at)
        return code

    def grant(self, asked: Json) -> Json:
        """Answer a request to the token endpoint."""
        if asked.get("client_id") != self.client.identifier or asked.get("client_secret") != self.client.secret:
            raise refused("access_denied", "Unauthorized", 401)
        match asked.get("grant_type"):
            case "authorization_code":
                grant = self._redeem(asked)
                return self._issue(grant.account_id, grant.scope)
            case "refresh_token":
                old = self._by_refresh.pop(str(asked.get("refresh_token")), None)
                if old is None:
                    raise refused("unauthorized_client", "refresh_token is invalid", 403)
                return self._issue(old.account_id, old.scope)
            case _:
                raise refused("unsupported_grant_type", "Unsupported grant type")

    def _redeem(self, asked: Json) -> Grant:
        grant = self._codes.pop(str(asked.get("code")), None)
        if grant is None or grant.expires_at < self._clock.now():
            raise refused("invalid_grant", "Invalid authorization code", 403)
        if asked.get("redirect_uri") != grant.redirect_uri:
            raise refused("invalid_grant", "The redirect_uri does not match the authorization request", 403)
        return grant

    def _issue(self, account_id: str, scope: str) -> Json:
        expires_at = self._clock.now() + timedelta(seconds=ACCESS_LIFE)
        refresh = self._ids.secret(64) if OFFLINE in scope.split() else ""
        token = Token(self._ids.secret(64), refresh, account_id, scope, expires_at)
        self._by_access[token.access] = token
        granted = " ".join(one for one in scope.split() if one != OFFLINE)
        body: Json = {"access_token": token.access, "expires_in": ACCESS_LIFE, "token_type": "Bearer", "scope": granted}
        if refresh:
            self._by_refresh[refresh] = token
            body["refresh_token"] = refresh
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
