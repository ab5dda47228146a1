"""Cells of CSV files that no spreadsheet runs, and what they mean.

Spreadsheets run a cell as a formula when it begins with one of a few characters, also behind blanks. Such a cell gets
an apostrophe before it, which tells a spreadsheet that it is text; numbers such as -5 or +49 30 1234 stay as they are.
What already has apostrophes there gets another one, so that taking the first one away gives back every text.
"""

from __future__ import annotations

import re

FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
"""What formulas begin with, in full width too."""
_BREAKS = "\t\r\n"
_BLANK = _BREAKS + "' \v\f\0\x85\xa0\u200b\u2028\u2029\u3000\ufeff"
SUSPECT = frozenset(FORMULA + _BLANK)
"""What cells begin with that have to be looked at."""
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,]*")


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    if not text or text[0] not in SUSPECT or _NUMBER.fullmatch(text):
        return text
    runs = text.lstrip(_BLANK).startswith(tuple(FORMULA)) or text.lstrip("'").startswith(tuple(_BREAKS))
    return f"'{text}" if runs else text


def meant(cell: str) -> str:
    """The text of which :func:`harmless` made a cell; one that it never makes is meant as it is."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell
