"""Commands as people type them, on the test's own desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError, HelpdeskError

Run = Callable[..., str]


@pytest.fixture
def run(desk: Desk) -> Run:
    """Run a command; what it says, or what it raises for the console script to say in a sentence."""

    def run(command: object, *words: str, stdin: str | bytes | None = None, exit_code: int = 0) -> str:
        result = CliRunner().invoke(command, words, obj=desk, input=stdin)  # type: ignore[arg-type]
        if isinstance(result.exception, ConfigurationError | HelpdeskError):
            raise result.exception
        assert result.exit_code == exit_code, (result.output, result.exception)
        return result.output

    return run
