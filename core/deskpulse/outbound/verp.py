"""Envelope senders that name the invite, so that a bounce says by its address alone what it is about.

``bounce+<invite id>-<mac>@<bounce domain>``: the code keeps strangers from making up bounces of other people's invites.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from email.utils import parseaddr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskpulse.desk import Desk

_LOCAL = re.compile(r"bounce\+(?P<id>[1-9][0-9]{0,17})-(?P<mac>[0-9a-f]{16})", re.ASCII)


def envelope_sender(desk: Desk, invite_id: int) -> str:
    """Where bounces of this invite shall go: its own address, or without a bounce domain the plain sender."""
    if not desk.settings.bounce_domain:
        return parseaddr(desk.settings.mail_from)[1]
    return f"bounce+{invite_id}-{_macs(desk, invite_id)[0]}@{desk.settings.bounce_domain}"


def invite_of_bounce(desk: Desk, address: str) -> int | None:
    """Find the invite that an envelope sender was made for; None where the address is not one of ours."""
    local, _, domain = parseaddr(address)[1].lower().rpartition("@")
    found = _LOCAL.fullmatch(local)
    if not found or not desk.settings.bounce_domain or domain != desk.settings.bounce_domain.lower():
        return None
    invite_id = int(found["id"])
    return invite_id if any(hmac.compare_digest(found["mac"], mac) for mac in _macs(desk, invite_id)) else None


def _macs(desk: Desk, invite_id: int) -> list[str]:
    """One for each key, the newest first: mail that went out before a rotation may still come back."""
    keys = desk.vault.derived_keys("verp")
    return [hmac.new(key.encode(), str(invite_id).encode(), hashlib.sha256).hexdigest()[:16] for key in keys]
