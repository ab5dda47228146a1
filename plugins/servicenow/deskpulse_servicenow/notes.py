"""The work note: plain text that stays plain, and carries the marker by which it is found again.

ServiceNow shows what stands between ``[code]`` and ``[/code]`` in a journal field as HTML; a customer's words must not
become that.
https://www.servicenow.com/docs/r/platform-administration/c_JournalFields.html (read 2026-08)
"""

from __future__ import annotations

import re

from deskpulse.plugin_api import Result

LONGEST = 3_500
"""Characters of the customer's words; our columns for them have 4000."""
CODE = re.compile(r"\[(?=\s*/?\s*code)", re.IGNORECASE)


def write(result: Result) -> str:
    """The note's text; the marker stands alone in its last line."""
    again = " (changed answer)" if result.revision > 1 else ""
    lines = [f"Net Promoter score {result.score.value} of 10: {result.score.band}{again}"]
    if result.factors:
        lines.append(f"About: {plain(', '.join(result.factors))}")
    if result.contact_wanted:
        lines.append("The customer asks to be contacted.")
    if result.comment.strip():
        lines += ["The customer's words:", "", quoted(result.comment), ""]
    lines += [result.link, "", result.marker]
    return "\n".join(lines)


def quoted(words: str) -> str:
    """Someone else's words, marked line by line, so that no line can pass for ours."""
    return "\n".join(f"> {line}" for line in plain(words).split("\n"))


def plain(words: str) -> str:
    """Without control characters, other line ends, or anything that would be shown as HTML."""
    lines = "\n".join(words[:LONGEST].splitlines())
    visible = "".join(one if one.isprintable() or one == "\n" else " " for one in lines)
    return CODE.sub("(", visible)
