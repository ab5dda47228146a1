"""Access to a Zendesk account: API token, OAuth with a rotating refresh token, or client credentials.

A refresh that succeeds deletes the previous access *and* refresh token, so refreshes go one at a time through
``connection.renew``, which stores the new pair before anybody uses it. Where the answer to a refresh is lost, the new
pair is lost with it: access must then be granted again.
https://developer.zendesk.com/documentation/api-basics/authentication/refresh-token (read 2026-08)
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from deskpulse.plugin_api import AccessTokens, AuthExpired, Connection, NotFound, Refused, refresh_once, tokens_of
from deskpulse_zendesk.links import SCOPE, token_url

API_TOKEN, OAUTH, CLIENT_CREDENTIALS = "api_token", "oauth", "client_credentials"
ACCESS_SECONDS = 86_400
"""Asked for; the vendor allows 300 to 172 800. Each refresh is a chance to lose the pair, so the life is a long one."""
REFRESH_SECONDS = 7_700_000
"""Asked for; the vendor allows up to 90 days, and a connection may rest over a long holiday."""


def mode(connection: Connection) -> str:
    """Which of the three kinds of access the connection uses."""
    return connection.setting("auth", OAUTH)


def wants_grant(settings: Mapping[str, str]) -> bool:
    """Whether an administrator must grant access in the browser before the first call."""
    return (settings.get("auth") or OAUTH) == OAUTH


def missing(connection: Connection) -> tuple[str, ...]:
    """What must still be entered or granted before the first call, in plain words."""
    found = {**connection.settings, **connection.secrets}
    wanted = {
        API_TOKEN: {"email": "the e-mail address of the API token's user", "api_token": "the API token"},
        CLIENT_CREDENTIALS: {
            "client_id": "the OAuth client's identifier",
            "client_secret": "the OAuth client's secret",
        },
    }.get(mode(connection), {"access_token": "access, which an administrator grants in the browser"})
    return tuple(f"{text} is missing" for name, text in wanted.items() if not found.get(name))


class Access:
    """The ``Authorization`` header of one connection, renewed where it can be."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tokens = AccessTokens(connection)
        self._mode = mode(connection)

    @property
    def renewable(self) -> bool:
        """Whether a refused token can be traded for a new one without an administrator."""
        return self._mode != API_TOKEN

    def header(self) -> str:
        """The header's value; a token known to have expired is renewed first. Raises AuthExpired."""
        if lacking := missing(self._connection):
            raise AuthExpired("; ".join(lacking))
        if not self.renewable:
            pair = f"{self._connection.setting('email')}/token:{self._tokens.secrets['api_token']}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        if not self._tokens.secrets.get("access_token") or self._tokens.expired:
            self.renew()
        return f"Bearer {self._tokens.secrets['access_token']}"

    def renew(self) -> None:
        """Put a new access token in place of the present one, unless somebody else has done so already."""
        self._tokens.renew(self._request_anew if self._mode == CLIENT_CREDENTIALS else self._refresh)

    def _refresh(self, newest: Mapping[str, str]) -> Mapping[str, str]:
        life = {"refresh_token_expires_in": REFRESH_SECONDS}
        return refresh_once(newest, lambda grant: request_tokens(self._connection, newest, {**grant, **life}))

    def _request_anew(self, newest: Mapping[str, str]) -> Mapping[str, str]:
        """Client credentials have no refresh token: they are simply traded again, and nothing can be lost."""
        try:
            return request_tokens(self._connection, newest, {"grant_type": "client_credentials", "scope": SCOPE})
        except (Refused, NotFound) as error:
            raise AuthExpired(f"the client credentials were refused: {error.detail}", status=error.status) from None


def exchange(connection: Connection, code: str, verifier: str, redirect_uri: str) -> Mapping[str, str]:
    """Trade the code of an authorisation for tokens to store. Raises the errors of the API."""
    grant = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "refresh_token_expires_in": REFRESH_SECONDS,
    }
    return request_tokens(connection, connection.secrets, grant)


def request_tokens(connection: Connection, secrets: Mapping[str, str], grant: Mapping[str, Any]) -> Mapping[str, str]:
    """Ask the token endpoint, without any other credentials than those in the body; gives the secrets to store."""
    body = {
        **grant,
        "client_id": connection.setting("client_id"),
        "client_secret": secrets.get("client_secret", ""),
        "expires_in": ACCESS_SECONDS,
    }
    answer = connection.http.request("POST", token_url(connection.settings), json=body)
    return tokens_of(connection, answer)
