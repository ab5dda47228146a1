"""The tokens of OAuth (RFC 6749) as a plug-in holds them: read from an answer, renewed by one process at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from deskpulse.errors import AuthExpired, Misread, NotFound, RateLimited, Refused, Unreachable
from deskpulse.http import Answer
from deskpulse.records import Connection

LOST = "the answer to a refresh was lost, perhaps with the new tokens: check again, else grant access again"


class AccessTokens:
    """The present secrets of one connection. A token counts as expired ``margin`` before its end."""

    def __init__(self, connection: Connection, margin: timedelta = timedelta(seconds=60)) -> None:
        self._connection = connection
        self._margin = margin
        self.secrets = connection.secrets
        """All secrets of the connection, with the tokens as they are after the last renewal."""

    @property
    def expired(self) -> bool:
        """Whether the access token is known to have ended; where its end is unknown, a 401 will tell."""
        try:
            ends = datetime.fromisoformat(self.secrets.get("access_expires_at", ""))
            return ends - self._margin < datetime.now(UTC)
        except (ValueError, TypeError):
            return False

    def renew(self, fetch: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Put what ``fetch`` gets in place of the present token, unless somebody else has renewed it already.

        ``fetch`` is handed the newest secrets, and gives those to store (:func:`tokens_of`).
        """
        known = self.secrets.get("access_token")
        current = self._connection.renew({"access_token": known} if known else {}, fetch)
        self._connection.http.redact_also((current.get("access_token", ""), current.get("refresh_token", "")))
        self.secrets = {**self.secrets, **current}


def tokens_of(connection: Connection, answer: Answer, refresh_token: str = "") -> dict[str, str]:
    """The secrets to store from a token endpoint's answer; ``refresh_token`` stays where it brings no new one.

    Raises Misread where there is no access token in it.
    """
    raw = answer.json()
    if not isinstance(raw, dict) or not raw.get("access_token"):
        raise Misread("the token endpoint answered without an access token", status=answer.status)
    tokens = {
        "access_token": str(raw["access_token"]),
        "refresh_token": str(raw.get("refresh_token") or refresh_token),
        "access_expires_at": _end(raw.get("expires_in")),
    }
    connection.http.redact_also((tokens["access_token"], tokens["refresh_token"]))
    return tokens


def refresh_once(newest: Mapping[str, str], trade: Callable[[dict[str, str]], Mapping[str, str]]) -> Mapping[str, str]:
    """Trade a refresh token that works once, and whose successor is lost where the answer is lost.

    ``trade`` is handed the grant and asks the token endpoint with it. Raises AuthExpired, which asks an administrator
    to grant access again, wherever the present pair may no longer stand; what was turned away by 429 may be repeated.
    """
    token = newest.get("refresh_token")
    if not token:
        raise AuthExpired("the access token was refused and there is no refresh token: grant access again")
    try:
        return trade({"grant_type": "refresh_token", "refresh_token": token})
    except RateLimited as limited:
        if limited.status == 429:  # turned away before anything was done: the pair still stands
            raise
        raise AuthExpired(LOST, status=limited.status) from None
    except (Unreachable, Misread) as error:
        raise AuthExpired(LOST, status=error.status) from None
    except (Refused, NotFound) as error:
        raise AuthExpired(f"the refresh token was refused: {error.detail}", status=error.status) from None


def _end(raw_seconds: Any) -> str:
    """When a life that begins now ends. Some endpoints write the number as text, some leave it out."""
    if isinstance(raw_seconds, bool):
        return ""
    try:
        return (datetime.now(UTC) + timedelta(seconds=float(raw_seconds))).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError):
        return ""
