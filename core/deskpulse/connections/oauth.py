"""Granting access in the browser: OAuth 2.0 authorisation code (RFC 6749) with PKCE (RFC 7636, S256)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from sqlalchemy import select

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import AuthExpired, ConfigurationError
from deskpulse.kinds import OAuthGrant
from deskpulse.outbound import outbox

STATE, VERIFIER = "oauth_state", "oauth_verifier"
"""Kept with the connection's secrets between the two halves of a grant."""


def redirect_uri(desk: Desk, key: str) -> str:
    """Where the helpdesk sends the browser back to."""
    return f"{desk.settings.base_url}/oauth/{key}/callback"


def begin(desk: Desk, connection_id: int) -> str:
    """Start a grant: the address to visit. A grant that was started before can no longer be finished."""
    connection = connections.load(desk, connection_id)
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    with desk.db.write() as session:
        connections.remember(desk, session, connection_id, facts={}, secrets={STATE: state, VERIFIER: verifier})
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return _grant(desk, connection.kind).authorize_url(
        connection.settings, redirect_uri(desk, connection.key), state, challenge
    )


def finish(desk: Desk, key: str, state: str, code: str) -> None:
    """Finish a grant: trade the code for secrets, once, and let the waiting jobs go on.

    Raises :class:`~deskpulse.errors.AuthExpired` where this grant was not started here, and what the exchange raises.
    """
    with desk.db.read() as session:
        connection_id = session.scalar(select(ConnectionRow.id).where(ConnectionRow.key == key, ConnectionRow.active))
    if connection_id is None:
        raise AuthExpired("no such connection")
    connection = connections.load(desk, connection_id)
    wanted = connection.secrets.get(STATE, "")
    if not wanted or not hmac.compare_digest(state.encode(), wanted.encode()):
        raise AuthExpired("this grant was not started here, or was used already; start it again")
    verifier = connection.secrets[VERIFIER]
    with desk.db.write() as session:
        connections.remember(desk, session, connection_id, facts={}, secrets={STATE: "", VERIFIER: ""})
    fresh = _grant(desk, connection.kind).exchange(connection, code, verifier, redirect_uri(desk, key))
    with desk.db.write() as session:
        connections.remember(desk, session, connection_id, facts={}, secrets=fresh)
        session.get_one(ConnectionRow, connection_id).paused_reason = None
        outbox.release(desk, session, connection_id)


def _grant(desk: Desk, kind: str) -> OAuthGrant:
    grant = desk.hub.kind(kind).oauth
    if grant is None:
        raise ConfigurationError(f"{desk.hub.kind(kind).label} grants no access in the browser.")
    return grant
