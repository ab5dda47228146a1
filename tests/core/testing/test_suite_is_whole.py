"""No part of the suite hides another, and every hook that is asked has a place in it."""

from __future__ import annotations

import inspect
from collections import Counter

from deskpulse import hooks_document
from deskpulse.testing.conformance import HelpdeskConformance
from deskpulse.testing.conformance.addressing import questions
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.steps import Steps

PARTS = [cls for cls in HelpdeskConformance.__mro__ if issubclass(cls, Conformance) and cls is not Conformance]


def test_no_part_hides_a_method_of_another() -> None:
    names = Counter(name for part in PARTS for name in vars(part) if not name.startswith("__"))
    assert [name for name, times in names.items() if times > 1] == []


def test_no_part_overrides_a_step() -> None:
    steps = {name for name in dir(Conformance) if not name.startswith("__")}
    assert not [name for part in PARTS for name in vars(part) if name in steps]


def test_every_hook_that_is_asked_is_in_the_suite() -> None:
    asked = {name for name, hook in hooks_document.hooks() if hooks_document.manner(hook).startswith("asked")}
    suite = "".join(inspect.getsource(inspect.getmodule(part) or part) for part in PARTS)
    assert asked == {*questions(), "verify_delivery"}, "the addressing test asks every hook"
    for hook in asked:
        assert f'"{hook}"' in suite or f'"deskpulse_{hook}"' in suite


def test_every_step_is_explained() -> None:
    steps = [step for name, step in vars(Steps).items() if inspect.isfunction(step) and not name.startswith("_")]
    assert [step.__name__ for step in steps if not step.__doc__] == [], "whoever overrides a step reads what it does"
