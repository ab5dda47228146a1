"""Who is asking: classic or scoped API token, OAuth bearer, personal access token, or the installed app itself."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Request

from deskpulse_jira_sm.simulator.errors import ApiError, forbidden, unauthenticated, wrong_scope
from deskpulse_jira_sm.simulator.oauth import OAuth
from deskpulse_jira_sm.simulator.records import User
from deskpulse_jira_sm.simulator.site import Site

GATEWAY, APP = "jira.gateway", "jira.app"
"""Keys of the WSGI environment: the request came by the gateway's paths; it is the Forge app's own."""
TOKEN_LIFE = timedelta(days=365)
CLASSIC, SCOPED, PAT, OAUTH, FORGE = "classic", "scoped", "pat", "oauth", "forge"


@dataclass(frozen=True, slots=True)
class Caller:
    """The user a request acts as, by what means; ``scopes`` None means everything the user may do."""

    user: User
    means: str
    scopes: frozenset[str] | None = None

    @property
    def metered(self) -> bool:
        """Whether the hourly points apply: to apps, not to API tokens."""
        return self.means in (OAUTH, FORGE)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token made by a person in their profile."""

    account_id: str
    means: str
    expires_at: datetime
    scopes: frozenset[str] | None = None


class Gate:
    """Turns credentials into a caller, and holds what opens the site."""

    def __init__(self, site: Site, oauth: OAuth) -> None:
        self._site = site
        self._oauth = oauth
        self._tokens: dict[str, ApiToken] = {}
        self.integration_id = ""
        self.app_id = ""
        self.app_scopes: frozenset[str] = frozenset()

    @property
    def integration(self) -> User:
        """The user that DeskPulse works as."""
        return self._site.users[self.integration_id]

    def issue_token(self, user: User, means: str, scopes: frozenset[str] | None = None) -> str:
        """Make an API token for somebody, as they do in their profile; good for a year."""
        text = self._site.ids.token()
        self._tokens[text] = ApiToken(user.account_id, means, self._site.clock.now() + TOKEN_LIFE, scopes)
        return text

    def caller(self, request: Request) -> Caller | None:
        """Who asks, or None for a request without credentials; wrong ones are a 401."""
        if request.environ.get(APP):
            return Caller(self._site.users[self.app_id], FORGE, self.app_scopes)
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        hosts = _hosts(request)
        if scheme.lower() == "basic" and not self._site.server:
            return self._by_basic(rest, hosts)
        if scheme.lower() == "bearer":
            return self._by_pat(rest) if self._site.server else self._by_oauth(rest, hosts)
        raise unauthenticated()

    def _by_basic(self, encoded: str, hosts: frozenset[str]) -> Caller:
        try:
            email, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise unauthenticated() from None
        token, user = self._token(password)
        if token.means not in hosts or (user.email or "").lower() != email.lower():
            raise unauthenticated()
        return Caller(user, token.means, token.scopes)

    def _by_pat(self, password: str) -> Caller:
        token, user = self._token(password)
        if token.means != PAT:
            raise unauthenticated()
        return Caller(user, PAT)

    def _token(self, password: str) -> tuple[ApiToken, User]:
        token = self._tokens.get(password)
        user = self._site.user(token.account_id) if token else None
        if token is None or user is None or not user.active or token.expires_at < self._site.clock.now():
            raise unauthenticated()
        return token, user

    def _by_oauth(self, access: str, hosts: frozenset[str]) -> Caller:
        token = self._oauth.tokens.token(access.strip())
        user = self._site.user(token.user) if token else None
        if token is None or user is None or not user.active or OAUTH not in hosts:
            raise ApiError(401, body={"code": 401, "message": "Unauthorized"})
        return Caller(user, OAUTH, frozenset(token.scope.split()))


def _hosts(request: Request) -> frozenset[str]:
    """Which credentials the host takes: the site the classic token, the gateway the others; CSM's part of it all."""
    if request.path.startswith("/jsm/"):
        return frozenset((CLASSIC, SCOPED, OAUTH))
    return frozenset((SCOPED, OAUTH) if request.environ.get(GATEWAY) else (CLASSIC, PAT))


def check_scope(caller: Caller, scope: str | None) -> None:
    """Scoped and OAuth tokens reach what their scopes name; ``None``: no such token reaches it at all."""
    if caller.scopes is not None and (scope is None or scope not in caller.scopes):
        raise wrong_scope()


def check_admin(user: User) -> None:
    """For those with the global permission Administer Jira."""
    if not user.admin:
        raise forbidden("Only Jira administrators can perform this operation.")
