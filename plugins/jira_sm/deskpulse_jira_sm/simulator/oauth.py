"""OAuth 2.0 (3LO): one app, authorisation codes, access tokens of an hour, refresh tokens that rotate."""

from __future__ import annotations

from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.ids import Ids
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.oauth import Client, Tokens, Useless
from deskpulse_simulation.records import Json

CODE_LIFE, ACCESS_LIFE, REFRESH_LIFE = 300, 3600, 90 * 86_400
"""Seconds; a refresh token lasts as long as it may lie unused.

https://community.developer.atlassian.com/t/refresh-token-expire-after-36000-seconds/60806 (read 2026-11)
"""
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


class OAuth:
    """The grants of one site. Its caller holds the site's lock."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
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
        return self._issue(found.user, found.scope)

    def _by_refresh(self, refresh: str) -> Json:
        try:
            old = self.tokens.retire(refresh, access_ends=False)
        except Useless:
            raise refused("unauthorized_client", "refresh_token is invalid", 403) from None
        return self._issue(old.user, old.scope)

    def _issue(self, account_id: str, scope: str) -> Json:
        asked = scope.split()
        token = self.tokens.issue(account_id, scope, ACCESS_LIFE, REFRESH_LIFE if OFFLINE in asked else None)
        granted = " ".join(one for one in asked if one != OFFLINE)
        body = {"access_token": token.access, "expires_in": ACCESS_LIFE, "token_type": "Bearer", "scope": granted}
        return body | ({"refresh_token": token.refresh} if token.refresh else {})
