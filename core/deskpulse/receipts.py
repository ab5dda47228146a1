"""The receipt of an answer that is written to more than one place, such as the ticket and the customer's record.

A helpdesk may take one part and refuse another: each part says how its own writing ended, and the receipt sums up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from deskpulse.records import Receipt, ReceiptState


class WriteEnd(Enum):
    """How the writing of one part ended."""

    DONE = auto()
    ALREADY = auto()
    """The helpdesk shows it already, so nothing was written."""
    FAILED = auto()
    """The helpdesk refused, and would refuse again."""
    SKIPPED = auto()
    """There was nothing to write: it counts neither way."""


@dataclass(frozen=True, slots=True)
class WritePart:
    """One part of the writing; ``detail`` and ``reference`` mean what they mean in a Receipt."""

    end: WriteEnd
    detail: str = ""
    reference: str = ""


def receipt_of(parts: Iterable[WritePart]) -> Receipt:
    """One receipt for all parts: refused where none is in place, partly where some are and others were refused.

    Its detail joins those of the parts, its reference is the first that a part has.
    """
    parts = tuple(parts)
    detail = "; ".join(part.detail for part in parts if part.detail)
    reference = next((part.reference for part in parts if part.reference), "")
    return Receipt(_state({part.end for part in parts}), detail, reference)


def _state(ends: set[WriteEnd]) -> ReceiptState:
    if WriteEnd.FAILED in ends:
        return ReceiptState.PARTLY if ends & {WriteEnd.DONE, WriteEnd.ALREADY} else ReceiptState.REFUSED
    return ReceiptState.DONE if WriteEnd.DONE in ends else ReceiptState.ALREADY
