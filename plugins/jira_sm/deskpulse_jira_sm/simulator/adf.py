"""Rich text: Atlassian Document Format in REST v3, wiki text in v2, servicedeskapi and webhooks.

Wiki text is what is stored. Turning it into a document keeps words, paragraphs, lines, bold text and links.
"""

from __future__ import annotations

import re
from typing import Any

from deskpulse_simulation.records import Json

INVALID = "INVALID_INPUT"
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
LONGEST_COMMENT = 32_767
"""Characters."""
_INLINE = frozenset(("text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status"))
_BLOCKS = frozenset(
    ("paragraph", "heading", "bulletList", "orderedList", "listItem", "codeBlock", "blockquote", "panel", "rule",
     "table", "tableRow", "tableCell", "tableHeader", "expand", "mediaSingle", "mediaGroup", "media", "blockCard")
)  # fmt: skip
_FENCE = re.compile(r"\{noformat\}\n?")
_MARKED = re.compile(
    r"\*(?P<bold>[^*\n]+)\*|\[(?P<words>[^|\]\n]+)\|(?P<to>https?://[^\]\s]+)\]|(?P<url>https?://[^\s|\]]+)"
)


def problem(given: Any) -> str | None:
    """Why a value is no valid document, or None: strings, empty text, bare text and a missing version are refused."""
    if not isinstance(given, dict) or given.get("type") != "doc" or not isinstance(given.get("content"), list):
        return NOT_A_DOCUMENT
    if given.get("version") != 1:
        return INVALID
    sound = all(_sound(node, blocks=True) for node in given["content"])
    return None if sound else INVALID


def _sound(node: Any, *, blocks: bool) -> bool:
    if not isinstance(node, dict):
        return False
    kind = node.get("type")
    if kind == "text":
        return not blocks and isinstance(node.get("text"), str) and node["text"] != ""
    if kind in _INLINE:
        return not blocks
    if kind not in _BLOCKS:
        return False
    inner_blocks = kind not in ("paragraph", "heading", "codeBlock")
    return all(_sound(child, blocks=inner_blocks) for child in node.get("content") or ())


def shown(wiki: str) -> str:
    """Wiki text as a page shows it, where the marks around preformatted text are gone."""
    return _FENCE.sub("", wiki)


def to_wiki(node: Json) -> str:
    """A document as wiki text."""
    kind, children = node.get("type"), node.get("content") or []
    if kind == "text":
        return _marked(node)
    if kind == "hardBreak":
        return "\n"
    if kind in ("inlineCard", "blockCard"):
        return str(node.get("attrs", {}).get("url", ""))
    if kind in ("mention", "emoji", "status"):
        return str(node.get("attrs", {}).get("text", ""))
    if kind in ("bulletList", "orderedList"):
        bullet = "*" if kind == "bulletList" else "#"
        return "\n".join(f"{bullet} {to_wiki(child)}" for child in children)
    joint = "\n\n" if kind in ("doc", "blockquote", "panel", "expand") else ""
    return joint.join(to_wiki(child) for child in children)


def _marked(node: Json) -> str:
    text = str(node["text"])
    marks = {mark["type"]: mark.get("attrs", {}) for mark in node.get("marks") or ()}
    if "link" in marks:
        href = marks["link"].get("href", "")
        return str(href) if href == text else f"[{text}|{href}]"
    return f"*{text}*" if "strong" in marks else text


def to_document(wiki: str) -> Json:
    """Wiki text as a document."""
    paragraphs = [part for part in re.split(r"\n{2,}", wiki) if part.strip()]
    return {"version": 1, "type": "doc", "content": [_paragraph(part) for part in paragraphs]}


def _paragraph(text: str) -> Json:
    nodes: list[Json] = []
    for line in text.split("\n"):
        if nodes:
            nodes.append({"type": "hardBreak"})
        nodes += _line(line)
    return {"type": "paragraph", "content": nodes}


def _line(text: str) -> list[Json]:
    nodes: list[Json] = []
    place = 0
    for found in _MARKED.finditer(text):
        nodes += _text(text[place : found.start()])
        bold, href = found["bold"], found["to"] or found["url"]
        mark: Json = {"type": "strong"} if bold else {"type": "link", "attrs": {"href": href}}
        nodes.append({"type": "text", "text": bold or found["words"] or href, "marks": [mark]})
        place = found.end()
    return nodes + _text(text[place:])


def _text(text: str) -> list[Json]:
    return [{"type": "text", "text": text}] if text else []
