"""The words of a text, the same on every database: what is searched is what was said, whatever a server's locale is.

A text becomes its words in lower case with single spaces between them. Everything but letters, digits and marks
separates words. Where a script sets no spaces, each of its characters is a word, so that a search for a run of them
finds it anywhere. The definition is given twice, for Python (SQLite calls it) and for PostgreSQL, from the same lists
of characters; whoever changes it must make the stored words anew by a migration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 100
"""Characters of one word; longer ones are cut into several, because no index takes entries of any length."""
SEPARATORS = (
    (0x01, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0xA9), (0xAB, 0xB1), (0xB4, 0xB4), (0xB6, 0xB8), (0xBB, 0xBB),
    (0xBF, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x37E, 0x37E), (0x387, 0x387), (0x55A, 0x55F), (0x589, 0x58A),
    (0x5BE, 0x5BE), (0x5C0, 0x5C0), (0x5C3, 0x5C3), (0x5F3, 0x5F4), (0x600, 0x60F), (0x61B, 0x61F), (0x66A, 0x66D),
    (0x6D4, 0x6D4), (0x964, 0x965), (0x970, 0x970), (0xE3F, 0xE3F), (0xE4F, 0xE4F), (0xE5A, 0xE5B), (0x104A, 0x104F),
    (0x10FB, 0x10FB), (0x1360, 0x1368), (0x166E, 0x166E), (0x1680, 0x1680), (0x17D4, 0x17DB), (0x1800, 0x180E),
    (0x2000, 0x206F), (0x20A0, 0x20CF), (0x2190, 0x245F), (0x2500, 0x2BFF), (0x2E00, 0x2E7F), (0x3000, 0x3004),
    (0x3008, 0x3020), (0x3030, 0x3030), (0x303D, 0x303F), (0x30FB, 0x30FB), (0xFD3E, 0xFD3F), (0xFE00, 0xFE1F),
    (0xFE30, 0xFE6F), (0xFEFF, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65), (0xFFE0, 0xFFFF),
    (0x1F000, 0x1FAFF), (0xE0000, 0xE01EF),
)  # fmt: skip
"""Ranges of code points: punctuation, symbols, spaces, controls and emoji; where Unicode has no letters in between."""
WITHOUT_SPACES = (
    (0xE01, 0xE3E), (0xE40, 0xE4E), (0xE81, 0xEDF), (0x1000, 0x1049), (0x1050, 0x109F), (0x1780, 0x17D3),
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x302F), (0x3031, 0x303C), (0x3041, 0x30FA), (0x30FC, 0x312F),
    (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFD),
)  # fmt: skip
"""Ranges of code points: Thai, Lao, Burmese, Khmer, Chinese and Japanese."""
FUNCTION = "words_of"
"""Its name on both databases."""

_FOLDED_BEFORE, _FOLDED_AFTER = ("\u0130", "i"), ("\u03c2", "\u03c3")
"""The Turkish capital I with dot, which lower case would turn into two characters, and sigma at the end of a word."""


def _characters(ranges: Iterable[tuple[int, int]]) -> str:
    """A class of characters for a regular expression, without its brackets."""
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


_WORD = re.compile(f"[{_characters(WITHOUT_SPACES)}]|[^\0{_characters(SEPARATORS)}{_characters(WITHOUT_SPACES)}]+")


def words_of(text: str) -> str:
    """The words of a text with single spaces between them."""
    folded = text.replace(*_FOLDED_BEFORE).lower().replace(*_FOLDED_AFTER)
    found = _WORD.findall(folded)
    if any(len(word) > LONGEST for word in found):
        found = [word[at : at + LONGEST] for word in found for at in range(0, len(word), LONGEST)]
    return " ".join(found)


def on_postgresql(collation: str | None) -> str:
    """The statement that makes the same function there; ``collation`` knows lower case letters, whatever the locale."""
    collate = f' COLLATE pg_catalog."{collation}"' if collation else ""
    return f"""
CREATE FUNCTION {FUNCTION}(comment text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
DECLARE
  words text := replace(lower(replace(comment, '{_FOLDED_BEFORE[0]}', 'i'){collate}), '\u03c2', '\u03c3');
BEGIN
  IF octet_length(words) <> length(words) THEN
    words := regexp_replace(words, '([{_characters(WITHOUT_SPACES)}])', ' \\1 ', 'g');
  END IF;
  words := btrim(regexp_replace(words, '[{_characters(SEPARATORS)}]+', ' ', 'g'));
  IF words ~ '[^ ]{{{LONGEST + 1}}}' THEN
    words := regexp_replace(words, '([^ ]{{{LONGEST}}})(?=[^ ])', '\\1 ', 'g');
  END IF;
  RETURN words;
END $$
"""
