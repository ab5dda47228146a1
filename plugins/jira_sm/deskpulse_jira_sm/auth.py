"""Access to a Jira site: API token, scoped token, OAuth with a rotating refresh token, or a personal access token.

A refresh token may be used again for ten minutes, in case the answer with the new ones was lost; later use ends them
all. So refreshes go one at a time through ``connection.renew``, which stores the new pair before anybody uses it, and
one that found no answer is tried again with the pair that we have.
https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/,
https://community.developer.atlassian.com/t/the-old-access-token-will-be-revoked-during-the-refresh-token-exchange/83103
and https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/ (read 2026-11)
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from deskpulse.plugin_api import (
    AccessTokens,
    AuthExpired,
    Connection,
    Misread,
    NotFound,
    Refused,
    Unreachable,
    tokens_of,
)
from deskpulse_jira_sm.links import token_url

OAUTH, API_TOKEN, SCOPED_TOKEN, PAT = "oauth", "api_token", "scoped_token", "pat"
MODES = (API_TOKEN, SCOPED_TOKEN, OAUTH, PAT)
ON_GATEWAY = frozenset({OAUTH, SCOPED_TOKEN})
"""Accepted at ``api.atlassian.com`` only; at the site's own address they are answered with 401."""
_TOKEN = {"email": "the e-mail address of the token's user", "api_token": "the API token"}
WANTED: Mapping[str, Mapping[str, str]] = {
    API_TOKEN: _TOKEN,
    SCOPED_TOKEN: _TOKEN,
    PAT: {"personal_access_token": "the personal access token"},
    OAUTH: {"access_token": "access, which an administrator grants in the browser"},
}
"""What must be known before the first call, by kind of access."""


def mode(settings: Mapping[str, str]) -> str:
    """Which kind of access the connection uses; a Data Center installation knows one."""
    given = settings.get("auth") or ""
    if settings.get("deployment") == "data_center":
        return PAT
    return given if given in WANTED else API_TOKEN


def wants_grant(settings: Mapping[str, str]) -> bool:
    """Whether an administrator must grant access in the browser before the first call."""
    return mode(settings) == OAUTH


def missing(connection: Connection) -> tuple[str, ...]:
    """What must still be entered or granted before the first call, in plain words."""
    found = {**connection.settings, **connection.secrets}
    return tuple(
        f"{text} is missing" for name, text in WANTED[mode(connection.settings)].items() if not found.get(name)
    )


class Access:
    """The ``Authorization`` header of one connection, renewed where it can be."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tokens = AccessTokens(connection)
        self.mode = mode(connection.settings)

    @property
    def renewable(self) -> bool:
        """Whether a refused token can be traded for a new one without an administrator."""
        return self.mode == OAUTH

    def header(self) -> str:
        """The header's value; a token known to have expired is renewed first. Raises AuthExpired."""
        if lacking := missing(self._connection):
            raise AuthExpired("; ".join(lacking))
        if self.mode == PAT:
            return f"Bearer {self._tokens.secrets['personal_access_token']}"
        if self.mode != OAUTH:
            pair = f"{self._connection.setting('email')}:{self._tokens.secrets['api_token']}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        if self._tokens.expired:
            self.renew()
        return f"Bearer {self._tokens.secrets['access_token']}"

    def renew(self) -> None:
        """Put a new access token in place of the present one, unless somebody else has done so already."""
        self._tokens.renew(self._refresh)

    def _refresh(self, newest: Mapping[str, str]) -> Mapping[str, str]:
        """Raises AuthExpired where only a new grant helps, and errors to try again after where an answer is missing."""
        token = newest.get("refresh_token")
        if not token:
            raise AuthExpired("the access token was refused and there is no refresh token: grant access again")
        try:
            return request_tokens(self._connection, newest, {"grant_type": "refresh_token", "refresh_token": token})
        except (Refused, NotFound) as error:
            raise AuthExpired(f"the refresh token was refused: {error.detail}", status=error.status) from None
        except Misread as error:
            raise Unreachable(error.detail, status=error.status) from None


def exchange(connection: Connection, code: str, verifier: str, redirect_uri: str) -> Mapping[str, str]:
    """Trade the code of an authorisation for tokens to store. Raises the errors of the API."""
    grant = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    return request_tokens(connection, connection.secrets, grant)


def request_tokens(connection: Connection, secrets: Mapping[str, str], grant: Mapping[str, str]) -> Mapping[str, str]:
    """Ask the token endpoint, without any other credentials than those in the body; gives the secrets to store.

    A refresh that brings no new refresh token leaves the present one good.
    """
    body = {
        **grant,
        "client_id": connection.setting("client_id"),
        "client_secret": secrets.get("client_secret", ""),
    }
    answer = connection.http.request("POST", token_url(connection.settings), json=body)
    return tokens_of(connection, answer, grant.get("refresh_token", ""))
