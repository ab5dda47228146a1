"""Who is looking: the visit cookie, and the little that is kept about the browser as evidence."""

from __future__ import annotations

import ipaddress
import re
import secrets
from functools import lru_cache

from flask import Response, g, request

from deskpulse.surveys.tokens import digest
from deskpulse.surveys.visits import Visitor
from deskpulse_web.context import desk

WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{16,64}")
LONGEST_AGENT = 300
PREFETCH_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def cookie_name() -> str:
    """The visit cookie; where it can be secure, its name makes browsers insist on that."""
    return "__Host-deskpulse_visit" if desk.settings.secure else "deskpulse_visit"


def visitor() -> Visitor:
    """The browser behind this request; one without our cookie gets a new visit."""
    value = request.cookies.get(cookie_name(), "")
    returning = WELL_FORMED.fullmatch(value) is not None
    g.visit = value if returning else secrets.token_urlsafe(16)
    return Visitor(
        visit=digest(g.visit),
        returning=returning,
        agent=request.user_agent.string[:LONGEST_AGENT],
        network=_network(request.remote_addr or ""),
        prefetch=any("prefetch" in request.headers.get(name, "").lower() for name in PREFETCH_HEADERS),
    )


def remember(response: Response) -> None:
    """Give the browser its visit cookie; it lasts as long as the browser runs, and means nothing elsewhere."""
    response.set_cookie(cookie_name(), g.visit, path="/", secure=desk.settings.secure, httponly=True, samesite="Lax")


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    """The address without what tells one household from the next."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
