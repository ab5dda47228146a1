"""What we write into a ticket's conversation, as HTML in which a customer's words stay words.

A private note for an answer, a public reply for an invitation. Each ends with the marker by which it is found again: a
POST has no key that would keep a repeated one out, so the conversation is looked through first. Comments in the HTML
may be stripped, so the marker is text; it stands last, where nothing that a customer wrote can stand.
"""

from __future__ import annotations

import html
import re

from deskpulse.plugin_api import Invitation, Result, note_lines, printable
from deskpulse_freshdesk.client import Raw

LONGEST = 20_000
TAG = re.compile(r"<[^>]*>")


def note(result: Result) -> str:
    """An answer, for agents."""
    score, *rest = note_lines(result, shown)
    parts = [f"<b>{score}</b>", *rest]
    if result.comment.strip():
        parts.append(f"The customer's words:<blockquote>{shown(result.comment[:LONGEST])}</blockquote>")
    parts.append(_link(result.link, result.link))
    return _paragraphs([*parts, shown(result.marker)])


def invitation(asked: Invitation) -> str:
    """A question to the customer."""
    until = f"{asked.expires_at.day} {asked.expires_at:%B %Y}"
    hello = f"Hello {shown(asked.recipient_name)}," if asked.recipient_name.strip() else "Hello,"
    parts = [
        hello,
        f"your request {shown(asked.subject)} is resolved. How likely are you to recommend our support, from 0 to 10?",
        _link(asked.link, asked.link),
        f"The link is yours alone and works until {until}. Thank you! {shown(asked.organisation_name)}",
        f"Do not ask me again: {_link(asked.opt_out_link, asked.opt_out_link)}",
    ]
    return _paragraphs([*parts, shown(invitation_marker(asked.key))])


def invitation_marker(key: str) -> str:
    """What a reply that carries an invitation is found by."""
    return f"[DeskPulse {key}]"


def shown(words: str) -> str:
    """Someone else's words as HTML: escaped, one line per line, without control characters."""
    return html.escape(printable(words, keep="\n")).replace("\n", "<br>")


def ends_with(raw_entry: Raw, marker: str) -> bool:
    """Whether an entry of a conversation is the one that we wrote: an agent's, with the marker as its end."""
    if raw_entry.get("incoming"):
        return False
    words = (html.unescape(TAG.sub(" ", str(raw_entry.get("body") or ""))), str(raw_entry.get("body_text") or ""))
    return any(" ".join(text.split()).endswith(marker) for text in words)


def _link(address: str, words: str) -> str:
    return f'<a href="{html.escape(address)}">{shown(words)}</a>'


def _paragraphs(parts: list[str]) -> str:
    return "".join(f"<div>{part}</div>" for part in parts)
