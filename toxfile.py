"""Lets tox's environments share one directory, so that installing happens once for all of them.

By itself tox notes an environment's name in its directory and makes it anew for the next name.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from tox.plugin import impl
from tox.tox_env.info import Info
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner
from tox.tox_env.register import ToxEnvRegister


class SharedInfo(Info):
    """What tox remembers about the shared directory: everything but who used it last."""

    @contextmanager
    def compare(
        self, value: Any, section: str, sub_section: str | None = None
    ) -> Generator[tuple[bool, Any | None], None, None]:
        """Compare as ever, under one name for all."""
        if section == "ToxEnv":
            value = value | {"name": SharedEnvironment.id()}
        with super().compare(value, section, sub_section) as compared:
            yield compared


class SharedEnvironment(VirtualEnvRunner):
    """An environment that the first to come sets up, and the others of the same run find ready."""

    is_ready = False

    @staticmethod
    def id() -> str:
        """Give the name to put after ``runner =``."""
        return "shared"

    @property
    def cache(self) -> Info:
        """What is remembered about the directory."""
        return SharedInfo(self.env_dir)

    def _setup_with_env(self) -> None:
        if not SharedEnvironment.is_ready:
            super()._setup_with_env()
            SharedEnvironment.is_ready = True


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Tell tox about it."""
    register.add_run_env(SharedEnvironment)
