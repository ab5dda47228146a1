"""Whether a pooled connection to PostgreSQL is still there, without asking the server each time.

A server that shuts down, crashes or ends a session closes the socket, and that can be seen here: a connection that
waits for nothing has nothing to read. Only where there is something, or where the connection has rested so long that a
firewall may have forgotten it in silence, is the server asked; if it does not answer, the pool opens another one.
"""

from __future__ import annotations

import select
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

RESTED = 30.0
"""Seconds after which a connection is asked before it is used."""
SINCE = "deskpulse_resting_since"


def watch(engine: Engine) -> None:
    """Check every connection of this engine's pool before it is used; one that is lost is replaced unnoticed."""

    def rest(_connection: Any, record: Any) -> None:
        record.info[SINCE] = time.monotonic()

    def check(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.pop(SINCE, None)
        if since is None:  # opened just now
            return
        if time.monotonic() - since < RESTED and not _has_something_to_read(connection):
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError(f"the connection was lost: {type(error).__name__}") from None

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", check)


def _has_something_to_read(connection: Any) -> bool:
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
