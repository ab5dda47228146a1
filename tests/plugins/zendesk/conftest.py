"""Zendesk without core: connections, answers, and Zendesk as single canned answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import responses

from deskpulse.plugin_api import Result
from fixtures.plugins import MakeConnection, confirmed, connecting


@pytest.fixture
def connection() -> MakeConnection:
    """``connection(settings=..., secrets=..., facts=..., renewal=...)``; by default OAuth with tokens at hand."""
    tokens = {"access_token": "access-1", "refresh_token": "refresh-1"}
    return connecting("zendesk", {"subdomain": "acme", "client_id": "deskpulse"}, tokens)


@pytest.fixture
def zendesk(canned: responses.RequestsMock) -> responses.RequestsMock:
    """Zendesk as single canned answers."""
    return canned


@pytest.fixture
def result() -> Callable[..., Result]:
    """A confirmed answer; ``result(score=3, revision=2, ...)``."""
    return confirmed
