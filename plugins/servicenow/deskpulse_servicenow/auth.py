"""Access to a ServiceNow instance: a user's password, an API key, or OAuth by password or by client credentials.

The token endpoint takes forms only, never JSON. While a token lives, asking again gives the same one, so its remaining
life is what the answer says. A refresh gives a new access token and no new refresh token. A refused access token is
renewed once: by the refresh token, else by signing in again; after that an administrator must help.
https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIRequestParameters.html (read 2026-08)
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta

from deskpulse.plugin_api import AccessTokens, AuthExpired, Connection, NotFound, Refused, tokens_of
from deskpulse_servicenow.links import token_url

BASIC, API_KEY, OAUTH, CLIENT_CREDENTIALS = "basic", "api_key", "oauth", "client_credentials"
NEEDED = {
    BASIC: {"password": "the user's password"},
    API_KEY: {"api_key": "the REST API key"},
    OAUTH: {
        "password": "the user's password",
        "client_id": "the OAuth application's client ID",
        "client_secret": "the OAuth application's client secret",
    },
    CLIENT_CREDENTIALS: {
        "client_id": "the OAuth application's client ID",
        "client_secret": "the OAuth application's client secret",
    },
}
"""What each kind of access needs beside the user's name."""
MARGIN = timedelta(seconds=30)


def mode(connection: Connection) -> str:
    """Which kind of access the connection uses."""
    return connection.setting("auth", BASIC)


def missing(connection: Connection) -> tuple[str, ...]:
    """What must still be entered before the first call, in plain words."""
    found = {**connection.settings, **connection.secrets}
    wanted = {"user_name": "the name of the user that DeskPulse signs in as", **NEEDED.get(mode(connection), {})}
    return tuple(f"{text} is missing" for name, text in wanted.items() if not found.get(name))


class Access:
    """The header that proves who we are; tokens are renewed where they can be.

    ``patience`` is what :meth:`HttpClient.request` calls so.
    """

    def __init__(self, connection: Connection, *, patience: float = 0.0) -> None:
        self._connection = connection
        self._patience = patience
        self._tokens = AccessTokens(connection, MARGIN)
        self._mode = mode(connection)
        self.refreshed = False
        """Whether the present token came by a refresh token, so that signing in again may still help."""

    @property
    def renewable(self) -> bool:
        """Whether a refused token can be traded for a new one without an administrator."""
        return self._mode in (OAUTH, CLIENT_CREDENTIALS)

    def headers(self) -> dict[str, str]:
        """The header, with a token that is not known to have expired. Raises AuthExpired."""
        if lacking := missing(self._connection):
            raise AuthExpired("; ".join(lacking))
        if self._mode == API_KEY:
            return {"x-sn-apikey": self._tokens.secrets["api_key"]}
        if self._mode == BASIC:
            pair = f"{self._connection.setting('user_name')}:{self._tokens.secrets['password']}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        if not self._tokens.secrets.get("access_token") or self._tokens.expired:
            self.renew()
        return {"Authorization": f"Bearer {self._tokens.secrets['access_token']}"}

    def renew(self) -> None:
        """Put a new access token in place of the present one, unless somebody else has done so already.

        By the refresh token if there is one; where that was of no use, by signing in again.
        """
        self._tokens.renew(self._fetch)

    def _fetch(self, newest: Mapping[str, str]) -> Mapping[str, str]:
        token, again = newest.get("refresh_token"), self.refreshed
        self.refreshed = False
        if self._mode == OAUTH and token and not again:
            try:
                found = self._request(newest, {"grant_type": "refresh_token", "refresh_token": token})
            except AuthExpired:
                pass  # the refresh token has had its day: sign in again
            else:
                self.refreshed = True
                return found
        if self._mode == CLIENT_CREDENTIALS:
            return self._request(newest, {"grant_type": "client_credentials"})
        user = self._connection.setting("user_name")
        grant = {"grant_type": "password", "username": user, "password": newest.get("password", "")}
        return self._request(newest, grant)

    def _request(self, newest: Mapping[str, str], grant: Mapping[str, str]) -> Mapping[str, str]:
        """Ask the token endpoint; gives the secrets to store. Raises AuthExpired where it says no."""
        connection = self._connection
        client = {"client_id": connection.setting("client_id"), "client_secret": newest.get("client_secret", "")}
        try:
            answer = connection.http.request(
                "POST", token_url(connection.settings), data={**grant, **client}, patience=self._patience
            )
        except (Refused, NotFound, AuthExpired) as error:
            if isinstance(error, Refused) and error.status in range(300, 400):
                raise  # led elsewhere: no word about the credentials
            raise AuthExpired(f"{grant['grant_type']} was refused: {error.detail}", status=error.status) from None
        return tokens_of(connection, answer, newest.get("refresh_token", ""))
