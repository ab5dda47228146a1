"""The script that draws charts in a browser, from the same library that draws them on the server."""

from __future__ import annotations

import gzip
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

import structlog

VERSION = metadata.version("vl-convert-python")
"""Part of its address, so that browsers keep it until it changes."""
MAKE = "import sys, vl_convert; sys.stdout.write(vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;'))"
"""Another process makes it: that takes some seconds, in which no thread of this one could do anything."""
LONGEST = 120
"""Seconds."""
_one_at_a_time = Lock()
_made: dict[str, bytes] = {}
log = structlog.get_logger(__name__)


def bundle(directory: Path) -> bytes:
    """The script as a module without imports, gzipped. Made once (some seconds), and kept in the directory."""
    with _one_at_a_time:
        if VERSION not in _made:
            _made[VERSION] = _kept(directory / f"charts-{VERSION}.js.gz")
        return _made[VERSION]


def _kept(path: Path) -> bytes:
    if path.exists():
        return path.read_bytes()
    done = subprocess.run([sys.executable, "-c", MAKE], capture_output=True, timeout=LONGEST, check=True)  # noqa: S603 - our own
    made = gzip.compress(done.stdout, mtime=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(made)
        Path(file.name).replace(path)
    except OSError as problem:
        log.warning("chart script not kept", directory=str(path.parent), problem=str(problem))
    return made
