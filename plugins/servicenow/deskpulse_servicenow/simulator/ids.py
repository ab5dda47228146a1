"""The instance's own ids, from one seed."""

from __future__ import annotations

from typing import TypeVar

from deskpulse_simulation.ids import SeededIds

Item = TypeVar("Item")


class Ids(SeededIds):
    """Makes sys_ids, and orders that nobody can rely on."""

    def sys_id(self) -> str:
        """32 lower-case hexadecimal digits."""
        return f"{self.random.getrandbits(128):032x}"

    def shuffled(self, items: list[Item]) -> list[Item]:
        """The items in another order than given, where there are at least two."""
        found = list(items)
        self.random.shuffle(found)
        return [*found[1:], found[0]] if found == items and found else found
