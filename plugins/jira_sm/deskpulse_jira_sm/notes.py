"""The comments' texts: wiki text in which nobody else's words act, and the marks by which they are found again.

servicedeskapi takes wiki text, in which a customer's words could mention people or break the layout; they stand in a
``{noformat}`` block. Issues that are no requests take a document (ADF) on Cloud, where text is just text.
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse.plugin_api import Invitation, Result, note_lines, printable

FENCE = "{noformat}"
LONGEST = 20_000
"""A comment may have 32 767 characters."""


def as_wiki(result: Result) -> str:
    """The internal comment as wiki text; the marker stands alone at the end."""
    lines = note_lines(result, printable)
    if words := _words(result):
        lines += ["The customer's words:", FENCE, words.replace("{", "{ "), FENCE]
    return "\n".join([*lines, result.link, f"{FENCE}{result.marker}{FENCE}"])


def as_document(result: Result) -> dict[str, Any]:
    """The internal comment as a document of Atlassian's format; empty text and line ends are not allowed in it."""
    content = [_paragraph(line) for line in note_lines(result, printable)]
    if words := _words(result):
        content.append(_paragraph("The customer's words:"))
        content.append({"type": "codeBlock", "content": [{"type": "text", "text": words}]})
    content.append({"type": "paragraph", "content": [{**_text(result.link), "marks": [_link(result.link)]}]})
    return {"version": 1, "type": "doc", "content": [*content, _paragraph(result.marker)]}


def invitation_text(invitation: Invitation) -> str:
    """The public comment that asks a customer; names and subjects stay out, since they could hold wiki text."""
    return "\n".join(
        (
            "Your request is resolved. How did we do? It takes less than a minute:",
            invitation.link,
            "",
            "If you do not want to be asked again:",
            invitation.opt_out_link,
            "",
            invitation_mark(invitation.key),
        )
    )


def invitation_mark(key: str) -> str:
    """The last line of an invitation, by which it is found again."""
    return f"Reference: DeskPulse {key}"


def ends_with(raw_body: Any, mark: str) -> bool:
    """Whether a comment ends with a mark in a line of its own, which nobody's quoted words can."""
    shown = plain_text(raw_body).replace(FENCE, "\n").rstrip()
    return shown.rpartition("\n")[2].strip() == mark


def plain_text(raw: Any) -> str:
    """A comment's text, be it wiki text or a document; blocks and breaks end lines."""
    if isinstance(raw, str):
        return raw
    if not isinstance(raw, Mapping):
        return ""
    if raw.get("type") == "text":
        return str(raw.get("text") or "")
    if raw.get("type") == "hardBreak":
        return "\n"
    inner = raw.get("content")
    shown = "".join(map(plain_text, inner)) if isinstance(inner, list) else ""
    return shown if raw.get("type") == "doc" else f"{shown}\n"


def _words(result: Result) -> str:
    return printable(result.comment[:LONGEST], keep="\n").strip()


def _paragraph(line: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [_text(line)]}


def _text(line: str) -> dict[str, Any]:
    return {"type": "text", "text": line}


def _link(address: str) -> dict[str, Any]:
    return {"type": "link", "attrs": {"href": address}}
