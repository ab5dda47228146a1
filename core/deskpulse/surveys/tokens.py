"""Tokens of survey links: 128 random bits, found by digest, sealed at rest."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 16


def new_token() -> str:
    """A token for one link, URL-safe and without meaning."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """What a token is found by; the token cannot be had back from it."""
    return hashlib.sha256(token.encode()).hexdigest()
