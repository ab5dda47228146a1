"""Running one script: an interpreter of its own, the instance's API in it, and what came out.

The engine takes newer JavaScript than an instance does: ``refusal`` says where a script is not ES5.
https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html (read 2026-03)
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import dukpy  # type: ignore[import-untyped]

from deskpulse_servicenow.simulator.scripting.host import Host, Operations
from deskpulse_servicenow.simulator.store import Row

_QUIET = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|(?:(?<=[=(,:\[!&|?{};\n])|(?<=\breturn))\s*/(?![*/])(?:\\.|\[[^\]]*\]|[^/\\\n])+/",
    re.DOTALL,
)
_MODERN = re.compile(r"=>|`|\b(?:let|const|class|async|await)\s+[A-Za-z_$\[{]|\.\.\.|\bfor\s*\([^;)]*\bof\b")


class ScriptError(Exception):
    """A script threw, or is not JavaScript."""


@cache
def _runtime() -> str:
    """The stand-ins in ``server``: parts of one function, to which ``call`` is the way to Python."""
    folder = sorted((files(__package__) / "server").iterdir(), key=lambda part: part.name)
    inside = "\n".join(part.read_text(encoding="utf-8") for part in folder if part.name.endswith(".js"))
    return f'(function (root, call) {{ "use strict";\n{inside}\n}})(globalThis, call_python); null'


class Script:
    """A context in which pieces of script run one after the other, as one user. Not for several threads."""

    def __init__(self, host: Host, user: Row) -> None:
        self._host = host
        self._engine = dukpy.JSInterpreter()
        self._engine.export_function("sn", Operations(host, user))
        self._engine.evaljs(_runtime())

    def open(
        self, table: str, row: Row, before: Row | None = None, *, previous: bool = False, operation: str = "update"
    ) -> None:
        """Make a record ``current``; without ``before`` its changes are unknown, as in asynchronous rules."""
        earlier = self._host.wrapped(table, before) if previous and before else None
        given = (self._host.wrapped(table, row), before, earlier, operation)
        self._engine.evaljs(f"__open({', '.join(json.dumps(one) for one in given)}); null")

    def run(self, script: str) -> None:
        """Run a piece; ScriptError where it throws."""
        self._evaluate(f"{script}\n;null")

    def value(self, expression: str) -> Any:
        """What an expression, or a piece's last statement, gives: as far as JSON can say it, objects as their text."""
        code = f"(0, eval)({json.dumps(expression)})"
        return self._evaluate(
            f"(function (v) {{ return v !== null && typeof v === 'object' ? String(v) : v; }})({code})"
        )

    def set(self, name: str, value: Any) -> None:
        """Set a global variable."""
        self._evaluate(f"globalThis[{json.dumps(name)}] = {json.dumps(value)}; null")

    def keep(self, name: str, expression: str) -> None:
        """Set a global variable to what an expression gives, whatever it is."""
        self._evaluate(f"globalThis[{json.dumps(name)}] = (0, eval)({json.dumps(expression)}); null")

    def outcome(self) -> tuple[Row, bool]:
        """What was set on ``current``, and whether the write is to be aborted."""
        found = self._evaluate("__outcome()")
        return dict(found["changes"]), bool(found["aborted"])

    def _evaluate(self, code: str) -> Any:
        try:
            return self._engine.evaljs(code)
        except dukpy.JSRuntimeError as error:
            raise ScriptError(str(error).strip()) from None


def refusal(script: str) -> str | None:
    """Why an instance would not run a script: what in it is newer than ES5, or None."""
    found = _MODERN.search(_QUIET.sub(" ", script))
    return None if found is None else f"not ES5: {found.group().strip()}"
