"""What every vendor-side app is packed with: the archive, the folder it is read from, the address and key it needs."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from io import BytesIO
from urllib.parse import urlsplit

from deskpulse.errors import ConfigurationError
from deskpulse.records import Connection

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name: the same sources always make the same bytes."""
UNIX, READABLE = 3, 0o644 << 16
"""Where the archive claims to be made, and the files' permissions: the same on every machine."""


def pack_files(contents: Mapping[str, bytes]) -> bytes:
    """The files by their path as a zip archive, byte for byte the same for the same contents."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, date_time=EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = UNIX
            entry.external_attr = READABLE
            archive.writestr(entry, contents[name])
    return buffer.getvalue()


def read_folder(folder: Traversable, path: str) -> dict[str, bytes]:
    """All files of one flat folder of a plug-in's sources, by their path in the archive, which begins with ``path``."""
    return {f"{path}/{entry.name}": entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}


def panel_host(panel_url: str, caller: str) -> str:
    """The host that ``caller``, the vendor's proxy, has to reach. Raises ConfigurationError where there is none."""
    parts = urlsplit(panel_url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigurationError(f"base_url: {panel_url!r} is no address that {caller} could call; set the public one.")
    return parts.hostname


def panel_key(connection: Connection) -> str:
    """The key by which the app proves itself to the panel. Raises ConfigurationError where there is none yet."""
    found = connection.secrets.get("panel_key", "")
    if not found:
        raise ConfigurationError(f"panel_key: the connection {connection.key} has none; make one, then build the app.")
    return found
