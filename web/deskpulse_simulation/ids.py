"""Identifiers and secrets, all drawn from one seed so that a run can be repeated."""

from __future__ import annotations

import hashlib
import random
import uuid


class SeededIds:
    """What most vendors hand out; a vendor's own numbers are added by a subclass, drawn from ``random``."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (repeatable on purpose)

    def uuid(self) -> str:
        """A random UUID with hyphens."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def secret(self, length: int = 32) -> str:
        """A token of at most 64 letters and digits."""
        return hashlib.sha256(self.random.randbytes(32)).hexdigest()[:length]
