"""A Zendesk connection without core: secrets in memory, renewed under a lock as core does it in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from deskpulse.plugin_api import Connection, HttpClient, Result, Score

SUBDOMAIN = "acme"
TOKENS = {"access_token": "access-1", "refresh_token": "refresh-1"}


class Vault:
    """Secrets that several connections share; counts how often they were really renewed."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
        self.renewals = 0
        self._lock = threading.Lock()

    def renew(
        self, stale: Mapping[str, str], fetch: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> Mapping[str, str]:
        with self._lock:
            if all(self.secrets.get(name) == value for name, value in stale.items()):
                self.secrets = {**self.secrets, **fetch(dict(self.secrets))}
                self.renewals += 1
            return dict(self.secrets)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


MakeConnection = Callable[..., Connection]


@pytest.fixture
def connection() -> MakeConnection:
    """``connection(settings=..., secrets=..., facts=..., vault=...)``; by default OAuth with tokens at hand."""

    def make(
        *,
        settings: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        facts: Mapping[str, str] | None = None,
        vault: Vault | None = None,
    ) -> Connection:
        clock = Clock()
        vault = vault or Vault(TOKENS if secrets is None else secrets)
        return Connection(
            key="k1",
            kind="zendesk",
            organisation_code="acme",
            settings={"subdomain": SUBDOMAIN, "client_id": "deskpulse", **(settings or {})},
            secrets=dict(vault.secrets),
            facts=dict(facts or {}),
            http=HttpClient(secrets=vault.secrets.values(), sleep=clock.sleep, monotonic=clock),
            renew=vault.renew,
            survey_base_url="https://nps.example.com",
            panel_url="https://nps.example.com/panel/k1",
        )

    return make


@pytest.fixture
def vault() -> type[Vault]:
    """The class, for tests that share one vault between connections."""
    return Vault


@pytest.fixture
def zendesk() -> Iterator[responses.RequestsMock]:
    """Zendesk as single canned answers; every other call fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def result() -> Callable[..., Result]:
    """A confirmed answer; ``result(score=3, revision=2, ...)``."""

    def make(score: int = 9, revision: int = 1, **more: Any) -> Result:
        facts: dict[str, Any] = {
            "key": f"r7.{revision}",
            "marker": f"[deskpulse r7.{revision}]",
            "score": Score(score),
            "answered_at": datetime(2026, 3, 5, 23, 30, tzinfo=UTC),
            "factors": ("speed", "friendliness"),
            "comment": "Fast help!",
            "contact_wanted": False,
            "link": "https://nps.example.com/survey-responses?id=7",
            "revision": revision,
            "customer_id": "613",
        }
        return Result(**{**facts, **more})

    return make
