"""``/oauth_token.do``: form-encoded only; a token that is still good is given again.

https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIRequestParameters.html (read 2026-03)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Request, Response

from deskpulse_servicenow.simulator.errors import json_response
from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_servicenow.simulator.store import Row
from deskpulse_simulation.records import Json

CLIENT_CREDENTIALS = "glide.oauth.inbound.client.credential.grant_type.enabled"
ACCESS_LIFE = timedelta(seconds=1800)
REFRESH_LIFE = timedelta(days=100)


@dataclass
class Token:
    """One access token and the refresh token beside it."""

    user: str
    access: str
    access_until: datetime
    refresh: str
    refresh_until: datetime


class OAuth:
    """The registered client and the tokens handed out. Its caller holds the instance's lock."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.client_id = instance.ids.secret(32)
        self.client_secret = instance.ids.secret(20)
        self.client_user = ""
        """The sys_id of the user that the client acts as with its own credentials."""
        self.passwords: dict[str, str] = {}
        """By user's sys_id."""
        self._tokens: list[Token] = []

    def user_with(self, name: str, password: str) -> Row | None:
        """The active user with that name and password."""
        found = self._instance.store.find("sys_user", "user_name", name)
        user = found[0] if found else None
        if user is None or user.get("active") != "true" or user.get("locked_out") == "true":
            return None
        return user if password and self.passwords.get(user["sys_id"]) == password else None

    def bearer(self, access: str) -> Row | None:
        """The user that an access token acts as, while it is good."""
        now = self._instance.clock.now()
        for token in self._tokens:
            if token.access == access and token.access_until > now:
                user = self._instance.store.get("sys_user", token.user)
                return user if user and user.get("active") == "true" else None
        return None

    def expire(self) -> int:
        """Make all access tokens out of date; how many there were."""
        for token in self._tokens:
            token.access_until = self._instance.clock.now()
        return len(self._tokens)

    def answer(self, request: Request) -> Response:
        """One call of the token endpoint."""
        if request.mimetype != "application/x-www-form-urlencoded":
            return _problem("server_error", "access_denied")
        form = request.form
        if form.get("client_id") != self.client_id or form.get("client_secret") != self.client_secret:
            return _problem("invalid_client", "access_denied")
        grant = {"password": self._password, "refresh_token": self._refresh, "client_credentials": self._client}
        found = grant.get(form.get("grant_type", ""), _unknown)(form)
        return _problem("access_denied", "access_denied") if found is None else json_response(found, 200, {})

    def _password(self, form: Mapping[str, str]) -> Json | None:
        user = self.user_with(form.get("username", ""), form.get("password", ""))
        return None if user is None else self._granted(user["sys_id"], refresh=True)

    def _client(self, _form: Mapping[str, str]) -> Json | None:
        if self._instance.property(CLIENT_CREDENTIALS) != "true" or not self.client_user:
            return None
        return self._granted(self.client_user, refresh=False)

    def _refresh(self, form: Mapping[str, str]) -> Json | None:
        now = self._instance.clock.now()
        for token in self._tokens:
            if token.refresh == form.get("refresh_token") and token.refresh_until > now:
                token.access, token.access_until = self._instance.ids.secret(64), now + ACCESS_LIFE
                return self._body(token, refresh=False)
        return None

    def _granted(self, user: str, *, refresh: bool) -> Json:
        now = self._instance.clock.now()
        for token in self._tokens:
            if token.user == user and token.access_until > now:
                return self._body(token, refresh=refresh)
        ids = self._instance.ids
        token = Token(user, ids.secret(64), now + ACCESS_LIFE, ids.secret(64), now + REFRESH_LIFE)
        self._tokens.append(token)
        return self._body(token, refresh=refresh)

    def _body(self, token: Token, *, refresh: bool) -> Json:
        left = token.access_until - self._instance.clock.now()
        found: Json = {"access_token": token.access, "scope": "useraccount", "token_type": "Bearer"}
        found["expires_in"] = round(left.total_seconds())
        return found | ({"refresh_token": token.refresh} if refresh else {})


def _unknown(_form: Mapping[str, str]) -> Json | None:
    return None


def _problem(error: str, description: str) -> Response:
    return json_response({"error": error, "error_description": description}, 401, {})
