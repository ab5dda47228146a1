"""The vault: secrets at rest are sealed with Fernet (AES-128-CBC and HMAC-SHA256), and keys can be rotated."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from deskpulse.errors import ConfigurationError
from deskpulse.settings import Settings

KEY_FILE = "secret.key"


class Vault:
    """Seals and opens text. The first key seals; every key opens, so an old one can be kept until all is re-sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ConfigurationError(f"DESKPULSE_SECRET_KEYS: not a Fernet key: {error}") from None
        self._keys = tuple(keys)
        self._opened = lru_cache(maxsize=1024)(self._open)

    def seal(self, text: str) -> str:
        """Text that only this installation can open."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text that was sealed. Raises ConfigurationError where no key fits."""
        return self._opened(sealed)

    def reseal(self, sealed: str) -> str:
        """The same text, sealed with the newest key."""
        return self._fernet.rotate(sealed.encode()).decode()

    def seal_all(self, secrets: Mapping[str, str]) -> str:
        """Several secrets, sealed as one."""
        return self.seal(json.dumps(dict(secrets), sort_keys=True))

    def open_all(self, sealed: str) -> dict[str, str]:
        """What :meth:`seal_all` sealed."""
        opened: dict[str, str] = json.loads(self.open(sealed))
        return opened

    def derived_keys(self, purpose: str) -> Sequence[str]:
        """Keys for another purpose, such as signing cookies: the first signs, every one of them verifies."""
        person = purpose.encode()[:16]
        return [hashlib.blake2b(key.encode(), person=person, digest_size=32).hexdigest() for key in self._keys]

    def _open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ConfigurationError("DESKPULSE_SECRET_KEYS: no key opens the stored secrets") from None


def load_keys(settings: Settings) -> Sequence[str]:
    """The keys from the settings; without any, one that is made once and kept in the data directory."""
    if settings.secret_keys:
        return settings.secret_keys
    path: Path = settings.data_dir / KEY_FILE
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(Fernet.generate_key().decode(), encoding="ascii")
        try:
            os.link(draft, path)  # fails where another process was first: its key stays
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return (path.read_text(encoding="ascii").strip(),)
