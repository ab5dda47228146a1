"""The hook that only the web application has.

A plug-in marks its implementation ``@hookimpl(optionalhook=True)``: workers and the command line do not know this hook.
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy
from flask import Blueprint

from deskpulse.settings import Settings

hookspec = pluggy.HookspecMarker("deskpulse")


@hookspec
def deskpulse_web_blueprints(settings: Settings) -> Sequence[Blueprint]:  # noqa: ARG001 - a specification
    """Further pages, as Flask blueprints.

    Told when the web application is made; what every listener returns is registered.
    """
    return ()
