"""Telling people how far something long has come."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

EVERY_LINE = 5.0
"""Seconds between two lines where lines stay, such as in a file or a log."""
EVERY_DRAW = 0.1
ERASE = "\r\x1b[K"
"""Back to the first column, and clear to the end of the line: whatever its length was."""


class Progress:
    """``show("3 groups", 3)`` says what is done, with its rate.

    At a terminal it says so over and over in one line, which ``end()`` leaves clean; elsewhere in a line now and then.
    """

    def __init__(self, stream: TextIO | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._monotonic = monotonic
        self._begun = self._shown = monotonic()
        self._terminal = self._stream.isatty()
        self._drawn = False

    def begin(self, what: str) -> None:
        """Say what will take a while."""
        self._stream.write(f"{what}\n")
        self._stream.flush()

    def show(self, what: str, count: int) -> None:
        """Say it, unless something was said just now."""
        now = self._monotonic()
        if now - self._shown < (EVERY_DRAW if self._terminal else EVERY_LINE):
            return
        self._shown = now
        text = f"{what}, {count / (now - self._begun):,.0f} a second"
        self._stream.write(f"{ERASE}{text}" if self._terminal else f"{text}\n")
        self._stream.flush()
        self._drawn = True

    @contextmanager
    def watch(self, state: Callable[[], tuple[str, int]]) -> Iterator[None]:
        """While this lasts, ``show`` what ``state`` tells, also while whoever does the work has nothing to say."""
        done = threading.Event()

        def look() -> None:
            while not done.wait(EVERY_DRAW):
                self.show(*state())

        thread = threading.Thread(target=look, name="deskpulse-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self.end()

    def end(self) -> None:
        """Make room for the result."""
        if self._terminal and self._drawn:
            self._stream.write(ERASE)
            self._stream.flush()
