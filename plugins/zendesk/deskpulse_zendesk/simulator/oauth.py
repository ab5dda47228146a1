"""OAuth: one confidential client, and what its token endpoint grants."""

from __future__ import annotations

from deskpulse_simulation.clock import Clock
from deskpulse_simulation.oauth import Client, Tokens, Useless
from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.errors import ApiError
from deskpulse_zendesk.simulator.ids import Ids

CODE_LIFE = 120
ACCESS_LIFE = 7200
REFRESH_LIFE = 2_592_000


def refused(error: str, description: str, status: int = 400) -> ApiError:
    """The token endpoint's own error shape (RFC 6749)."""
    return ApiError(status, {"error": error, "error_description": description})


class OAuth:
    """The grants of one account. Its caller holds the account's lock."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self.client = Client("deskpulse", ids.secret(64), "DeskPulse")
        self.tokens = Tokens(ids, clock)

    def grant(self, asked: Json, integration_id: int) -> Json:
        """Answer a request to the token endpoint."""
        if asked.get("client_id") != self.client.identifier or asked.get("client_secret") != self.client.secret:
            raise refused("invalid_client", "Client authentication failed", 401)
        try:
            return self._granted(asked, integration_id)
        except Useless as problem:
            raise refused("invalid_grant", str(problem)) from None

    def _granted(self, asked: Json, integration_id: int) -> Json:
        match asked.get("grant_type"):
            case "authorization_code":
                words = (str(asked.get(name) or "") for name in ("code", "redirect_uri", "code_verifier"))
                code = self.tokens.redeem(*words)
                return self._issue(code.user, code.scope, asked, refreshable=True)
            case "refresh_token":
                old = self.tokens.retire(str(asked.get("refresh_token")))
                return self._issue(old.user, old.scope, asked, refreshable=True)
            case "client_credentials":
                return self._issue(str(integration_id), str(asked.get("scope") or "read write"), asked)
            case _:
                raise refused("unsupported_grant_type", "The authorization grant type is not supported")

    def _issue(self, user: str, scope: str, asked: Json, *, refreshable: bool = False) -> Json:
        life = int(asked.get("expires_in") or ACCESS_LIFE)
        refresh_life = int(asked.get("refresh_token_expires_in") or REFRESH_LIFE)
        if not 300 < life < 172_800:
            raise refused("invalid_request", "expires_in must be more than 300 and less than 172800 seconds")
        if not 604_800 < refresh_life < 7_776_000:
            raise refused("invalid_request", "refresh_token_expires_in must be between 604800 and 7776000 seconds")
        token = self.tokens.issue(user, scope, life, refresh_life if refreshable else None)
        body: Json = {"access_token": token.access, "token_type": "bearer", "scope": scope, "expires_in": life}
        if token.refresh:
            body |= {"refresh_token": token.refresh, "refresh_token_expires_in": refresh_life}
        return body
