"""One receipt for several parts: what is in place and what was refused decides."""

from __future__ import annotations

import pytest

from deskpulse.receipts import WriteEnd, WritePart, receipt_of
from deskpulse.records import Receipt, ReceiptState

DONE, ALREADY, FAILED, SKIPPED = WriteEnd.DONE, WriteEnd.ALREADY, WriteEnd.FAILED, WriteEnd.SKIPPED


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        ((DONE, DONE), ReceiptState.DONE),
        ((ALREADY, DONE), ReceiptState.DONE),
        ((ALREADY, ALREADY), ReceiptState.ALREADY),
        ((FAILED, DONE), ReceiptState.PARTLY),
        ((ALREADY, FAILED), ReceiptState.PARTLY),
        ((FAILED, FAILED), ReceiptState.REFUSED),
        ((FAILED, SKIPPED), ReceiptState.REFUSED),
        ((DONE, SKIPPED), ReceiptState.DONE),
        ((ALREADY, SKIPPED), ReceiptState.ALREADY),
    ],
)
def test_the_ends_of_the_parts_make_the_state(ends: tuple[WriteEnd, ...], state: ReceiptState) -> None:
    assert receipt_of(map(WritePart, ends)).state is state


def test_a_receipt_tells_what_every_part_has_to_say() -> None:
    parts = [
        WritePart(FAILED, "the ticket is closed"),
        WritePart(DONE, "", "c-1"),
        WritePart(DONE, "no field yet", "r"),
    ]
    assert receipt_of(parts) == Receipt(ReceiptState.PARTLY, "the ticket is closed; no field yet", "c-1")
