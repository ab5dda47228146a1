"""OAuth 2.0 (3LO): one app, authorisation codes, access tokens of an hour, refresh tokens that rotate.

https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/,
https://community.developer.atlassian.com/t/updated-31-january-2022-action-required-deprecating-persistent-refresh-tokens/54172
and
https://community.developer.atlassian.com/t/the-old-access-token-will-be-revoked-during-the-refresh-token-exchange/83103
(read 2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.ids import Ids
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.oauth import Client, Token, Tokens, Useless
from deskpulse_simulation.records import Json

CODE_LIFE, ACCESS_LIFE, REFRESH_LIFE = 300, 3600, 90 * 86_400
"""Seconds; a refresh token lasts as long as it may lie unused."""
CONSENT_LIFE = timedelta(days=365)
"""After that a person must consent again, however often the tokens were refreshed."""
LEEWAY = timedelta(minutes=10)
"""How long a spent refresh token and its access token still work, for those whom the new ones did not reach."""
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


def refused(error: str, description: str, status: int = 400) -> ApiError:
    """The token endpoint's own error shape (RFC 6749)."""
    return ApiError(status, body={"error": error, "error_description": description})


@dataclass(slots=True)
class Family:
    """Every token that came of one consent."""

    ends_at: datetime
    tokens: list[Token] = field(default_factory=list)

    def end(self, when: datetime) -> None:
        """Let none of them work any more."""
        for token in self.tokens:
            _end(token, when)


def _end(token: Token, when: datetime) -> None:
    """Shorten both its lives."""
    token.expires_at = min(token.expires_at, when)
    token.refresh_expires_at = min(token.refresh_expires_at or when, when)


class OAuth:
    """The grants of one site. Its caller holds the site's lock."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, tuple[Token, Family]] = {}  # by refresh token
        self.client = Client(ids.secret(32), ids.secret(64), "DeskPulse")
        self.tokens = Tokens(ids, clock)

    def grant(self, asked: Json) -> Json:
        """Answer a request to the token endpoint."""
        if asked.get("client_id") != self.client.identifier or asked.get("client_secret") != self.client.secret:
            raise refused("access_denied", "Unauthorized", 401)
        match asked.get("grant_type"):
            case "authorization_code":
                return self._by_code(str(asked.get("code")), str(asked.get("redirect_uri")))
            case "refresh_token":
                return self._by_refresh(str(asked.get("refresh_token")))
            case _:
                raise refused("unsupported_grant_type", "Unsupported grant type")

    def _by_code(self, code: str, redirect_uri: str) -> Json:
        try:
            found = self.tokens.redeem(code, redirect_uri)
        except Useless as problem:
            raise refused("invalid_grant", str(problem), 403) from None
        return self._issue(found.user, found.scope, Family(self._clock.now() + CONSENT_LIFE))

    def _by_refresh(self, refresh: str) -> Json:
        """A new pair. A spent token may be tried again during the leeway; later it ends its whole family."""
        unknown = refused("invalid_grant", "Unknown or invalid refresh token.", 403)
        if refresh not in self._issued:
            raise unknown
        now, (old, family) = self._clock.now(), self._issued[refresh]
        if (old.refresh_expires_at or now) <= now:
            family.end(now)
            raise unknown
        _end(old, now + LEEWAY)
        return self._issue(old.user, old.scope, family)

    def _issue(self, account_id: str, scope: str, family: Family) -> Json:
        asked, left = scope.split(), (family.ends_at - self._clock.now()).total_seconds()
        life = min(REFRESH_LIFE, left) if OFFLINE in asked else None
        token = self.tokens.issue(account_id, scope, ACCESS_LIFE, life)
        family.tokens.append(token)
        granted = " ".join(one for one in asked if one != OFFLINE)
        body = {"access_token": token.access, "expires_in": ACCESS_LIFE, "token_type": "Bearer", "scope": granted}
        if token.refresh:
            self._issued[token.refresh] = token, family
            body["refresh_token"] = token.refresh
        return body
