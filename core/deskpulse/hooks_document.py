"""Renders ``core/HOOKS.md`` from :mod:`deskpulse.hookspecs`, so that the page cannot say anything else than the code.

``python -m deskpulse.hooks_document`` prints it; a test fails where the stored page is stale.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator

from deskpulse import hookspecs

PREFIX = "deskpulse_"
INTRODUCTION = """\
# Hooks

Everything that a plug-in can do. This page is made from `core/deskpulse/hookspecs.py`; to change it, change that file
and run `python -m deskpulse.hooks_document > core/HOOKS.md`.

A hook is **asked** of one connection's own plug-in, **told** to every listener, or asked of **policies** too, which are
plug-ins without a helpdesk of their own. Plug-ins get and give frozen records, and import only `deskpulse.plugin_api`.
A plug-in may leave out arguments that it does not look at; it must not give one a default.

| hook | how | arguments | gives |
|---|---|---|---|
"""


def hooks() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every hook by its short name, in the order of the source."""
    for name, function in vars(hookspecs).items():
        if name.startswith(PREFIX):
            yield name.removeprefix(PREFIX), function


def manner(function: Callable[..., object]) -> str:
    """How a hook is called: registered, asked, asked of policies too, or told."""
    options = getattr(function, "deskpulse_spec")  # noqa: B009 - the marker's own name, unknown to type checkers
    if options["historic"]:
        return "registration"
    if function.__name__ in hookspecs.OPEN_TO_POLICY:
        return "asked, policies too"
    return "asked" if options["firstresult"] else "told"


def document() -> str:
    """The whole page."""
    found = list(hooks())
    rows = "".join(_row(name, function) for name, function in found)
    return INTRODUCTION + rows + "".join(_section(name, function) for name, function in found)


def _row(name: str, function: Callable[..., object]) -> str:
    signature = inspect.signature(function)
    arguments = ", ".join(f"`{argument}`" for argument in signature.parameters)
    return f"| [`{name}`](#{PREFIX}{name}) | {manner(function)} | {arguments} | {_gives(signature)} |\n"


def _section(name: str, function: Callable[..., object]) -> str:
    signature = inspect.signature(function)
    arguments = ", ".join(f"{argument.name}: {argument.annotation}" for argument in signature.parameters.values())
    text = inspect.cleandoc(function.__doc__ or "").replace("``", "`")
    head = f"\n## {PREFIX}{name}\n\n"
    return f"{head}```python\ndef {PREFIX}{name}({arguments}) -> {signature.return_annotation}\n```\n\n{text}\n"


def _gives(signature: inspect.Signature) -> str:
    annotation = str(signature.return_annotation)
    return "" if annotation == "None" else f"`{annotation.removesuffix(' | None')}`"


if __name__ == "__main__":
    sys.stdout.write(document())
