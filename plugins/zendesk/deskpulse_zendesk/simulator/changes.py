"""A log of changes, which incremental exports read."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from datetime import datetime


class ChangeLog:
    """When each record last changed, in that order. A record appears once, at its latest change."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int]] = []
        self._latest: dict[int, tuple[int, int, int]] = {}
        self._sequence = 0

    def touch(self, number: int, moment: datetime) -> None:
        """Note a change of one record."""
        self._sequence += 1
        entry = (int(moment.timestamp()), self._sequence, number)
        self._latest[number] = entry
        if self._entries and entry < self._entries[-1]:
            insort(self._entries, entry)
        else:
            self._entries.append(entry)
        if len(self._entries) > 2 * len(self._latest) + 1000:
            self._entries = sorted(self._latest.values())

    def after(self, position: tuple[int, int], until: int) -> Iterator[tuple[int, int, int]]:
        """Entries ``(time, sequence, id)`` beyond a position, not later than ``until``."""
        entries = self._entries
        for index in range(bisect_right(entries, (*position, 2**63)), len(entries)):
            entry = entries[index]
            if entry[0] > until:
                return
            if self._latest[entry[2]] == entry:
                yield entry
