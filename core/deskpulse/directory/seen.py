"""Which rows a synchronisation has met, in one bit each, so that its memory does not grow with the organisation."""

from __future__ import annotations


class Seen:
    """A set of row ids; ``count`` says how many."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self.count = 0

    def add(self, row_id: int) -> None:
        """Note a row; noting it again changes nothing."""
        if row_id in self:
            return
        byte, bit = divmod(row_id, 8)
        if byte >= len(self._bits):
            self._bits.extend(bytes(byte + 1 - len(self._bits)))
        self._bits[byte] |= 1 << bit
        self.count += 1

    def __contains__(self, row_id: int) -> bool:
        byte, bit = divmod(row_id, 8)
        return byte < len(self._bits) and bool(self._bits[byte] & 1 << bit)
