"""Waiting for the order to stop: Ctrl+C, or an init system's SIGTERM."""

from __future__ import annotations

import signal
import threading

LOOK_UP = 0.2
"""Seconds between two looks."""


class StopOrder:
    """Takes SIGINT and SIGTERM from when it is made, in the main thread."""

    def __init__(self) -> None:
        self._given = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._given.set())

    def wait(self) -> None:
        """Return once the order was given.

        The kernel may hand a signal to any thread, while Python runs its handler in the main one: that must look up by
        itself, as nothing wakes it.
        """
        while not self._given.wait(LOOK_UP):
            pass
