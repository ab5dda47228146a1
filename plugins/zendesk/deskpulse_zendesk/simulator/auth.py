"""Who is asking: API token, OAuth bearer, or the agent signed in at the agent screen."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from flask import Request

from deskpulse_simulation.screen import agent_cookie
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.errors import expired_token, forbidden, unauthenticated
from deskpulse_zendesk.simulator.oauth import OAuth
from deskpulse_zendesk.simulator.records import User

SCRIPT_HEADER = "X-Requested-With"


@dataclass(frozen=True, slots=True)
class Caller:
    """The user a request acts as; ``scopes`` None means everything the role allows."""

    user: User
    scopes: frozenset[str] | None = None


class Gate:
    """Turns credentials into a caller, and holds what opens the account."""

    def __init__(self, account: Account, oauth: OAuth) -> None:
        self._account = account
        self._oauth = oauth
        self.api_token = account.ids.secret(40)
        self.integration_id = 0

    @property
    def integration(self) -> User:
        """The user that DeskPulse works as."""
        return self._account.users[self.integration_id]

    def caller(self, request: Request) -> Caller | None:
        """Who asks, or None for a request without credentials; wrong ones are a 401."""
        header = request.headers.get("Authorization", "")
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "basic":
            return Caller(self._by_api_token(rest))
        if scheme.lower() == "bearer":
            return self._by_bearer(rest.strip())
        if header:
            raise unauthenticated()
        if agent_cookie(self._account.base_url) in request.cookies and request.headers.get(SCRIPT_HEADER):
            return Caller(self.agent(request))
        return None

    def _by_api_token(self, encoded: str) -> User:
        try:
            name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise unauthenticated() from None
        email, slash, word = name.rpartition("/")
        user = self._account.user_by_email(email)
        right = slash and word == "token" and hmac.compare_digest(password.encode(), self.api_token.encode())
        if not right or user is None or not user.staff or user.suspended:
            raise unauthenticated()
        return user

    def _by_bearer(self, access: str) -> Caller:
        token = self._oauth.tokens.token(access)
        user = None if token is None else self._account.users.get(int(token.user))
        if token is None or user is None or user.suspended:
            raise expired_token()
        return Caller(user, frozenset(token.scope.split()))

    def agent(self, request: Request) -> User:
        """The person at the agent screen."""
        return self.chosen(request.cookies.get(agent_cookie(self._account.base_url), ""))

    def chosen(self, key: str) -> User:
        """The member of staff of this id, else the first human agent."""
        user = self._account.staff.get(int(key)) if key.isdigit() else None
        people = self._account.human_agents(self.integration_id)
        return user or (people[0] if people else self.integration)

    def people(self) -> list[User]:
        """All human agents, by name."""
        return sorted(self._account.human_agents(self.integration_id), key=lambda user: user.name)


def check_scope(scopes: frozenset[str] | None, method: str, resource: str) -> None:
    """A token reaches what its scopes name: ``read``, ``write`` or ``resource:read|write``."""
    need = "read" if method == "GET" else "write"
    if scopes is not None and not scopes & {need, f"{resource}:{need}"}:
        raise forbidden()


def check_admin(user: User) -> None:
    """Webhooks, rules, fields and exports are for admins."""
    if user.role != "admin":
        raise forbidden()
