"""UI macros: Jelly, as far as a form's row needs it.

``${...}`` and ``$[...]`` are escaped unless inside ``no_escape``; both phases are taken as one. Known tags: ``jelly``,
``evaluate``, ``set``, ``if``, ``choose``/``when``/``otherwise``, ``forEach``, ``while``, ``no_escape``; any other is
written out.
https://www.servicenow.com/docs/r/platform-administration/t_CreateAUIMacro.html (read 2026-03)
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

from deskpulse_servicenow.simulator.scripting.engine import Script, ScriptError

_EXPRESSION = re.compile(r"\$\{(.*?)\}|\$\[(.*?)\]", re.DOTALL)
_HTML = re.compile(r"\s*HTML\s*:")
VOID = frozenset(("br", "hr", "img", "input", "wbr"))
MOST_ROUNDS = 1000


class JellyError(Exception):
    """A macro that is not well-formed, or whose script threw."""


def parsed(macro: str) -> ET.Element:
    """The macro's root; JellyError where it is not well-formed."""
    try:
        return ET.fromstring(macro.strip())  # noqa: S314 - expat refuses external entities, and administrators write macros
    except ET.ParseError as error:
        raise JellyError(f"not well-formed: {error}") from None


class Jelly:
    """Renders one macro with a script in which ``current`` is open."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._tags: dict[str, Callable[[ET.Element, bool], str]] = {
            "jelly": self._inside,
            "evaluate": self._evaluate,
            "set": self._set,
            "if": self._if,
            "choose": self._choose,
            "forEach": self._for_each,
            "while": self._while,
            "no_escape": lambda node, _raw: self._inside(node, True),
        }

    def render(self, macro: str) -> str:
        """The macro's HTML."""
        try:
            return self._node(parsed(macro), raw=False).strip()
        except ScriptError as error:
            raise JellyError(str(error)) from None

    def _node(self, node: ET.Element, *, raw: bool) -> str:
        space, _, name = node.tag.rpartition("}")
        tag = self._tags.get(name) if space else None
        if tag is not None:
            return tag(node, raw)
        attributes = "".join(
            f' {key}="{html.escape(self._filled(value, raw=True))}"' for key, value in node.attrib.items()
        )
        if name in VOID:
            return f"<{name}{attributes}>"
        return f"<{name}{attributes}>{self._inside(node, raw)}</{name}>"

    def _inside(self, node: ET.Element, raw: bool) -> str:
        parts = [self._text(node.text, raw=raw)]
        for child in node:
            parts.append(self._node(child, raw=raw))
            parts.append(self._text(child.tail, raw=raw))
        return "".join(parts)

    def _text(self, text: str | None, *, raw: bool) -> str:
        """Words between tags: written as they are, expressions in them filled in."""
        found, end = [], 0
        for match in _EXPRESSION.finditer(text or ""):
            found.append(html.escape((text or "")[end : match.start()], quote=False))
            found.append(self._expression(match, raw=raw))
            end = match.end()
        return "".join([*found, html.escape((text or "")[end:], quote=False)])

    def _filled(self, text: str, *, raw: bool) -> str:
        return _EXPRESSION.sub(lambda match: self._expression(match, raw=raw), text)

    def _expression(self, match: re.Match[str], *, raw: bool) -> str:
        expression = match.group(1) if match.group(1) is not None else match.group(2)
        named = _HTML.match(expression)
        value = _words(self._script.value(expression[named.end() :] if named else expression))
        return value if raw and not named else html.escape(value)

    def _evaluate(self, node: ET.Element, _raw: bool) -> str:
        source, name = node.get("expression") or node.text or "", node.get("var")
        if name:
            self._script.keep(name, source)
        else:
            self._script.run(source)
        return ""

    def _set(self, node: ET.Element, raw: bool) -> str:
        value = node.get("value")
        self._script.set(
            node.get("var", ""), self._inside(node, raw) if value is None else self._filled(value, raw=True)
        )
        return ""

    def _holds(self, node: ET.Element) -> bool:
        test = node.get("test", "").strip()
        match = _EXPRESSION.fullmatch(test)
        value = self._script.value(next(part for part in match.groups() if part is not None)) if match else test
        return value not in (None, False, "", 0, "false")

    def _if(self, node: ET.Element, raw: bool) -> str:
        return self._inside(node, raw) if self._holds(node) else ""

    def _choose(self, node: ET.Element, raw: bool) -> str:
        for child in node:
            name = child.tag.rpartition("}")[2]
            if name == "otherwise" or (name == "when" and self._holds(child)):
                return self._inside(child, raw)
        return ""

    def _for_each(self, node: ET.Element, raw: bool) -> str:
        match = _EXPRESSION.fullmatch(node.get("items", "").strip())
        if match is None:
            raise JellyError("forEach needs items in an expression")
        expression = next(part for part in match.groups() if part is not None)
        self._script.keep("__items", expression)
        count, parts = int(self._script.value("__items.length")), []
        for place in range(min(count, MOST_ROUNDS)):
            self._script.keep(node.get("var", "jvar_item"), f"__items[{place}]")
            self._script.set(node.get("indexVar", "jvar_index"), place)
            parts.append(self._inside(node, raw))
            self._script.keep("__items", expression)
        return "".join(parts)

    def _while(self, node: ET.Element, raw: bool) -> str:
        parts: list[str] = []
        while self._holds(node) and len(parts) < MOST_ROUNDS:
            parts.append(self._inside(node, raw))
        return "".join(parts)


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
