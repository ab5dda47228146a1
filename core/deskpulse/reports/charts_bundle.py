"""The script that draws charts in a browser, from the same library that draws them on the server."""

from __future__ import annotations

import gzip
from importlib import metadata
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

import structlog
import vl_convert

VERSION = metadata.version("vl-convert-python")
"""Part of its address, so that browsers keep it until it changes."""
_one_at_a_time = Lock()
_made: dict[str, bytes] = {}
log = structlog.get_logger(__name__)


def bundle(directory: Path) -> bytes:
    """The script as a module without imports, gzipped. Made once (some seconds), kept in memory and in the directory."""
    with _one_at_a_time:
        if VERSION not in _made:
            _made[VERSION] = _kept(directory / f"charts-{VERSION}.js.gz")
        return _made[VERSION]


def _kept(path: Path) -> bytes:
    if path.exists():
        return path.read_bytes()
    made = gzip.compress(vl_convert.javascript_bundle(None).encode(), mtime=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(made)
        Path(file.name).replace(path)
    except OSError as problem:
        log.warning("chart script not kept", directory=str(path.parent), problem=str(problem))
    return made
