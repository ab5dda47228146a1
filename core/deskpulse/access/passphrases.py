"""Passphrases: what is accepted, and how they are kept (Argon2id, RFC 9106)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 14, 1000
DISTINCT = 5
"""Different characters that a passphrase must have at least."""
HASHER = PasswordHasher()
"""argon2-cffi's choice of cost, which it raises over the years: see :func:`is_outdated`."""


def problem(passphrase: str, email: str) -> str | None:
    """What is wrong with a new passphrase, as a sentence, or None."""
    text = _same_everywhere(passphrase)
    if len(text) < SHORTEST:
        return f"The passphrase needs at least {SHORTEST} characters; several words with spaces are fine."
    if len(text) > LONGEST:
        return f"The passphrase may have at most {LONGEST} characters."
    if len(set(text.casefold())) < DISTINCT:
        return f"The passphrase needs at least {DISTINCT} different characters."
    if email.casefold() in text.casefold():
        return "The passphrase must not contain the e-mail address."
    return None


def hashed(passphrase: str, hasher: PasswordHasher = HASHER) -> str:
    """The form in which a passphrase is kept."""
    return hasher.hash(_same_everywhere(passphrase))


def fits(passphrase: str, kept: str, hasher: PasswordHasher = HASHER) -> bool:
    """Whether this is the passphrase that was kept."""
    try:
        return len(passphrase) <= LONGEST and hasher.verify(kept, _same_everywhere(passphrase))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str, hasher: PasswordHasher = HASHER) -> bool:
    """Whether it was kept at another cost than today's, so that it is to be hashed again."""
    return hasher.check_needs_rehash(kept)


@lru_cache(maxsize=4)
def nobodys(hasher: PasswordHasher = HASHER) -> str:
    """A kept passphrase that nobody has: trying one against it takes as long as against a real one."""
    return hasher.hash("nobody's")


def _same_everywhere(passphrase: str) -> str:
    """One form for what keyboards and systems encode differently (NFKC, as NIST SP 800-63B asks)."""
    return unicodedata.normalize("NFKC", passphrase)
