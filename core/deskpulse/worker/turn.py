"""The one process that runs the jobs of an embedded installation.

A server that was killed may leave a child behind for a moment, and `deskpulse web` may have several: whoever holds the
lock on a file in the data directory works, the others stand by. The kernel frees it when its holder dies.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

FILE = "worker.lock"
LOOK_AGAIN = 0.05
"""Seconds."""


class Turn:
    """The right to run jobs, waited for in a thread."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this process is the one."""
        return self._descriptor is not None

    def wait(self, stop: threading.Event) -> bool:
        """Wait until it is this process's turn; False where it was stopped before."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while not stop.is_set():
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stop.wait(LOOK_AGAIN)
                continue
            self._descriptor = descriptor
            return True
        os.close(descriptor)
        return False

    def end(self) -> None:
        """Let the next one have it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
