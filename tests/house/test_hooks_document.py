"""Every hook is typed and explained, and the page made from them is not stale."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from deskpulse import hooks_document
from fixtures.repository import HOUSE, files

PAGE = HOUSE / "core" / "HOOKS.md"
HOOKS = dict(hooks_document.hooks())


def test_page_is_made_from_the_present_hooks() -> None:
    assert PAGE.read_text(encoding="utf-8") == hooks_document.document()


def callers() -> str:
    """The code of core that may ask or tell."""
    core = HOUSE / "core" / "deskpulse"
    kept = [path for path in files(".py") if path.is_relative_to(core) and not path.is_relative_to(core / "testing")]
    return "\n".join(path.read_text(encoding="utf-8") for path in kept if path.name != "hookspecs.py")


CALLERS = callers()


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_is_called(hook: str) -> None:
    named = (f'"deskpulse_{hook}"', f"hook.deskpulse_{hook}.")
    assert any(name in CALLERS for name in named), "a hook that nobody asks or tells is no hook"


@pytest.mark.parametrize("hook", HOOKS.values(), ids=list(HOOKS))
def test_hook_is_typed_without_defaults(hook: Callable[..., object]) -> None:
    signature = inspect.signature(hook)
    assert signature.return_annotation is not inspect.Signature.empty
    for argument in signature.parameters.values():
        assert argument.annotation is not inspect.Parameter.empty
        assert argument.default is inspect.Parameter.empty


@pytest.mark.parametrize("hook", HOOKS.values(), ids=list(HOOKS))
def test_hook_says_when_it_is_called_and_what_none_means(hook: Callable[..., object]) -> None:
    told = inspect.getdoc(hook) or ""
    manner = hooks_document.manner(hook)
    assert {"registration": "Called ", "told": "Told "}.get(manner, "Asked ") in told, "say when, and who calls"
    if manner.startswith("asked"):
        assert "None" in told, "say what None means"
