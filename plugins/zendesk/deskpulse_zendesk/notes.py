"""The private note: plain text that stays plain, and carries the marker by which it is found again.

Zendesk may show a comment as Markdown and fills in ``{{placeholders}}``; a customer's words must do neither. They are
indented, which Markdown takes literally, and their braces are parted.
"""

from __future__ import annotations

import textwrap

from deskpulse.plugin_api import Result, note_text, printable
from deskpulse_zendesk.client import Raw

INDENT = "    "
WIDTH = 100
LONGEST = 20_000
"""A comment may have 65 535 characters."""


def write(result: Result) -> str:
    """The note's text; the marker stands alone in its last line."""
    return note_text(result, plain, quoted)


def quoted(words: str) -> str:
    """Someone else's words, indented line by line, so that nothing in them acts and no line can pass for ours."""
    lines = plain(words[:LONGEST], keep="\n").split("\n")
    wrapped = (row for line in lines for row in textwrap.wrap(line, WIDTH, break_on_hyphens=False) or [""])
    return "\n".join(INDENT + row for row in wrapped)


def plain(words: str, keep: str = "") -> str:
    """Without control characters, other line ends or placeholders."""
    shown = printable(words, keep)
    for opening in ("{{", "{%"):
        while opening in shown:
            shown = shown.replace(opening, f"{{ {opening[1]}")
    return shown


def carries(raw_comment: Raw, marker: str) -> bool:
    """Whether a comment is our note: private, which a customer cannot write, with the marker in a line of its own."""
    if raw_comment.get("public") is not False:
        return False
    return marker in (line.rstrip() for line in str(raw_comment.get("body") or "").splitlines())
