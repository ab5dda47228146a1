"""Progress is one moving line at a terminal, and a few lasting lines elsewhere."""

from __future__ import annotations

import io
import itertools
import threading

from deskpulse.cli.progress import Progress


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        return True


class Seconds:
    """A clock that a test moves."""

    at = 100.0

    def __call__(self) -> float:
        return self.at


def told(stream: io.StringIO, *, every: float) -> str:
    """What is said about five hundred agents a second, for six seconds."""
    clock = Seconds()
    progress = Progress(stream, clock)
    progress.begin("Reading.")
    while clock.at < 106:
        clock.at += every
        progress.show("some groups", round((clock.at - 100) * 500))
    progress.end()
    return stream.getvalue()


def test_a_terminal_sees_one_line_that_moves() -> None:
    said = told(Terminal(), every=1.0)
    assert said.startswith("Reading.\n\r\x1b[Ksome groups, 500 a second\r\x1b[K")
    assert said.count("\n") == 1
    assert said.endswith("\r\x1b[K")


def test_a_terminal_is_not_flooded() -> None:
    assert told(Terminal(), every=0.01).count("some groups") <= 60


def test_a_log_gets_a_line_now_and_then() -> None:
    assert told(io.StringIO(), every=0.25) == "Reading.\nsome groups, 500 a second\n"


def test_who_waits_is_told_that_something_goes_on() -> None:
    """The first group of a large directory may come a minute after the first page."""
    stream, asked, enough = Terminal(), itertools.count(), threading.Event()

    def state() -> tuple[str, int]:
        pages = next(asked)
        if pages > 3:
            enough.set()
        return f"{pages} pages read so far", pages

    with Progress(stream, itertools.count().__next__).watch(state):
        assert enough.wait(10)
    said = stream.getvalue()
    assert "1 pages read so far" in said
    assert said.endswith("\r\x1b[K")
