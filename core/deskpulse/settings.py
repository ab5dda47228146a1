"""The installation's settings: environment and ``deskpulse.toml``, checked once, frozen from then on.

Organisations have preferences (:mod:`deskpulse.organisation.preferences`); these belong to whoever runs the server.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from deskpulse import entered
from deskpulse.errors import ConfigurationError

PREFIX = "DESKPULSE_"
FILE = "deskpulse.toml"
URL = "^[a-z][a-z0-9+.-]*://"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "data_dir": {"type": "string", "description": "Where the embedded default keeps its database and key."},
        "database_url": {
            "type": "string",
            "pattern": URL,
            "secret": True,
            "examples": ["postgresql://deskpulse:password@db.example.com/deskpulse"],
            "description": "SQLAlchemy URL; default: SQLite in data_dir.",
        },
        "broker_url": {
            "type": "string",
            "pattern": URL,
            "secret": True,
            "examples": ["redis://broker.example.com/0", "amqp://deskpulse:password@broker.example.com//"],
            "description": "Celery broker; default: jobs inside the one process.",
        },
        "base_url": {
            "type": "string",
            "pattern": "^https?://[^/]+$",
            "examples": ["https://feedback.example.com"],
            "description": "Where people reach DeskPulse.",
        },
        "secret_keys": {
            "type": "string",
            "secret": True,
            "description": "Fernet keys, newest first, separated by commas.",
        },
        "smtp_url": {
            "type": "string",
            "pattern": "^smtps?://|^smtp\\+starttls://",
            "secret": True,
            "examples": ["smtp://mail.example.com:25", "smtp+starttls://user:password@mail.example.com:587"],
            "description": "Outgoing mail.",
        },
        "mail_from": {
            "type": "string",
            "pattern": "@",
            "examples": ["IT Support <support@example.com>"],
            "description": "Sender of invitations, name optional.",
        },
        "bounce_domain": {"type": "string", "description": "Domain whose mail goes to `deskpulse mail bounce`."},
        "trusted_proxies": {"type": "integer", "minimum": 0, "description": "Reverse proxies in front of the web."},
        "disabled_plugins": {"type": "string", "description": "Names of plug-ins not to load, separated by commas."},
        "worker_threads": {"type": "integer", "minimum": 1, "description": "Jobs at the same time in one worker."},
    },
}


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. See ``SCHEMA`` for the meaning of each field."""

    data_dir: Path
    database_url: str
    broker_url: str = "memory://localhost/"
    base_url: str = "http://127.0.0.1:8000"
    secret_keys: tuple[str, ...] = ()
    smtp_url: str = "smtp://127.0.0.1:25"
    mail_from: str = "DeskPulse <deskpulse@localhost>"
    bounce_domain: str = ""
    trusted_proxies: int = 0
    disabled_plugins: tuple[str, ...] = ()
    worker_threads: int = 4

    @property
    def embedded(self) -> bool:
        """Whether jobs run inside the web process, without a broker."""
        return self.broker_url.startswith("memory://")

    @property
    def secure(self) -> bool:
        """Whether people reach DeskPulse over https, so that cookies may insist on it."""
        return self.base_url.startswith("https://")


def load(environment: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Read the settings; the environment wins over the file.

    Raises :class:`~deskpulse.errors.ConfigurationError` naming every setting that is wrong.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(f"{PREFIX}CONFIG")
    if named and not Path(named).exists():
        raise ConfigurationError(f"{PREFIX}CONFIG names {named}, which is not there")
    found = _from_file(file or Path(named or FILE))
    found |= _from_environment(environment)
    if problems := entered.problems(SCHEMA, found):
        raise ConfigurationError("These settings are wrong:\n  " + "\n  ".join(problems))
    return make(**found)


def misspelt(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Names in the environment that are no setting, each with the setting that was probably meant."""
    known = [PREFIX + field.name.upper() for field in fields(Settings)]
    strange = (name for name in environment if name.startswith(PREFIX) and name not in known)
    meant = {name: get_close_matches(name, known, n=1, cutoff=0.9) for name in strange}
    return {name: found[0] for name, found in sorted(meant.items()) if found}


def make(**found: Any) -> Settings:
    """Settings from checked values: fills in what depends on others."""
    data_dir = Path(found.pop("data_dir", "deskpulse-data")).absolute()
    found.setdefault("database_url", f"sqlite:///{data_dir / 'deskpulse.sqlite3'}")
    for name in ("secret_keys", "disabled_plugins"):
        if isinstance(found.get(name), str):
            found[name] = tuple(part.strip() for part in found[name].split(",") if part.strip())
    return Settings(data_dir=data_dir, **found)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(Settings):
        text = environment.get(PREFIX + field.name.upper())
        if text:
            is_number = SCHEMA["properties"][field.name]["type"] == "integer"
            found[field.name] = int(text) if is_number and text.isdecimal() else text
    return found
