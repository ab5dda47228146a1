"""The words of the note by which agents see an answer on the ticket; each helpdesk dresses them in its own markup."""

from __future__ import annotations

from collections.abc import Callable

from deskpulse.records import Result

Shown = Callable[[str], str]
"""Makes someone else's words safe to show in one helpdesk."""


def note_lines(result: Result, plain: Shown) -> list[str]:
    """Our own words about an answer, without the customer's: score, factors, and whether to call back."""
    again = " (changed answer)" if result.revision > 1 else ""
    lines = [f"Net Promoter score {result.score.value} of 10: {result.score.band}{again}"]
    if result.factors:
        lines.append(f"About: {plain(', '.join(result.factors))}")
    if result.contact_wanted:
        lines.append("The customer asks to be contacted.")
    return lines


def note_text(result: Result, plain: Shown, quoted: Shown) -> str:
    """A whole note in plain text; the marker stands alone in its last line.

    ``quoted`` sets the customer's words apart, so that no line of theirs can pass for ours.
    """
    lines = note_lines(result, plain)
    if result.comment.strip():
        lines += ["The customer's words:", "", quoted(result.comment), ""]
    return "\n".join([*lines, result.link, "", result.marker])


def printable(words: str, keep: str = "") -> str:
    """Someone else's words without control characters; line ends become plain ones, kept where ``keep`` holds them."""
    lines = "\n".join(words.splitlines())
    return "".join(one if one.isprintable() or one in keep else " " for one in lines)
