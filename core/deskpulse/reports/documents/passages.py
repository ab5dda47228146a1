"""Other people's words, made ready for print: line by line, each with its direction and language.

The typesetter guesses neither. The direction is that of the first strong character (Unicode Bidirectional Algorithm,
rules P2 and P3); the language is told by the script where that is enough to choose the right shapes of characters.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TypedDict

RIGHT_TO_LEFT = ("R", "AL")
LONGEST_UNBROKEN = 36
"""Characters after which a word without spaces, such as an address, may be broken to stay within its column."""
_ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"
_OVERRIDES = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_SCRIPTS = {"HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ARABIC": "ar", "HEBREW": "he", "CJK": "zh"}
"""Languages by the first word of a character's name."""


class Line(TypedDict):
    """One line: its characters, whether it runs from right to left, and its language (empty: that of the document)."""

    s: str
    rtl: bool
    lang: str


def passage(words: str, unbroken: int = LONGEST_UNBROKEN) -> list[Line]:
    """The lines of a text, without control characters and without empty lines at its ends.

    A word longer than ``unbroken`` characters may be broken after each so many.
    """
    lines = words.strip().splitlines()
    return [Line(s=_breakable(one, unbroken), rtl=_rtl(one), lang=_language(one)) for one in map(_clean, lines)]


def _clean(line: str) -> str:
    """Without what cannot be printed: controls, half surrogate pairs, private characters, changes of direction."""
    return "".join(one for one in line.replace("\t", " ") if not _unprintable(one))


def _unprintable(one: str) -> bool:
    return unicodedata.category(one) in ("Cc", "Cs", "Co") or unicodedata.bidirectional(one) in _OVERRIDES


def _breakable(line: str, unbroken: int) -> str:
    """Latin only: other scripts have rules of their own for where a line may end."""
    return re.sub(rf"[!-\u024f]{{{unbroken}}}(?=[!-\u024f])", lambda found: found[0] + _ZERO_WIDTH_SPACE, line)


def _rtl(line: str) -> bool:
    strong = (direction for direction in map(unicodedata.bidirectional, line) if direction in ("L", *RIGHT_TO_LEFT))
    return next(strong, "L") in RIGHT_TO_LEFT


def _language(line: str) -> str:
    """Japanese is told from Chinese by any kana, so every script of the line is looked at."""
    found = {unicodedata.name(one, "").partition(" ")[0] for one in line if one.isalpha() and not one.isascii()}
    return next((language for script, language in _SCRIPTS.items() if script in found), "")
