"""Cells that no spreadsheet runs: every text comes back, and none is a formula."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.cells import harmless, meant

TEXT = st.text(max_size=30)
RISKY = st.text("=+-@\t\r\n '\u3000\uff1d1a,;\"", max_size=6)


@given(RISKY | TEXT)
def test_every_text_comes_back(text: str) -> None:
    assert meant(harmless(text)) == text


@given(RISKY | TEXT)
def test_no_cell_is_run(text: str) -> None:
    """What a spreadsheet would see behind blanks is no formula, unless it is a number."""
    cell = harmless(text)
    seen = cell.strip(" \t\r\n\v\f\xa0\u200b\u3000\ufeff\u2028\u2029\x85")
    number = seen.lstrip("+-").replace(" ", "").replace(".", "").replace(",", "").isdecimal()
    assert not seen.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20")) or number


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("  =cmd", "'  =cmd"), ("\t=x", "'\t=x"), ("@SUM(A1)", "'@SUM(A1)"), ("-5", "-5"),
        ("+49 30 1234", "+49 30 1234"), ("-1.5", "-1.5"), ("-1+2", "'-1+2"), ("- no", "'- no"), ("a=b", "a=b"),
        ("'=1", "''=1"), ("\r=1", "'\r=1"), ("\uff1d1", "'\uff1d1"), ("", ""), (" fine", " fine"), ("'tis", "'tis"),
    ],
)  # fmt: skip
def test_harmless_cells(text: str, cell: str) -> None:
    assert harmless(text) == cell
