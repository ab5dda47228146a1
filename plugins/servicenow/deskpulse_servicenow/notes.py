"""The work note: plain text that stays plain, and carries the marker by which it is found again.

ServiceNow shows what stands between ``[code]`` and ``[/code]`` in a journal field as HTML; a customer's words must not
become that.
https://www.servicenow.com/docs/r/platform-administration/c_JournalFields.html (read 2026-08)
"""

from __future__ import annotations

import re

from deskpulse.plugin_api import Result, note_text, printable

LONGEST = 3_500
"""Characters of the customer's words; our columns for them have 4000."""
CODE = re.compile(r"\[(?=\s*/?\s*code)", re.IGNORECASE)


def write(result: Result) -> str:
    """The note's text; the marker stands alone in its last line."""
    return note_text(result, plain, quoted)


def quoted(words: str) -> str:
    """Someone else's words, marked line by line, so that no line can pass for ours."""
    return "\n".join(f"> {line}" for line in plain(words).split("\n"))


def plain(words: str) -> str:
    """Without control characters, other line ends, or anything that would be shown as HTML."""
    return CODE.sub("(", printable(words[:LONGEST], keep="\n"))
